"""Reads the word tables of this package: UTF-8, tab-separated, a header line, `#` comments."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files


def rows(name: str, package: str = "corpus") -> Iterator[dict[str, str]]:
    """The rows of a table as dicts by column name; blank lines and lines starting with `#` are left out."""
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    header = lines[0].split("\t")
    for line in lines[1:]:
        cells = line.split("\t")
        yield dict(zip(header, cells + [""] * (len(header) - len(cells)), strict=False))


@cache
def pattern(kind: str, table: str = "layout.tsv") -> re.Pattern[str]:
    """One regular expression for all rows of a kind in a table with the columns `kind` and `pattern`.

    Raises KeyError for a kind that the table does not have.
    """
    found = [row["pattern"] for row in rows(table) if row["kind"] == kind]
    if not found:
        raise KeyError(kind)
    return re.compile("|".join(f"(?:{part})" for part in found))
