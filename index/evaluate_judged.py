"""How well facts are found in plans that nobody annotated in full: a sample drawn at random and judged by reading.

The folder holds `factsN.jsonl` (facts as the program stated them) with `verdictsN.jsonl` (right, wrong or doubtful, and
why), and `itemsN.jsonl` with `itemsN.gold.jsonl` (items annotated in full by a reader who did not see the program's
facts). With the plans' texts the facts are found again: what the program states today of the judged ones is scored
apart, and so are the annotated items, on which recall is measured.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from corpus.errors import ReadError
from corpus.parse import parse_file
from graph.extract import extract
from graph.facts import to_json
from graph.lexicon import Lexicon
from index.calibration import Calibration, Judged, calibrate
from index.evaluate import Score, bare_name, read_jsonl
from index.evaluate_facts import (
    FactFault,
    FactsReport,
    Row,
    Statement,
    compared,
    evaluate_annotated,
    matched,
    mention_fault,
    relation_fault,
    scored,
    total,
)

_WORTH = {"right": 1.0, "doubtful": 0.5, "wrong": 0.0}
_LAYOUT_RULES = ("outline", "metadata")  # what the layout states is judged with the structure, not here


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How many facts were found right, wrong and doubtful."""

    right: int
    wrong: int
    doubtful: int

    @property
    def facts(self) -> int:
        """All that were judged."""
        return self.right + self.wrong + self.doubtful

    @property
    def precision(self) -> float:
        """The share that is right, what is doubtful counted half; 1 where nothing was judged."""
        return (self.right + self.doubtful / 2) / self.facts if self.facts else 1.0

    @property
    def strict(self) -> float:
        """The share that is right, what is doubtful counted as wrong; 1 where nothing was judged."""
        return self.right / self.facts if self.facts else 1.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Verdicts on a set of facts, and whether their confidences agree with them."""

    mentions: Verdicts
    relations: Verdicts
    classes: Mapping[str, Verdicts]
    predicates: Mapping[str, Verdicts]
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class ItemScores:
    """Items annotated in full against the facts of today."""

    items: int
    mentions: Score
    classes: Mapping[str, Score]
    relations: Score
    predicates: Mapping[str, Score]


@dataclass(frozen=True, slots=True)
class JudgedReport:
    """`drawn`: the facts as they were judged. `today`: those of them that are still stated, with today's confidence.

    `today` and `items` are None where no texts were given (or no items annotated).
    """

    plans: int
    drawn: Sample
    today: Sample | None
    items: ItemScores | None
    faults: tuple[FactFault, ...]


def evaluate_facts(gold: Path, texts: Path | None = None) -> FactsReport | JudgedReport:
    """Scores against a plan annotated in full, or against a judged sample: whichever the folder holds.

    `texts` is the annotated plan's file, or the folder below which the judged plans lie (default: `texts/` in it).
    Raises ReadError where the folder holds neither, or something in it is damaged.
    """
    try:
        if (gold / "entities.jsonl").is_file():
            return evaluate_annotated(gold, texts)
        if any(gold.glob("verdicts*.jsonl")) or any(gold.glob("items*.gold.jsonl")):
            return evaluate_judged(gold, texts)
    except KeyError as error:
        raise ReadError(f"{gold}: the gold data lack {error}; see docs/reference.md for their form") from error
    there = "neither entities.jsonl nor verdicts*.jsonl nor items*.gold.jsonl there"
    raise ReadError(f"{gold}: {there}; name the folder with the gold data")


def evaluate_judged(gold: Path, texts: Path | None = None) -> JudgedReport:
    """Scores of a judged sample; raises ReadError where a file is damaged or a plan is not the one that was judged."""
    judged = [fact for file in sorted(gold.glob("verdicts*.jsonl")) for fact in _judged(file)]
    folder = texts or gold / "texts"
    if texts and not folder.is_dir():
        raise ReadError(f"{folder} is no folder; name with --texts the folder below which the judged plans lie")
    plans = _Plans(folder) if folder.is_dir() else None
    found = plans.still_stated(judged) if plans else None
    items = [item for file in sorted(gold.glob("items*.gold.jsonl")) for item in _annotated(file)]
    compared_items = [plans.compare(row, wanted) for row, wanted in items] if plans else []
    return JudgedReport(
        plans=len({fact.row["file"] for fact in judged}),
        drawn=_sample(judged),
        today=None if found is None else _sample(found),
        items=_item_scores(compared_items) if compared_items else None,
        faults=(*_verdict_faults(judged), *(fault for item in compared_items for fault in item.faults())),
    )


# ---------------------------------------------------------------- verdicts


class _Fact(NamedTuple):
    """A judged fact; `confidence` and `rule` are those of the draw, or today's."""

    row: Row
    verdict: str
    why: str
    rule: str
    confidence: float

    @property
    def kind(self) -> str:
        """Its class or its predicate."""
        return str(self.row["class"] if self.row["kind"] == "mention" else self.row["predicate"])

    @property
    def told(self) -> str:
        row = self.row
        if row["kind"] == "mention":
            return f"{row['class']} {row['name']}"
        return f"{row['subject'][1]} --{row['predicate']}--> {row['object'][1]}"


