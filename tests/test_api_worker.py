"""SPARQL in processes that can be killed: same answers, limits that hold, and a fresh process after each kill."""

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import anyio
import pytest
from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.turns import Turns
from corpus.errors import BaseError, FormatError, NotFoundError, PlanError, QueryError
from graph.export import export
from graph.store import Store
from graph.worker import Export, QueryTimeout, Reply, ResultTooLarge, Stop, Stopped, Workers
from index.library import Library
from ontology.namespace import THEME
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


@pytest.fixture(scope="module")
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
    with pytest.raises(FormatError, match="cannot hold"):
        workers.query(store, "ASK {}", FORMATS | {"ask": "turtle"})
    with pytest.raises(BaseError, match="no RDF store"):
        workers.query(store.parent / "none", "ASK {}", FORMATS)
    assert workers.query(store, SIMPLE, FORMATS).kind == "select"


def test_a_result_above_the_limit_is_an_error_and_never_cut_short(workers: Workers, store: Path) -> None:
    with pytest.raises(ResultTooLarge, match="add a LIMIT"):
        workers.query(store, "SELECT * { ?s ?p ?o }", FORMATS)
    assert workers.query(store, SIMPLE, FORMATS).kind == "select"


def test_an_endless_query_is_killed_and_the_next_one_answered(store: Path) -> None:
    pool = Workers(size=1, seconds=0.5)
    try:
        with pytest.raises(QueryTimeout, match=r"longer than 0\.5 s"):
            pool.query(store, ENDLESS, FORMATS)
        patient = Workers(size=1, seconds=20)
        assert patient.query(store, SIMPLE, FORMATS).kind == "select"
        patient.close()
    finally:
        pool.close()


def test_a_request_is_called_off_before_or_while_it_runs(workers: Workers, store: Path) -> None:
    before, during = Stop(), Stop()
    before()
    with pytest.raises(Stopped):
        workers.query(store, SIMPLE, FORMATS, before)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(workers.query, store, ENDLESS, FORMATS, during)
        while during._kill is None:
            assert not running.done()
        during()
        with pytest.raises(Stopped):
            running.result()
    assert workers.query(store, SIMPLE, FORMATS).kind == "select"


class Gone:
    """A request whose client goes once its work is at hand."""

    async def receive(self) -> dict[str, str]:
        return {"type": "http.disconnect"}


def test_work_for_a_client_that_is_gone_is_dropped(workers: Workers, store: Path) -> None:
    async def ask() -> Reply:
        turns = Turns(workers)
        with pytest.raises(ClientDisconnect):
            await turns.run(lambda stop: workers.query(store, ENDLESS, FORMATS, stop), cast(Request, Gone()))
        return await turns.run(lambda stop: workers.query(store, SIMPLE, FORMATS, stop))

    assert anyio.run(ask).kind == "select"


def test_who_waits_long_for_a_turn_is_told_to_come_again(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.turns._PATIENCE", 0.01)
    go_on = threading.Event()

    async def ask() -> tuple[int, bool]:
        turns = Turns(workers)
        async with anyio.create_task_group() as group:
            group.start_soon(turns.run, lambda _: go_on.wait(60))
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(HTTPException) as refused:
                await turns.run(lambda _: True)
            go_on.set()
        return refused.value.status_code, await turns.run(lambda _: True)

    assert anyio.run(ask) == (503, True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sets no limit of memory")
def test_a_query_that_needs_too_much_memory_is_told_so(store: Path) -> None:
    pool = Workers(size=1, seconds=60, memory=256 * 1024**2)
    try:
        with pytest.raises(QueryError, match="more memory"):
            pool.query(store, GIANT, FORMATS)
        assert pool.query(store, SIMPLE, FORMATS).kind == "select"
    finally:
        pool.close()


def test_a_fault_of_the_worker_is_not_the_users(capfd: pytest.CaptureFixture[str], store: Path) -> None:
    pool = Workers(size=1, seconds=20)  # of its own, for a process keeps the standard error that it started with
    with pytest.raises(RuntimeError, match="fault of its own"):
        pool.query(store, "ASK {}", {"no such kind": "json"})
    assert "KeyError" in capfd.readouterr().err
    assert pool.query(store, SIMPLE, FORMATS).kind == "select"
    pool.close()


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


def test_an_export_is_what_the_store_gives(workers: Workers, store: Path, tmp_path: Path) -> None:
    file = tmp_path / "out"
    workers.export(store, Export("nquads"), file)
    assert file.read_bytes() == export(Store.read(store), "nquads")
    workers.export(store, Export("turtle", focus=THEME + "LV"), file)
    assert file.read_bytes() == export(Store.read(store), "turtle", focus=THEME + "LV")
    assert workers.query(store, SIMPLE, FORMATS).kind == "select"


@pytest.mark.parametrize(
    ("wanted", "error", "word"),
    [
        (Export("poem"), FormatError, "poem"),
        (Export("turtle", focus="nothing"), NotFoundError, "nothing"),
        (Export("turtle", document="urn:x:nothing"), NotFoundError, "nothing"),
        (Export("turtle", focus=THEME + "LV", depth=-1), QueryError, "-1"),
    ],
)
def test_an_export_that_cannot_be_is_told_as_it_is(
    workers: Workers, store: Path, tmp_path: Path, wanted: Export, error: type[PlanError], word: str
) -> None:
    with pytest.raises(error, match=word) as caught:
        workers.export(store, wanted, tmp_path / "out")
    assert type(caught.value) is error
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_takes_too_long_is_killed(store: Path, tmp_path: Path) -> None:
    pool = Workers(size=1, seconds=0.01)
    with pytest.raises(QueryTimeout, match=r"export ran longer than 0\.01 s"):
        pool.export(store, Export("turtle"), tmp_path / "out")
    pool.close()


def test_a_worker_that_wrote_much_ends(
    workers: Workers, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.worker._LARGE", 10)
    workers.export(store, Export("ntriples"), tmp_path / "out")
    place = workers._idle.get()
    assert place and not place.alive
    workers._idle.put(place)
    assert workers.query(store, SIMPLE, FORMATS).kind == "select"
