"""The table of results: one row a figure, with date, machine and commit."""

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).parent / "results.md"
_HEAD = "| date | commit | machine | figure | value | baseline | ratio | wanted |\n|---|---|---|---|---|---|---|---|\n"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure with its baseline from the same run; `wanted` is the bound ("" where none), `met` whether it is kept."""

    figure: str
    value: str
    baseline: str = ""
    ratio: str = ""
    wanted: str = ""
    met: bool = True


def record(rows: list[Row]) -> str:
    """Add the rows to the table and return them as Markdown."""
    place = f"| {date.today().isoformat()} | {commit()} | {machine()} "
    lines = "".join(f"{place}| {r.figure} | {r.value} | {r.baseline} | {r.ratio} | {r.wanted} |\n" for r in rows)
    old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else f"# Measured\n\n{_HEAD}"
    RESULTS.write_text(old + lines, encoding="utf-8", newline="\n")
    return _HEAD + lines


def commit() -> str:
    """What is checked out, by git."""
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "-"


def machine() -> str:
    """What measures."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
