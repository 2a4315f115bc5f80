"""The HTTP contract: the same answers as the `Library`, problem JSON for every error, and safe headers."""

import gzip
import json
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from starlette.testclient import TestClient

from api import present
from api.app import _follow, create_app
from api.middleware import SECURITY_HEADERS, host_name
from api.queries import named_queries
from api.settings import Settings
from corpus.errors import BaseError
from corpus.sample import SAMPLE
from graph import reference
from graph.worker import Workers
from index.library import Library
from ontology.namespace import DEFAULT_BASE, Names
from ontology.tables import forms
from tests.api_samples import ENDLESS, state

HERE = "http://127.0.0.1:8000"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORM_ADDRESS = forms()[0].iri.removeprefix(DEFAULT_BASE + "id/")
ROUTES = ("/documents", "/themes", "/entities", "/search?q=民生", "/queries")


@pytest.fixture
def library(sample: Library) -> Library:
    return sample


@pytest.fixture(scope="module")
def client(sample: Library, sample_base: Path) -> Iterator[TestClient]:
    app = create_app(sample, Settings(kb=sample_base, sparql_workers=1))
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def item_id(library: Library) -> str:
    return library.document(SAMPLE.name).items[0].id


# ---- resources


def test_resources_are_what_the_library_says(client: TestClient, library: Library, item_id: str) -> None:
    (document,) = library.documents()
    entity = library.entities("Body", "政协", 1, 0).entities[0]
    expected: dict[str, Any] = {
        "/documents": {"documents": [document]},
        f"/documents/{document.id}": library.document(document.id),
        f"/items/{item_id}": library.item(item_id),
        f"/items/{item_id}/related": {"related": library.related(item_id)},
        f"/items/{item_id}/related?limit=2": {"related": library.related(item_id, 2)},
        "/entities?class=Body&q=政协&limit=3": library.entities("Body", "政协", 3, 0),
        "/entities?limit=3&offset=2": library.entities(None, None, 3, 2),
        f"/entities/{entity.id}": library.entity(entity.id),
        "/themes": {"themes": library.themes()},
    }
    for address, value in expected.items():
        response = client.get(address)
        assert (address, response.status_code) == (address, 200)
        assert response.headers["content-type"] == "application/json"
        assert response.content == present.dumps(value)


def test_named_queries_are_given_with_their_questions(client: TestClient) -> None:
    listed = client.get("/queries").json()["queries"]
    assert len(listed) == len(named_queries())
    for query in listed:
        assert {"name", "question_zh", "question_en", "text"} <= query.keys()
        assert client.get(f"/queries/{query['name']}").json() == query
    missing = client.get("/queries/no-such")
    assert missing.status_code == 404 and "items-by-theme" in missing.json()["detail"]


def test_the_vocabulary_is_a_page_or_turtle(client: TestClient) -> None:
    page = client.get("/ontology", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.partition("<body>")[2] == reference.page().partition("<body>")[2]
    assert "<style" not in page.text and 'href="/static/style.css"' in page.text  # the policy forbids styles within
    turtle = client.get("/ontology", headers={"Accept": "text/turtle"})
    assert turtle.headers["content-type"] == "text/turtle; charset=utf-8"
    assert turtle.text == reference.turtle()
    assert "Accept" in turtle.headers["vary"]
    assert client.get("/ontology", headers={"Accept": "image/png"}).status_code == 406


def test_search_is_what_the_library_says(client: TestClient, library: Library) -> None:
    (document,) = library.documents()
    found = client.get("/search", params={"q": "民生", "limit": 2, "document": document.id, "theme": "LV"}).json()
    expected = json.loads(present.dumps(library.search("民生", 2, document.id, "LV")))
    assert found | {"took_ms": 0} == expected | {"took_ms": 0}
    assert found["results"]


def test_chinese_is_not_escaped(client: TestClient) -> None:
    assert "工作要点".encode() in client.get("/documents").content


def test_every_iri_that_is_shown_can_be_asked_for(client: TestClient, item_id: str) -> None:
    item = client.get(f"/items/{item_id}").json()
    iris = {item["iri"], item["document"]["iri"], *(fact["object"]["iri"] for fact in item["themes"])}
    iris |= {mention["entity"]["iri"] for mention in item["mentions"][:5]}
    assert len(iris) > 2
    for iri in sorted(iris):
        response = client.get(iri.replace("https://w3id.org/yaodian", ""), headers={"Accept": "application/n-triples"})
        assert (iri, response.status_code) == (iri, 200)
        assert f"<{iri}> " in response.text


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "text/turtle; charset=utf-8"),
        ("application/ld+json", "application/ld+json"),
        ("application/json", "application/json"),
        ("application/*", "application/ld+json"),
        ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"),
        (BROWSER, "text/html; charset=utf-8"),
    ],
)
def test_an_iri_comes_as_it_is_asked_for(client: TestClient, item_id: str, accept: str, media_type: str) -> None:
    response = client.get(f"/id/item/{item_id}", headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, media_type)
    assert "Accept" in response.headers["vary"]


