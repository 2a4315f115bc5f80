"""A document's outline, sentences and theme links as rows of the catalogue."""

from collections.abc import Iterator

from corpus.parse import to_json
from corpus.types import Document, Node, Span
from graph.model import Facts
from graph.rdf import document_iri, node_iri
from graph.zones import sentences
from index.catalogue import DocumentRow, ItemRow, LinkRow, SentenceRow
from ontology.namespace import Names, local, number


def document_row(document: Document, names: Names) -> DocumentRow:
    """The document as a row; its profile is what says whose plan it is and for when."""
    iri = document_iri(document, names)
    meta = document.metadata
    profile = [meta.title, meta.document_number, *(meta.issuing_bodies or ()), str(meta.year or "")]
    return DocumentRow(
        id=local(iri),
        iri=iri,
        title=meta.title or document.source,
        source=document.source,
        metadata=to_json(document)["metadata"],
        repairs=len(document.text.repairs),
        profile=" ".join(part for part in profile if part),
    )


def node_rows(document: Document, names: Names) -> list[ItemRow]:
    """Items and sections in their order."""
    return [_node_row(document, node, position, names) for position, node in enumerate(document.outline, 1)]


def _node_row(document: Document, node: Node, position: int, names: Names) -> ItemRow:
    iri = node_iri(document, node, names)
    raw = document.text.raw_span(node.span)
    above = next((parent.heading for parent in document.ancestors(node) if parent.heading), None)
    text, printed = document.clean(node.span), document.raw(node.span)
    return ItemRow(
        number=number(local(iri)),
        id=local(iri),
        iri=iri,
        document=local(document_iri(document, names)),
        position=position,
        path=node.path,
        ordinal=node.number,
        heading=node.heading,
        section=above,
        text=text,
        raw=None if printed == text else printed,
        start=raw.start,
        end=raw.end,
        is_item=node.is_item,
    )


def sentence_rows(document: Document, names: Names) -> list[SentenceRow]:
    """The sentences of every item, in order."""
    return [row for node in document.items for row in _sentences_of(document, node, names)]


def _sentences_of(document: Document, node: Node, names: Names) -> Iterator[SentenceRow]:
    item = number(local(node_iri(document, node, names)))
    owner = local(document_iri(document, names))
    for start, end in sentences(document.clean(node.span)):
        span = Span(node.span.start + start, node.span.start + end)
        raw, text, printed = document.text.raw_span(span), document.clean(span), document.raw(span)
        key = number(local(names.passage(owner, raw.start, raw.end)))
        yield SentenceRow(key, item, text, None if printed == text else printed, raw.start, raw.end)


def link_rows(document: Document, facts: Facts) -> list[LinkRow]:
    """The theme links of the items (and sections)."""
    return [
        LinkRow(r.object.iri, number(local(r.subject.iri)), raw.start, raw.end, r.grade, document.raw(r.span))
        for r in facts.relations
        if r.predicate == "concerns" and r.grade is not None and r.subject.cls in ("Item", "Section")
        for raw in [document.text.raw_span(r.span)]
    ]