def _judged(verdicts: Path) -> Iterator[_Fact]:
    """The facts of a file of verdicts; a fact without a verdict is left out."""
    rows = {row["n"]: row for row in read_jsonl(verdicts.with_name(verdicts.name.replace("verdicts", "facts", 1)))}
    for number, verdict in enumerate(read_jsonl(verdicts), 1):
        row = rows.get(verdict.get("n"))
        if row is None or verdict.get("verdict") not in _WORTH:
            raise ReadError(
                f"{verdicts}, line {number}: no fact with this n, or a verdict that is none of "
                f"{', '.join(_WORTH)}; mend the line"
            )
        yield _Fact(row, verdict["verdict"], verdict.get("why", ""), row["rule"], row["confidence"])


def _sample(facts: Sequence[_Fact]) -> Sample:
    mentions = [fact for fact in facts if fact.row["kind"] == "mention"]
    relations = [fact for fact in facts if fact.row["kind"] == "relation"]
    return Sample(
        mentions=_verdicts(mentions),
        relations=_verdicts(relations),
        classes=_by_kind(mentions),
        predicates=_by_kind(relations),
        calibration=calibrate(Judged(fact.rule, fact.confidence, _WORTH[fact.verdict]) for fact in facts),
    )


def _verdicts(facts: Sequence[_Fact]) -> Verdicts:
    said = [fact.verdict for fact in facts]
    return Verdicts(said.count("right"), said.count("wrong"), said.count("doubtful"))


def _by_kind(facts: Sequence[_Fact]) -> dict[str, Verdicts]:
    kinds = sorted({fact.kind for fact in facts})
    return {kind: _verdicts([fact for fact in facts if fact.kind == kind]) for kind in kinds}


def _verdict_faults(facts: Iterable[_Fact]) -> Iterator[FactFault]:
    for fact in facts:
        if fact.verdict != "right":
            row = fact.row
            kind, quote = f"{fact.verdict} {row['kind']}", _quote(row)
            yield FactFault(
                kind, row["item"], fact.told, quote, row["start"], row["end"], fact.rule, fact.why, row["file"]
            )


def _quote(row: Row) -> str:
    """A fact's quote, or what stands between the marks of its context."""
    return str(row.get("quote") or row.get("context", "").partition("⟦")[2].partition("⟧")[0])


# ---------------------------------------------------------------- items annotated in full


def _annotated(gold: Path) -> Iterator[tuple[Row, Row]]:
    """Each item of a file as it was drawn, with what stands in it."""
    rows = {row["n"]: row for row in read_jsonl(gold.with_name(gold.name.replace(".gold", "")))}
    for number, wanted in enumerate(read_jsonl(gold), 1):
        if wanted.get("n") not in rows:
            raise ReadError(f"{gold}, line {number}: no item with this n was drawn; mend the line")
        named = [mention for mention in wanted["mentions"] if mention["class"] != "Theme"]  # themes are links
        yield rows[wanted["n"]], wanted | {"mentions": named}


