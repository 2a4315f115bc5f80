"""What a user can ask to be put right: `Library.amend(Reject(fact), note)`. Names and ids are as the user gives them.

An item is an id, an IRI, or a path together with `document` (an id, IRI or source name; not needed where the base
holds one document). An entity is an id, an IRI or its exact name.
"""

from dataclasses import dataclass
from typing import Literal

Field = Literal["lead", "participants", "deadline"]


@dataclass(frozen=True, slots=True)
class Reject:
    """A fact or a mention (its id or IRI) is wrong."""

    fact: str
    kind: Literal["reject"] = "reject"


@dataclass(frozen=True, slots=True)
class Add:
    """A fact is missing: `quote` stands in `item` (default: the subject) and states it; `start`, raw, tells which of
    several. `predicate` is one of `graph.model.PREDICATES`, or `mentions`: the quote names the object.
    """

    subject: str
    predicate: str
    object: str
    quote: str
    item: str | None = None
    document: str | None = None
    start: int | None = None
    kind: Literal["add"] = "add"


@dataclass(frozen=True, slots=True)
class SetTheme:
    """An item concerns a theme as a main line (grade 2), in passing (1) or not at all (0)."""

    item: str
    theme: str
    grade: int
    quote: str | None = None
    document: str | None = None
    kind: Literal["theme"] = "theme"


@dataclass(frozen=True, slots=True)
class SetFrame:
    """A field of an item's task frame holds these values, or none.

    They must stand in the item, or `quotes` must: the words that state them. A deadline is one value; `iso` says its
    date or interval where the program cannot read it.
    """

    item: str
    field: Field
    values: tuple[str, ...] = ()
    iso: str | None = None
    quotes: tuple[str, ...] = ()
    document: str | None = None
    kind: Literal["frame"] = "frame"


@dataclass(frozen=True, slots=True)
class Merge:
    """Two entities are one."""

    first: str
    second: str
    kind: Literal["same"] = "same"


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back what has this id: an assertion, a proposal of the base (it is then refused), or a reversal."""

    id: str


Request = Reject | Add | SetTheme | SetFrame | Merge | Undo
