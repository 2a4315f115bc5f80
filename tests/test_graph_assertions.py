"""The journal of what users assert: read strictly, never rewritten, the last line of an id says how it stands."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import BaseError, PlanError
from graph.assertions import Assertion, Journal, Note, groups, moment, note, same_as
from graph.model import Node
from ontology.namespace import Names

NAMES = Names()
WHY = Note("甲", "不对", "2024-01-01T00:00:00Z")
DOCUMENT = "abcdefghijklmnop"


def body(name: str) -> Node:
    return Node(NAMES.entity("Body", name), "Body", name)


def rejection(fact: str = "bcdefghijklmnopq") -> Assertion:
    what = {"document": DOCUMENT, "fact": fact, "iri": f"{NAMES.base}id/fact/{fact}"}
    return Assertion("reject", what, "一/1 concerns 民生", WHY)


def grade(value: int) -> Assertion:
    what = {"document": DOCUMENT, "item": "一/1", "theme": "LV", "grade": value, "quote": "", "start": -1}
    return Assertion("theme", what, f"一/1: 民生, grade {value}", WHY)


def merger() -> Assertion:
    return same_as(body("金华市政协"), body("政协金华市委员会"), WHY)


def test_what_is_written_is_read_again() -> None:
    journal = Journal((rejection(), grade(2), merger(), replace(merger(), state="undone")))
    assert Journal.parse(journal.text(), "x") == journal
    assert "金华市政协" in journal.text()


def test_the_id_is_that_of_the_decision_not_of_who_makes_it_or_what_is_decided() -> None:
    other = Note("乙", "也不对", "2025-01-01T00:00:00Z")
    assert replace(rejection(), note=other).id == rejection().id
    assert grade(0).id == grade(2).id
    assert same_as(body("甲局"), body("乙局"), WHY).id == same_as(body("乙局"), body("甲局"), other).id
    assert len({rejection().id, rejection("c" * 16).id, grade(1).id, merger().id}) == 4


def test_the_last_line_of_an_id_holds() -> None:
    journal = Journal((grade(2), grade(1)))
    assert journal.corrections(DOCUMENT) == [grade(1)]
    journal = journal.plus(replace(grade(1), state="undone"))
    assert journal.corrections(DOCUMENT) == []
    (standing,) = journal.standing().values()
    assert (standing.holds, standing.made) == (False, grade(1))
    assert journal.plus(grade(0)).corrections(DOCUMENT) == [grade(0)]
    assert journal.corrections("another") == []


def test_a_refused_proposal_was_never_made() -> None:
    (standing,) = Journal((replace(merger(), state="undone"),)).standing().values()
    assert (standing.holds, standing.made) == (False, None)


@given(st.permutations([("a", "b"), ("b", "c"), ("d", "e"), ("c", "a")]))
def test_sameness_is_transitive_whatever_the_order(pairs: list[tuple[str, str]]) -> None:
    found = groups((Node(one, "Body", one), Node(other, "Body", other)) for one, other in pairs)
    assert [[node.iri for node in group] for group in found] == [["a", "b", "c"], ["d", "e"]]


def edited(**changes: object) -> str:
    return json.dumps(json.loads(Journal((grade(2),)).text()) | changes, ensure_ascii=False)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "this is not JSON"),
        ("[" * 100_000, "this is not JSON"),
        ("[]", "the kind is none of"),
        (edited(kind="rename"), "the kind is none of"),
        (edited(kind=["theme"]), "the kind is none of"),
        (edited(state="gone"), "it lacks a state"),
        (edited(reason=None), "it lacks a state"),
        (edited(date="2024-01-01"), "is not written as"),
        (edited(date="2024-99-99T99:99:99Z"), "is not written as"),
        (edited(date="２０２４-01-01T00:00:00Z"), "is not written as"),
        (edited(reason="HALF").replace("HALF", "\\ud800"), "half a character"),
        (edited(what={}), "`what` lacks"),
        (edited(what=json.loads(edited())["what"] | {"grade": 3}), "impossible grade"),
        (edited(what=json.loads(edited())["what"] | {"grade": True}), "impossible grade"),
        (edited(what=json.loads(edited())["what"] | {"document": "../x"}), "impossible document"),
        (edited(what=json.loads(edited())["what"] | {"item": "一/2"}), "the id is not that of the decision"),
        (edited(id="aaaa"), "the id is not that of the decision"),
    ],
    ids=range(17),
)
def test_a_damaged_line_is_named(line: str, fault: str) -> None:
    with pytest.raises(BaseError) as caught:
        Journal.parse(Journal((rejection(),)).text() + "\n" + line + "\n", "assertions.jsonl")
    assert str(caught.value).startswith("assertions.jsonl, line 3: ")
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_hand_made_iri_reaches_the_store() -> None:
    line = json.loads(Journal((merger(),)).text())
    line["what"]["first"]["iri"] = "https://x.example/a b> <c"
    with pytest.raises(BaseError, match="impossible first"):
        Journal.parse(json.dumps(line), "x")


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00Z"),
        ("2026-01-31T08:00:00.5Z", "2026-01-31T08:00:00Z"),
    ],
)
def test_a_date_is_kept_in_utc(given_: str, kept: str) -> None:
    assert moment(given_) == kept


def test_a_note_says_who_why_and_when() -> None:
    made = note("", " 行\n政 \x07区划 ", None)
    assert (made.author, made.reason) == ("unnamed", "行 政 区划")
    assert moment(made.date) == made.date
    for reason, date in (("", None), (" \n", None), ("x", "soon"), ("x", "0001-01-01T00:00:00+23:00")):
        with pytest.raises(PlanError):
            note("甲", reason, date)
