"""What an item must fulfil, as graph patterns of SPARQL, and the items of a base that fulfil it.

The query that finds the items is the one that an answer shows, so the two cannot differ.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from graph.store import Store, written
from graph.terms import Literal, zh
from graph.views import Evidence
from ontology.namespace import PREFIXES

_NAMED_ITEMS = 20  # more items are not told to the query, but sorted out afterwards


class Condition(Protocol):
    """A condition on `?item`; variables end in `n`, so that several stand in one query."""

    @property
    def slot(self) -> str:
        """What it is about (`question_slots.tsv`; or `theme`, `words`)."""

    def where(self, n: int) -> str:
        """The pattern that holds for the items; it binds `?item` (or `?document`) and mostly `?value{n}`."""


@dataclass(frozen=True, slots=True)
class InFrame:
    """The item's task frame names one of the units."""

    slot: str
    predicates: tuple[str, ...]
    units: tuple[str, ...]

    def where(self, n: int) -> str:
        """By the units as printed."""
        ways = "|".join(f"yao:{name}" for name in self.predicates)
        return f"{_values(f'?value{n}', self.units)} ?frame{n} ({ways}) ?value{n} ; yao:frameOf ?item ."


@dataclass(frozen=True, slots=True)
class Either:
    """One condition or the other, on the same slot."""

    first: Condition
    second: Condition

    @property
    def slot(self) -> str:
        """That of the first."""
        return self.first.slot

    def where(self, n: int) -> str:
        """The union, found before anything else is asked of its items."""
        return f"{{ SELECT DISTINCT ?item {{ {{ {self.first.where(n)} }} UNION {{ {self.second.where(n)} }} }} }}"


@dataclass(frozen=True, slots=True)
class Due:
    """The item's deadline ends between two dates, both in; `relative`: month and day of the plan's own year.

    `start` and `end` are empty where that side is open; both are for an item with any deadline.
    """

    slot: str
    start: str
    end: str
    relative: bool

    def where(self, n: int) -> str:
        """By the end of the interval (`../2022-06-30`); an open end (`2022-07-01/..`) is no deadline."""
        frame = f"?frame{n} yao:frameOf ?item ; yao:deadlinePrinted ?value{n} "
        if not (self.start or self.end):
            return frame + "."
        dated = f'{frame}; yao:deadlineISO ?iso{n} . BIND(REPLACE(?iso{n}, "^.*/", "") AS ?end{n})'
        start = self._date(self.start, n) if self.start else '"0"'
        tests = [f"?end{n} >= {start}"] + ([f"?end{n} <= {self._date(self.end, n)}"] if self.end else [])
        return f"{self._year(n)}{dated} FILTER({' && '.join(tests)})"

    def _year(self, n: int) -> str:
        if not self.relative:
            return ""
        return (
            f"?item yao:inDocument ?plan{n} . OPTIONAL {{ ?plan{n} yao:year ?of{n} }} "
            f"OPTIONAL {{ ?plan{n} dcterms:issued ?issued{n} }} "
            f"BIND(COALESCE(STR(?of{n}), SUBSTR(STR(?issued{n}), 1, 4)) AS ?year{n}) "
        )

    def _date(self, date: str, n: int) -> str:
        return f'CONCAT(?year{n}, "-{date}")' if self.relative else f'"{date}"'


@dataclass(frozen=True, slots=True)
class Named:
    """The item names something of a class by one of the labels."""

    slot: str
    cls: str
    names: tuple[str, ...]

    def where(self, n: int) -> str:
        """By its mention."""
        return (
            _first(n, f"{_values(f'?value{n}', self.names)} ?object{n} rdfs:label ?value{n} ; a yao:{self.cls} .")
            + f"?place{n} yao:mentionOf ?object{n} ; yao:inItem ?item ."
        )


