"""Exports: every format is read back by another parser, holds the same, and keeps the Chinese characters."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path

import networkx as nx
import pytest
from rdflib import RDF, Dataset, Graph, URIRef
from rdflib.compare import isomorphic

from corpus.errors import FormatError, NotFoundError, QueryError
from graph.export import FORMATS, export
from graph.network import Network, to_networkx
from graph.store import Store
from graph.terms import Quad, zh
from index.library import Library
from ontology.namespace import VOCABULARY, expand, term, theme
from tests.graph_samples import (
    CLEAR_WATER,
    EDUCATION,
    NAMES,
    RIVER_CHIEFS,
    WATER,
    document_id,
    edited,
    graph_of,
    item_iri,
    plan_a,
    plan_b,
    sample_store,
    with_value,
)

ROOT = Path(__file__).parent.parent
A, B = document_id(plan_a()), document_id(plan_b())
TRIPLES = {"turtle": "turtle", "ntriples": "nt", "rdfxml": "xml"}
QUADS = {"trig": "trig", "nquads": "nquads", "jsonld": "json-ld"}
RDF_FORMATS = TRIPLES | QUADS
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


def without_control_characters() -> Store:
    """The samples without the form feed that plan A's repair took out, which XML cannot hold."""
    control = [
        quad for quad in sample_store().quads() if not isinstance(quad.object, str) and "\x0c" in quad.object.value
    ]
    assert control
    return edited(sample_store(), drop=control)


def parsed(data: bytes, format: str) -> Dataset:
    """The data as a second parser, rdflib, reads them."""
    dataset = Dataset(default_union=True)
    dataset.parse(data=data.decode("utf-8"), format=RDF_FORMATS[format])
    return dataset


def as_rdflib(quads: Iterable[Quad]) -> Dataset:
    """The statements as rdflib reads them from N-Quads, which is the plainest format."""
    store = Store.in_memory()
    store.add(quads)
    return parsed(store.dump("nquads"), "nquads")


def triples(dataset: Dataset) -> Graph:
    return Graph().parse(data=dataset.serialize(format="nt"), format="nt")


@pytest.mark.parametrize("format", RDF_FORMATS)
def test_rdf_is_read_back_by_rdflib(format: str) -> None:
    store = without_control_characters()
    back, meant = parsed(export(store, format), format), as_rdflib(store.quads())
    assert len(triples(back)) == len(triples(meant)) > 400
    assert isomorphic(triples(back), triples(meant))
    if format in QUADS:
        named = {str(graph.identifier): len(graph) for graph in back.graphs() if len(graph)}
        assert named == {name: sum(1 for _ in store.quads(name)) for name in store.graphs()}


@pytest.mark.parametrize("format", FORMATS)
def test_chinese_stays_chinese(format: str) -> None:
    text = export(without_control_characters(), format).decode("utf-8")
    assert "碧水行动" in text
    assert not re.search(r"\\u[0-9A-Fa-f]{4}|&#", text)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("focus", [None, "碧水行动"])
def test_the_same_statements_give_the_same_bytes(format: str, focus: str | None) -> None:
    one = export(without_control_characters(), format, focus=focus)
    backwards = Store.in_memory()
    backwards.add(list(without_control_characters().quads())[::-1])
    assert export(backwards, format, focus=focus) == one


_DIGESTS = """
import hashlib
from graph.export import FORMATS, export
from tests.graph_samples import sample_store
for name in FORMATS:
    for focus in (None, "碧水行动"):
        print(name, focus, hashlib.sha256(export(sample_store(), name, focus=focus, depth=2)).hexdigest())
"""


