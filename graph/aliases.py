"""The alias table that users edit: another name, the full name, its class, its language. `Aliases.read(path)`.

    alias	full	class	lang
    金协	政协金华市委员会	Body	zh
    Jinhua CPPCC	政协金华市委员会	Body	en

A Chinese alias is a name to the extraction; aliases of either language are names to the question.
"""

from dataclasses import dataclass
from pathlib import Path

from corpus.errors import PlanError
from corpus.read import read_text
from corpus.tables import Row, numbered
from graph.lexicon import Entry, Lexicon
from graph.model import CLASSES

FILE = "aliases.tsv"
COLUMNS = ("alias", "full", "class", "lang")
LANGUAGES = ("zh", "en")
RULE = "alias"
# An activity, an amount or a time has no other name; themes and forms have their schemes.
NAMED = tuple(name for name in CLASSES if name not in ("Activity", "ActivityForm", "Theme", "Time", "Quantity"))
_LEAST = 2  # characters: one character is no name


@dataclass(frozen=True, slots=True, order=True)
class Alias:
    """One row: `alias` is another name of the entity of class `cls` with the full name `full`."""

    alias: str
    full: str
    cls: str
    lang: str


@dataclass(frozen=True, slots=True)
class Aliases:
    """The rows, sorted, each once."""

    rows: tuple[Alias, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Aliases":
        """The table of a file, UTF-8 or GB18030; raises PlanError, naming file and line, on a wrong row."""
        return cls.parse(read_text(path), str(path))

    @classmethod
    def parse(cls, text: str, source: str) -> "Aliases":
        """The table of a text; `source` is what an error calls it."""
        found: dict[tuple[str, str], Alias] = {}
        for number, row in numbered(text, source):
            place = f"{source}, line {number}"
            made = _alias(row, place)
            before = found.setdefault((made.alias, made.lang), made)
            if before != made:
                raise PlanError(f"{place}: {made.alias} already stands for {before.full}; keep one of the two rows")
        return cls(tuple(sorted(found.values())))

    def text(self) -> str:
        """The table as a base keeps it."""
        lines = ["\t".join(COLUMNS), *("\t".join((r.alias, r.full, r.cls, r.lang)) for r in self.rows)]
        return "".join(f"{line}\n" for line in lines)

    def lexicon(self) -> Lexicon:
        """The lexicon of this installation with the Chinese aliases in it, and with the full names that it lacks."""
        lexicon, chinese = Lexicon.load(), [row for row in self.rows if row.lang == "zh"]
        if not chinese:
            return lexicon
        full = {row.full: _entry(row) for row in chinese}
        return lexicon.with_names({row.alias: _entry(row) for row in chinese}, full)


def _entry(row: Alias) -> Entry:
    return Entry(row.cls, None, row.full, RULE)


def _alias(row: Row, place: str) -> Alias:
    if set(row) != set(COLUMNS):
        raise PlanError(f"{place}: the header must name the columns {', '.join(COLUMNS)}; mend the first line")
    made = Alias(*(row[name].strip() for name in COLUMNS))
    if len(made.alias) < _LEAST or len(made.full) < _LEAST:
        raise PlanError(f"{place}: alias and full name need two characters or more; mend the row")
    if made.alias == made.full:
        raise PlanError(f"{place}: {made.alias} stands for itself; take the row out")
    if made.cls not in NAMED:
        raise PlanError(f"{place}: the class {made.cls!r} is none of {', '.join(NAMED)}; mend the row")
    if made.lang not in LANGUAGES:
        raise PlanError(f"{place}: the language {made.lang!r} is none of {', '.join(LANGUAGES)}; mend the row")
    return made
