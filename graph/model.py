"""The facts that `graph/` finds, as plain values.

All spans are clean (see `corpus.types`); `graph/rdf.py` and `graph/facts.py` add raw offsets on the way out.
"""

from dataclasses import dataclass, field

from corpus.types import Span

CLASSES = (
    "Body", "Role", "Group", "Initiative", "Strategy", "Theme", "Topic", "ActivityForm", "Activity", "Event",
    "Place", "Document", "Time", "Quantity",
)  # fmt: skip
PREDICATES = (
    "partOf", "launches", "continues", "implements", "alignedWith", "hasForm", "onTopic", "performedBy", "involves",
    "targetsGroup", "hasTime", "hasQuantity", "locatedIn", "concerns",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the graph: an entity, a theme, an item, a section or the document itself.

    `name` is the full Chinese name (an item's and a section's path, a document's title). `label_en` is None where
    no English name is known; it is never invented.
    """

    iri: str
    cls: str
    name: str
    subclass: str | None = None
    label_en: str | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity at a place: `span` holds the name itself, `item` the path of the item (None outside items)."""

    entity: Node
    span: Span
    item: str | None
    rule: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Relation:
    """A fact: subject, predicate (see PREDICATES), object, the characters that state it, the rule that found it.

    `grade` is 1 or 2 for `concerns` a theme (2: heading or main line, 1: in passing), else None.
    """

    subject: Node
    predicate: str
    object: Node
    span: Span
    item: str | None
    rule: str
    confidence: float
    grade: int | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline as printed and as ISO date or interval (`2021-01-01/2021-06-30`); None where it is relative."""

    printed: str
    iso: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class Task:
    """The task frame (任务分解) of an item: empty where the text is silent, never filled in."""

    path: str
    lead: tuple[str, ...] = ()  # 牵头单位
    participants: tuple[str, ...] = ()  # 责任单位、配合单位
    deadline: Deadline | None = None
    frequency: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()  # 考核指标、目标值
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything found in one document, in document order."""

    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    tasks: tuple[Task, ...] = field(default=())
