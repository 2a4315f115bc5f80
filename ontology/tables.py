"""Reads the tables of this folder: themes, activity forms, glossary and the lexicons of `graph/`.

A table is UTF-8, tab-separated, with one header line; lines that start with `#` are comments. Within a cell `;`
separates alternatives. The tables are the editable source of everything said here about words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from corpus import tables
from corpus.errors import NotFoundError, PlanError
from corpus.tables import Row
from ontology.namespace import FORM, STRENGTH, theme


@dataclass(frozen=True, slots=True)
class Theme:
    """A SKOS concept of the theme scheme: `level` 1 or 2, `broader` the notation of its parent (None at the top)."""

    notation: str
    level: int
    broader: str | None
    label_zh: str
    label_en: str
    alt_zh: tuple[str, ...]
    alt_en: tuple[str, ...]
    definition: str

    @property
    def iri(self) -> str:
        """The concept's IRI."""
        return theme(self.notation)


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of activity (活动形式), a SKOS concept; `subclass` is Consultation, Research, Inspection, … or None."""

    notation: str
    subclass: str | None
    label_zh: str
    label_en: str
    words: tuple[str, ...]

    @property
    def iri(self) -> str:
        """The concept's IRI."""
        return FORM + self.notation


@dataclass(frozen=True, slots=True)
class Strength:
    """How strongly words commit (用词力度), a SKOS concept: `notation` is its rank, the weakest 1."""

    notation: str
    name: str
    label_zh: str
    label_en: str
    words: tuple[str, ...]

    @property
    def iri(self) -> str:
        """The concept's IRI."""
        return STRENGTH + self.name


@dataclass(frozen=True, slots=True)
class Term:
    """A bilingual term. `plain_*` is how ordinary people say it; `theme` is a notation, None where there is none."""

    zh: str
    zh_alt: tuple[str, ...]
    plain_zh: tuple[str, ...]
    en: str
    en_alt: tuple[str, ...]
    plain_en: tuple[str, ...]
    theme: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of extraction: how far it is trusted and why, when it fires, and a phrase with what it finds there."""

    id: str
    confidence: float
    reason: str
    sentence: str
    example: str


def rows(name: str) -> list[Row]:
    """The rows of the table `name`.tsv by column; raises PlanError, naming file and line, on a wrong row."""
    return tables.rows(f"{name}.tsv", "ontology")


def alternatives(cell: str) -> tuple[str, ...]:
    """The parts of a cell that holds alternatives."""
    return tuple(part for part in cell.split(";") if part)


def column(name: str, key: str = "word") -> tuple[str, ...]:
    """One column of a table, in its order."""
    return tuple(row[key] for row in rows(name))


def cue(kind: str) -> re.Pattern[str]:
    """The regular expression for the cues of a kind (`cues.tsv`); raises KeyError for a kind that stands not there."""
    return tables.pattern(kind, "cues.tsv", "ontology")


def by(name: str, keep: Callable[[Row], bool]) -> list[Row]:
    """The rows of a table that `keep` accepts."""
    return [row for row in rows(name) if keep(row)]


@cache
def themes() -> tuple[Theme, ...]:
    """All themes, parents first; raises PlanError where `broader` is unknown or a notation stands twice."""
    found: dict[str, Theme] = {}
    for row in rows("themes"):
        made = _theme(row)
        if made.notation in found or (made.broader and made.broader not in found):
            raise PlanError(f"ontology/themes.tsv: {made.notation} stands twice or its broader theme is not above it")
        found[made.notation] = made
    return tuple(found.values())


def theme_named(name: str) -> Theme:
    """A theme by its IRI, notation or label; raises NotFoundError."""
    for known in themes():
        if name in (known.iri, known.notation, known.label_zh) or name.lower() == known.label_en.lower():
            return known
    raise NotFoundError(f"no theme {name}; name one by its label, such as 民生, or by its notation, such as LV.edu")


def _theme(row: Row) -> Theme:
    return Theme(
        notation=row["notation"],
        level=int(row["level"]),
        broader=row["broader"] or None,
        label_zh=row["label_zh"],
        label_en=row["label_en"],
        alt_zh=alternatives(row["alt_zh"]),
        alt_en=alternatives(row["alt_en"]),
        definition=row["definition"],
    )


@cache
def forms() -> tuple[Form, ...]:
    """All activity forms."""
    return tuple(
        Form(row["notation"], row["subclass"] or None, row["label_zh"], row["label_en"], alternatives(row["words"]))
        for row in rows("forms")
    )


@cache
def strengths() -> tuple[Strength, ...]:
    """The strengths of words, weakest first."""
    return tuple(
        Strength(row["notation"], row["name"], row["label_zh"], row["label_en"], alternatives(row["words"]))
        for row in rows("strengths")
    )


@cache
def glossary() -> tuple[Term, ...]:
    """All bilingual terms."""
    return tuple(
        Term(
            zh=row["zh"],
            zh_alt=alternatives(row["zh_alt"]),
            plain_zh=alternatives(row["plain_zh"]),
            en=row["en"],
            en_alt=alternatives(row["en_alt"]),
            plain_en=alternatives(row["plain_en"]),
            theme=None if row["theme"] == "-" else row["theme"],
            kind=row["kind"],
        )
        for row in rows("glossary")
    )


@cache
def rules() -> dict[str, Rule]:
    """All rules of extraction by their id, in the order of the table."""
    return {
        row["rule"]: Rule(row["rule"], float(row["confidence"]), row["reason"], row["sentence"], row["example"])
        for row in rows("rules")
    }
