"""The store: what goes in comes out, queries see every graph, errors tell their place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Dataset, Graph

from corpus.errors import BaseError, FormatError, QueryError
from graph.store import GRAPH_FORMATS, Store, parse_turtle, written
from graph.terms import Literal, Quad, Term, decimal, en, integer, zh

A, B, P = "https://example.org/a", "https://example.org/b", "https://example.org/p"
G1, G2 = "https://example.org/g1", "https://example.org/g2"
QUADS = [
    Quad(A, P, zh("民生“实事”\n第二行\\"), G1),
    Quad(A, P, en("livelihood"), G1),
    Quad(B, P, integer(7), G2),
    Quad(B, P, decimal(0.5), G2),
    Quad(A, P, B, G2),
]


@pytest.fixture
def store() -> Store:
    made = Store.in_memory()
    made.add(QUADS)
    return made


def test_statements_come_out_as_they_went_in(store: Store) -> None:
    assert sorted(store.quads(), key=str) == sorted(QUADS, key=str)
    assert set(store.quads(G1)) == set(QUADS[:2])
    assert store.graphs() == [G1, G2]


def test_dropping_a_graph_leaves_the_others(store: Store) -> None:
    store.drop(G2)
    assert set(store.quads()) == set(QUADS[:2])


def test_the_default_graph_is_the_union(store: Store) -> None:
    assert len(list(store.query("SELECT * { ?s ?p ?o }").rows())) == len(QUADS)


@pytest.mark.parametrize("term", [A, zh('民生“实事”\n"\\'), integer(7), Literal("?x } #")])
def test_a_term_written_into_a_query_is_that_term(store: Store, term: Term) -> None:
    rows = list(store.query(f"SELECT (?t AS ?u) {{ VALUES ?t {{ {written(term)} }} }}").rows())
    assert rows == [{"u": term}]


def test_what_is_no_iri_is_not_written() -> None:
    with pytest.raises(ValueError, match="IRI"):
        written("http://example.org/a> } #")


def test_a_query_may_name_its_own_default_graph(store: Store) -> None:
    assert len(list(store.query(f"SELECT * FROM <{G1}> {{ ?s ?p ?o }}").rows())) == 2
    assert list(store.query("SELECT * FROM <https://example.org/none> { ?s ?p ?o }").rows()) == []


def test_known_prefixes_need_no_declaration(store: Store) -> None:
    assert not bool(store.query("ASK { ?s a yao:Item ; skos:prefLabel ?l }"))


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [("SELECT ?x WHERE { ?x a ", 1, 24), ("SELECT * {\n ?s ?p ?o . foo }", 2, 18)],
)
def test_a_syntax_error_tells_line_and_column(store: Store, query: str, line: int, column: int) -> None:
    with pytest.raises(QueryError, match=f"line {line}, column {column}") as caught:
        store.query(query)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert "\n" not in str(caught.value)


def test_updates_are_not_queries(store: Store) -> None:
    with pytest.raises(QueryError):
        store.query("INSERT DATA { <https://example.org/x> <https://example.org/p> 1 }")


@pytest.mark.parametrize("format", sorted(GRAPH_FORMATS))
def test_rdflib_reads_every_dump(store: Store, format: str) -> None:
    names = {"ntriples": "nt", "rdfxml": "xml", "jsonld": "json-ld"}
    graph = Dataset(default_union=True) if format in ("nquads", "trig", "jsonld") else Graph()
    graph.parse(data=store.dump(format), format=names.get(format, format))
    values = {str(o) for o in graph.objects()}
    assert "民生“实事”\n第二行\\" in values
    assert len(values) == len(QUADS)


def test_the_canonical_dump_does_not_depend_on_the_order() -> None:
    one, other = Store.in_memory(), Store.in_memory()
    one.add(QUADS)
    other.add(reversed(QUADS))
    assert one.dump("nquads") == other.dump("nquads")
    assert one.dump("nquads", [G1]).count(b"\n") == 2


def test_an_unknown_format_names_the_known_ones(store: Store) -> None:
    with pytest.raises(FormatError, match="turtle"):
        store.dump("excel")
    with pytest.raises(FormatError, match="csv"):
        store.query("SELECT * { ?s ?p ?o }").serialize("turtle")
    with pytest.raises(FormatError, match="turtle"):
        store.query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }").serialize("csv")


def test_an_absent_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(BaseError, match="no RDF store"):
        Store.read(tmp_path / "none")


def test_a_broken_table_is_told(tmp_path: Path) -> None:
    file = tmp_path / "broken.ttl"
    file.write_text("@prefix : <http://x/> .\n:a :b\n", encoding="utf-8")
    with pytest.raises(BaseError, match=r"broken\.ttl is not valid Turtle"):
        Store.in_memory().load(file, G1)


def test_turtle_is_read_as_triples(tmp_path: Path) -> None:
    file = tmp_path / "sound.ttl"
    file.write_text('<http://x/a> <http://x/p> "民生"@zh .\n', encoding="utf-8")
    assert list(parse_turtle(file)) == [("http://x/a", "http://x/p", Literal("民生", lang="zh"))]


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(TEXT)
def test_any_text_survives_the_canonical_dump(text: str) -> None:
    store = Store.in_memory()
    store.add([Quad(A, P, zh(text), G1)])
    again = Dataset(default_union=True)
    again.parse(data=store.dump("nquads"), format="nquads")
    assert [str(o) for o in again.objects()] == [text]
    assert [q.object for q in store.quads()] == [zh(text)]
