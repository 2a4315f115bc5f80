"""Questions that are none, over every front: a sensible answer or one clear line, never a crash."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api import cli
from api.app import create_app
from api.settings import Settings
from corpus.errors import PlanError, QueryError
from index.library import Library

REFUSED = ("", "   ", "字" * 10_000, "a " * 5_000)
MARKS = ("？？？！！", "....", "😀🎉", "《》", "*")
ODD = (
    *MARKS,
    *("SELECT * FROM items; DROP TABLE items;--", "'; OR 1=1 --", '"unbalanced quote', "NEAR(a b)", "* a", "%a_"),
    *("教育に関する仕事は何ですか", "住宅はどうなりますか", "Quelles tâches concernent l'éducation ?", "Какие задачи?"),
    *("\x00民生", "民生\n\n教育", "字" * 1000, "1" * 1000, "the the the", "I", "due by June 31", "13月底前完成什么"),
    *("由牵头", "哪些任务由牵头", '哪些任务由"；DROP}局牵头', "which tasks does the } UNION { bureau lead", "落实《》"),
    *('围绕"}开展什么活动', "在 \\ 牵头", 'tasks led by \\"} bureau', "围绕" * 300, "a 😀 b"),
)
LIMITS = {"issuer": "火星委员会", "place": "Atlantis", "year": "1905", "unit": "Ministry of Magic"}


@pytest.fixture(scope="module")
def client(sample: Library, sample_base: Path) -> Iterator[TestClient]:
    app = create_app(sample, Settings(kb=sample_base, sparql_workers=1))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=True) as opened:
        yield opened


@pytest.mark.parametrize("question", REFUSED)
def test_what_is_no_question_is_refused_in_one_line(sample: Library, question: str) -> None:
    with pytest.raises(QueryError) as refused:
        sample.search(question)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("question", MARKS)
def test_marks_without_words_have_no_answer(sample: Library, question: str) -> None:
    answer = sample.search(question)
    assert (answer.answered, answer.results, answer.near) == (False, (), ())


@pytest.mark.parametrize(
    "question",
    [
        "which football team won the world cup final last night and who scored the goals",
        "can I bring my cat on an international flight and which vaccination papers does it need",
        "recipe for sourdough bread with whole wheat flour, water temperature and baking time",
        "手机屏幕摔碎了保修期内能不能免费更换以及维修点在哪里",
    ],
)
def test_long_questions_about_everyday_life_have_no_answer(sample: Library, question: str) -> None:
    answer = sample.search(question)
    assert (answer.answered, answer.results) == (False, ())


@pytest.mark.parametrize("question", [*ODD, "\ud800 民生"])
def test_odd_questions_are_answered(sample: Library, question: str) -> None:
    answer = sample.search(question)
    assert answer.answered is bool(answer.results)
    assert answer.sparql is None or sample.sparql(answer.sparql).kind == "select"


@pytest.mark.parametrize("question", [*REFUSED, *ODD])
def test_odd_questions_over_http(client: TestClient, question: str) -> None:
    question = question[:3000]  # the client sends no longer address
    response = client.get("/search", params={"q": question})
    assert response.status_code == (200 if question in ODD else 400 if len(question) <= 1000 else 422)
    assert response.headers["content-type"].startswith("application/")


@pytest.mark.parametrize("question", [q for q in (*REFUSED, *ODD) if "\x00" not in q])
def test_odd_questions_on_the_command_line(
    capsys: pytest.CaptureFixture[str], sample_base: Path, question: str
) -> None:
    with pytest.raises(SystemExit) as done:
        cli.main(["--kb", str(sample_base), "search", "--json", "--", question])
    told = capsys.readouterr().err.strip()
    assert (done.value.code or 0) == (0 if question in ODD else 1)
    assert len(told.splitlines()) == (0 if question in ODD else 1)


@pytest.mark.parametrize(("name", "value"), LIMITS.items())
def test_an_unknown_limit_is_told_in_one_line(
    sample: Library, client: TestClient, sample_base: Path, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    with pytest.raises(PlanError, match=value):
        sample.search("民生", **{name: int(value) if name == "year" else value})  # type: ignore[arg-type]
    response = client.get("/search", params={"q": "民生", name: value})
    assert (response.status_code, value in response.json()["detail"]) == (404, True)
    with pytest.raises(SystemExit) as done:
        cli.main(["--kb", str(sample_base), "search", "民生", f"--{name}", value])
    told = capsys.readouterr().err.strip().splitlines()
    assert (done.value.code, len(told)) == (1, 1)
    assert value in told[0]


def test_a_limit_that_is_no_year_is_wrong_usage(client: TestClient, sample_base: Path) -> None:
    assert client.get("/search", params={"q": "民生", "year": "soon"}).status_code == 422
    with pytest.raises(SystemExit) as done:
        cli.main(["--kb", str(sample_base), "search", "民生", "--year", "soon"])
    assert done.value.code == 2


def test_known_limits_are_kept_on_every_front(client: TestClient, sample: Library) -> None:
    expected = sample.search("民生", issuer="金华市政协", place="Jinhua", year=2022)
    limits = {"issuer": "金华市政协", "place": "Jinhua", "year": "2022"}
    found = client.get("/search", params={"q": "民生", **limits}).json()
    assert expected.answered
    assert [r["id"] for r in found["results"]] == [r.id for r in expected.results]
    assert found["corrected"] is None
