"""SPARQL in processes that can be killed: same answers, limits that hold, and a fresh process after each kill."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import BaseError, QueryError
from graph.store import Store
from graph.worker import QueryTimeout, Reply, ResultTooLarge, Workers
from index.library import Library
from tests.api_samples import ENDLESS

FORMATS = {"select": "json", "ask": "json", "graph": "turtle"}
# A text of 10 characters, made ten times as long eight times over: 1 GB.
GIANT = (
    'SELECT (STRLEN(?x8) AS ?n) { BIND("0123456789" AS ?x0) '
    + " ".join(f"BIND(CONCAT({', '.join([f'?x{n}'] * 10)}) AS ?x{n + 1})" for n in range(8))
    + "}"
)
SIMPLE = 'SELECT ?x { VALUES ?x { "民生" } }'


@pytest.fixture
def store(sample: Library) -> Path:
    return sample.store_path


@pytest.fixture
def workers() -> Iterator[Workers]:
    pool = Workers(size=1, seconds=20, max_bytes=10_000)
    yield pool
    pool.close()


@pytest.mark.parametrize(
    ("query", "kind", "format"),
    [
        (SIMPLE, "select", "json"),
        ("ASK { ?s ?p ?o }", "ask", "json"),
        ("CONSTRUCT { ?s a ?o } { ?s a ?o } ORDER BY ?s ?o LIMIT 5", "graph", "turtle"),
    ],
)
def test_a_worker_answers_as_the_store_does(workers: Workers, query: str, kind: str, format: str, store: Path) -> None:
    expected = Store.read(store).query(query).serialize(format)
    assert workers.query(store, query, FORMATS) == Reply(kind, format, expected)


def test_a_kind_without_a_format_is_told_apart(workers: Workers, store: Path) -> None:
    assert workers.query(store, "ASK {}", FORMATS | {"ask": None}) == Reply("ask", None, b"")


def test_errors_come_through_with_their_place(workers: Workers, store: Path) -> None:
    with pytest.raises(QueryError, match="line 2, column 4") as caught:
        workers.query(store, "ASK {\n ?s", FORMATS)
    assert (caught.value.line, caught.value.column) == (2, 4)
    with pytest.raises(QueryError, match="SERVICE"):
        workers.query(store, "ASK { SERVICE <http://127.0.0.1/> {} }", FORMATS)
    with pytest.raises(QueryError, match="cannot hold"):
        workers.query(store, "ASK {}", FORMATS | {"ask": "turtle"})
    with pytest.raises(BaseError, match="no RDF store"):
        workers.query(store.parent / "none", "ASK {}", FORMATS)
    assert workers.query(store, SIMPLE, FORMATS).kind == "select"


def test_a_result_above_the_limit_is_an_error_and_never_cut_short(workers: Workers, store: Path) -> None:
    with pytest.raises(ResultTooLarge, match="add a LIMIT"):
        workers.query(store, "SELECT * { ?s ?p ?o }", FORMATS)
    assert workers.query(store, SIMPLE, FORMATS).kind == "select"


def test_an_endless_query_is_killed_and_the_next_one_answered(store: Path) -> None:
    pool = Workers(size=1, seconds=1)
    try:
        with pytest.raises(QueryTimeout, match="longer than 1 s"):
            pool.query(store, ENDLESS, FORMATS)
        patient = Workers(size=1, seconds=20)
        assert patient.query(store, SIMPLE, FORMATS).kind == "select"
        patient.close()
    finally:
        pool.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sets no limit of memory")
def test_a_query_that_needs_too_much_memory_is_told_so(store: Path) -> None:
    pool = Workers(size=1, seconds=60, memory=256 * 1024**2)
    try:
        with pytest.raises(QueryError, match="more memory"):
            pool.query(store, GIANT, FORMATS)
        assert pool.query(store, SIMPLE, FORMATS).kind == "select"
    finally:
        pool.close()


def test_a_fault_of_the_worker_is_not_the_users(
    workers: Workers, capfd: pytest.CaptureFixture[str], store: Path
) -> None:
    with pytest.raises(RuntimeError, match="fault of its own"):
        workers.query(store, "ASK {}", {"no such kind": "json"})
    assert "KeyError" in capfd.readouterr().err
    assert workers.query(store, SIMPLE, FORMATS).kind == "select"


def test_a_worker_that_died_is_replaced(workers: Workers, store: Path) -> None:
    workers.query(store, SIMPLE, FORMATS)
    place = workers._idle.get()
    assert place
    place._process.kill()
    place._process.wait()
    workers._idle.put(place)
    assert workers.query(store, SIMPLE, FORMATS).kind == "select"


def test_a_worker_follows_the_store_that_is_named(workers: Workers, tmp_path: Path, store: Path) -> None:
    other = tmp_path / "store"
    Store.create(other).flush()
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    full, empty = (workers.query(path, count, FORMATS | {"select": "csv"}).body for path in (store, other))
    assert (full == empty, empty) == (False, b"n\r\n0\r\n")
