"""SPARQL cannot make the engine open a connection, however the keyword is written."""

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import QueryError
from graph.guard import names_a_dataset, refuse_depth, refuse_ways_out

WAYS_OUT = [
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { service silent ?where { ?s ?p ?o } }",
    "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?x.SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p -1SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p trueSERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { ?s ?p 'x'@en.SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:x { ?s ?p ?o } }",
    "SELECT * { FILTER(?a<3)SERVICE<http://127.0.0.1:9/>{ } }",
    'SELECT * { ?s ?p "a\\u0022" SERVICE <http://127.0.0.1:9/> { } . ?s ?p "" }',
    "SELECT * { ?s ?p ex:a\\#b . SERVICE <http://127.0.0.1:9/> { } }",
    "SELECT * { ?s ?p ex:a\\' . SERVICE <http://127.0.0.1:9/> { } . ?s ?p 'b' }",
    "SELECT * { # comment\r SERVICE <http://127.0.0.1:9/> { } }",
    "LOAD <file:///etc/hostname>",
]
HARMLESS = [
    "SELECT ?service { ?service ex:service 'SERVICE' }",
    'SELECT * { ?s ?p """a "quoted" SERVICE""" }',
    "SELECT * { ?s <http://example.org/SERVICE> ?o } # SERVICE <http://127.0.0.1:9/> {}",
    "SELECT ?loader { ?loader ex:load 'load' ; ex:preload ?x }",
]


@pytest.mark.parametrize("query", WAYS_OUT)
def test_a_way_out_is_refused(query: str) -> None:
    with pytest.raises(QueryError, match="is not allowed"):
        refuse_ways_out(query)


@pytest.mark.parametrize("query", HARMLESS)
def test_the_word_alone_is_no_matter(query: str) -> None:
    refuse_ways_out(query)


def test_the_place_is_told() -> None:
    with pytest.raises(QueryError) as caught:
        refuse_ways_out("SELECT *\n{ ?s ?p ?o .\n  SERVICE <http://x/> {} }")
    assert (caught.value.line, caught.value.column) == (3, 3)


PIECES = st.sampled_from(
    [
        "SELECT * {",
        "}",
        "{",
        "?s ?p ?o",
        " . ",
        "'",
        '"',
        '"""',
        "#",
        "\n",
        "<",
        ">",
        "\\",
        "ex:a",
        "SERVICE",
        "service",
        " ",
        "<http://127.0.0.1:9/>",
        "\\u0053ERVICE",
        "1",
        "@en",
        "^^",
        ":",
        "FILTER(?s<?o)",
        "a",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_whatever_passes_the_guard_never_reaches_the_network(query: str) -> None:
    try:
        refuse_ways_out(query)
    except QueryError:
        return
    store = pyoxigraph.Store()
    prefixes = {"ex": "http://example.org/", "": "http://127.0.0.1:9/", "service": "http://127.0.0.1:9/"}
    try:
        result = store.query(query, prefixes=prefixes)
        list(result) if not isinstance(result, pyoxigraph.QueryBoolean) else bool(result)
    except SyntaxError:
        pass  # OSError would mean that a connection was tried


def test_a_query_with_a_dataset_of_its_own_is_told_apart() -> None:
    assert names_a_dataset("SELECT * FROM <http://x/> { ?s ?p ?o }")
    assert names_a_dataset("select * from named <http://x/> { graph ?g { ?s ?p ?o } }")
    assert not names_a_dataset("SELECT ?from { ?from ex:from 'FROM' } # FROM <http://x/>")


def test_absurd_nesting_is_refused_before_the_parser_sees_it() -> None:
    refuse_depth("ASK { " + "{" * 100 + "}" * 100 + " }")
    with pytest.raises(QueryError, match="deep"):
        refuse_depth("ASK { FILTER(" + "(" * 8000 + "1" + ")" * 8000 + ") }")
