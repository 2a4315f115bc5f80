"""Reads tables of words and cues: UTF-8, tab-separated, one header line, `#` starts a comment line."""

import re
from functools import cache
from importlib.resources import files

from corpus.errors import PlanError

Row = dict[str, str]


def rows(name: str, package: str = "corpus") -> list[Row]:
    """The rows of a table of a package by column; raises PlanError, naming file and line, on a wrong row."""
    return parse(files(package).joinpath(name).read_text(encoding="utf-8"), f"{package}/{name}")


def parse(text: str, source: str) -> list[Row]:
    """The rows of a table's text; raises PlanError where a row has not as many cells as the header."""
    return [row for _, row in numbered(text, source)]


def numbered(text: str, source: str) -> list[tuple[int, Row]]:
    """The rows of a table's text, each with the number of its line (from 1); raises as `parse` does."""
    header: list[str] | None = None
    found: list[tuple[int, Row]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if header is None:
            header = cells
        elif len(cells) != len(header):
            raise PlanError(
                f"{source}, line {number}: {len(cells)} cells where the header has {len(header)}; mend the row"
            )
        else:
            found.append((number, dict(zip(header, cells, strict=True))))
    if header is None:
        raise PlanError(f"{source}: no header line; the table is empty")
    return found


@cache
def pattern(kind: str, table: str = "layout.tsv", package: str = "corpus") -> re.Pattern[str]:
    """One regular expression for all rows of a kind in a table with the columns `kind` and `pattern`.

    Raises KeyError for a kind that the table does not have.
    """
    found = [row["pattern"] for row in rows(table, package) if row["kind"] == kind]
    if not found:
        raise KeyError(kind)
    return re.compile("|".join(f"(?:{part})" for part in found))