class _Plans:
    """The judged plans, read again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.lexicon = folder, Lexicon.load()
        self.facts: dict[str, Row] = {}

    def read(self, row: Row) -> Row:
        """The facts of the plan of a row; raises ReadError where its text is not the one that was judged."""
        name = row["file"]
        if name not in self.facts:
            file = self.folder / name
            if not file.is_file():
                raise ReadError(f"{file} is not there; name with --texts the folder below which the judged plans lie")
            document = parse_file(file)
            digest = hashlib.sha256(document.text.raw.encode("utf-8", "surrogatepass")).hexdigest()
            if digest != row["sha256"]:
                raise ReadError(f"{file} is not the text that was judged (SHA-256 {digest}); give that one")
            self.facts[name] = to_json(document, extract(document, self.lexicon)) | {"raw": document.text.raw}
        return self.facts[name]

    def still_stated(self, judged: Iterable[_Fact]) -> list[_Fact]:
        """The judged facts that are stated today, with today's rule and confidence."""
        known: dict[str, dict[Any, Row]] = {}
        still = []
        for fact in judged:
            file = fact.row["file"]
            if file not in known:
                known[file] = _by_identity(self.read(fact.row))
            today = known[file].get(_identity(fact.row))
            if today is not None:
                still.append(fact._replace(rule=today["rule"], confidence=today["confidence"]))
        return still

    def compare(self, row: Row, wanted: Row) -> "_Item":
        facts = self.read(row)
        start, end = row["start"], row["end"]
        mentions = [m for m in facts["mentions"] if start <= m["start"] and m["end"] <= end]
        relations = [
            r for r in facts["relations"] if start <= r["evidence"]["start"] < end and r["rule"] not in _LAYOUT_RULES
        ]
        return _Item(row | {"text": facts["raw"][start:end]}, wanted, mentions, relations)


def _identity(row: Row) -> Any:
    """What makes a fact of a sample the same as one that is stated today."""
    if row["kind"] == "mention":
        return row["class"], row["name"], row["start"], row["end"]
    return (*row["subject"], row["predicate"], *row["object"], row.get("grade"), row["item"])


def _by_identity(facts: Row) -> dict[Any, Row]:
    mentions = {(m["class"], m["name"], m["start"], m["end"]): m for m in facts["mentions"]}
    relations = {
        (
            *(r["subject"]["class"], r["subject"]["name"], r["predicate"]),
            *(r["object"]["class"], r["object"]["name"], r.get("grade"), r["item"]),
        ): r
        for r in reversed(facts["relations"])
    }
    return mentions | relations


