"""What users assert is applied in every answer, survives rebuilds, and can be taken back without a trace."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import BaseError, NotFoundError, PlanError, ReadError
from index import base
from index.library import Library
from index.requests import Add, Merge, Reject, Request, SetFrame, SetTheme, Undo
from tests.amend_samples import PLAN_A, WHY, copy, graphs, item, plans, statements, why
from tests.api_samples import state


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("amend")
    Library.build(folder / "kb", plans(folder / "plans"))
    return folder / "kb"


@pytest.fixture
def library(kb: Path, tmp_path: Path) -> Iterator[Library]:
    with Library.open(copy(kb, tmp_path / "kb")) as opened:
        yield opened


def entity(library: Library, name: str) -> str:
    (found,) = [e.id for e in library.entities(q=name).entities if e.name == name]
    return found


def fact(library: Library, item_id: str, predicate: str, object_: str) -> str:
    """The IRI of an item's fact."""
    facts = library.item(item_id).facts
    (found,) = {f.id for f in facts if (f.predicate, f.object.name, f.subject.id) == (predicate, object_, item_id)}
    return f"{library.names.base}id/fact/{found}"


def exported(library: Library) -> str:
    return library.export("csv").decode("utf-8-sig")


# ---- rejecting


def test_what_is_rejected_cannot_be_added_before_the_rejection_is_taken_back(library: Library) -> None:
    place = item(library, "a.txt", "一/1")
    stated = next(f for f in library.item(place).facts if f.predicate == "launches")
    assert stated.evidence
    back = Add(place, "launches", "同心汇", stated.evidence.text, start=stated.evidence.start)
    rejected = library.amend(Reject(stated.id), WHY)
    with pytest.raises(PlanError, match=f"a rejection keeps this out.*undo {rejected.id}"):
        library.amend(back, WHY)
    assert [line.id for line in library.assertions()] == [rejected.id]
    library.amend(Undo(rejected.id), WHY)
    assert library.amend(back, WHY).state == "asserted"


def test_a_theme_whose_only_fact_is_rejected_needs_other_words(library: Library) -> None:
    place = item(library, "a.txt", "一/2")
    theme = library.item(place).themes[0]
    rejected = library.amend(Reject(theme.id), WHY)
    with pytest.raises(PlanError, match=f"undo {rejected.id}"):
        library.amend(SetTheme(place, theme.object.id, 2), WHY)
    library.amend(SetTheme(place, theme.object.id, 2, "委员同心汇"), WHY)
    assert (theme.object.id, 2) in {(t.object.id, t.grade) for t in library.item(place).themes}


def test_an_item_of_another_document_or_base_is_not_taken_for_it(library: Library) -> None:
    place = item(library, "a.txt", "一/1")
    for wrong in (SetTheme(place, "CU", 2, document="b.txt"), SetTheme(f"https://evil.example/{place}", "CU", 2)):
        with pytest.raises(NotFoundError):
            library.amend(wrong, WHY)
    iri = library.item(place).iri
    assert library.amend(SetTheme(iri, "CU", 2, document="a.txt"), WHY).state == "asserted"


def test_a_rejected_fact_is_in_no_answer_and_comes_back_when_it_is_taken_back(library: Library) -> None:
    before, place = graphs(library), item(library, "a.txt", "一/1")
    iri = fact(library, place, "launches", "同心汇")
    made = library.amend(Reject(iri), WHY)
    assert (made.kind, made.state, made.author, made.date) == ("reject", "asserted", "甲", "2024-05-01T00:00:00Z")
    assert "同心汇" in made.says
    assert not library.sparql(f"ASK {{ <{iri}> ?p ?o }}")
    assert not library.sparql(f"ASK {{ <{library.item(place).iri}> yao:launches ?x }}")
    assert "launches" not in {f.predicate for f in library.item(place).facts}
    assert "launches" not in {f.predicate for f in library.entity(entity(library, "同心汇")).facts}
    assert not [row for row in exported(library).splitlines() if ",launches," in row and ",同心汇," in row]
    assert library.check().sound
    assert library.validate().violations == ()
    query = "SELECT * { GRAPH ?g { ?c yao:rejects ?fact ; yao:author ?who ; yao:grounds ?why ; yao:assertedOn ?when } }"
    (row,) = library.sparql(query).rows()
    assert str(row["g"]).endswith("graph/corrections") and row["fact"] == iri
    undone = library.amend(Undo(made.id), why("看错了"))
    assert undone.undone and (undone.undone.author, undone.undone.reason) == ("乙", "看错了")
    assert graphs(library) == before
    assert [(a.id, a.state) for a in library.assertions()] == [(made.id, "undone")]
    again = library.amend(Undo(made.id), why("没看错"))
    assert (again.state, again.undone) == ("asserted", None)
    assert not library.sparql(f"ASK {{ <{iri}> ?p ?o }}")


