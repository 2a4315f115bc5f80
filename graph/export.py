"""The base, one document or what surrounds one thing, in many formats: `export(store, "turtle")`.

One function and one table serve every front. The RDF formats hold statements; the others hold the network that
`graph.network` makes of them. The same statements give the same bytes.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from corpus.errors import FormatError
from graph import network as net
from graph import picture
from graph.model import PREDICATES
from graph.store import Store
from graph.terms import Literal, Quad, Term
from ontology.namespace import expand, local, term


@dataclass(frozen=True, slots=True)
class Selection:
    """What to export: the base, one document of it, what lies `depth` steps around a focus, or both at once."""

    store: Store
    document: str | None = None
    focus: str | None = None
    depth: int = 1

    def network(self) -> net.Network:
        """The selection as a network; raises NotFoundError."""
        return net.to_networkx(self.store, self.document, self.focus, self.depth)


class Format(NamedTuple):
    """An export format: media type, file suffix, and the function that writes a selection."""

    media_type: str
    suffix: str
    writer: Callable[[Selection], bytes]


def export(
    store: Store, format: str, *, document: str | None = None, focus: str | None = None, depth: int = 1
) -> bytes:
    """The base in a format of FORMATS, or the part of it that `document`, `focus` and `depth` choose.

    With `document` the RDF formats hold the document's graph; with `focus` the statements about what lies within
    `depth` steps, their mentions, and the facts between them. Raises FormatError for an unknown format, NotFoundError
    for an unknown document or focus, QueryError for a negative depth.
    """
    if format not in FORMATS:
        raise FormatError(f"unknown export format {format}; use one of {', '.join(FORMATS)}")
    return FORMATS[format].writer(Selection(store, document, focus, depth))


def to_json(value: Any) -> bytes:
    """JSON in UTF-8 with Chinese characters as they are, keys in the order given, one final line end."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


# ---- RDF


def _rdf(format: str, selection: Selection) -> bytes:
    if selection.focus is not None:
        part = Store.in_memory()
        part.add(_surroundings(selection))
        return part.dump(format)
    if selection.document is not None:
        return selection.store.dump(format, [_graph(selection)])
    return selection.store.dump(format)


def _rdfxml(selection: Selection) -> bytes:
    """RDF/XML, with U+FFFD for control characters (form feeds that a repair took out): XML 1.0 has no way to say them.

    A comment at the top says how many there are; the other RDF formats hold every character.
    """
    text = _rdf("rdfxml", selection).decode("utf-8")
    clean = net.xml_text(text)
    changed = sum(one != other for one, other in zip(text, clean, strict=True))
    if changed:
        head, line, rest = clean.partition("\n")
        note = f"<!-- {changed} control characters, which XML cannot hold, are written as U+FFFD; Turtle holds them -->"
        clean = f"{head}{line}{note}\n{rest}"
    return clean.encode("utf-8")


_GRAPHS = "SELECT ?g ?document WHERE { GRAPH ?g { ?document a yao:WorkPlan } }"
_RELATED = """SELECT ?g ?thing ?subject ?object WHERE {{ VALUES ?subject {{ {0} }} GRAPH ?g {{
  {{ ?thing yao:mentionOf ?subject }} UNION {{ ?thing rdf:subject ?subject ; rdf:object ?object }} }} }}"""
_BEHIND = """SELECT ?g ?place ?rule WHERE {{ VALUES ?fact {{ {0} }} GRAPH ?g {{
  ?fact yao:rule ?rule . OPTIONAL {{ ?fact yao:evidence ?place }} }} }}"""
_STATEMENTS = "SELECT ?g ?s ?p ?o WHERE {{ VALUES ?s {{ {0} }} GRAPH ?g {{ ?s ?p ?o }} }}"
_RELATIONS = frozenset(map(term, (*PREDICATES, "mentionOf"))) | {expand("skos:broader")}


def _graph(selection: Selection) -> str:
    """The named graph of the selected document."""
    document = net.find_document(selection.store, selection.document or "")
    return next(graph for graph, plan in _document_graphs(selection.store).items() if plan == document)


def _document_graphs(store: Store) -> dict[str, str]:
    """The document of each document's graph."""
    return {_iri(row["g"]): _iri(row["document"]) for row in store.query(_GRAPHS).rows()}


def _surroundings(selection: Selection) -> Iterable[Quad]:
    """All statements about the things in the network, their mentions and the facts between them; no loose ends."""
    things = set(selection.network())
    silent = set() if selection.document is None else _document_graphs(selection.store).keys() - {_graph(selection)}
    related = [row for row in selection.store.query(_RELATED.format(_listed(things))).rows() if row["g"] not in silent]
    evidence = {_iri(row["thing"]) for row in related if "object" not in row or row["object"] in things}
    behind = [row for row in selection.store.query(_BEHIND.format(_listed(evidence))).rows() if row["g"] not in silent]
    evidence |= {_iri(row[name]) for row in behind for name in ("place", "rule") if name in row}
    for row in selection.store.query(_STATEMENTS.format(_listed(things | evidence))).rows():
        quad = Quad(_iri(row["s"]), _iri(row["p"]), row["o"], _iri(row["g"]))
        if quad.graph not in silent and (quad.predicate not in _RELATIONS or quad.object in things):
            yield quad


