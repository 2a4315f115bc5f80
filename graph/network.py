"""The knowledge graph as a networkx graph: `to_networkx(store)`. The only file that knows networkx.

Nodes are what facts speak about, keyed by IRI; edges are the direct relations, keyed by predicate. The view is sorted,
so the same base gives the same graph, node for node. It holds what documents state (their named graphs) and the themes
above the themes that they concern; what else lies in the base is left out.
"""

import io
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import networkx as nx

from corpus.errors import NotFoundError, QueryError
from graph.model import CLASSES, PREDICATES
from graph.store import Store
from graph.terms import Literal, Term
from ontology.namespace import FORM, THEME, local, term

Network: TypeAlias = "nx.MultiDiGraph[str]"
Row = Mapping[str, Term]

BROADER = "broader"  # from a theme to the theme above it; the other predicates are those of graph.model
STRUCTURE = ("Section", "Item")
_CLASS_BY_TYPE = {term(name): name for name in (*CLASSES, *STRUCTURE)}
_PLAN = term("WorkPlan")
_CONCEPTS = ((THEME, "Theme"), (FORM, "ActivityForm"))  # described by their schemes, not by a document

# One query per kind of thing, whatever the number of nodes. `?document` is fixed where one document is asked for.
_IN_DOCUMENT = "GRAPH ?g { ?document a yao:WorkPlan . %s }"
_TITLES = "SELECT ?document ?title WHERE { ?document a yao:WorkPlan ; rdfs:label ?title }"
_TYPES = f"""SELECT ?document ?node ?type WHERE {{
  {_IN_DOCUMENT % "?node a ?type"} FILTER(?type NOT IN (yao:Mention, yao:TaskFrame, yao:Repair)) }}"""
_PROPERTIES = """SELECT ?node ?property ?value WHERE {
  VALUES ?property { rdfs:label skos:prefLabel yao:path yao:position }
  ?node ?property ?value . FILTER(isLiteral(?value)) }"""
_RELATIONS = f"""SELECT ?document ?s ?p ?o WHERE {{
  VALUES ?p {{ {" ".join("yao:" + name for name in PREDICATES)} }} {_IN_DOCUMENT % "?s ?p ?o"} }}"""
_EVIDENCE = """SELECT ?document ?s ?p ?o ?start ?quote ?confidence ?grade WHERE { GRAPH ?g {
  ?document a yao:WorkPlan . ?fact rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; yao:rule ?rule ;
    yao:evidence ?place . ?place yao:start ?start ; yao:quote ?quote . OPTIONAL { ?fact yao:grade ?grade } }
  ?rule yao:confidence ?confidence }"""
_MENTIONS = f"SELECT ?document ?node WHERE {{ {_IN_DOCUMENT % '?mention yao:mentionOf ?node'} }}"
_BROADER = "SELECT ?s ?o WHERE { ?s skos:broader ?o }"


class Edge(NamedTuple):
    """A direct relation: the IRIs of both ends and the local name of the predicate."""

    subject: str
    predicate: str
    object: str


def to_networkx(store: Store, document: str | None = None, focus: str | None = None, depth: int = 1) -> Network:
    """The base, one document of it, or what lies within `depth` steps of `focus` as a networkx graph.

    Nodes carry `label`, `label_en`, `class`, `subclass`, `path`, `position`, `documents` (ids) and `weight` (the
    mentions of an entity, the facts of anything else); edges carry `predicate`, `confidence` (of the surest fact),
    `grade`, `quotes` (in the order of the text), `documents` and `weight` (facts). What is unknown is absent.

    `document` is an IRI, an id or a title; `focus` an IRI, an id or an exact label or path, and what several nodes are
    called takes in all of them. `graph.graph` tells the ids of the `documents` that speak of the focus or state an
    edge, their `titles` and the IRIs in `focus`. Raises NotFoundError for an unknown document or focus, QueryError for
    a negative depth.
    """
    bound = {} if document is None else {"document": find_document(store, document)}
    edges = _edges(store, bound)
    network: Network = nx.MultiDiGraph()
    for iri, data in sorted(_nodes(store, bound, edges).items()):
        network.add_node(iri, **data)
    for edge, data in sorted(edges.items()):
        network.add_edge(edge.subject, edge.object, key=edge.predicate, **data)
    titles = {local(iri): network.nodes[iri]["label"] for iri in plans(network)}
    if focus is not None:
        _keep_around(network, focus, depth)
    ids = sorted(_stating_documents(network))
    network.graph["documents"] = tuple(ids)
    network.graph["titles"] = tuple(titles[name] for name in ids)
    return network