def test_the_page_of_an_iri_links_to_its_neighbours(client: TestClient, item_id: str) -> None:
    page = client.get(f"/id/item/{item_id}", headers={"Accept": BROWSER}).text
    links = re.findall(r'<td><a href="(/id/[^"]+)">', page)
    assert links
    assert all(client.get(link).status_code == 200 for link in links[:5])
    assert "<!--" not in page and "<script" not in page


# ---- SPARQL protocol

QUERY = 'SELECT ?x { VALUES ?x { "民生" } }'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
BINDINGS = [{"x": {"type": "literal", "value": "民生"}}]


def test_three_ways_to_send_a_query(client: TestClient) -> None:
    responses = [
        client.get("/sparql", params={"query": QUERY}),
        client.post("/sparql", data={"query": QUERY}),
        client.post("/sparql", content=QUERY.encode(), headers=DIRECT),
        client.post(
            "/sparql", content=QUERY.encode(), headers={"Content-Type": "Application/SPARQL-Query; charset=utf-8"}
        ),
    ]
    for response in responses:
        assert (response.status_code, response.json()["results"]["bindings"]) == (200, BINDINGS)
        assert response.headers["content-type"] == "application/sparql-results+json"


def test_a_form_is_decoded_once(client: TestClient) -> None:
    query = "SELECT ?x { VALUES ?x { <http://example.org/%E9%87%91+%25> } }"
    ways = [client.get("/sparql", params={"query": query}), client.post("/sparql", data={"query": query})]
    assert [way.json()["results"]["bindings"][0]["x"]["value"] for way in ways] == [
        "http://example.org/%E9%87%91+%25"
    ] * 2


