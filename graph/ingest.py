"""Into the store: the published schemes once, each document as its own named graph."""

from collections.abc import Iterator
from pathlib import Path

from corpus.types import Document
from graph.model import Facts
from graph.rdf import quads
from graph.store import Store
from graph.terms import Literal, Quad
from ontology import schemes
from ontology.namespace import Names

SCHEMES = ("ontology", "themes", "forms", "strengths", "rules")  # the graphs that every base holds
VOCABULARY_FILE = Path(schemes.__file__).parent / "yaodian.ttl"


def install_schemes(store: Store, names: Names) -> None:
    """Put the vocabulary and the schemes into graphs of their own, replacing older versions."""
    for name in SCHEMES:
        store.drop(names.graph(name))
    store.load(VOCABULARY_FILE, names.graph("ontology"))
    store.add(_quads(schemes.strength_triples(), names.graph("strengths")))
    store.add(_quads(schemes.theme_triples(), names.graph("themes")))
    store.add(_quads(schemes.form_triples(), names.graph("forms")))
    store.add(_quads(schemes.rule_triples(), names.graph("rules")))


def document_quads(document: Document, facts: Facts, names: Names) -> list[Quad]:
    """The statements of a document's graph, each once."""
    return list(dict.fromkeys(quads(document, facts, names)))


def _quads(triples: Iterator[schemes.Triple], graph: str) -> Iterator[Quad]:
    for subject, predicate, value in triples:
        made = Literal(value.value, value.language, value.datatype) if isinstance(value, schemes.Text) else value
        yield Quad(subject, predicate, made, graph)
