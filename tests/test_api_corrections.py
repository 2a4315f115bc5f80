"""Corrections over HTTP and on the command line: who may write, what is told, and the same answers from both."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from starlette.testclient import TestClient

from api import cli
from api.app import create_app
from api.server import refuse_open_writes
from api.settings import Settings
from corpus.errors import PlanError
from index import base
from index.embed import load_encoder
from index.library import Library
from tests.amend_samples import copy, item, plans
from tests.api_samples import state
from tests.test_api_server import serving

HERE = "http://127.0.0.1:8000"
THEME = {"kind": "theme", "item": "一/2", "document": "a.txt", "theme": "CU", "grade": 2, "reason": "写的是文化"}


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corrections")
    Library.build(folder / "kb", plans(folder / "plans"))
    return folder / "kb"


Open = Callable[..., TestClient]


@pytest.fixture
def opened(kb: Path, tmp_path: Path) -> Iterator[Open]:
    """A server's application over a base of its own."""
    root = copy(kb, tmp_path / "kb")
    with Library.open(root) as library:

        def with_settings(address: str = HERE, **changes: Any) -> TestClient:
            settings = Settings(kb=root, **{"writable": True, **changes})
            return TestClient(create_app(library, settings), base_url=address, raise_server_exceptions=False)

        yield with_settings


def problem(response: Any, status: int) -> str:
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    return str(response.json()["detail"])


# ---- who may write


def test_a_server_is_read_only_unless_told_otherwise(opened: Open, tmp_path: Path) -> None:
    client, before = opened(writable=False), state(tmp_path / "kb")
    assert "--writable" in problem(client.post("/corrections", json=THEME), 403)
    assert "--writable" in problem(client.delete("/corrections/abc"), 403)
    assert client.get("/corrections").json() == {"corrections": []}
    assert state(tmp_path / "kb") == before


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8000"])
def test_pages_of_other_origins_may_not_write(opened: Open, tmp_path: Path, origin: str) -> None:
    client, before = opened(cors_origins=("*",)), state(tmp_path / "kb")
    assert "may not write" in problem(client.post("/corrections", json=THEME, headers={"Origin": origin}), 403)
    assert "may not write" in problem(client.delete("/corrections/abc", headers={"Origin": origin}), 403)
    assert state(tmp_path / "kb") == before


def test_the_own_page_may_write(opened: Open) -> None:
    assert opened().post("/corrections", json=THEME, headers={"Origin": HERE}).status_code == 201


@pytest.mark.parametrize(
    "given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic c2VjcmV0"}, {"Authorization": "secret"}]
)
def test_beyond_this_machine_a_token_is_needed(opened: Open, given: dict[str, str]) -> None:
    client = opened("http://plans.example", host="0.0.0.0", allowed_hosts=("plans.example",), token="secret")
    assert "Bearer TOKEN" in problem(client.post("/corrections", json=THEME, headers=given), 403)
    right = {"Authorization": "Bearer secret"}
    assert client.post("/corrections", json=THEME, headers=right).status_code == 201


@pytest.mark.parametrize(("token", "given"), [("secret", "bearer secret"), ("口令", "Bearer 口令")], ids=range(2))
def test_a_token_of_any_script_is_known(opened: Open, token: str, given: str) -> None:
    client = opened("http://plans.example", host="0.0.0.0", allowed_hosts=("plans.example",), token=token)
    right = {b"Authorization": given.encode("utf-8")}
    assert client.post("/corrections", json=THEME, headers=right).status_code == 201


def test_a_proxy_before_this_machine_needs_a_token_too(opened: Open) -> None:
    client = opened("http://plans.example", allowed_hosts=("plans.example",))
    assert "YAODIAN_TOKEN" in problem(client.post("/corrections", json=THEME), 403)


def test_open_writes_beyond_this_machine_are_refused_before_the_server_starts() -> None:
    with pytest.raises(PlanError, match="YAODIAN_TOKEN"):
        refuse_open_writes(Settings(kb=Path("x"), host="0.0.0.0", writable=True))
    for settings in (
        Settings(kb=Path("x"), host="0.0.0.0"),
        Settings(kb=Path("x"), host="::1", writable=True),
        Settings(kb=Path("x"), host="0.0.0.0", writable=True, token="t"),
    ):
        refuse_open_writes(settings)