def test_a_rejected_mention_takes_with_it_what_its_item_states_of_the_entity(library: Library) -> None:
    place = item(library, "b.txt", "一/1")
    (mention,) = {m.id for m in library.item(place).mentions if m.entity.name == "金华市政协办"}
    library.amend(Reject(mention), WHY)
    view = library.item(place)
    assert "金华市政协办" not in {m.entity.name for m in view.mentions}
    assert "金华市政协办" not in {f.object.name for f in view.facts}
    assert library.entities(q="金华市政协办").total == 0
    assert "金华市政协办" not in exported(library)
    assert view.task and view.task["participants"] == ["金华市政协办"]  # the frame is a decision of its own
    assert library.check().sound


# ---- adding


def test_an_added_fact_has_its_offsets_and_is_found(library: Library) -> None:
    place, group = item(library, "a.txt", "一/2"), entity(library, "群众")
    before = graphs(library)
    made = library.amend(Add(place, "targetsGroup", "群众", "建设社区食堂"), WHY)
    (added,) = [f for f in library.item(place).facts if f.object.id == group]
    assert (added.predicate, added.rule, added.confidence) == ("targetsGroup", "user", 1.0)
    start, end = added.evidence.start, added.evidence.end
    assert PLAN_A[start:end] == added.evidence.text == "建设社区食堂"
    assert library.validate().violations == ()
    answer = library.search("建设社区食堂方便群众", explain=True)
    assert "群众" in {x.label for r in answer.results if r.id == place for x in r.reasons if x.kind == "entity"}
    library.amend(Undo(made.id), WHY)
    assert graphs(library) == before


def test_an_added_mention_names_the_entity(library: Library) -> None:
    place = item(library, "a.txt", "一/2")
    library.amend(Add("一/2", "mentions", entity(library, "群众"), "社区", document="a.txt"), WHY)
    (found,) = [m for m in library.item(place).mentions if m.entity.name == "群众"]
    assert (found.evidence.text, found.rule) == ("社区", "user")
    assert library.validate().violations == ()


def test_a_fact_may_speak_of_what_only_another_document_names(library: Library) -> None:
    place = item(library, "a.txt", "一/1")
    library.amend(Add(place, "involves", "金华市人民政府", "方便群众办事"), WHY)
    assert "金华市人民政府" in {f.object.name for f in library.item(place).facts}
    assert library.entity(entity(library, "金华市人民政府")).cls == "Body"


def test_which_of_several_quotes_is_meant_can_be_said(library: Library) -> None:
    place, second = item(library, "a.txt", "一/1"), PLAN_A.index("同心汇", PLAN_A.index("打造"))
    library.amend(Add(place, "mentions", "群众", "同心汇", start=second), WHY)
    assert [m.evidence.start for m in library.item(place).mentions if m.entity.name == "群众"].count(second) == 1
    with pytest.raises(PlanError, match="does not stand at 3"):
        library.amend(Add(place, "mentions", "群众", "同心汇", start=3), WHY)


# ---- themes and frames


def test_a_theme_is_added_graded_and_taken_away(library: Library) -> None:
    place, before = item(library, "a.txt", "一/2"), graphs(library)
    first = library.amend(SetTheme(place, "CU", 2), WHY)
    assert {(f.object.id, f.grade, f.rule) for f in library.item(place).themes if f.object.id == "CU"} == {
        ("CU", 2, "user")
    }
    assert place in {r.id for r in library.search("哪些条目涉及文化").results}
    second = library.amend(SetTheme(place, "CU", 1, quote="社区食堂"), WHY)
    assert second.id == first.id
    (link,) = [f for f in library.item(place).themes if f.object.id == "CU"]
    assert (link.grade, link.evidence.text) == (1, "社区食堂")
    library.amend(SetTheme(place, "CU", 0), WHY)
    assert "CU" not in {f.object.id for f in library.item(place).themes}
    assert library.validate().violations == ()
    library.amend(Undo(first.id), WHY)
    assert graphs(library) == before


