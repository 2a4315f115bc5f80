"""What users assert, as plain values, and the journal that keeps it: `Journal.parse(text, source)`.

The journal is JSON lines. An assertion's id is a hash of its kind and of what it decides (its slot), so the same
decision has the same id in any base, and the last line of an id says how it stands: `asserted`, `undone` (taken back,
or a proposed sameness that was refused) or `open` (a refusal taken back). No line is ever changed; one is
removed only together with the document that it is about.

    reject   a fact or a mention, by its id          add     a fact, or a mention (predicate `mentions`)
    theme    an item's theme, grade 0 (none) to 2    frame   a field of an item's task frame
    same     two entities are one
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from corpus.errors import BaseError, PlanError
from graph.model import CLASSES, PREDICATES, Node
from ontology.namespace import key, local

State = Literal["asserted", "undone", "open"]
STATES: tuple[State, ...] = ("asserted", "undone", "open")
MENTIONS = "mentions"  # the predicate of an added mention; the others are those of `graph.model`
FIELDS = ("lead", "participants", "deadline")  # of a task frame

# What tells one decision of a kind from another; the rest of `what` is the value that was decided.
_SLOTS: dict[str, tuple[str, ...]] = {
    "reject": ("document", "fact"),
    "add": ("document", "item", "subject", "predicate", "object", "start"),
    "theme": ("document", "item", "theme"),
    "frame": ("document", "item", "field"),
    "same": ("first", "second"),
}
_VALUES: dict[str, tuple[str, ...]] = {
    "reject": ("iri",),
    "add": ("quote",),
    "theme": ("grade", "quote", "start"),
    "frame": ("values", "deadline", "quotes"),
    "same": (),
}
KINDS = tuple(_SLOTS)
_NODES = (*CLASSES, "Item", "Section")
_IRI = r"""[a-z][a-z0-9+.-]*://[^\s<>"{}|\\^`]+"""
_DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_LONGEST = 1000  # characters of a reason or an author


@dataclass(frozen=True, slots=True)
class Note:
    """Who asserts something, why and when; `date` is in UTC, as `2026-01-31T09:30:00Z`."""

    author: str
    reason: str
    date: str


@dataclass(frozen=True, slots=True)
class Assertion:
    """One line of the journal. `what` holds strings, integers and nodes; `says` is the decision in words."""

    kind: str
    what: Mapping[str, Any]
    says: str
    note: Note
    state: State = "asserted"

    @property
    def id(self) -> str:
        """The id: the same for the same decision, whoever makes it and whenever."""
        return key("assertion", self.kind, *(_plain(self.what[name]) for name in _SLOTS[self.kind]))

    def node(self, name: str) -> Node:
        """One of the nodes that it speaks of."""
        return node_from(self.what[name])

    def ends(self) -> tuple[Node, ...]:
        """The two entities of a sameness; none of a correction."""
        return (self.node("first"), self.node("second")) if self.kind == "same" else ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a decision stands: the last line of its id, and the last one that asserted it (None: it never was)."""

    last: Assertion
    made: Assertion | None

    @property
    def holds(self) -> bool:
        """Whether it is in force."""
        return self.last.state == "asserted"


@dataclass(frozen=True, slots=True)
class Journal:
    """The lines in the order in which they were written."""

    lines: tuple[Assertion, ...] = ()

    @classmethod
    def parse(cls, text: str, source: str) -> "Journal":
        """Read a journal; raises BaseError, naming `source` and the line, where one cannot be read."""
        lines = enumerate(text.split("\n"), 1)
        return cls(tuple(_read(line, f"{source}, line {number}") for number, line in lines if line.strip()))

    def text(self) -> str:
        """The journal as it is written."""
        return "".join(json.dumps(_to_json(line), ensure_ascii=False) + "\n" for line in self.lines)

    def plus(self, line: Assertion) -> "Journal":
        """The journal with one line more."""
        return Journal((*self.lines, line))

    def without(self, document: str, entities: Collection[str]) -> "Journal":
        """The journal without what it says about a document (by its id) or about the sameness of entities (IRIs)."""
        return Journal(
            tuple(
                line
                for line in self.lines
                if line.what.get("document") != document and not any(end.iri in entities for end in line.ends())
            )
        )

    def standing(self) -> dict[str, Standing]:
        """How each decision stands, by id, in the order of the ids."""
        found: dict[str, Standing] = {}
        for line in self.lines:
            before = found.get(line.id)
            made = line if line.state == "asserted" else before.made if before else None
            found[line.id] = Standing(line, made)
        return dict(sorted(found.items()))

    def corrections(self, document: str) -> list[Assertion]:
        """What holds for a document (by its id), in the order of the ids."""
        return [s.last for s in self.standing().values() if s.holds and s.last.what.get("document") == document]

    def same(self) -> list[tuple[Node, Node]]:
        """The pairs of entities that users say are one."""
        held = [s.last for s in self.standing().values() if s.holds and s.last.kind == "same"]
        return [(line.node("first"), line.node("second")) for line in held]


def note(author: str, reason: str, date: str | None = None) -> Note:
    """A checked note, dated now unless `date` (ISO 8601) says otherwise; raises PlanError for an empty reason."""
    if not (why := _one_line(reason)):
        raise PlanError("the reason is empty; say why: --reason TEXT")
    return Note(_one_line(author) or "unnamed", why, moment(date))


def moment(date: str | None) -> str:
    """A date or time of ISO 8601 as a second in UTC; now for None. Raises PlanError for what is none."""
    if date is None:
        at = datetime.now(UTC)
    else:
        try:
            at = datetime.fromisoformat(date)
        except ValueError:
            raise PlanError(f"the date {date[:60]!r} is not ISO 8601; write it as 2026-01-31 or with a time") from None
        at = at.replace(tzinfo=at.tzinfo or UTC)
    try:
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
    except OverflowError:
        raise PlanError(f"the date {str(date)[:60]!r} is outside the calendar; give another") from None


def _one_line(text: str) -> str:
    """Text without line breaks and control characters, cut to a length that a list can show."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())[:_LONGEST]