def _stating_documents(network: Network) -> set[str]:
    """The ids of the documents that speak of the focus (without one: of anything) or state an edge.

    A neighbour may stand in many documents that say nothing of what is drawn.
    """
    spoken_of = network.graph.get("focus", network)
    stated = (data["documents"] for *_, data in network.edges(data=True))
    return {name for iri in spoken_of for name in network.nodes[iri]["documents"]}.union(*stated)


def find_document(store: Store, name: str) -> str:
    """The IRI of the document of this IRI, id or title; raises NotFoundError where none or several bear it."""
    titles = [(_text(row["document"]), _text(row["title"])) for row in store.query(_TITLES).rows()]
    found = sorted({iri for iri, title in titles if name in (iri, local(iri), title)})
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(map(local, found))
        raise NotFoundError(f"{len(found)} documents are called {name}: say which by its id ({ids})")
    raise NotFoundError(f"no document {name} in the base: take an id, an IRI or a title from `yaodian list`")


def plans(network: Network) -> list[str]:
    """The IRIs of the plans among the nodes, sorted."""
    return sorted(iri for iri, data in network.nodes(data=True) if data.get("subclass") == local(_PLAN))


def _edges(store: Store, bound: Mapping[str, str]) -> dict[Edge, dict[str, Any]]:
    """Every direct relation with what its facts say."""
    documents: dict[Edge, set[str]] = defaultdict(set)
    for row in store.query(_RELATIONS, **bound).rows():
        documents[_edge(row)].add(local(_text(row["document"])))
    evidence: dict[Edge, list[Row]] = defaultdict(list)
    for row in store.query(_EVIDENCE, **bound).rows():
        evidence[_edge(row)].append(row)
    edges = {edge: _edge_data(edge, sorted(ids), evidence[edge]) for edge, ids in documents.items()}
    concerned = {edge.object for edge in edges}
    for edge in _broader(store, concerned):
        edges[edge] = _edge_data(edge, [], [])
    return edges


def _edge(row: Row) -> Edge:
    return Edge(_text(row["s"]), local(_text(row["p"])), _text(row["o"]))


def _edge_data(edge: Edge, documents: list[str], facts: list[Row]) -> dict[str, Any]:
    facts = sorted(facts, key=lambda row: (_text(row["document"]), int(_text(row["start"])), _text(row["quote"])))
    data: dict[str, Any] = {"predicate": edge.predicate, "documents": tuple(documents), "weight": len(facts)}
    if facts:
        data["confidence"] = max(float(_text(row["confidence"])) for row in facts)
        data["quotes"] = tuple(dict.fromkeys(_text(row["quote"]) for row in facts))
    if grades := [int(_text(row["grade"])) for row in facts if "grade" in row]:
        data["grade"] = max(grades)
    return data


def _broader(store: Store, concepts: Iterable[str]) -> Iterator[Edge]:
    """The steps up from these concepts to the top of their scheme."""
    above: dict[str, set[str]] = defaultdict(set)
    for row in store.query(_BROADER).rows():
        above[_text(row["s"])].add(_text(row["o"]))
    waiting, seen = list(concepts), set[str]()
    while waiting:
        narrow = waiting.pop()
        if narrow in seen:
            continue
        seen.add(narrow)
        for broad in above.get(narrow, ()):
            waiting.append(broad)
            yield Edge(narrow, BROADER, broad)