# ---- what is asked


def test_a_correction_is_made_listed_and_taken_back(opened: Open) -> None:
    client = opened()
    (place,) = (i for i in client.get("/documents/a.txt").json()["items"] if i["path"] == "一/2")
    made = client.post("/corrections", json=THEME | {"author": "甲", "date": "2024-05-01"})
    assert made.status_code == 201
    one = made.json()
    assert {name: one[name] for name in ("kind", "state", "author", "reason", "date", "undone")} == {
        "kind": "theme", "state": "asserted", "author": "甲", "reason": "写的是文化", "date": "2024-05-01T00:00:00Z",
        "undone": None,
    }  # fmt: skip
    themes = client.get(f"/items/{place['id']}").json()["themes"]
    assert ("CU", 2) in {(t["object"]["id"], t["grade"]) for t in themes}
    assert client.get("/corrections").json() == {"corrections": [one]}
    undone = client.delete(f"/corrections/{one['id']}", params={"reason": "看错了", "author": "乙"}).json()
    assert (undone["state"], undone["undone"]["reason"]) == ("undone", "看错了")
    assert "CU" not in {t["object"]["id"] for t in client.get(f"/items/{place['id']}").json()["themes"]}
    assert [a["state"] for a in client.get("/corrections").json()["corrections"]] == ["undone"]


def test_an_assertion_is_described_at_its_iri(opened: Open) -> None:
    client = opened()
    one = client.post("/corrections", json=THEME).json()
    found = client.get("/id/assertion/" + one["id"], headers={"Accept": "application/n-triples"})
    assert (found.status_code, "写的是文化" in found.text) == (200, True)


def test_a_merge_and_a_refused_proposal_over_http(opened: Open) -> None:
    client = opened()
    (pair,) = client.get("/corrections", params={"proposals": True}).json()["proposals"]
    assert client.delete(f"/corrections/{pair['assertion']}").json()["state"] == "undone"
    assert client.get("/corrections?proposals=true").json() == {"proposals": []}
    wanted = {"kind": "same", "first": "政协金华市委员会", "second": "金华市政协办", "reason": "一个机关"}
    made = client.post("/corrections", json=wanted).json()
    shown = client.get(f"/entities/{made['what']['first']['iri'].rsplit('/', 1)[-1]}").json()["same_as"]
    assert [(s["reason"], s["confidence"]) for s in shown] == [("一个机关", 1.0)]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (THEME | {"kind": "rename"}, 422, "kind"),
        ({"reason": "x"}, 422, "kind"),
        (THEME | {"reason": None}, 422, "reason"),
        (THEME | {"reason": " "}, 400, "the reason is empty"),
        (THEME | {"reason": "x" * 1001}, 422, "reason"),
        (THEME | {"grade": "much"}, 422, "grade"),
        (THEME | {"grade": 3}, 400, "the grade is 3"),
        (THEME | {"date": "soon"}, 400, "ISO 8601"),
        (THEME | {"item": "一/9"}, 404, "no item"),
        (THEME | {"quote": "没有的话"}, 400, "does not stand"),
        ({"kind": "reject", "fact": "aaaaaaaaaaaaaaaa", "reason": "x"}, 404, "no fact"),
        ([], 422, "object"),
        (THEME | {"qoute": "同心汇"}, 422, "qoute: no such member; theme takes item, theme, grade, quote"),
        (THEME | {"item": "https://evil.example/id/item/aaaaaaaaaaaaaaaa"}, 404, "no item"),
    ],
    ids=range(14),
)
def test_what_cannot_be_is_a_problem(kb: Path, body: Any, status: int, told: str) -> None:
    before = state(kb)
    with Library.open(kb) as library:
        client = TestClient(create_app(library, Settings(kb=kb, writable=True)), base_url=HERE)
        assert told in problem(client.post("/corrections", json=body), status)
        assert "no" in problem(client.delete("/corrections/aaaaaaaaaaaaaaaa"), 404)
    assert state(kb) == before


