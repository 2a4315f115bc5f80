"""How well facts are found, against a plan annotated in full: `yaodian evaluate facts --gold DIR`.

DIR holds `entities.jsonl`, `relations.jsonl`, `entity_registry.jsonl` and `themes.tsv`, and, where they are judged too,
`facts.jsonl` (claims, true and false) and `item_themes.tsv` (themes with their grade). The measures are those of the
project's scorer: a mention counts by class, name and item, a relation by predicate and the names of both ends; an
activity has no name of its own and is known by its item.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from corpus.errors import ReadError
from corpus.numbering import chinese_number
from corpus.parse import parse_file
from graph.extract import extract
from graph.facts import to_json
from graph.lexicon import Lexicon
from index.calibration import Calibration, Judged, calibrate
from index.evaluate import Score, Share, bare_name, read_jsonl

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FactFault:
    """A difference from the gold data.

    `kind`: missing or false mention or relation, grade, missing claim, trap taken; wrong or doubtful in a drawn sample.
    `start` and `end` count in the file as read; of what is missing, in the text of the gold data. `rule` is None for
    what is missing, `why` the judge's reason where one was given.
    """

    kind: str
    item: str | None
    what: str
    quote: str
    start: int | None
    end: int | None
    rule: str | None = None
    why: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class FactsReport:
    """Scores over one annotated plan. `themes` are the items' themes alone; `grades` of those that are right."""

    mentions: Score
    classes: Mapping[str, Score]
    relations: Score
    predicates: Mapping[str, Score]
    themes: Score
    grades: Share
    claims: Share
    calibration: Calibration
    faults: tuple[FactFault, ...]


class Statement(NamedTuple):
    """A relation as it is compared: its own key, and all names by which each end may be known."""

    predicate: str
    subject: str
    object: str
    subject_names: frozenset[str]
    object_names: frozenset[str]

    def same(self, other: "Statement") -> bool:
        """Whether both say the same."""
        return (
            self.predicate == other.predicate
            and not self.subject_names.isdisjoint(other.subject_names)
            and not self.object_names.isdisjoint(other.object_names)
        )

    @property
    def shared(self) -> bool:
        """Two activities of one item look alike: one relation found may serve both."""
        return self.subject.startswith("activity@") or self.object.startswith("activity@")


def matched(wanted: Iterable[Statement], found: Iterable[Statement]) -> tuple[set[Statement], set[Statement]]:
    """Which of the wanted are found, and which of the found are wanted; each found one serves once, see `shared`."""
    by_predicate: dict[str, list[Statement]] = defaultdict(list)
    for statement in sorted(set(found), key=_key):
        by_predicate[statement.predicate].append(statement)
    reached: set[Statement] = set()
    right: set[Statement] = set()
    for one in sorted(set(wanted), key=_key):
        near = (f for f in by_predicate[one.predicate] if (f not in right or f.shared) and f.same(one))
        first = next(near, None)
        if first:
            reached.add(one)
            right.add(first)
    return reached, right


def _key(statement: Statement) -> tuple[str, str, str]:
    return statement[:3]


def compared(wanted: Sequence[Any], found: Sequence[Any]) -> tuple[list[bool], list[bool]]:
    """Two lists of keys compared as multisets: for each wanted one whether it is there, for each found one too."""
    return _counted(wanted, Counter(found)), _counted(found, Counter(wanted))


def _counted(keys: Sequence[Any], left: Counter[Any]) -> list[bool]:
    there = []
    for key in keys:
        there.append(left[key] > 0)
        left[key] -= 1
    return there


def scored(
    names: Sequence[str], reached: Sequence[bool], found: Sequence[str], right: Sequence[bool]
) -> dict[str, Score]:
    """A score for each class or predicate, from the kinds of the wanted and of the found and how each came out."""
    return {
        kind: Score(
            sum(ok for one, ok in zip(found, right, strict=True) if one == kind),
            found.count(kind),
            names.count(kind),
            sum(ok for one, ok in zip(names, reached, strict=True) if one == kind),
        )
        for kind in sorted({*names, *found})
    }


def total(reached: Sequence[bool], right: Sequence[bool]) -> Score:
    """The score over all kinds."""
    return Score(sum(right), len(right), len(reached), sum(reached))


# ---------------------------------------------------------------- an annotated plan


def evaluate_annotated(gold: Path, text: Path | None = None) -> FactsReport:
    """Read the annotated plan and compare its facts; `text` is its file, by default what the gold data name.

    Raises ReadError where the gold data or the text are missing or damaged.
    """
    source = text or _source(gold)
    document = parse_file(source)
    found = to_json(document, extract(document, Lexicon.load()))
    plan = _Gold(gold)
    mentions = _Mentions(plan.mentions, [m for m in found["mentions"] if m["class"] != "Theme"])
    relations = _Relations(plan, found["relations"])
    themes, grades, wrong_grades = plan.item_themes(found["relations"])
    claims = list(relations.claims(plan.claims))
    return FactsReport(
        mentions=total(mentions.reached, mentions.right),
        classes=mentions.scores(),
        relations=total(relations.reached, relations.right),
        predicates=relations.scores(),
        themes=themes,
        grades=grades,
        claims=Share(sum(right for _, right in claims), len(claims)),
        calibration=calibrate([*mentions.judged(), *relations.judged()]),
        faults=(
            *mentions.faults(),
            *relations.faults(),
            *wrong_grades,
            *(_claim_fault(claim) for claim, right in claims if not right),
        ),
    )