def _nodes(
    store: Store, bound: Mapping[str, str], edges: Mapping[Edge, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Everything that a document types, and every end of an edge."""
    types, documents = _types(store, bound)
    facts: dict[str, int] = defaultdict(int)
    for edge, data in edges.items():
        for iri in {edge.subject, edge.object}:
            types.setdefault(iri, set())
            documents[iri].update(data["documents"])
            facts[iri] += data["weight"]
    mentions = Counter(_text(row["node"]) for row in store.query(_MENTIONS, **bound).rows())
    properties = _properties(store, types)
    return {
        iri: {
            **_classes(iri, types[iri]),
            "label": local(iri),
            **properties[iri],
            "documents": tuple(sorted(documents[iri])),
            "weight": mentions[iri] or facts[iri],
        }
        for iri in types
    }


def _types(store: Store, bound: Mapping[str, str]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The types and the documents of each node."""
    types: dict[str, set[str]] = defaultdict(set)
    documents: dict[str, set[str]] = defaultdict(set)
    for row in store.query(_TYPES, **bound).rows():
        types[_text(row["node"])].add(_text(row["type"]))
        documents[_text(row["node"])].add(local(_text(row["document"])))
    return types, documents


def _classes(iri: str, types: set[str]) -> dict[str, str]:
    """`class`, and `subclass` where there is one; a plan of the base is a WorkPlan whatever else it is called."""
    if _PLAN in types:
        return {"class": "Document", "subclass": local(_PLAN)}
    cls = next((_CLASS_BY_TYPE[kind] for kind in sorted(types) if kind in _CLASS_BY_TYPE), None)
    cls = cls or next((name for base, name in _CONCEPTS if iri.startswith(base)), "Entity")
    finer = sorted(local(kind) for kind in types if local(kind) != cls)
    return {"class": cls, "subclass": finer[0]} if finer else {"class": cls}


def _properties(store: Store, nodes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Label, English label, path and position of the nodes that have them; of several the first in order."""
    wanted = set(nodes)
    values: dict[str, dict[str, Any]] = {iri: {} for iri in wanted}
    rows = ((_text(row["node"]), _text(row["property"]), row["value"]) for row in store.query(_PROPERTIES).rows())
    for iri, name, value in sorted(((iri, local(name), value) for iri, name, value in rows if iri in wanted), key=str):
        if name == "position":
            values[iri].setdefault(name, int(_text(value)))
        elif name == "path":
            values[iri].setdefault(name, _text(value))
        else:
            english = isinstance(value, Literal) and value.lang == "en"
            values[iri].setdefault("label_en" if english else "label", _text(value))
    return values


def _text(value: Term) -> str:
    return value.value if isinstance(value, Literal) else value


def _keep_around(network: Network, focus: str, depth: int) -> None:
    """Keep what lies within `depth` steps of the nodes called `focus`, whichever way the edges point."""
    if depth < 0:
        raise QueryError(f"depth {depth} is below 0: use 0 for the thing alone, 1 for its neighbours")
    centres = [iri for iri, data in network.nodes(data=True) if focus in _names(iri, data)]
    if not centres:
        raise NotFoundError(f"nothing called {focus} here: use the IRI, the id or the exact label of an entity or item")
    undirected = network.to_undirected(as_view=True)
    near = {
        iri for centre in centres for iri in nx.single_source_shortest_path_length(undirected, centre, cutoff=depth)
    }
    # taken out rather than picked: a subgraph would stand in the order of the set, which changes from run to run
    network.remove_nodes_from([iri for iri in network if iri not in near])
    network.graph["focus"] = tuple(centres)


def _names(iri: str, data: Mapping[str, Any]) -> tuple[str | None, ...]:
    return (iri, local(iri), data["label"], data.get("label_en"), data.get("path"))


def graphml(network: Network) -> bytes:
    """The graph as GraphML; several values of an attribute are joined by ` | `."""
    # networkx's other writer, used where lxml is installed, lays the file out differently
    sheet = io.BytesIO()
    nx.write_graphml_xml(_flat(network), sheet, encoding="utf-8", prettyprint=True)
    return sheet.getvalue()


def gexf(network: Network) -> bytes:
    """The graph as GEXF 1.2 for Gephi, without the date of writing that networkx adds."""
    sheet = io.BytesIO()
    nx.write_gexf(_flat(network), sheet, encoding="utf-8", prettyprint=True)
    root = ET.fromstring(sheet.getvalue())
    for meta in root.iter("{http://www.gexf.net/1.2draft}meta"):
        meta.attrib.clear()
    ET.register_namespace("", "http://www.gexf.net/1.2draft")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def node_link(network: Network) -> dict[str, Any]:
    """The graph as the plain dictionary of networkx's node-link JSON."""
    return dict(nx.node_link_data(network, edges="edges"))


def _flat(network: Network) -> Network:
    """A copy whose attributes are numbers and strings that XML can hold."""
    flat: Network = nx.MultiDiGraph(**_flat_values(network.graph))
    for iri, data in network.nodes(data=True):
        flat.add_node(iri, **_flat_values(data))
    for subject, object_, predicate, data in network.edges(keys=True, data=True):
        flat.add_edge(subject, object_, key=predicate, **_flat_values(data))
    return flat


def _flat_values(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _flat_value(value) for name, value in data.items()}


def _flat_value(value: Any) -> Any:
    if isinstance(value, tuple):
        value = " | ".join(value)
    return xml_text(value) if isinstance(value, str) else value


def xml_text(text: str) -> str:
    """The text with U+FFFD for what XML 1.0 cannot hold (control characters, lone surrogates)."""
    return text.translate(_NOT_XML)


_NOT_XML = {
    code: "\ufffd" for code in (*range(0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF) if chr(code) not in "\t\n\r"
}