def test_a_body_that_is_none_is_a_problem(opened: Open) -> None:
    client = opened()
    json_type = {"Content-Type": "application/json"}
    assert "application/json" in problem(client.post("/corrections", content=b"kind=theme"), 415)
    assert "JSON" in problem(client.post("/corrections", content=b"{", headers=json_type), 422)
    assert "UTF-8" in problem(client.post("/corrections", content=b"\xff", headers=json_type), 400)
    assert "64 KiB" in problem(client.post("/corrections", content=b" " * 70_000, headers=json_type), 413)


def test_while_another_process_writes_one_is_told_to_come_again(opened: Open, tmp_path: Path) -> None:
    client = opened()
    with base.writing(tmp_path / "kb"):
        response = client.post("/corrections", json=THEME)
    assert "another writer" in problem(response, 503)
    assert response.headers["retry-after"] == "1"
    assert client.post("/corrections", json=THEME).status_code == 201


# ---- the real server


def ask(address: str, method: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = Request(address, data, {"Content-Type": "application/json", **headers}, method=method)
    try:
        with urlopen(request, timeout=60) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.server
def test_a_real_server_corrects_and_answers_at_once(kb: Path, tmp_path: Path) -> None:
    root = copy(kb, tmp_path / "kb")
    with serving(root, "--writable") as (address, _, _):
        assert ask(address + "corrections", "POST", THEME, Origin="https://evil.example")[0] == 403
        status, made = ask(address + "corrections", "POST", THEME)
        assert status == 201
        query = quote("ASK { ?c yao:assertedObject theme:CU . ?item yao:concerns theme:CU }")
        assert ask(address + "sparql?query=" + query, "GET")[1]["boolean"] is True
        assert ask(address + "search?q=" + quote("文化"), "GET")[1]["results"]
        assert ask(f"{address}corrections/{made['id']}", "DELETE")[1]["state"] == "undone"
        assert ask(address + "sparql?query=" + query, "GET")[1]["boolean"] is False


@pytest.mark.server
def test_a_real_server_is_read_only_by_default(kb: Path) -> None:
    with serving(kb) as (address, _, _):
        assert ask(address + "corrections", "POST", THEME)[0] == 403
        assert ask(address + "corrections", "GET") == (200, {"corrections": []})


# ---- the command line


@pytest.fixture
def run(
    kb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Callable[..., tuple[int, bytes, str]]:
    monkeypatch.setattr("index.library.load_encoder", cache(load_encoder))
    monkeypatch.delenv("YAODIAN_AUTHOR", raising=False)
    root = copy(kb, tmp_path / "kb")

    def run_it(*arguments: str) -> tuple[int, bytes, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([*arguments, "--kb", str(root)])
        captured = capsysbinary.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err.decode()

    return run_it


Run = Callable[..., tuple[int, bytes, str]]


def test_the_commands_correct_list_and_undo(run: Run, tmp_path: Path) -> None:
    with Library.open(tmp_path / "kb") as library:
        place = item(library, "a.txt", "一/2")
        (fact, *_) = [str(r["x"]) for r in library.sparql("SELECT ?x { ?x rdf:predicate yao:launches }").rows()]
    reason = ("--reason", "读过", "--author", "甲", "--date", "2024-05-01", "--json")
    made = [
        run("correct", "reject", fact, *reason),
        run("correct", "add", place, "involves", "群众", "--quote", "社区食堂", *reason),
        run("correct", "theme", "一/2", "CU", "--document", "a.txt", "--grade", "2", *reason),
        run("correct", "frame", place, "lead", "市教育局", "市民政局", *reason),
        run("correct", "frame", place, "deadline", "--clear", *reason),
        run("merge", "政协金华市委员会", "金华市政协办", *reason),
    ]
    assert [(status, err) for status, _, err in made] == [(0, "")] * 6
    ids = [json.loads(out)["id"] for _, out, _ in made]
    listed = json.loads(run("correct", "list", "--json")[1])["corrections"]
    assert {one["id"] for one in listed} == set(ids)
    assert {(one["author"], one["date"]) for one in listed} == {("甲", "2024-05-01T00:00:00Z")}
    status, out, _ = run("correct", "undo", ids[0], "--reason", "看错了")
    assert (status, "taken back" in out.decode(), "看错了" in out.decode()) == (0, True, True)
    assert run("unmerge", ids[-1])[0] == 0
    text = run("correct", "list")[1].decode()
    assert text.count("taken back") == 3  # two that were, one of them for the reason that stands where none is given
    status, out, _ = run("merge", "--proposals")
    assert (status, "同 心汇" in out.decode()) == (0, True)
    assert len(json.loads(run("merge", "--proposals", "--json")[1])["proposals"]) == 1


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["correct", "reject", "aaaa"], 2, "--reason"),
        (["correct", "reject", "aaaa", "--reason", "x"], 1, "no fact or mention"),
        (["correct", "theme", "一/2", "CU", "--grade", "5", "--reason", "x"], 2, "--grade"),
        (["correct", "frame", "一/2", "lead", "--reason", "x"], 2, "--clear"),
        (["correct", "frame", "一/2", "lead", "甲", "--clear", "--reason", "x"], 2, "--clear"),
        (["correct", "frame", "一/2", "budget", "甲", "--reason", "x"], 2, "budget"),
        (["correct", "undo", "aaaa"], 1, "nothing asserted or proposed"),
        (["merge", "甲", "--reason", "x"], 2, "two entities"),
        (["merge", "甲", "乙"], 2, "--reason"),
        (["merge", "甲", "乙", "--proposals"], 2, "--proposals"),
        (["unmerge", "aaaa"], 1, "nothing asserted or proposed"),
    ],
    ids=range(11),
)
def test_what_cannot_be_is_one_clear_line(run: Run, arguments: list[str], status: int, told: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (status, b"")
    assert told in err
    assert status == 2 or err.count("\n") == 1


def test_the_author_is_a_setting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YAODIAN_AUTHOR", "丙")
    wanted = ("correct", "theme", "一/2", "CU", "--document", "a.txt", "--grade", "1", "--reason", "读过", "--json")
    assert json.loads(run(*wanted)[1])["author"] == "丙"


# ---- taking documents out


def test_a_document_is_removed_over_http_where_the_server_is_writable(opened: Open, tmp_path: Path) -> None:
    client, before = opened(writable=False), state(tmp_path / "kb")
    assert "--writable" in problem(client.delete("/documents/b.txt"), 403)
    away = opened("http://plans.example", host="0.0.0.0", allowed_hosts=("plans.example",), token="secret")
    assert "Bearer TOKEN" in problem(away.delete("/documents/b.txt"), 403)
    assert "may not write" in problem(
        opened().delete("/documents/b.txt", headers={"Origin": "https://evil.example"}), 403
    )
    assert "no document" in problem(opened().delete("/documents/none"), 404)
    with base.writing(tmp_path / "kb"):
        assert "another writer" in problem(opened().delete("/documents/b.txt"), 503)
    assert state(tmp_path / "kb") == before
    (gone,) = [d for d in opened().get("/documents").json()["documents"] if d["source"] == "b.txt"]
    report = opened().delete(f"/documents/{gone['id']}").json()
    assert (report["removed"], report["assertions"], report["documents"]) == ([gone], 0, 1)
    assert [d["source"] for d in opened().get("/documents").json()["documents"]] == ["a.txt"]
    problem(opened().get(f"/documents/{gone['id']}"), 404)
    assert "no document" in problem(opened().delete(f"/documents/{gone['id']}"), 404)


def test_documents_are_removed_on_the_command_line(
    kb: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    root = copy(kb, tmp_path / "kb")

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["--kb", str(root), *arguments])
        out, err = (stream.decode() for stream in capsysbinary.readouterr())
        return int(ended.value.code or 0), out, err

    assert run("remove")[0] == 2
    status, out, err = run("remove", "a.txt", "none.txt")
    assert (status, out, err.count("\n")) == (1, "", 1)
    report = json.loads(run("remove", "a.txt", "--json")[1])
    assert [d["source"] for d in report["removed"]] == ["a.txt"]
    status, out, _ = run("remove", "b.txt")
    assert (status, out.splitlines()[0][:16]) == (0, "removed   b.txt ")
    assert "1 document removed; the base holds 0 documents, 0 items" in out
    assert run("check")[0] == 0