@pytest.mark.parametrize(
    ("query", "accept", "media_type"),
    [
        (QUERY, "text/csv", "text/csv; charset=utf-8"),
        (QUERY, "application/sparql-results+xml", "application/sparql-results+xml"),
        (QUERY, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("ASK {}", "application/json", "application/json"),
        ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1", "*/*", "text/turtle; charset=utf-8"),
        ("DESCRIBE yao:Item", "application/rdf+xml", "application/rdf+xml"),
        ("DESCRIBE yao:Item", "text/csv, application/ld+json", "application/ld+json"),
    ],
)
def test_results_come_as_they_are_asked_for(client: TestClient, query: str, accept: str, media_type: str) -> None:
    response = client.get("/sparql", params={"query": query}, headers={"Accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, media_type)


def test_a_browser_without_a_query_gets_the_query_page(client: TestClient) -> None:
    response = client.get("/sparql", headers={"Accept": BROWSER}, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/?view=sparql")


def test_a_syntax_error_has_line_and_column(client: TestClient) -> None:
    found = client.get("/sparql", params={"query": "SELECT * {\n ?s ?p"})
    assert found.status_code == 400
    assert (found.json()["line"], found.json()["column"]) == (2, 7)
    assert "line 2, column 7" in found.json()["detail"]


def test_nothing_waits_for_an_endless_query(library: Library, sample_base: Path) -> None:
    app = create_app(library, Settings(kb=sample_base, sparql_workers=1, sparql_seconds=2))
    with TestClient(app, base_url=HERE) as client, ThreadPoolExecutor(1) as pool:
        endless = pool.submit(client.get, "/sparql", params={"query": ENDLESS})
        others = [client.get(address).status_code for address in ("/health", "/search?q=民生", "/documents")]
        assert (others, endless.done()) == ([200, 200, 200], False)
        response = endless.result()
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert "2 s" in response.json()["detail"]
        assert client.get("/sparql", params={"query": "ASK {}"}).json()["boolean"] is True


def test_too_many_waiting_queries_are_told_to_come_again(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.app.state.queries, "_most_waiting", 0)  # type: ignore[attr-defined]
    response = client.get("/sparql", params={"query": "ASK {}"})
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.headers["content-type"] == "application/problem+json"


# ---- exports


def test_an_export_is_what_the_library_writes(client: TestClient, library: Library) -> None:
    response = client.get("/export/nquads")
    assert (response.status_code, response.content) == (200, library.export("nquads"))
    assert response.headers["content-type"] == "application/n-quads"
    assert response.headers["content-disposition"] == 'attachment; filename="yaodian.nq"'


def test_an_export_of_one_thing_is_what_the_library_writes(client: TestClient, library: Library, item_id: str) -> None:
    part: dict[str, str | int] = {"document": SAMPLE.name, "focus": item_id, "depth": 2}
    response = client.get("/export/csv", params=part)
    assert (response.status_code, response.content) == (200, library.export("csv", SAMPLE.name, item_id, 2))
    assert response.content != library.export("csv", SAMPLE.name, item_id, 1)


def test_an_export_keeps_nobody_waiting_and_leaves_no_file(
    client: TestClient, library: Library, item_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    entered, go_on, write = threading.Event(), threading.Event(), Workers.export

    def held(*arguments: Any) -> None:
        entered.set()
        assert go_on.wait(60)
        write(*arguments)

    monkeypatch.setattr(Workers, "export", held)
    with ThreadPoolExecutor(1) as pool:
        export = pool.submit(client.get, f"/export/csv?focus={item_id}")
        try:
            assert entered.wait(60)
            others = [
                client.get(address).status_code for address in ("/health", "/search?q=民生", "/sparql?query=ASK{}")
            ]
            assert (others, export.done(), len(list(tmp_path.iterdir()))) == ([200, 200, 200], False, 1)
        finally:
            go_on.set()
        assert export.result().content == library.export("csv", focus=item_id)
        assert client.get("/export/turtle?focus=nothing").status_code == 404
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_takes_too_long_is_ended(library: Library, sample_base: Path) -> None:
    app = create_app(library, Settings(kb=sample_base, export_seconds=0.01))
    response = TestClient(app, base_url=HERE).get("/export/turtle")
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert "the export ran longer than 0.01 s" in response.json()["detail"]


# ---- mistakes


Call = Callable[[TestClient], Any]


@pytest.mark.parametrize(
    ("call", "status", "word"),
    [
        (lambda c: c.get("/nothing"), 404, "/docs"),
        (lambda c: c.get("/items/nothing"), 404, "nothing"),
        (lambda c: c.get("/items/nothing/related"), 404, "no item nothing"),
        (lambda c: c.get("/items/nothing/related?limit=0"), 422, "limit"),
        (lambda c: c.get("/items/nothing/related?limit=101"), 422, "limit"),
        (lambda c: c.get("/documents/nothing"), 404, "nothing"),
        (lambda c: c.get("/entities/nothing"), 404, "nothing"),
        (lambda c: c.get("/entities/%3Cx%3E"), 404, "<x>"),
        (lambda c: c.get("/id/item/nothing"), 404, "nothing"),
        (lambda c: c.get("/id/%20"), 404, "known"),
        (lambda c: c.get("/id/item/x", headers={"Accept": "image/png"}), 406, "text/turtle"),
        (lambda c: c.get("/static/../app.py"), 404, "/docs"),
        (lambda c: c.get("/static/%2e%2e/app.py"), 404, "/docs"),
        (lambda c: c.get("/export/nothing"), 400, "turtle"),
        (lambda c: c.get("/export/turtle?focus=nothing"), 404, "nothing"),
        (lambda c: c.get("/export/turtle?depth=99"), 422, "depth"),
        (lambda c: c.get("/search"), 422, "q"),
        (lambda c: c.get("/search?q="), 400, "empty"),
        (lambda c: c.get("/search?q=" + "民" * 1001), 422, "1000"),
        (lambda c: c.get("/search?q=民&limit=0"), 422, "limit"),
        (lambda c: c.get("/search?q=民&limit=101"), 422, "limit"),
        (lambda c: c.get("/search?q=民&limit=x"), 422, "'x'"),
        (lambda c: c.get("/search?q=民&document=nothing"), 404, "nothing"),
        (lambda c: c.get("/search?q=民&theme=nothing"), 404, "nothing"),
        (lambda c: c.get("/entities?offset=-1"), 422, "offset"),
        (lambda c: c.get("/search?q=a&q=b"), 422, "q is given 2 times"),
        (lambda c: c.get("/export/svg?depth=1&depth=2"), 422, "depth is given 2 times"),
        (lambda c: c.get("/", headers=[("Host", "127.0.0.1"), ("Host", "evil.example")]), 400, "2 Host headers"),
        (lambda c: c.get("/", headers={"Host": "127.0.0.1:evil"}), 421, "evil"),
        (lambda c: c.get("/entities?limit=0"), 422, "limit"),
        (lambda c: c.get("/entities?class=Nobody"), 400, "Body, Brand"),
        (lambda c: c.get("/entities?class="), 400, "Body, Brand"),
        (lambda c: c.get("/entities?class=Mention"), 400, "Body, Brand"),
        (lambda c: c.get("/entities?class=x%3E"), 400, "Body, Brand"),
        (lambda c: c.get("/export/turtle?document=nothing"), 404, "nothing"),
        (lambda c: c.get("/search?q=" + "a" * 40_000), 414, "POST"),
        (lambda c: c.delete("/documents"), 405, "method"),
        (lambda c: c.put("/sparql"), 405, "method"),
        (lambda c: c.get("/sparql"), 400, "query"),
        (lambda c: c.get("/sparql?query=ASK{}&query=ASK{}"), 400, "2 parameters"),
        (lambda c: c.post("/sparql?query=ASK{}", data={"query": "ASK {}"}), 400, "2 parameters"),
        (lambda c: c.post("/sparql?query=ASK{}", content=b"ASK {}", headers=DIRECT), 400, "2 parameters"),
        (lambda c: c.get("/sparql?query=ASK{}&default-graph-uri=urn:x"), 400, "FROM"),
        (lambda c: c.post("/sparql", data={"query": "ASK {}", "named-graph-uri": "urn:x"}), 400, "FROM"),
        (lambda c: c.get("/sparql?query=ASK{}", headers={"Accept": "image/png"}), 406, "text/csv"),
        (lambda c: c.get("/sparql?query=ASK{}", headers={"Accept": "text/turtle"}), 406, "text/csv"),
        (lambda c: c.get("/sparql?query=DELETE WHERE { ?s ?p ?o }"), 400, "line 1"),
        (lambda c: c.get("/sparql?query=ASK { SERVICE <http://127.0.0.1/> {} }"), 400, "SERVICE"),
        (lambda c: c.post("/sparql", content=b"ASK {}", headers={"Content-Type": "text/plain"}), 415, "text/plain"),
        (lambda c: c.post("/sparql", content=b"ASK {}"), 415, "sparql-query"),
        (lambda c: c.post("/sparql", content=b"ASK { # \xff\n}", headers=DIRECT), 400, "byte 8"),
        (lambda c: c.post("/sparql", content=b"#" * 70_000, headers=DIRECT), 413, "64 KiB"),
        (lambda c: c.post("/sparql", data={"query": "#" * 70_000}), 413, "64 KiB"),
        (lambda c: c.post("/sparql", content=b"update=x", headers=FORM), 400, "query"),
        (lambda c: c.get("/", headers={"Host": "evil.example"}), 421, "evil.example"),
        (lambda c: c.get("/", headers={"Host": "[::1].evil.example:80"}), 421, "evil.example"),
        (lambda c: c.get("/", headers={"Host": "127.0.0.1.evil.example:80"}), 421, "evil.example"),
        (lambda c: c.get("/", headers={"Host": ""}), 421, "host"),
    ],
)  # fmt: skip
def test_mistakes_are_problems_and_change_nothing(
    client: TestClient, call: Call, status: int, word: str, sample_base: Path
) -> None:
    before = state(sample_base)
    response = call(client)
    found = response.json()
    assert (response.status_code, found["status"]) == (status, status)
    assert response.headers["content-type"] == "application/problem+json"
    assert set(found) >= {"type", "title", "detail"}
    assert word in found["detail"]
    assert "\n" not in found["detail"] and "Traceback" not in response.text
    assert SECURITY_HEADERS.items() <= {name.title(): value for name, value in response.headers.items()}.items()
    assert state(sample_base) == before


def test_the_methods_that_are_taken_are_named(client: TestClient) -> None:
    assert client.delete("/documents").headers["allow"] == "GET"


def test_a_fault_of_ours_is_a_500_without_a_stack(
    library: Library, caplog: pytest.LogCaptureFixture, sample_base: Path
) -> None:
    app = create_app(library, Settings(kb=sample_base))

    @app.get("/fault")
    def fault() -> None:
        raise RuntimeError("secret")

    client = TestClient(app, base_url=HERE)
    response = client.get("/fault")
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in response.text
    assert "secret" in caplog.text


# ---- what every answer carries


@pytest.mark.parametrize("address", ["/", "/docs", "/static/app.js", "/health", "/openapi.json", *ROUTES])
def test_security_headers_are_everywhere(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == ("no-store" if address == "/health" else "no-cache")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8000", "LOCALHOST", "[::1]:8000", "[::1]"])
def test_loopback_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


def test_further_hosts_and_origins_are_settings(library: Library, sample_base: Path) -> None:
    settings = Settings(
        kb=sample_base, host="FD00:0::1", allowed_hosts=("plans.example",), cors_origins=("https://pages.example",)
    )
    client = TestClient(create_app(library, settings), base_url="http://plans.example")
    asked = {"Origin": "https://pages.example", "Access-Control-Request-Method": "POST"}
    allowed, preflight = client.get("/health", headers=asked), client.options("/sparql", headers=asked)
    for response in (allowed, preflight):
        assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, "https://pages.example")
    other = client.get("/health", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    assert client.options("/documents", headers=asked | {"Access-Control-Request-Method": "DELETE"}).status_code == 400
    own = [client.get("/health", headers={"Host": host}).status_code for host in ("[fd00::1]:8000", "[fd00::1]")]
    assert own == [200, 200]


def test_pages_of_other_origins_may_not_read(client: TestClient) -> None:
    asked = {"Origin": "https://pages.example", "Access-Control-Request-Method": "POST"}
    answers = [client.get("/documents", headers=asked), client.options("/sparql", headers=asked)]
    assert [answer.status_code for answer in answers] == [200, 405]
    assert not any("access-control-allow-origin" in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("localhost", "localhost"),
        ("LOCALHOST:80", "localhost"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("[FD00:0:0::1]:8000", "fd00::1"),
        ("fd00::1", "fd00::1"),
        ("[::1].evil.example", "[::1].evil.example"),
        ("[::1]evil", "[::1]evil"),
        ("127.0.0.1:80@evil.example", "127.0.0.1:80@evil.example"),
        ("", ""),
    ],
)
def test_a_host_is_compared_without_port_and_brackets(written: str, name: str) -> None:
    assert host_name(written) == name


@pytest.mark.parametrize("address", [*ROUTES, "/sparql?query=ASK{}", "/export/nquads"])
def test_an_answer_that_is_known_is_not_sent_again(client: TestClient, address: str) -> None:
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = client.get(address, headers={"If-None-Match": first.headers["etag"], "Accept": "application/json, x/y"})
    assert other.status_code == 200


def test_a_new_snapshot_is_noticed_and_has_other_tags(
    tmp_path: Path, sample_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.app._REFRESH_SECONDS", 0.05)
    kb, other = tmp_path / "kb", tmp_path / "other.txt"
    shutil.copytree(sample_base, kb)
    other.write_text(SAMPLE.read_text(encoding="utf-8").replace("2022", "2023"), encoding="utf-8")
    count = {"query": "SELECT (COUNT(*) AS ?n) { ?d a yao:WorkPlan }"}
    with Library.open(kb) as library, TestClient(create_app(library, Settings(kb=kb)), base_url=HERE) as client:
        old, old_count = client.get("/documents"), client.get("/sparql", params=count)
        Library.build(kb, [other])
        tag = {"If-None-Match": old.headers["etag"]}
        for _ in range(3000):  # it is noticed soon; a slow machine gets the time it needs
            new = client.get("/documents", headers=tag)
            if new.status_code != 304:
                break
        assert (new.status_code, len(new.json()["documents"])) == (200, 2)
        new_count = client.get("/sparql", params=count, headers={"If-None-Match": old_count.headers["etag"]})
        counts = [response.json()["results"]["bindings"][0]["n"]["value"] for response in (old_count, new_count)]
        assert counts == ["1", "2"]


def test_a_tag_changes_with_the_program_and_the_manifest(
    library: Library, client: TestClient, tmp_path: Path, sample_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kb = tmp_path / "kb"
    kb.mkdir()
    manifest = (sample_base / "manifest.json").read_bytes()
    tags = [client.get("/themes").headers["etag"]]
    for content, program in ((manifest, None), (manifest + b"\n", None), (manifest, "another")):
        (kb / "manifest.json").write_bytes(content)
        if program:
            monkeypatch.setattr("api.app._program_digest", lambda: "another")
        again = TestClient(create_app(library, Settings(kb=kb)), base_url=HERE)
        tags.append(again.get("/themes").headers["etag"])
    assert (tags[0], len(set(tags))) == (tags[1], 3)


def test_a_base_that_cannot_be_read_again_is_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(Exception):
        pass

    answers = iter([BaseError("gone"), BaseError("gone"), None, BaseError("gone"), BaseError("torn"), Enough()])

    class Gone:
        def refresh(self) -> None:
            answer = next(answers)
            if answer:
                raise answer

    monkeypatch.setattr("api.app._REFRESH_SECONDS", 0)
    with pytest.raises(Enough):
        anyio.run(_follow, cast(Library, Gone()))
    assert [record.getMessage().rsplit(": ")[1] for record in caplog.records] == ["gone", "gone", "torn"]


def test_an_unknown_thing_has_no_tag(client: TestClient) -> None:
    assert "etag" not in client.get("/items/nothing").headers


def test_head_is_get_without_the_body(client: TestClient) -> None:
    assert client.head("/documents").headers["etag"] == client.get("/documents").headers["etag"]


def test_long_answers_are_compressed(client: TestClient) -> None:
    with client.stream("GET", "/themes", headers={"Accept-Encoding": "gzip"}) as response:
        packed = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed))["themes"]


# ---- operation, description, pages


def test_health_and_readiness(client: TestClient, library: Library) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    client.app.state.warm.wait(30)  # type: ignore[attr-defined]
    assert client.get("/ready").json() == {"status": "ready", "snapshot": library.snapshot}


def test_not_ready_before_the_first_question_was_answered(library: Library, sample_base: Path) -> None:
    cold = TestClient(create_app(library, Settings(kb=sample_base)), base_url=HERE)  # not entered: nothing warms up
    response = cold.get("/ready")
    assert (response.status_code, response.json()["status"]) == (503, "warming up")


def test_the_description_says_class_as_the_answers_do(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    text = json.dumps(described)
    assert '"cls"' not in text
    assert "class" in described["components"]["schemas"]["EntityView"]["properties"]
    assert {"/search", "/sparql", "/id/{rest}", "/export/{format}"} <= set(described["paths"])


@pytest.mark.parametrize("address", ["/", "/docs", "/id/theme/LV"])
def test_pages_ask_nobody_else(client: TestClient, address: str) -> None:
    page = client.get(address, headers={"Accept": BROWSER})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    own = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    scripts = [path for path in own if path.endswith(".js")]
    imported = [name for path in scripts for name in re.findall(r'from "\./([^"]+)"', client.get(path).text)]
    files = [*own, *(f"/static/{name}" for name in imported)]
    assert own and all(client.get(path).status_code == 200 for path in files)
    for text in (page.text, *(client.get(path).text for path in files if not path.endswith(".svg"))):
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//|url\((?!["']?data:)|@import|from ["']http""", text)
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b| style=| on\w+=\"", text)


def test_a_base_of_other_iris_is_dereferenced_and_markup_in_data_stays_text(tmp_path: Path) -> None:
    text = SAMPLE.read_text(encoding="utf-8").replace("加强创新理论武装", "加强<script>alert(1)</script>理论武装")
    (tmp_path / "evil.txt").write_text(text, encoding="utf-8")
    Library.build(tmp_path / "kb", [tmp_path / "evil.txt"], names=Names("https://example.org/plans/"))
    with Library.open(tmp_path / "kb") as library:
        client = TestClient(create_app(library, Settings(kb=tmp_path / "kb")), base_url=HERE)
        (item,) = [i for i in library.document("evil.txt").items if "<script>" in (i.heading or "")]
        page = client.get(f"/id/item/{item.id}", headers={"Accept": BROWSER}).text
        triples = client.get(f"/id/item/{item.id}", headers={"Accept": "application/n-triples"}).text
        shared = {kind: client.get(f"/id/{kind}", headers={"Accept": BROWSER}) for kind in ("theme/LV", FORM_ADDRESS)}
        links = set(re.findall(r'<td><a href="(/id/[^"]+)">', page + shared["theme/LV"].text))
        assert links and all(client.get(link).status_code == 200 for link in links)
    for kind, one in shared.items():
        assert (kind, one.status_code, f"/w3id.org/yaodian/id/{kind}<" in one.text) == (kind, 200, True)
    assert item.iri == f"https://example.org/plans/id/item/{item.id}"
    assert f"<{item.iri}> " in triples
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