@dataclass(frozen=True, slots=True)
class Stated:
    """A fact in the item has an object of one of these names, or of a class (whose name holds `part`)."""

    slot: str
    predicate: str
    names: tuple[str, ...] = ()
    cls: str | None = None
    part: str = ""

    def where(self, n: int) -> str:
        """By the fact whose evidence stands in the item."""
        named = _values(f"?value{n}", self.names) if self.names else ""
        test = f" && CONTAINS(?value{n}, {written(Literal(self.part))})" if self.part else ""
        label = f'FILTER(LANG(?value{n}) = "zh"{test})' if not self.names else ""
        of_class = f"?object{n} a yao:{self.cls} . " if self.cls else ""
        return (
            _first(n, f"{named} {of_class}?object{n} rdfs:label ?value{n} . {label}")
            + f"?fact{n} rdf:object ?object{n} ; rdf:predicate yao:{self.predicate} ; "
            f"yao:evidence ?place{n} . ?place{n} yao:inItem ?item ."
        )


@dataclass(frozen=True, slots=True)
class About:
    """The item concerns one of the themes."""

    themes: tuple[str, ...]  # notations
    slot: str = "theme"

    def where(self, n: int) -> str:
        """By the links of the graph."""
        themes = " ".join(f"theme:{notation}" for notation in self.themes)
        return (
            f"VALUES ?object{n} {{ {themes} }} ?fact{n} rdf:object ?object{n} ; rdf:predicate yao:concerns ; "
            f"rdf:subject ?item ."
        )


@dataclass(frozen=True, slots=True)
class Holds:
    """The item's text holds one of the words."""

    words: tuple[str, ...]
    slot: str = "words"

    def where(self, n: int) -> str:
        """By its characters, case aside."""
        return (
            f"?item yao:text ?text{n} . {_values(f'?value{n}', self.words)} "
            f"FILTER(CONTAINS(LCASE(?text{n}), LCASE(?value{n})))"
        )


@dataclass(frozen=True, slots=True)
class OfDocument:
    """The item stands in one of the documents (IRIs); `asked` is what chose them, None where a filter did."""

    documents: tuple[str, ...]
    slot: str = "document"
    asked: str | None = None

    def where(self, n: int) -> str:
        """By the documents themselves."""
        return f"VALUES ?document {{ {' '.join(map(written, self.documents))} }} ?item yao:inDocument ?document ."


@dataclass(frozen=True, slots=True)
class Shown:
    """That an item fulfils a condition: by what, where, and with which confidence (None: as told by the slot)."""

    item: str
    value: str
    object: str | None
    label_en: str | None
    place: Evidence | None
    confidence: float | None
    grade: int | None


def query(conditions: Sequence[Condition]) -> str:
    """The SPARQL query for the items that fulfil all conditions, with what it needs to be sent anywhere."""
    lines = [f"  {' '.join(condition.where(n).split())}" for n, condition in enumerate(conditions, 1)]
    body = "\n".join(lines)
    used = [name for name in PREFIXES if f"{name}:" in body or name == "yao"]
    prefixes = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used)
    return (
        f"{prefixes}SELECT DISTINCT ?item ?path ?heading WHERE {{\n{body}\n"
        "  ?item a yao:Item ; yao:path ?path ; yao:position ?position ; yao:inDocument ?document .\n"
        "  OPTIONAL { ?item yao:heading ?heading }\n"
        "} ORDER BY ?document ?position"
    )


def items(store: Store, conditions: Sequence[Condition]) -> list[str]:
    """The IRIs of the items that fulfil all conditions, by document and position."""
    return list(dict.fromkeys(str(row["item"]) for row in store.query(query(conditions)).rows()))


def shown(store: Store, condition: Condition, among: Sequence[str], *, placed: bool) -> list[Shown]:
    """By what items fulfil a condition; `placed` with where it stands, which takes longer."""
    if isinstance(condition, Either):
        return [one for part in (condition.first, condition.second) for one in shown(store, part, among, placed=placed)]
    if isinstance(condition, OfDocument) or not among:
        return []
    chosen = f"VALUES ?item {{ {' '.join(map(written, among))} }} " if len(among) <= _NAMED_ITEMS else ""
    where = f"{chosen}{condition.where(1)} {_trust(condition)}"
    wanted = set(among)
    found = [row for row in _rows(store, where) if row["item"] in wanted]
    if placed:
        found = _placed(store, found)
    english = _english(store, {row["object1"] for row in found if "object1" in row})
    return sorted(map(partial(_shown, english), found), key=_by_item)


