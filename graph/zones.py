"""The stretches of a document that extraction reads one after another, and the clauses and quotations in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.types import Document, Node, Span

# Prose outside the outline speaks about the plan as a whole; the other blocks are layout.
PROSE = ("preamble", "notice_body", "closing", "other")
_LONGEST_CLAUSE = 200  # characters; a longer stretch without a mark is no clause, and reading it would take long
# a sentence ends with its final punctuation and the closing marks behind it; a semicolon parts the clauses of a list
_SENTENCE = re.compile(r"[^。！？；\n]*[。！？；\n][”’）》」』]*|[^。！？；\n]+")
_QUOTE = re.compile(r"“([^“”\"\n]{1,60})[”\"]")  # some texts close with the plain mark


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of clean text: `role` is item, section, or a block's role; `node` the unit that it belongs to."""

    role: str
    span: Span
    node: Node | None = None

    @property
    def item(self) -> str | None:
        """The path of the item, None outside items."""
        return self.node.path if self.node and self.node.is_item else None


def zones(document: Document) -> list[Zone]:
    """All zones in text order; every character of the outline lies in the zone of the deepest unit that holds it."""
    found = [Zone(block.role, block.span) for block in document.blocks]
    children: dict[str, list[Node]] = {}
    for node in document.outline:
        if node.parent is not None:
            children.setdefault(node.parent, []).append(node)
    for node in document.outline:
        role = "item" if node.is_item else "section"
        found += [Zone(role, span, node) for span in _own_text(node, children.get(node.path, []))]
    return sorted(found, key=lambda zone: (zone.span.start, zone.span.end))


def _own_text(node: Node, children: list[Node]) -> Iterator[Span]:
    """What lies under a node and under none of its children."""
    at = node.span.start
    for child in children:
        if child.span.start > at:
            yield Span(at, child.span.start)
        at = max(at, child.span.end)
    if node.span.end > at:
        yield Span(at, node.span.end)


def sentences(text: str, span: Span | None = None) -> Iterator[Span]:
    """The sentences of a text, or of a stretch of it, without blanks around them, in order."""
    start, end = span or (0, len(text))
    for found in _SENTENCE.finditer(text, start, end):
        sentence = trim(text, Span(*found.span()))
        if sentence.end > sentence.start:
            yield sentence


def clause_start(text: str, at: int, floor: int) -> int:
    """Where the clause that holds `at` begins: after the last of ，。；： or a line end, not before `floor`."""
    floor = max(floor, at - _LONGEST_CLAUSE)
    return max(floor, *(text.rfind(mark, floor, at) + 1 for mark in "，。；：！？\n"))


def clause_end(text: str, at: int, ceiling: int) -> int:
    """Where the clause that holds `at` ends, outside quotations; not after `ceiling`."""
    depth, ceiling = 0, min(ceiling, at + _LONGEST_CLAUSE)
    for index in range(at, ceiling):
        char = text[index]
        depth += (char in "“《（") - (char in "”》）")
        if depth <= 0 and char in "，。；：！？\n":
            return index
    return ceiling


def trim(text: str, span: Span) -> Span:
    """A span without the blanks at its ends."""
    part = text[span.start : span.end]
    start = span.start + len(part) - len(part.lstrip())
    return Span(start, start + len(part.strip()))


def quotations(text: str, span: Span) -> list[Span]:
    """What stands between “ and ”, marks left out, in order."""
    return [Span(found.start(1), found.end(1)) for found in _QUOTE.finditer(text, span.start, span.end)]


def in_quotes(text: str, span: Span, at: int) -> bool:
    """Whether `at` stands between “ and ” of the stretch; one that opened long before `at` is taken as not closed."""
    begin = max(span.start, at - _LONGEST_CLAUSE)
    return text.rfind("“", begin, at) > max(text.rfind("”", begin, at), text.rfind('"', begin, at))


def split_list(text: str, span: Span, marks: str = "、") -> list[Span]:
    """The members of a list set off by 、 outside quotations and brackets."""
    parts, depth, at = [], 0, span.start
    for index in range(span.start, span.end):
        char = text[index]
        depth += (char in "“《（") - (char in "”》）")
        if depth <= 0 and char in marks:
            parts.append(Span(at, index))
            at = index + 1
    parts.append(Span(at, span.end))
    return [part for part in parts if part.end > part.start]
