"""What the `Library` answers with. Field names are those of the JSON contracts in DESIGN.md.

Offsets are raw: characters in the text as read from the file, end exclusive.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from graph.assertions import State
from graph.links import SameAs
from graph.views import EntitySummary, Evidence, FactView, MentionView

__all__ = [
    *("Answer", "AssertionView", "BackupReport", "BuildReport", "Change", "CheckReport", "Comparison"),
    *("Concept", "DocumentRef", "DocumentView", "EntitySummary", "EntityView", "Evidence", "FactView"),
    *("ItemSummary", "ItemView", "Language", "MentionView", "Page", "Progress", "Reason", "Refusal"),
    *("RelatedItem", "RemoveReport", "RepairReport", "Result", "Reversal", "Reworded", "SameAs"),
    *("ThemeChange", "ThemeSummary", "Tie"),
]

Language = Literal["zh", "en"]
Progress = Callable[[str, int, int], None]  # the file at hand ("" at the end), files done, files in all


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item was found: `kind` is theme, entity, term, meaning or fact; `weight` its share of the score."""

    kind: str
    label: str
    iri: str | None
    weight: float


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A document in the base; `source` is the file's name."""

    id: str
    iri: str
    title: str
    source: str


@dataclass(frozen=True, slots=True)
class Result:
    """An item that answers, or comes near. `score` is a calibrated probability of relevance."""

    id: str
    iri: str
    document: DocumentRef
    path: str
    number: int | None
    heading: str | None
    section: str | None
    score: float
    evidence: tuple[Evidence, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Tie:
    """Why an item is related: `kind` is entity, theme or meaning; `weight` its share of the score.

    `evidence` is in the related item: where it names the entity or shows the theme, or its sentence nearest in meaning.
    """

    kind: str
    label: str
    iri: str | None
    weight: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """An item related to another; `score` from 0 to 1, the same from either side."""

    id: str
    iri: str
    document: DocumentRef
    path: str
    number: int | None
    heading: str | None
    section: str | None
    score: float
    reasons: tuple[Tie, ...]


@dataclass(frozen=True, slots=True)
class Concept:
    """What the question was understood to name: a theme or an entity."""

    iri: str
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer object. `results` holds only items judged to answer, best first; `near` what came close.

    `total` counts the items judged to answer, of which at most `limit` are in `results`. `corrected` is the question
    as it was read, where it was taken to hold typing slips.
    """

    query: str
    language: Language
    answered: bool
    took_ms: float
    total: int
    results: tuple[Result, ...]
    near: tuple[Result, ...]
    concepts: tuple[Concept, ...]
    sparql: str | None
    corrected: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that was not taken in, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: documents taken in, files refused, and what the base holds now.

    `reembedded` is the number of documents whose vectors were made anew, `model` the name of the model that made them.
    """

    added: tuple[DocumentRef, ...]
    refused: tuple[Refusal, ...]
    documents: int
    items: int
    triples: int
    seconds: float
    reembedded: int = 0
    model: str = ""


@dataclass(frozen=True, slots=True)
class RemoveReport:
    """What was taken out: documents, how many lines of the users' journal with them, and what the base holds now."""

    removed: tuple[DocumentRef, ...]
    assertions: int
    documents: int
    items: int
    triples: int


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was damaged before a repair, which originals could not be read again, and what the base holds now."""

    faults: tuple[str, ...]
    refused: tuple[Refusal, ...]
    documents: int
    items: int
    triples: int
    seconds: float


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup: its file and size in bytes, how many files of the base are in it, and what the base holds."""

    file: str
    bytes: int
    files: int
    documents: int
    items: int
    triples: int


@dataclass(frozen=True, slots=True)
class ThemeSummary:
    """A theme with the number of items it is linked to (grade 2: heading or main line; grade 1: in passing)."""

    id: str
    iri: str
    notation: str
    label: str
    label_en: str
    broader: str | None
    definition: str
    items: int
    items_main: int


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with everything known of it: `text` is repaired, `printed` is what stands in the file."""

    id: str
    iri: str
    document: DocumentRef
    path: str
    number: int | None
    heading: str | None
    section: str | None
    text: str
    printed: str
    start: int
    end: int
    themes: tuple[FactView, ...]
    facts: tuple[FactView, ...]
    mentions: tuple[MentionView, ...]
    task: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class ItemSummary:
    """An item in a list."""

    id: str
    iri: str
    path: str
    number: int | None
    heading: str | None
    section: str | None


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document with its metadata, sections and items."""

    id: str
    iri: str
    title: str
    source: str
    metadata: dict[str, object]
    items: tuple[ItemSummary, ...]
    sections: tuple[ItemSummary, ...]
    repairs: int


@dataclass(frozen=True, slots=True)
class EntityView:
    """An entity with its mentions and the facts it takes part in; `same_as` is what users say, or the base proposes."""

    id: str
    iri: str
    cls: str
    subclasses: tuple[str, ...]
    name: str
    name_en: str | None
    mentions: tuple[MentionView, ...]
    facts: tuple[FactView, ...]
    same_as: tuple[SameAs, ...] = ()


@dataclass(frozen=True, slots=True)
class Reversal:
    """Who took an assertion back, or refused a proposal, why and when."""

    author: str
    reason: str
    date: str


@dataclass(frozen=True, slots=True)
class AssertionView:
    """What a user asserts: `what` as in the journal (see `graph.assertions`), `says` in words, `undone` if taken back.

    `author`, `reason` and `date` are those of whoever asserted it, or refused what the base proposed.
    """

    id: str
    iri: str
    kind: str
    state: State
    says: str
    what: dict[str, Any]
    author: str
    reason: str
    date: str
    undone: Reversal | None


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list: `total` counts all that match."""

    total: int
    offset: int
    entities: tuple[EntitySummary, ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Whether store, vectors and catalogue agree; each fault is one line that says what to do."""

    sound: bool
    faults: tuple[str, ...]
    documents: int
    items: int
    vectors: int
    triples: int


@dataclass(frozen=True, slots=True)
class Change:
    """A run of words of a reworded item: `kind` is same, gone or new."""

    kind: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class Reworded:
    """An item of the first document and what became of it in the second; `score` is how near they are in meaning."""

    a: ItemSummary
    b: ItemSummary
    score: float
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ThemeChange:
    """A theme that only one of two documents has, with the number of its items there."""

    id: str
    iri: str
    label: str
    label_en: str
    items: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """From document `a` to document `b`: items new, dropped, reworded, how many are unchanged; themes gained, lost."""

    a: DocumentRef
    b: DocumentRef
    new: tuple[ItemSummary, ...]
    dropped: tuple[ItemSummary, ...]
    reworded: tuple[Reworded, ...]
    unchanged: int
    themes_gained: tuple[ThemeChange, ...]
    themes_lost: tuple[ThemeChange, ...]