def test_a_theme_that_was_found_is_rejected_in_every_count(library: Library) -> None:
    place = item(library, "b.txt", "一/1")
    (theme, *_) = library.item(place).themes
    counted = {t.id: t.items for t in library.themes()}
    library.amend(SetTheme(place, theme.object.iri, 0), WHY)
    assert {t.id: t.items for t in library.themes()}[theme.object.id] == counted[theme.object.id] - 1


def test_a_frame_is_set_and_cleared(library: Library) -> None:
    place, before = item(library, "a.txt", "一/2"), graphs(library)
    lead = library.amend(SetFrame(place, "lead", ("市教育局", "市民政局")), WHY)
    cleared = library.amend(SetFrame(place, "participants"), WHY)
    library.amend(SetFrame(place, "deadline", ("6月底",), iso="../2024-06-30"), WHY)
    task = library.item(place).task
    assert task
    assert (task["lead"], task["participants"]) == (["市教育局", "市民政局"], [])
    assert task["deadline"] == {"printed": "6月底", "iso": "../2024-06-30", "kind": "deadline"}
    assert all(PLAN_A[e.start : e.end] == e.text for e in task["evidence"])  # type: ignore[attr-defined]
    assert library.validate().violations == ()
    deadline = library.amend(SetFrame(place, "deadline"), WHY)
    assert (library.item(place).task or {})["deadline"] is None
    for one in (lead, cleared, deadline):
        library.amend(Undo(one.id), WHY)
    assert graphs(library) == before


def test_a_deadline_is_dated_by_the_rules_where_they_can(library: Library) -> None:
    place = item(library, "a.txt", "一/2")
    library.amend(SetFrame(place, "deadline", ("6月底前",)), WHY)
    assert (library.item(place).task or {})["deadline"] == {
        "printed": "6月底前", "iso": "../2024-06-30", "kind": "deadline"
    }  # fmt: skip


# ---- one entity or two


def test_a_merge_finds_the_items_of_both_names(library: Library) -> None:
    place = item(library, "b.txt", "一/1")
    one, other = entity(library, "政协金华市委员会"), entity(library, "金华市政协办")
    assert "金华市政协办" not in reasons(library, "政协金华市委员会", place)
    made = library.amend(Merge("金华市政协办", one), why("一个机关"))
    assert "金华市政协办" in reasons(library, "政协金华市委员会", place)
    (same,) = library.entity(one).same_as
    assert (same.entity.id, same.confidence, same.reason, same.author) == (other, 1.0, "一个机关", "乙")
    assert [s.entity.id for s in library.entity(other).same_as] == [one]
    assert library.sparql(f"ASK {{ ?x skos:exactMatch <{library.entity(one).iri}> }}")
    assert library.validate().violations == ()
    undone = library.amend(Undo(made.id), WHY)
    assert undone.state == "undone"
    assert library.entity(one).same_as == ()
    assert "金华市政协办" not in reasons(library, "政协金华市委员会", place)


def reasons(library: Library, question: str, item_id: str) -> set[str]:
    """Why an item answers a question; empty where it does not."""
    return {
        reason.label for r in library.search(question, explain=True).results if r.id == item_id for reason in r.reasons
    }


def test_a_merge_finds_what_shares_no_word_with_the_question(library: Library) -> None:
    place = item(library, "a.txt", "一/2")
    assert not reasons(library, "10所", place)
    assert reasons(library, "兰溪市人民政府", place) == set()
    library.amend(Merge("兰溪市人民政府", "金华市民政局"), WHY)
    assert "金华市民政局" in reasons(library, "兰溪市人民政府", place)