def _listed(iris: Iterable[str]) -> str:
    return " ".join(f"<{iri}>" for iri in sorted(iris))


def _iri(value: Term) -> str:
    if isinstance(value, Literal):
        raise TypeError(f"{value} stands where only an IRI can stand")
    return value


# ---- networks


def _of_network(writer: Callable[[net.Network], bytes], selection: Selection) -> bytes:
    return writer(selection.network())


def _node_link(network: net.Network) -> bytes:
    return to_json(net.node_link(network))


def _cytoscape(network: net.Network) -> bytes:
    """The elements JSON that Cytoscape and Cytoscape.js read."""
    nodes = [{"data": {"id": iri, **data}} for iri, data in network.nodes(data=True)]
    edges = [
        {"data": {"id": f"{local(s)} {p} {local(o)}", "source": s, "target": o, **data}}
        for s, o, p, data in network.edges(keys=True, data=True)
    ]
    return to_json({"data": network.graph, "elements": {"nodes": nodes, "edges": edges}})


def _dot(network: net.Network) -> bytes:
    """Graphviz DOT, read from left to right."""
    lines = ["digraph yaodian {", "  rankdir=LR;", f"  node [shape=box, style=filled, fontname={_quoted(_DOT_FONT)}];"]
    for iri, data in network.nodes(data=True):
        paper, ink = picture.COLOURS.get(data["class"], picture.COLOURS["Entity"])
        looks = {"label": data["label"], "class": data["class"], "fillcolor": paper, "fontcolor": ink, "color": ink}
        lines.append(f"  {_quoted(iri)} [{_attributes(looks)}];")
    for subject, object_, predicate in network.edges(keys=True):
        lines.append(f"  {_quoted(subject)} -> {_quoted(object_)} [{_attributes({'label': predicate})}];")
    return ("\n".join([*lines, "}"]) + "\n").encode("utf-8")


_DOT_FONT = "Noto Sans CJK SC"


def _attributes(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in values.items())


def _quoted(text: str) -> str:
    """A DOT string: a backslash begins an escape there, and a line break would be one."""
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_NODE_COLUMNS = ("iri", "class", "subclass", "label", "label_en", "path", "documents", "weight")
_EDGE_COLUMNS = (
    *("subject", "subject_class", "subject_label", "predicate", "object", "object_class", "object_label"),
    *("grade", "confidence", "quotes", "documents", "weight"),
)


def _node_table(network: net.Network) -> bytes:
    return _csv(_NODE_COLUMNS, ({"iri": iri, **data} for iri, data in network.nodes(data=True)))


def _edge_table(network: net.Network) -> bytes:
    nodes = network.nodes
    return _csv(
        _EDGE_COLUMNS,
        (
            {
                **data,
                **{"subject": s, "subject_class": nodes[s]["class"], "subject_label": nodes[s]["label"]},
                **{"object": o, "object_class": nodes[o]["class"], "object_label": nodes[o]["label"]},
            }
            for s, o, data in network.edges(data=True)
        ),
    )


def _csv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """RFC 4180 in UTF-8 with a byte order mark, without which Excel takes Chinese for another encoding."""
    sheet = io.StringIO(newline="")
    writer = csv.DictWriter(sheet, list(columns), restval="", extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: " | ".join(value) if isinstance(value, tuple) else value for name, value in row.items()})
    return sheet.getvalue().encode("utf-8-sig")


def _as_rdf(format: str) -> Callable[[Selection], bytes]:
    return partial(_rdf, format)


def _as_network(writer: Callable[[net.Network], bytes]) -> Callable[[Selection], bytes]:
    return partial(_of_network, writer)


FORMATS: dict[str, Format] = {
    "turtle": Format("text/turtle", ".ttl", _as_rdf("turtle")),
    "trig": Format("application/trig", ".trig", _as_rdf("trig")),
    "nquads": Format("application/n-quads", ".nq", _as_rdf("nquads")),  # of the whole base: the canonical dump
    "ntriples": Format("application/n-triples", ".nt", _as_rdf("ntriples")),
    "rdfxml": Format("application/rdf+xml", ".rdf", _rdfxml),
    "jsonld": Format("application/ld+json", ".jsonld", _as_rdf("jsonld")),
    "graphml": Format("application/graphml+xml", ".graphml", _as_network(net.graphml)),
    "gexf": Format("application/gexf+xml", ".gexf", _as_network(net.gexf)),
    "dot": Format("text/vnd.graphviz", ".dot", _as_network(_dot)),
    "cytoscape": Format("application/json", ".cyjs", _as_network(_cytoscape)),
    "json": Format("application/json", ".json", _as_network(_node_link)),
    "csv": Format("text/csv", ".csv", _as_network(_edge_table)),
    "csv-nodes": Format("text/csv", ".csv", _as_network(_node_table)),
    "svg": Format("image/svg+xml", ".svg", _as_network(picture.svg)),
}
