"""A name found in the text, before it becomes a mention; and which of several that overlap stays."""

from collections.abc import Iterable
from dataclasses import dataclass

from corpus.types import Span

# Schema rule 2: longest name wins; a smaller one inside it stays only for these pairs (outer class -> inner classes).
_INSIDE = frozenset({"Event", "Place", "Group", "Body", "Time", "Strategy", "Role", "Initiative"})
NESTED: dict[str, frozenset[str]] = {
    "Initiative": _INSIDE - {"Initiative"},
    "Topic": _INSIDE,
    "Document": _INSIDE - {"Initiative"},
    "Event": frozenset({"Body"}),
    "Activity": _INSIDE | {"ActivityForm", "Topic", "Document", "Quantity"},
}


@dataclass(frozen=True, slots=True)
class Found:
    """A name at a place. `key` is what identifies the entity where its name alone does not (an organ of the issuer)."""

    span: Span
    cls: str
    subclass: str | None
    name: str
    rule: str
    key: str | None = None
    label_en: str | None = None


def settle(candidates: Iterable[Found]) -> list[Found]:
    """The names that stay, in text order: longest first, nested ones where the schema allows them."""
    order = sorted(enumerate(candidates), key=lambda pair: (pair[1].span.start, -pair[1].span.end, pair[0]))
    kept: list[Found] = []
    open_: list[Found] = []  # the kept names that hold the present position
    for _, one in order:
        open_ = [outer for outer in open_ if outer.span.end > one.span.start]
        if any(not _allowed(outer, one) for outer in open_):
            continue
        kept.append(one)
        open_.append(one)
    return kept


def _allowed(outer: Found, inner: Found) -> bool:
    if inner.span.end > outer.span.end:
        return False
    if inner.span == outer.span and inner.cls == outer.cls:
        return inner.name != outer.name and inner.rule == "coordination"
    if inner.span == outer.span:
        return False
    if inner.cls == "Role" and outer.cls == "Initiative" and outer.rule.startswith("quote"):
        return False  # schema rule 2: roles are nested in descriptive names only, not in quoted ones
    return inner.cls in NESTED.get(outer.cls, ())