def node_to(node: Node) -> dict[str, str | None]:
    """A node as the journal writes it, with all that its document graph says of it."""
    return {
        "iri": node.iri,
        "class": node.cls,
        "name": node.name,
        "subclass": node.subclass,
        "name_en": node.label_en,
    }


def node_from(written: Mapping[str, Any]) -> Node:
    """The node that `node_to` wrote."""
    return Node(written["iri"], written["class"], written["name"], written["subclass"], written["name_en"])


def sorted_pair(one: Node, other: Node) -> tuple[Node, Node]:
    """Two nodes in the order of their IRIs, in which a sameness names them."""
    return (one, other) if one.iri < other.iri else (other, one)


def same_as(one: Node, other: Node, note: Note, state: State = "asserted") -> Assertion:
    """That two entities are one."""
    first, second = sorted_pair(one, other)
    what = {"first": node_to(first), "second": node_to(second)}
    return Assertion("same", what, f"{first.cls} {first.name} = {second.name}", note, state)


# ---- reading and writing lines


def _plain(value: Any) -> str:
    return local(value["iri"]) if isinstance(value, Mapping) else str(value)


def _to_json(line: Assertion) -> dict[str, Any]:
    return {
        "id": line.id,
        "kind": line.kind,
        "state": line.state,
        "says": line.says,
        "what": dict(line.what),
        "author": line.note.author,
        "reason": line.note.reason,
        "date": line.note.date,
    }


def _read(text: str, place: str) -> Assertion:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BaseError(f"{place}: this is not JSON; mend the line or take it out, then build again") from None
    fault = _fault(found)
    if fault:
        raise BaseError(f"{place}: {fault}; mend the line or take it out, then build again")
    line = Assertion(
        found["kind"],
        found["what"],
        found["says"],
        Note(found["author"], found["reason"], found["date"]),
        found["state"],
    )
    if line.id != found.get("id"):
        raise BaseError(f"{place}: the id is not that of the decision ({line.id}); mend the line or take it out")
    return line


def _fault(found: Any) -> str:
    """What is wrong with a line, empty where nothing is."""
    if not isinstance(found, dict) or found.get("kind") not in KINDS:
        return f"the kind is none of {', '.join(_SLOTS)}"
    texts = ("says", "author", "reason", "date")
    if found.get("state") not in STATES or not all(isinstance(found.get(name), str) for name in texts):
        return f"it lacks a state or one of {', '.join(texts)}"
    if not _is_encodable(found):
        return "it holds half a character (a lone surrogate)"
    if not _is_date(found["date"]):
        return f"the date {found['date']!r} is not written as 2026-01-31T09:30:00Z"
    what, kind = found.get("what"), found["kind"]
    wanted = (*_SLOTS[kind], *_VALUES[kind])
    if not isinstance(what, dict) or any(name not in what for name in wanted):
        return f"`what` lacks one of {', '.join(wanted)}"
    wrong = [name for name in wanted if not _TYPES[name](what[name])]
    return f"`what` has an impossible {wrong[0]}" if wrong else ""


def _is_encodable(value: Any) -> bool:
    """Whether UTF-8 can hold all of its text: an escape of JSON may name half a character."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_date(value: str) -> bool:
    try:
        return re.fullmatch(_DATE, value) is not None and moment(value) == value
    except PlanError:
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_offset(value: Any) -> bool:
    return type(value) is int  # true and false are integers too, for Python


def _is_node(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    sound = _matches(_IRI)(value.get("iri")) and value.get("class") in _NODES and _is_text(value.get("name"))
    finer = value.get("subclass") is None or _matches(r"[A-Za-z]+(?: [A-Za-z]+)*")(value["subclass"])
    return sound and finer and isinstance(value.get("name_en"), str | None) and {"subclass", "name_en"} <= value.keys()


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_deadline(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, dict) and all(
        isinstance(value.get(name), str | None) for name in ("printed", "iso", "kind")
    )


_TYPES: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("document", "fact"), _matches(r"[a-z2-7]{16}")),
    "iri": _matches(_IRI),
    "item": _is_text,
    "predicate": lambda value: value in (*PREDICATES, MENTIONS),
    "theme": _matches(r"[A-Za-z]+(?:\.[A-Za-z]+)*"),
    "field": lambda value: value in FIELDS,
    **dict.fromkeys(("subject", "object", "first", "second"), _is_node),
    "start": _is_offset,
    "quote": _is_text,
    "grade": lambda value: type(value) is int and value in (0, 1, 2),
    "values": _are_texts,
    "quotes": _are_texts,
    "deadline": _is_deadline,
}


def groups(pairs: Iterable[tuple[Node, Node]]) -> list[Sequence[Node]]:
    """The entities that are one, however many steps apart, each group in the order of the IRIs."""
    member: dict[str, dict[str, Node]] = {}
    for one, other in pairs:
        joined = {one.iri: one, other.iri: other} | member.get(one.iri, {}) | member.get(other.iri, {})
        member |= dict.fromkeys(joined, joined)
    distinct = {id(group): group for group in member.values()}
    return sorted(
        ([group[iri] for iri in sorted(group)] for group in distinct.values()), key=lambda group: group[0].iri
    )