def _source(gold: Path) -> Path:
    """The plan's file: what `structure.json` names as its source, or its `plan.txt`."""
    structure = gold / "structure.json"
    if structure.is_file():
        named = json.loads(structure.read_text(encoding="utf-8")).get("source")
        source = gold.parent / str(named)
        if named and source.is_file():
            return source
    if (gold / "plan.txt").is_file():
        return gold / "plan.txt"
    raise ReadError(f"{gold}: neither plan.txt nor the source of structure.json is there; name the plan with --texts")


def _last(path: Any) -> str:
    """The last label of an item's path: the sample's items are numbered through."""
    return str(path).rsplit("/", 1)[-1] if path else "-"


def _label(path: str) -> str:
    """A label as the gold data write it: 一 is 1."""
    number = chinese_number(_last(path))
    return _last(path) if number is None else str(number)


class _Gold:
    """The gold data of one plan."""

    def __init__(self, folder: Path) -> None:
        self.mentions = [row for row in read_jsonl(folder / "entities.jsonl") if row["class"] != "Theme"]
        self.relations = read_jsonl(folder / "relations.jsonl")
        self.registry = {row["id"]: row for row in read_jsonl(folder / "entity_registry.jsonl")}
        self.claims = read_jsonl(folder / "facts.jsonl") if (folder / "facts.jsonl").is_file() else []
        self.themes = {row["id"]: bare_name(row["prefLabel_zh"]) for row in _table(folder / "themes.tsv")}
        self.scheme = frozenset(self.themes.values())  # a theme that our scheme adds is not judged
        grades = folder / "item_themes.tsv"
        self.grades = _table(grades) if grades.is_file() else []

    def names(self, node: str) -> frozenset[str]:
        """All names of a node; those of an activity are its items'."""
        kind, _, rest = node.partition(":")
        if kind in ("item", "section"):
            return frozenset({f"{kind.title()} {rest}"})
        if kind == "activity":
            return frozenset(f"activity@{_last(item)}" for item in self.registry[node]["items"] or [None])
        if node in self.registry:
            row = self.registry[node]
            return frozenset(map(bare_name, (row["zh"], *row["aliases"])))
        return frozenset({self.themes.get(node, node)})

    def statement(self, row: Row) -> Statement:
        """A relation of the gold data; an activity's key says that it is one."""
        subject, object_ = self.names(row["subject"]), self.names(row["object"])
        return Statement(row["predicate"], row["subject"], row["object"], subject, object_)

    def judges(self, relation: Row) -> bool:
        """Whether the gold data judge a relation that was found."""
        subject, object_ = relation["subject"], relation["object"]
        outline = relation["predicate"] == "partOf" and subject["class"] == "Item"
        foreign = object_["class"] == "Theme" and bare_name(object_["name"]) not in self.scheme
        return not (subject["class"] == "Section" or outline or (relation["predicate"] == "concerns" and foreign))

    def item_themes(self, relations: Iterable[Row]) -> tuple[Score, Share, list[FactFault]]:
        """Links of items to themes; of those that are right, the share with the right grade, and the others."""
        wanted = {(row["item"], self.themes[row["theme"]]): row for row in self.grades}
        found = {
            (_last(r["item"]), bare_name(r["object"]["name"])): r
            for r in relations
            if (r["subject"]["class"], r["object"]["class"]) == ("Item", "Theme") and self.judges(r)
        }
        both = [key for key in wanted if key in found]
        wrong = [key for key in both if int(wanted[key]["grade"]) != found[key]["grade"]]
        faults = [
            relation_fault("grade", found[key], why=f"grade {found[key]['grade']}, wanted {wanted[key]['grade']}")
            for key in wrong
        ]
        return Score(len(both), len(found), len(wanted)), Share(len(both) - len(wrong), len(both)), faults


