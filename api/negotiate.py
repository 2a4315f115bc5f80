"""Content negotiation (RFC 9110, section 12.5.1) over the formats of results and graphs."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

# Order is preference where the client has none.
ROWS: Mapping[str, str] = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
GRAPH: Mapping[str, str] = {
    "text/turtle": "turtle",
    "application/ld+json": "jsonld",
    "application/json": "jsonld",
    "application/n-triples": "ntriples",
    "application/rdf+xml": "rdfxml",
    "application/trig": "trig",
    "application/n-quads": "nquads",
}
_TEXT = ("text/", "application/trig")


class _Range(NamedTuple):
    type: str
    subtype: str
    quality: float

    def specificity(self, media_type: str) -> int:
        """How closely the range names a media type: 3 exactly, 2 its family, 1 anything, 0 not at all."""
        family, _, name = media_type.partition("/")
        if (self.type, self.subtype) == (family, name):
            return 3
        if (self.type, self.subtype) == (family, "*"):
            return 2
        return int((self.type, self.subtype) == ("*", "*"))


def choose(accept: str | None, offers: Sequence[str]) -> str | None:
    """The media type of `offers` that an Accept header likes best; None where it takes none of them.

    The most specific range that names an offer decides its quality; of equals the first offered wins.
    """
    ranges = [_parse(part) for part in (accept or "").split(",") if part.strip()] or [_Range("*", "*", 1.0)]
    best, best_quality = None, 0.0
    for offer in offers:
        quality = _quality(offer, ranges)
        if quality > best_quality:
            best, best_quality = offer, quality
    return best


def content_type(media_type: str) -> str:
    """The Content-Type header of a media type: text says that it is UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith(_TEXT) else media_type


def _quality(offer: str, ranges: Sequence[_Range]) -> float:
    matching = [(found.specificity(offer), found.quality) for found in ranges if found.specificity(offer)]
    return max(matching)[1] if matching else 0.0


def _parse(part: str) -> _Range:
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    family, _, name = ("*/*" if media_type == "*" else media_type).partition("/")  # some clients say * alone
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            quality = _number(value)
    return _Range(family, name, quality)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0  # a quality that is no number asks for nothing
    return value if 0.0 <= value <= 1.0 else 0.0
