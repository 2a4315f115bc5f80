"""A stretch of a document's text with all that is needed to read it."""

from dataclasses import dataclass

from corpus.types import Span
from graph.issuer import Issuer
from graph.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class Reader:
    """A stretch of a document's text with all that is needed to read it."""

    text: str
    span: Span
    issuer: Issuer
    lexicon: Lexicon
    document: str  # the document's id, which tells apart what only its own document can name
    year: int | None = None
    ordinals: frozenset[tuple[str, str]] = frozenset()  # see `congress_ordinals`
    bare_brackets: bool = False  # see `has_bare_brackets`

    def part(self) -> str:
        """The characters of the stretch."""
        return self.text[self.span.start : self.span.end]

    def within(self, start: int, end: int) -> Span:
        """A span of the whole text from offsets in the stretch."""
        return Span(self.span.start + start, self.span.start + end)