def test_likely_samenesses_are_proposed_decided_and_stay_decided(library: Library, tmp_path: Path) -> None:
    (pair,) = library.proposals()
    assert {pair.first.name, pair.second.name} == {"同心汇", "同 心汇"}
    assert 0 < pair.confidence < 1
    (same,) = library.entity(pair.first.id).same_as
    assert (same.entity.id, same.author, same.date) == (pair.second.id, "yaodian", None)
    assert not library.sparql("ASK { ?x skos:exactMatch ?y }")
    refused = library.amend(Undo(pair.assertion), why("两个平台"))
    assert (refused.state, refused.id) == ("undone", pair.assertion)
    assert library.proposals() == ()
    Library.build(tmp_path / "kb", plans(tmp_path / "plans"))
    library.refresh()
    assert library.proposals() == ()
    assert library.amend(Undo(pair.assertion), WHY).state == "open"
    assert library.proposals() == (pair,)
    made = library.amend(Merge(pair.first.id, pair.second.id), WHY)
    assert made.id == pair.assertion
    assert library.proposals() == ()
    assert [s.confidence for s in library.entity(pair.first.id).same_as] == [1.0]


# ---- what cannot be


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (Reject("aaaaaaaaaaaaaaaa"), NotFoundError, "no fact or mention"),
        (Reject("https://w3id.org/yaodian/id/fact/<x>"), NotFoundError, "no fact or mention"),
        (Add("一/9", "involves", "群众", "社区", document="a.txt"), NotFoundError, "no item 一/9"),
        (Add("一/1", "involves", "群众", "社区"), NotFoundError, "with --document"),
        (Add("一/1", "involves", "群众", "社区", document="none.txt"), NotFoundError, "0 documents"),
        (Add("一/1", "involves", "群众", "没有的话", document="a.txt"), PlanError, "does not stand in item 一/1"),
        (Add("一/1", "involves", "群众", "", document="a.txt"), PlanError, "does not stand"),
        (Add("一/1", "involves", "群众", "群" * 3000, document="a.txt"), PlanError, "3000 characters"),
        (Add("一/1", "involves", "没有的人", "同心汇", document="a.txt"), NotFoundError, "no entity 没有的人"),
        (Add("一/1", "likes", "群众", "同心汇", document="a.txt"), PlanError, "no predicate 'likes'"),
        (Add("一/1", "concerns", "民生", "同心汇", document="a.txt"), PlanError, "correct theme"),
        (Add("一/1", "mentions", "民生", "同心汇", document="a.txt"), PlanError, "is no entity"),
        (Add("群众", "involves", "群众", "同心汇", item="一/1", document="a.txt"), PlanError, "are one"),
        (SetTheme("一/1", "没有的主题", 1, document="a.txt"), NotFoundError, "no theme"),
        (SetTheme("一/1", "LV", 3, document="a.txt"), PlanError, "the grade is 3"),
        (SetFrame("一/1", "lead", ("市财政局",), document="a.txt"), PlanError, "市财政局” does not stand"),
        (SetFrame("一/1", "lead", (" ",), document="a.txt"), PlanError, "a value is empty"),
        (SetFrame("一/1", "lead", (), iso="2024", document="a.txt"), PlanError, "only a deadline"),
        (SetFrame("一/1", "deadline", ("同心汇",), iso="soon", document="a.txt"), PlanError, "no ISO 8601"),
        (SetFrame("一/1", "deadline", ("同心汇",), iso="2024-13", document="a.txt"), PlanError, "no ISO 8601"),
        (SetFrame("一/1", "deadline", ("同心汇",), iso="2024-02-30", document="a.txt"), PlanError, "no ISO 8601"),
        (SetFrame("一/1", "deadline", ("同心汇",), iso="../..", document="a.txt"), PlanError, "no ISO 8601"),
        (SetFrame("一/1", "deadline", ("同心汇",), iso="２０２４", document="a.txt"), PlanError, "no ISO 8601"),
        (Add("一/1", "concerns", "同心汇", "同心汇", document="a.txt"), PlanError, "no Initiative as its object"),
        (Add("一/1", "launches", "一/2", "同心汇", document="a.txt"), PlanError, "no Item as its object"),
        (Add("同心汇", "launches", "委员同心汇", "委员同心汇", "一/2", "a.txt"), PlanError, "as its subject"),
        (SetFrame("一/1", "deadline", ("同心汇", "平台"), document="a.txt"), PlanError, "one deadline"),
        (Merge("同心汇", "群众"), PlanError, "only two of one class"),
        (Merge("同心汇", "同心汇"), PlanError, "one entity already"),
        (Merge("同心汇", "没有"), NotFoundError, "no entity 没有"),
        (Undo("aaaaaaaaaaaaaaaa"), NotFoundError, "nothing asserted or proposed"),
    ],
    ids=range(31),
)
def test_what_cannot_be_is_told_and_leaves_the_base_as_it_was(
    kb: Path, request_: Request, error: type[PlanError], message: str
) -> None:
    before = state(kb)
    with Library.open(kb) as library, pytest.raises(error) as caught:
        library.amend(request_, WHY)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert state(kb) == before