def test_another_run_gives_the_same_bytes() -> None:
    """Sets stand in another order in each run of Python."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    one, other = (
        subprocess.run(
            [sys.executable, "-c", _DIGESTS],
            env={**environment, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
        for seed in ("1", "2")
    )
    assert one == other
    assert len(one.splitlines()) == 2 * len(FORMATS)


def test_nquads_of_the_whole_base_are_the_canonical_dump() -> None:
    store = sample_store()
    data = export(store, "nquads")
    assert data == store.dump("nquads")
    lines = data.decode("utf-8").split("\n")
    assert lines == [*sorted(lines[:-1]), ""]
    assert len(lines) - 1 == len(store)


@pytest.mark.parametrize("format", QUADS)
def test_a_document_is_its_graph(format: str) -> None:
    store = sample_store()
    back = parsed(export(store, format, document=B), format)
    assert {str(graph.identifier) for graph in back.graphs() if len(graph)} == {graph_of(plan_b())}
    assert isomorphic(triples(back), triples(as_rdflib(store.quads(graph_of(plan_b())))))


def test_a_focus_is_its_neighbourhood_with_its_evidence() -> None:
    store = sample_store()
    back = triples(parsed(export(store, "nquads", focus=RIVER_CHIEFS.iri), "nquads"))
    item = item_iri(plan_a(), "一/2")
    subjects = {str(subject) for subject in back.subjects()}
    facts, mentions = ({str(s) for s in back.subjects(p, None)} for p in (RDF.subject, URIRef(term("mentionOf"))))
    places, rules = ({str(o) for o in back.objects(None, URIRef(term(name)))} for name in ("evidence", "rule"))
    assert (len(facts), len(mentions), len(places), len(rules)) == (1, 1, 1, 2)
    assert subjects == facts | mentions | places | rules | {RIVER_CHIEFS.iri, item}
    assert (URIRef(item), URIRef(term("continues")), URIRef(RIVER_CHIEFS.iri)) in back
    loose = {str(o) for p, o in back.predicate_objects(URIRef(item)) if str(p) == term("concerns")}
    assert loose == set()  # the theme lies outside, so no edge leads to it


def test_a_deeper_focus_takes_in_more() -> None:
    store = sample_store()
    near, far = (set(triples(parsed(export(store, "nquads", focus="河长制", depth=n), "nquads"))) for n in (1, 2))
    assert near < far
    assert WATER.iri in {str(subject) for subject, _, _ in far}


def test_a_focus_in_a_document_leaves_other_documents_out() -> None:
    data = parsed(export(sample_store(), "nquads", focus="碧水行动", document=A, depth=2), "nquads")
    graphs = {str(graph.identifier) for graph in data.graphs() if len(graph)}
    assert graphs == {graph_of(plan_a()), *map(NAMES.graph, ("themes", "forms", "rules"))}


@pytest.mark.parametrize("format", FORMATS)
def test_focus_and_document_shrink_every_format(format: str) -> None:
    store = without_control_characters()
    whole, part = export(store, format), export(store, format, focus="河长制", document=A)
    assert len(part) < len(whole)
    assert "河长制" in part.decode("utf-8")
    assert "青田市教育局" not in part.decode("utf-8")


def expected() -> Network:
    return to_networkx(sample_store())


def test_graphml_is_read_back_by_networkx() -> None:
    back: Network = nx.MultiDiGraph(
        nx.read_graphml(io.BytesIO(export(sample_store(), "graphml")), force_multigraph=True)
    )
    assert set(back) == set(expected())
    assert sorted(back.edges(keys=True)) == sorted(expected().edges(keys=True))
    assert back.nodes[CLEAR_WATER.iri] == {
        "class": "Initiative",
        "subclass": "Campaign",
        "label": "碧水行动",
        "label_en": "Clear Water Drive",
        "documents": " | ".join(sorted((A, B))),
        "weight": 3,
    }
    assert back.edges[item_iri(plan_a(), "一/1"), WATER.iri, "concerns"]["quotes"] == "碧水 | 农村饮水安全"


def test_graphml_holds_no_key_twice() -> None:
    root = ET.fromstring(export(sample_store(), "graphml"))
    keys = [(key.get("for"), key.get("attr.name")) for key in root.iter(GRAPHML + "key")]
    assert len(keys) == len(set(keys))


def test_gexf_is_read_back_by_networkx_and_bears_no_date() -> None:
    data = export(sample_store(), "gexf")
    back = nx.read_gexf(io.BytesIO(data), version="1.2draft")
    assert set(back) == set(expected())
    assert back.number_of_edges() == expected().number_of_edges()
    assert back.nodes[CLEAR_WATER.iri]["label"] == "碧水行动"
    assert b"lastmodifieddate" not in data


def test_node_link_json_is_read_back_by_networkx() -> None:
    data = json.loads(export(sample_store(), "json"))
    back: Network = nx.MultiDiGraph(nx.node_link_graph(data, edges="edges"))
    assert set(back) == set(expected())
    assert sorted(back.edges(keys=True)) == sorted(expected().edges(keys=True))
    assert back.nodes[RIVER_CHIEFS.iri]["label_en"] == "river chief system"
    assert back.edges[item_iri(plan_a(), "一/1"), WATER.iri, "concerns"]["quotes"] == ["碧水", "农村饮水安全"]


def test_cytoscape_elements_hang_together() -> None:
    data = json.loads(export(sample_store(), "cytoscape"))
    nodes = {node["data"]["id"]: node["data"] for node in data["elements"]["nodes"]}
    edges = [edge["data"] for edge in data["elements"]["edges"]]
    assert set(nodes) == set(expected())
    assert len({edge["id"] for edge in edges}) == len(edges) == expected().number_of_edges()
    assert {edge["source"] for edge in edges} | {edge["target"] for edge in edges} <= set(nodes)
    assert nodes[EDUCATION.iri]["label"] == "教育"


def test_dot_names_every_node_and_edge() -> None:
    text = export(sample_store(), "dot").decode("utf-8")
    assert len(re.findall(r"^  \"[^\"]*\" \[", text, re.M)) == len(expected())
    assert len(re.findall(r"^  \"[^\"]*\" -> ", text, re.M)) == expected().number_of_edges()
    assert 'label="“强基” & <惠民>"' in text


def test_dot_quotes_what_would_end_a_string() -> None:
    store = with_value(sample_store(), RIVER_CHIEFS.iri, expand("rdfs:label"), zh('河"长\\制\n'))
    assert 'label="河\\"长\\\\制"' in export(store, "dot").decode("utf-8")


def rows(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")  # so that Excel reads UTF-8
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_csv_lists_edges_with_the_names_of_both_ends() -> None:
    edges = rows(export(sample_store(), "csv"))
    assert len(edges) == expected().number_of_edges()
    (found,) = (row for row in edges if row["object"] == RIVER_CHIEFS.iri)
    assert found == {
        "subject": item_iri(plan_a(), "一/2"),
        "subject_class": "Item",
        "subject_label": "健全河长工作机制",
        "predicate": "continues",
        "object": RIVER_CHIEFS.iri,
        "object_class": "Initiative",
        "object_label": "河长制",
        "grade": "",
        "confidence": "0.75",
        "quotes": "落实河长制",
        "documents": A,
        "weight": "1",
    }


def test_csv_lists_nodes() -> None:
    nodes = {row["iri"]: row for row in rows(export(sample_store(), "csv-nodes"))}
    assert set(nodes) == set(expected())
    assert nodes[theme("LV")]["label"] == "民生"
    assert nodes[item_iri(plan_a(), "二/3")]["path"] == "二/3"


def test_svg_is_well_formed() -> None:
    root = ET.fromstring(export(sample_store(), "svg"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_xml_pictures_replace_what_xml_cannot_hold() -> None:
    store = with_value(sample_store(), RIVER_CHIEFS.iri, expand("rdfs:label"), zh("河长\x0c制"))
    for format in ("graphml", "gexf", "svg"):
        text = export(store, format).decode("utf-8")
        ET.fromstring(text)
        assert "河长\ufffd制" in text


def test_rdfxml_says_what_xml_cannot_hold() -> None:
    store = sample_store()
    data = export(store, "rdfxml")
    assert data.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- 1 control characters, which XML')
    assert len(triples(parsed(data, "rdfxml"))) == len(triples(as_rdflib(store.quads())))
    assert "\ufffd" in data.decode("utf-8")
    assert b"<!--" not in export(without_control_characters(), "rdfxml")
    assert b"\\f" in export(store, "turtle")  # which holds it


def test_an_unknown_format_is_told_the_formats() -> None:
    with pytest.raises(FormatError) as error:
        export(sample_store(), "xls")
    assert str(error.value) == f"unknown export format xls; use one of {', '.join(FORMATS)}"


@pytest.mark.parametrize("format", FORMATS)
def test_an_unknown_focus_or_document_is_refused(format: str) -> None:
    with pytest.raises(NotFoundError, match="月球"):
        export(sample_store(), format, focus="月球")
    with pytest.raises(NotFoundError, match="nosuch"):
        export(sample_store(), format, document="nosuch")
    with pytest.raises(QueryError, match="below 0"):
        export(sample_store(), format, focus="河长制", depth=-1)


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_base_can_be_exported(format: str) -> None:
    assert isinstance(export(Store.in_memory(), format), bytes)


@pytest.mark.parametrize("format", RDF_FORMATS)
def test_every_own_term_is_written_in_full_or_by_a_declared_prefix(format: str) -> None:
    back = triples(parsed(export(without_control_characters(), format, document=A), format))
    assert {str(predicate) for predicate in back.predicates() if str(predicate).startswith(VOCABULARY)} >= {
        term("quote"),
        term("rawStart"),
        term("rule"),
    }


@pytest.mark.parametrize("format", FORMATS)
def test_the_table_of_formats_is_complete(format: str) -> None:
    media_type, suffix, _ = FORMATS[format]
    assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", media_type)
    assert re.fullmatch(r"\.[a-z]+", suffix)


@pytest.mark.parametrize("format", ["turtle", "rdfxml", "jsonld"])  # the writers that shape what they write
def test_the_bundled_plan_is_read_back(format: str, sample: Library) -> None:
    store = sample._open.store
    (document,) = to_networkx(store).graph["documents"]
    back = parsed(export(store, format, document=document), format)
    assert len(triples(back)) == sum(1 for _ in store.quads(NAMES.graph(document)))
