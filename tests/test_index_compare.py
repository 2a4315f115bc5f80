"""Two documents compared: what is new, dropped and reworded, word by word; themes gained and lost."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api import cli, present
from api.app import create_app
from api.settings import Settings
from corpus.errors import NotFoundError
from index import compare
from index.compare import difference
from index.library import Library
from index.tokens import dictionary_words
from index.types import Change, ItemSummary

pytestmark = pytest.mark.usefixtures("one_encoder")

OLD = """义乌市2023年工作要点

一、保障民生

1.办好学前教育。新建幼儿园10所，增加学位1200个。

2.做好养老服务。建设社区食堂，为老年人助餐。

3.加强古树名木保护。完成古树名木普查，挂牌保护。

二、发展经济

4.推进招商引资。引进亿元以上项目20个。
"""
NEW = """义乌市2024年工作要点

一、保障民生

1.做好养老服务。建设社区食堂，为老年人助餐。

2.优化学前教育。新建幼儿园12所，增加学位1500个。

二、发展经济

3.大力推进招商引资。引进亿元以上项目25个。

4.防范地震灾害。开展地震应急演练。
"""


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compare")
    for name, text in (("old.txt", OLD), ("new.txt", NEW)):
        (folder / name).write_text(text, encoding="utf-8", newline="")
    Library.build(folder / "kb", [folder / "old.txt", folder / "new.txt"])
    return folder / "kb"


@pytest.fixture(scope="module")
def library(kb: Path) -> Iterator[Library]:
    with Library.open(kb) as opened:
        yield opened


def paths(items: tuple[ItemSummary, ...]) -> list[str]:
    return [item.path for item in items]


def test_items_are_new_dropped_reworded_or_unchanged(library: Library) -> None:
    found = library.compare("old.txt", "new.txt")
    assert (found.a.source, found.b.source, found.unchanged) == ("old.txt", "new.txt", 1)
    assert paths(found.new) == ["二/4"]
    assert paths(found.dropped) == ["一/3"]
    assert [(pair.a.path, pair.b.path) for pair in found.reworded] == [("一/1", "一/2"), ("二/4", "二/3")]
    assert all(0.52 <= pair.score <= 1 for pair in found.reworded)
    assert [(c.kind, c.text) for c in found.reworded[1].changes] == [
        ("new", "大力"),
        ("same", "推进招商引资。引进亿元以上项目"),
        ("gone", "20"),
        ("new", "25"),
        ("same", "个。"),
    ]


def test_the_other_way_round_gives_the_mirror_image(library: Library) -> None:
    there, back = library.compare("old.txt", "new.txt"), library.compare("new.txt", "old.txt")
    assert (back.new, back.dropped, back.unchanged) == (there.dropped, there.new, there.unchanged)
    assert {(p.a.id, p.b.id, p.score) for p in back.reworded} == {(p.b.id, p.a.id, p.score) for p in there.reworded}
    assert (back.themes_gained, back.themes_lost) == (there.themes_lost, there.themes_gained)


def test_themes_are_those_that_one_of_the_two_alone_is_linked_to(library: Library) -> None:
    found = library.compare("old.txt", "new.txt")

    def linked(source: str) -> dict[str, set[str]]:
        by_theme: dict[str, set[str]] = {}
        for summary in library.document(source).items:
            for fact in library.item(summary.id).themes:
                by_theme.setdefault(fact.object.iri, set()).add(summary.id)
        return by_theme

    old, new = linked("old.txt"), linked("new.txt")
    assert {t.iri: t.items for t in found.themes_gained} == {iri: len(new[iri]) for iri in new.keys() - old.keys()}
    assert {t.iri: t.items for t in found.themes_lost} == {iri: len(old[iri]) for iri in old.keys() - new.keys()}
    assert found.themes_gained
    assert found.themes_lost


def test_a_document_is_the_same_as_itself(library: Library) -> None:
    found = library.compare("old.txt", library.document("old.txt").iri)
    assert (found.new, found.dropped, found.reworded, found.unchanged) == ((), (), (), 4)
    assert (found.themes_gained, found.themes_lost) == ((), ())


def test_a_document_without_items_drops_all(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text(OLD, encoding="utf-8")
    (tmp_path / "none.txt").write_text("关于放假的通知\n\n各科室：\n\n五月一日放假。\n", encoding="utf-8")
    Library.build(tmp_path / "kb", [tmp_path / "old.txt", tmp_path / "none.txt"])
    with Library.open(tmp_path / "kb") as library:
        assert library.document("none.txt").items == ()
        found = library.compare("old.txt", "none.txt")
        assert (len(found.dropped), found.new, found.reworded) == (4, (), ())
        assert len(library.compare("none.txt", "old.txt").new) == 4
        with pytest.raises(NotFoundError, match=r"no document no\.txt"):
            library.compare("old.txt", "no.txt")


# ---- word by word

_TEXT = st.text(alphabet="推进招商引资，。;\n 12aB項", max_size=40)


@given(before=_TEXT, after=_TEXT)
def test_a_difference_gives_back_both_texts(before: str, after: str) -> None:
    changes = difference(before, after)
    assert "".join(c.text for c in changes if c.kind != "new") == before
    assert "".join(c.text for c in changes if c.kind != "gone") == after
    assert all(c.text for c in changes)
    assert before != after or all(c.kind == "same" for c in changes)


@given(st.text(max_size=60))
def test_cutting_into_words_loses_nothing(text: str) -> None:
    assert "".join(dictionary_words(text)) == text


def test_long_items_are_compared_by_sentences_and_longer_ones_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = "办好学前教育。新建幼儿园10所。", "办好学前教育。新建幼儿园12所。"
    monkeypatch.setattr(compare, "_MOST_COMPARED", 10)
    assert difference(before, after) == (
        Change("same", "办好学前教育。"),
        Change("gone", "新建幼儿园10所。"),
        Change("new", "新建幼儿园12所。"),
    )
    monkeypatch.setattr(compare, "_MOST_COMPARED", 0)
    assert difference(before, after) == (Change("gone", before), Change("new", after))


# ---- the fronts


def test_both_fronts_tell_the_same(kb: Path, library: Library, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    wanted = json.loads(present.dumps(library.compare("old.txt", "new.txt")))

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["--kb", str(kb), "compare", *arguments])
        return int(ended.value.code or 0), capsysbinary.readouterr().out.decode()

    assert json.loads(run("old.txt", "new.txt", "--json")[1]) == wanted
    client = TestClient(create_app(library, Settings(kb=kb)), base_url="http://127.0.0.1:8000")
    assert client.get("/compare", params={"a": "old.txt", "b": "new.txt"}).json() == wanted
    assert client.get("/compare", params={"a": "old.txt", "b": "none"}).status_code == 404
    assert client.get("/compare", params={"a": "old.txt"}).status_code == 422
    status, text = run("old.txt", "new.txt")
    lines = text.splitlines()
    assert (status, lines[2]) == (0, "1 new, 1 dropped, 2 reworded, 1 unchanged")
    assert "    {+大力+}推进招商引资。引进亿元以上项目[-20-]{+25+}个。" in lines
    assert {"new       二/4  防范地震灾害", "dropped   一/3  加强古树名木保护"} <= set(lines)
    assert run("old.txt", "none.txt")[0] == 1
