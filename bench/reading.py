"""How fast plans are read, how well, and how memory behaves over many of them."""

import resource
import sys
import time
from pathlib import Path

from bench.quality import SHARED
from bench.table import Row
from corpus.errors import PlanError
from corpus.parse import parse_text
from corpus.read import find_files, read_text
from graph.extract import extract
from graph.lexicon import Lexicon
from index.evaluate import evaluate_structure

_PASSES = 3  # a document's fastest pass counts, since other work on the machine only ever slows one down
_SLOWEST = 2.0  # seconds that no file may take


def measure() -> list[Row]:
    """Characters a second over every real document, the slowest of a first pass, memory, scores on the gold plans."""
    if not SHARED.is_dir():
        print("bench: reading left out: the shared material is not beside this checkout", file=sys.stderr)
        return []
    texts = list(_texts(SHARED / "corpus"))
    characters = sum(len(text) for _, text in texts)
    bare = min(_seconds(lambda: [text.split("\n") for _, text in texts]) for _ in range(_PASSES))
    half = _megabytes()
    passes = [
        [_seconds(lambda text=text, name=name: parse_text(text, name)) for name, text in texts] for _ in range(_PASSES)
    ]
    slowest, name = max(zip(passes[0], (name for name, _ in texts), strict=True))
    seconds = sum(min(times) for times in zip(*passes, strict=True))
    rate = characters / seconds
    rows = [
        Row(
            f"parsing {len(texts)} documents, characters a second",
            f"{rate:,.0f}",
            f"splitting them into lines: {characters / bare:,.0f}",
            f"{seconds / bare:.0f} times slower",
            ">= 1,000,000",
            met=rate >= 1_000_000,
        ),
        Row("slowest document, s", f"{slowest:.2f} ({name})", wanted=f"<= {_SLOWEST:.0f}", met=slowest <= _SLOWEST),
        Row("peak memory before and after parsing all, MB", f"{half} -> {_megabytes()}"),
    ]
    return rows + _facts(texts) + _scores()


def _facts(texts: list[tuple[str, str]]) -> list[Row]:
    """Parse and extraction together over the plan-like documents."""
    plans = {path.name for path in (SHARED / "corpus" / "plans").glob("*.txt")}
    chosen = [(name, text) for name, text in texts if name in plans]
    lexicon = Lexicon.load()
    seconds = _seconds(lambda: [extract(parse_text(text, name), lexicon) for name, text in chosen])
    rate = sum(len(text) for _, text in chosen) / seconds
    return [Row(f"parsing and facts of {len(chosen)} plans, characters a second", f"{rate:,.0f}")]


def _scores() -> list[Row]:
    report = evaluate_structure(SHARED / "gold-plans")
    figures = {
        "items F1": (report.items.f1, 0.99),
        "headings": (report.headings.value, 0.98),
        "texts": (report.texts.value, 0.97),
        "metadata": (report.metadata.value, 0.95),
        "lead units F1": (report.lead.f1, 0.97),
        "units F1": (report.units.f1, 0.97),
        "deadlines F1": (report.deadlines.f1, 0.90),
    }
    return [
        Row(f"{name}, four gold plans", f"{value:.4f}", wanted=f">= {floor}", met=value >= floor)
        for name, (value, floor) in figures.items()
    ]


def _texts(folder: Path) -> list[tuple[str, str]]:
    found = []
    for path in find_files([folder]).files:
        try:
            found.append((path.name, read_text(path)))
        except PlanError as error:
            print(f"bench: left out: {error}", file=sys.stderr)
    return found


def _seconds(work: object) -> float:
    start = time.process_time()  # one core, whatever else the machine does
    assert callable(work)
    work()
    return time.process_time() - start


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