@dataclass(frozen=True)
class _Item:
    """An item annotated in full, and the facts that are found in it."""

    row: Row
    wanted: Row
    mentions: list[Row]
    relations: list[Row]

    @cached_property
    def mention_hits(self) -> tuple[list[bool], list[bool]]:
        """For each wanted mention whether it is found, for each found one whether it is wanted."""
        return compared(
            [(m["class"], bare_name(m["text"])) for m in self.wanted["mentions"]],
            [(m["class"], bare_name(m["text"])) for m in self.mentions],
        )

    @cached_property
    def wanted_statements(self) -> list[Statement]:
        """Relations as the reader sees them; a name may also stand as it is printed."""
        printed: dict[tuple[str, str], set[str]] = {}
        for m in self.wanted["mentions"]:
            printed.setdefault((m["class"], m["name"]), set()).add(m["text"])
        return _distinct(
            _statement(r["predicate"], r["subject"], r["object"], printed) for r in self.wanted["relations"]
        )

    @cached_property
    def found_statements(self) -> list[tuple[Statement, Row]]:
        """Relations as the program states them, in the same form, each with its row."""
        printed: dict[tuple[str, str], set[str]] = {}
        for m in self.mentions:
            printed.setdefault((m["class"], m["name"]), set()).add(m["text"])
        rows: dict[Statement, Row] = {}
        for r in self.relations:
            subject, object_ = ((r[end]["class"], r[end]["name"]) for end in ("subject", "object"))
            rows.setdefault(_statement(r["predicate"], subject, object_, printed), r)
        return list(rows.items())

    @cached_property
    def relation_hits(self) -> tuple[list[bool], list[bool]]:
        """As `mention_hits`."""
        found = [statement for statement, _ in self.found_statements]
        reached, right = matched(self.wanted_statements, found)
        return [s in reached for s in self.wanted_statements], [s in right for s in found]

    def _place(self, text: str) -> tuple[int, int] | tuple[None, None]:
        """Where a text first stands in the item, in the file as read."""
        at = str(self.row["text"]).find(text)
        return (self.row["start"] + at, self.row["start"] + at + len(text)) if at >= 0 else (None, None)

    def faults(self) -> Iterator[FactFault]:
        """Everything missing and false."""
        file, path = self.row["file"], self.row["path"]
        for m, there in zip(self.wanted["mentions"], self.mention_hits[0], strict=True):
            if not there:
                what = f"{m['class']} {m['name']}"
                start, end = self._place(m["text"])
                yield FactFault("missing mention", path, what, m["text"], start, end, file=file)
        for m, right in zip(self.mentions, self.mention_hits[1], strict=True):
            if not right:
                yield mention_fault("false mention", m, file=file)
        for s, there in zip(self.wanted_statements, self.relation_hits[0], strict=True):
            if not there:
                what = " ".join((_shown(s.subject), f"--{s.predicate}-->", _shown(s.object)))
                yield FactFault("missing relation", path, what, "", None, None, file=file)
        for (_, r), right in zip(self.found_statements, self.relation_hits[1], strict=True):
            if not right:
                yield relation_fault("false relation", r, file=file)


def _shown(end: str) -> str:
    return end.removeprefix("activity@")


def _distinct(statements: Iterable[Statement]) -> list[Statement]:
    return list(dict.fromkeys(statements))


def _statement(
    predicate: str, subject: Sequence[str], object_: Sequence[str], printed: Mapping[tuple[str, str], set[str]]
) -> Statement:
    ends = [_end(cls, name, printed) for cls, name in (subject, object_)]
    return Statement(predicate, ends[0][0], ends[1][0], ends[0][1], ends[1][1])


def _end(cls: str, name: str, printed: Mapping[tuple[str, str], set[str]]) -> tuple[str, frozenset[str]]:
    """What an end is called, and all the names it may be known by; activities of one item are not told apart."""
    if cls in ("Item", "Section"):
        return f"{cls} {name}", frozenset({f"{cls} {name}"})
    if cls == "Activity":
        return f"activity@{name}", frozenset({"activity@"})
    return name, frozenset({bare_name(name)} | {bare_name(text) for text in printed.get((cls, name), ())})


def _item_scores(items: Sequence[_Item]) -> ItemScores:
    reached, right = (_joined(item.mention_hits[side] for item in items) for side in (0, 1))
    wanted = [m["class"] for item in items for m in item.wanted["mentions"]]
    found = [m["class"] for item in items for m in item.mentions]
    reached_r, right_r = (_joined(item.relation_hits[side] for item in items) for side in (0, 1))
    wanted_r = [s.predicate for item in items for s in item.wanted_statements]
    found_r = [s.predicate for item in items for s, _ in item.found_statements]
    return ItemScores(
        items=len(items),
        mentions=total(reached, right),
        classes=scored(wanted, reached, found, right),
        relations=total(reached_r, right_r),
        predicates=scored(wanted_r, reached_r, found_r, right_r),
    )


def _joined(parts: Iterable[list[bool]]) -> list[bool]:
    return [one for part in parts for one in part]
