"""RDF terms as plain values, so that only `graph/store.py` has to know an RDF engine."""

from datetime import date
from typing import NamedTuple

from ontology.namespace import PREFIXES

XSD = PREFIXES["xsd"]


class Literal(NamedTuple):
    """A literal: its characters, and a language tag or the IRI of a datatype (neither: a plain string)."""

    value: str
    lang: str | None = None
    datatype: str | None = None


Term = str | Literal  # a bare str is an IRI


class Quad(NamedTuple):
    """A statement in a named graph; there are no blank nodes, so subject, predicate and graph are IRIs."""

    subject: str
    predicate: str
    object: Term
    graph: str


def zh(text: str) -> Literal:
    """A Chinese text."""
    return Literal(text, lang="zh")


def en(text: str) -> Literal:
    """An English text."""
    return Literal(text, lang="en")


def integer(value: int) -> Literal:
    """An xsd:integer."""
    return Literal(str(value), datatype=XSD + "integer")


def decimal(value: float) -> Literal:
    """An xsd:decimal in canonical form: `0.5`, `1.0`."""
    digits = f"{value:.4f}".rstrip("0")
    return Literal(digits + "0" if digits.endswith(".") else digits, datatype=XSD + "decimal")


def day(iso: str) -> Literal:
    """An xsd:date; raises ValueError where `iso` is not YYYY-MM-DD."""
    return Literal(date.fromisoformat(iso).isoformat(), datatype=XSD + "date")


def year(value: int) -> Literal:
    """An xsd:gYear."""
    return Literal(f"{value:04d}", datatype=XSD + "gYear")