def test_an_absent_base_is_told_and_not_made(library: Library, tmp_path: Path) -> None:
    from index.amend import amend

    with pytest.raises(BaseError, match="no knowledge base"):
        amend(tmp_path / "none", Undo("a"), WHY, library.sources.encoder)
    assert not (tmp_path / "none").exists()


def test_asserting_what_stands_already_writes_nothing(library: Library, tmp_path: Path) -> None:
    place = item(library, "a.txt", "一/2")
    wanted: list[Request] = [SetTheme(place, "CU", 2), Reject(fact(library, place, "launches", "委员同心汇"))]
    made = [library.amend(one, WHY) for one in wanted]
    before = state(tmp_path / "kb")
    assert [library.amend(one, why("再说一遍")) for one in wanted] == made
    assert state(tmp_path / "kb") == before


# ---- kept


def assertions() -> list[Request]:
    return [
        SetTheme("一/2", "CU", 2, document="a.txt"),
        Add("一/1", "involves", "金华市人民政府", "方便群众办事", document="a.txt"),
        SetFrame("一/1", "participants", ("金华市政协办",), document="b.txt"),
        Merge("政协金华市委员会", "金华市政协办"),
    ]


def test_the_order_of_documents_and_assertions_leaves_no_trace(tmp_path: Path) -> None:
    one, two = plans(tmp_path / "plans")
    dumps = []
    for name, files, requests in (
        ("x", [[one, two]], assertions()),
        ("y", [[two], [one]], assertions()[::-1]),
    ):
        for part in files:
            Library.build(tmp_path / name, part)
        with Library.open(tmp_path / name) as library:
            for request in requests:
                library.amend(request, WHY)
        Library.build(tmp_path / name, files[0])
        with Library.open(tmp_path / name) as library:
            dumps.append(library.export("nquads"))
            assert library.check().sound
    assert dumps[0] == dumps[1]


def test_assertions_survive_rebuilds_and_stand_in_lines_that_can_be_read(library: Library, tmp_path: Path) -> None:
    made = library.amend(assertions()[0], WHY)
    dump = library.export("nquads")
    Library.build(tmp_path / "kb", plans(tmp_path / "plans"))
    assert library.refresh()
    assert library.export("nquads") == dump
    (line,) = journal(tmp_path / "kb").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["id"] == made.id
    assert "读过原文" in line
    name = base.JOURNAL
    assert base.sha256(journal(tmp_path / "kb")) == base.read_manifest(tmp_path / "kb").files[name]


def journal(root: Path) -> Path:
    return root / "snapshots" / base.read_manifest(root).snapshot / base.JOURNAL


def test_a_base_without_assertions_has_neither_graph(tmp_path: Path) -> None:
    Library.build(tmp_path / "kb", plans(tmp_path / "plans")[:1])
    with Library.open(tmp_path / "kb") as library:
        assert statements(library, "corrections") == statements(library, "links") == set()


@pytest.mark.parametrize("name", ["vectors.faiss", "catalogue.sqlite", "store/CURRENT", "manifest"])
def test_a_damaged_base_is_healed_with_what_users_asserted(library: Library, tmp_path: Path, name: str) -> None:
    root = tmp_path / "kb"
    library.amend(assertions()[0], WHY)
    dump = library.export("nquads")
    file = root / "manifest.json" if name == "manifest" else journal(root).parent / name
    file.write_bytes(file.read_bytes()[:-7] + b"\x00damage")
    Library.build(root, plans(tmp_path / "plans")[:1])
    with Library.open(root) as healed:
        assert healed.export("nquads") == dump
        assert healed.check().sound