def _table(path: Path) -> list[dict[str, str]]:
    """A table of the gold data by column; a row may leave out its last cells."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ReadError(f"{path} cannot be read ({error.strerror}); name a folder with gold data") from error
    header = lines[0].split("\t") if lines else []
    return [dict(zip(header, line.split("\t"), strict=False)) for line in lines[1:] if line]


class _Mentions:
    """Mentions wanted and found, compared by class, name and item."""

    def __init__(self, wanted: list[Row], found: list[Row]) -> None:
        self.wanted, self.found = wanted, found
        self.reached, self.right = compared(
            [(m["class"], bare_name(m["mention"]), _last(m["item"])) for m in wanted],
            [(m["class"], bare_name(m["text"]), _last(m["item"])) for m in found],
        )

    def scores(self) -> dict[str, Score]:
        wanted, found = ([m["class"] for m in rows] for rows in (self.wanted, self.found))
        return scored(wanted, self.reached, found, self.right)

    def judged(self) -> Iterator[Judged]:
        for row, right in zip(self.found, self.right, strict=True):
            yield Judged(row["rule"], row["confidence"], float(right))

    def faults(self) -> Iterator[FactFault]:
        for row, there in zip(self.wanted, self.reached, strict=True):
            if not there:
                what = f"{row['class']} {row['zh']}"
                yield FactFault("missing mention", _path(row["item"]), what, row["mention"], row["start"], row["end"])
        for row, right in zip(self.found, self.right, strict=True):
            if not right:
                yield mention_fault("false mention", row)


def mention_fault(kind: str, row: Row, **more: str) -> FactFault:
    """A fault of a mention that was found, as `facts --json` has it."""
    what = f"{row['class']} {row['name']}"
    return FactFault(kind, row["item"], what, row["text"], row["start"], row["end"], row["rule"], **more)


def _path(item: Any) -> str | None:
    return None if item is None else str(item)


class _Relations:
    """Relations wanted and found, compared as statements; sections and the outline are not judged."""

    def __init__(self, gold: _Gold, found: list[Row]) -> None:
        self.gold, self.all = gold, [(_found_statement(row), row) for row in found]
        self.rows = [pair for pair in self.all if gold.judges(pair[1])]
        self.wanted: dict[Statement, Row] = {}
        for row in gold.relations:
            if not _structural(row):
                self.wanted.setdefault(gold.statement(row), row)
        self.found: dict[Statement, Row] = {}
        for statement, row in self.rows:
            self.found.setdefault(statement, row)
        self.hit_wanted, self.hit_found = matched(self.wanted, self.found)
        self.reached = [statement in self.hit_wanted for statement in self.wanted]
        self.right = [statement in self.hit_found for statement in self.found]

    def scores(self) -> dict[str, Score]:
        wanted, found = ([s.predicate for s in statements] for statements in (self.wanted, self.found))
        return scored(wanted, self.reached, found, self.right)

    def judged(self) -> Iterator[Judged]:
        for statement, row in self.rows:
            yield Judged(row["rule"], row["confidence"], float(statement in self.hit_found))

    def claims(self, claims: Iterable[Row]) -> Iterator[tuple[Row, bool]]:
        """Each claim, and whether the facts have it where it is true and lack it where it is not."""
        for claim in claims:
            if not claim["truth"] and claim["subject"].startswith("activity:"):
                continue  # activities of one item are not told apart here
            said = self.gold.statement(claim)
            there = any(statement.same(said) for statement, _ in self.all)
            yield claim, there if claim["truth"] else not there

    def faults(self) -> Iterator[FactFault]:
        for statement, row in self.wanted.items():
            if statement not in self.hit_wanted:
                ends = (self._title(row[end]) for end in ("subject", "object"))
                what = f" --{row['predicate']}--> ".join(ends)
                yield FactFault("missing relation", _path(row["item"]), what, row["evidence"], row["start"], row["end"])
        for statement, row in self.found.items():
            if statement not in self.hit_found:
                yield relation_fault("false relation", row)

    def _title(self, node: str) -> str:
        row = self.gold.registry.get(node)
        return row["zh"] if row else self.gold.themes.get(node, node)


def _structural(row: Row) -> bool:
    subject = str(row["subject"])
    return subject.startswith("section:") or (row["predicate"] == "partOf" and subject.startswith("item:"))


def _found_statement(row: Row) -> Statement:
    subject, object_ = (_end(row[end], row["item"]) for end in ("subject", "object"))
    return Statement(row["predicate"], subject, object_, frozenset({subject}), frozenset({object_}))


def _end(node: Row, item: str | None) -> str:
    if node["class"] in ("Item", "Section"):
        return f"{node['class']} {_label(node['name'])}"
    return f"activity@{_last(item)}" if node["class"] == "Activity" else bare_name(node["name"])


def told(row: Row) -> str:
    """A relation of `facts --json` in one line."""
    return f"{row['subject']['name']} --{row['predicate']}--> {row['object']['name']}"


def relation_fault(kind: str, row: Row, **more: str) -> FactFault:
    """A fault of a relation that was found, as `facts --json` has it."""
    at = row["evidence"]
    return FactFault(kind, row["item"], told(row), at["text"], at["start"], at["end"], row["rule"], **more)


def _claim_fault(claim: Row) -> FactFault:
    kind = "missing claim" if claim["truth"] else "trap taken"
    return FactFault(kind, None, f"{claim['id']} {claim['statement']}", "", None, None)