def _trust(condition: Condition) -> str:
    """What to add to a condition for the confidence of a fact or mention, and the grade of a theme."""
    if isinstance(condition, Named):
        return "?place1 yao:rule ?rule1 . ?rule1 yao:confidence ?confidence ."
    if isinstance(condition, Stated):
        return "?fact1 yao:rule ?rule1 . ?rule1 yao:confidence ?confidence ."
    if isinstance(condition, About):
        return "?fact1 yao:rule ?rule1 ; yao:grade ?grade1 ; yao:evidence ?place1 . ?rule1 yao:confidence ?confidence ."
    return ""


def _placed(store: Store, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows with the characters of their evidence; a frame has several, and each makes a row."""
    frames = _values_of("?frame1", (row["frame1"] for row in rows if "frame1" in row and "place1" not in row))
    kept: dict[str, list[str]] = {}
    for row in _rows(store, f"{frames} ?frame1 yao:evidence ?place1 .") if frames else ():
        kept.setdefault(row["frame1"], []).append(row["place1"])
    spread = [row | ({"place1": p} if p else {}) for row in rows for p in kept.get(row.get("frame1", ""), [""])]
    places = _values_of("?place1", (row["place1"] for row in spread if "place1" in row))
    quoted = "?place1 yao:quote ?quote ; yao:rawStart ?start . OPTIONAL { ?place1 yao:rawQuote ?printed }"
    quotes = {row["place1"]: row for row in _rows(store, f"{places} {quoted}")} if places else {}
    return [row | quotes.get(row.get("place1", ""), {}) for row in spread]


def _values_of(variable: str, iris: Iterable[str]) -> str:
    chosen = " ".join(map(written, sorted(set(iris))))
    return f"VALUES {variable} {{ {chosen} }}" if chosen else ""


def _rows(store: Store, where: str) -> list[dict[str, str]]:
    rows = store.query(f"SELECT DISTINCT * WHERE {{ {where} }}").rows()
    return [{name: v.value if isinstance(v, Literal) else v for name, v in row.items()} for row in rows]


def _english(store: Store, objects: set[str]) -> dict[str, str]:
    """The English labels of entities and themes, where they have one."""
    if not objects:
        return {}
    values = " ".join(map(written, sorted(objects)))
    labels = "{ ?o rdfs:label ?label } UNION { ?o skos:prefLabel ?label }"
    rows = _rows(store, f'VALUES ?o {{ {values} }} {labels} FILTER(LANG(?label) = "en")')
    return {row["o"]: row["label"] for row in rows}


def _shown(english: dict[str, str], row: dict[str, str]) -> Shown:
    place = None
    if "quote" in row:
        printed, start = row.get("printed", row["quote"]), int(row["start"])
        place = Evidence(printed, start, start + len(printed))
    return Shown(
        item=row["item"],
        value=row.get("value1", ""),
        object=row.get("object1"),
        label_en=english.get(row.get("object1", "")),
        place=place,
        confidence=float(row["confidence"]) if "confidence" in row else None,
        grade=int(row["grade1"]) if "grade1" in row else None,
    )


def _by_item(one: Shown) -> tuple[str, int, int]:
    return one.item, -(one.grade or 0), one.place.start if one.place else 0


def _first(n: int, pattern: str) -> str:
    """A pattern for `?object{n}` that is evaluated before all else: Oxigraph, left alone, begins with all mentions.

    Over 815 items "what is done every year" took 7 s, with this 20 ms.
    """
    return f"{{ SELECT DISTINCT ?object{n} ?value{n} {{ {pattern} }} }} "


def _values(variable: str, words: Sequence[str]) -> str:
    return f"VALUES {variable} {{ {' '.join(written(zh(word)) for word in sorted(set(words)))} }}"