def test_a_journal_that_was_changed_by_hand_is_told_and_then_taken_as_it_is(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "kb"
    library.amend(assertions()[0], WHY)
    file = journal(root)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("读过原文", "读过两遍"), encoding="utf-8", newline="")
    with pytest.raises(BaseError, match="damaged"):
        Library.open(root)
    Library.build(root, plans(tmp_path / "plans")[:1])
    with Library.open(root) as again:
        assert [a.reason for a in again.assertions()] == ["读过两遍"]
    file = journal(root)
    file.write_text(text[:-30] + "\n", encoding="utf-8", newline="")
    with pytest.raises(BaseError, match=r"assertions\.jsonl, line 1: "):
        Library.build(root, plans(tmp_path / "plans")[:1])


def test_two_writers_do_not_meet(library: Library, tmp_path: Path) -> None:
    with base.writing(tmp_path / "kb"), pytest.raises(BaseError, match="another writer"):
        library.amend(assertions()[0], WHY)
    assert library.assertions() == ()
    library.amend(assertions()[0], WHY)


@pytest.mark.parametrize("step", ["_sync_tree", "write_atomically"])
def test_a_writer_killed_in_between_leaves_the_base_as_it_was(library: Library, tmp_path: Path, step: str) -> None:
    before = library.export("nquads")
    program = (
        "import os, sys; from pathlib import Path; from index import base; from index.library import Library\n"
        "from tests.amend_samples import WHY; from index.requests import SetTheme\n"
        f"base.{step} = lambda *_: os._exit(9)\n"
        "Library.open(Path(sys.argv[1])).amend(SetTheme('一/2', 'CU', 2, document='a.txt'), WHY)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "kb")], cwd=Path(__file__).parent.parent)
    assert done.returncode == 9
    with Library.open(tmp_path / "kb") as again:
        assert (again.export("nquads"), again.assertions()) == (before, ())
        again.amend(assertions()[0], WHY)
        assert len(again.assertions()) == 1


def test_a_document_whose_original_is_gone_is_told(library: Library, tmp_path: Path) -> None:
    for file in base.originals(tmp_path / "kb"):
        file.unlink()
    with pytest.raises(BaseError, match="the original of the document"):
        library.amend(assertions()[0], WHY)


# ---- the alias table

ALIASES = "alias\tfull\tclass\tlang\n共建\t政协金华市委员会\tBody\tzh\nJinhua CPPCC\t政协金华市委员会\tBody\ten\n"


def test_a_changed_alias_table_is_read_by_the_next_build_for_all_documents(library: Library, tmp_path: Path) -> None:
    root, place = tmp_path / "kb", item(library, "b.txt", "一/2")
    before = library.export("nquads")
    assert "政协金华市委员会" not in {m.entity.name for m in library.item(place).mentions}
    (root / "aliases.tsv").write_text(ALIASES, encoding="utf-8")
    Library.build(root, plans(tmp_path / "plans")[:1])  # b.txt is read again from its original
    library.refresh()
    (found,) = [m for m in library.item(place).mentions if m.entity.name == "政协金华市委员会"]
    assert (found.evidence.text, found.rule) == ("共建", "alias")
    assert library.check().sound
    assert "政协金华市委员会" in reasons(library, "Jinhua CPPCC", place)
    (root / "aliases.tsv").unlink()
    library.amend(Undo(library.amend(assertions()[0], WHY).id), WHY)
    assert graphs(library) == {line for line in before.splitlines() if b"graph/links> ." not in line}


def test_a_bad_alias_table_stops_the_build_with_file_and_line(library: Library, tmp_path: Path) -> None:
    root = tmp_path / "kb"
    (root / "aliases.tsv").write_text(ALIASES + "坏行\n", encoding="utf-8")
    before = state(root)
    for write in (
        lambda: Library.build(root, plans(tmp_path / "plans")[:1]),
        lambda: library.amend(assertions()[0], WHY),
    ):
        with pytest.raises(PlanError, match=r"aliases\.tsv, line 4: "):
            write()
    assert state(root) == before
    with pytest.raises(ReadError):
        Library.build(root, plans(tmp_path / "plans")[:1], aliases=tmp_path / "none.tsv")
