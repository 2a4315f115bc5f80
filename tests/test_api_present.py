"""One JSON encoder for every front, and text that is safe to print."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import present
from graph.terms import Literal
from graph.views import Evidence, MentionView, NodeView
from index.types import Answer, DocumentRef, Reason, RelatedItem, Result, ThemeSummary, Tie

NODE = NodeView(id="k", iri="https://w3id.org/yaodian/id/entity/k", cls="Body", name="市政协", name_en=None)
DOCUMENT = DocumentRef(id="d", iri="https://w3id.org/yaodian/id/document/d", title="要点", source="a.txt")


def test_a_class_is_called_class_and_chinese_stays_readable() -> None:
    mention = MentionView("m", NODE, Evidence("市政协", 3, 6), None, DOCUMENT.iri, "suffix", 0.9)
    written = present.dumps(mention)
    assert "市政协".encode() in written
    assert json.loads(written) == {
        "id": "m",
        "entity": {"id": "k", "iri": NODE.iri, "class": "Body", "name": "市政协", "name_en": None},
        "evidence": {"text": "市政协", "start": 3, "end": 6},
        "item": None,
        "document": DOCUMENT.iri,
        "rule": "suffix",
        "confidence": 0.9,
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(alphabet='"cls:\\ ,{}人', max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="acls", max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def with_class(value: Any) -> Any:
    if isinstance(value, dict):
        return {"class" if name == "cls" else name: with_class(inner) for name, inner in value.items()}
    return [with_class(inner) for inner in value] if isinstance(value, list) else value


@given(json_values.filter(lambda value: "class" not in repr(value)), st.booleans())
def test_only_whole_keys_are_renamed(value: Any, indent: bool) -> None:
    assert json.loads(present.dumps(value, indent=indent)) == with_class(value)


def test_half_a_character_does_not_stop_the_encoder() -> None:
    broken = DocumentRef(id="d", iri="i", title="要点", source="\udcff.txt")
    assert json.loads(present.dumps([broken])) == [{"id": "d", "iri": "i", "title": "要点", "source": "?.txt"}]


def test_what_cannot_be_encoded_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError, match="object has no JSON form"):
        present.dumps(object())


@given(st.text())
def test_printable_text_is_one_line_of_the_same_length(text: str) -> None:
    shown = present.printable(text)
    assert len(shown) == len(text)
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("term", "shown"),
    [
        (None, ""),
        ("https://w3id.org/yaodian/ontology#Item", "yao:Item"),
        ("https://w3id.org/yaodian/id/item/k", "<https://w3id.org/yaodian/id/item/k>"),
        ("_:b0", "_:b0"),
        (Literal("民生\n\x1b[31m", lang="zh"), "民生  [31m"),
    ],
)
def test_cells(term: Any, shown: str) -> None:
    assert present.cell(term) == shown


def _result(score: float, heading: str | None) -> Result:
    evidence, reason = Evidence("办好民生实事。", 10, 17), Reason("theme", "民生", None, 0.75)
    return Result("i", "iri", DOCUMENT, "三/9", 9, heading, "三", score, (evidence,), (reason,))


def test_an_answer_as_text() -> None:
    found = Answer("民生", "zh", True, 1.0, 3, (_result(0.93, "办好实事"),), (_result(0.3, None),), (), None)
    assert list(present.answer(found)) == [
        "3 items answer, the best 1 shown",
        "",
        " 1.  93%  办好实事",
        "    要点 · 三/9   [i]",
        "    “办好民生实事。” (10-17)",
        "    why: theme 民生 75%",
        "",
        "Near, but judged not to answer:",
        "",
        " 1.  30%  三/9",
        "    要点 · 三/9   [i]",
        "    “办好民生实事。” (10-17)",
        "    why: theme 民生 75%",
    ]


def test_no_answer_is_said_plainly() -> None:
    found = Answer("火星", "zh", False, 1.0, 0, (), (), (), None)
    assert list(present.answer(found)) == ["Nothing in this base answers the question. 没有条目回答这个问题。"]


def _theme(label: str, label_en: str, broader: str | None, items_main: int) -> ThemeSummary:
    return ThemeSummary(label, "iri", label, label, label_en, broader, "", items_main, items_main)


def test_sample_questions_ask_what_the_base_can_answer() -> None:
    themes = [
        _theme("空", "Empty", None, 0),
        _theme("教育", "Education", "民生", 9),
        _theme("民生", "Livelihood", None, 1),
    ]
    assert present.sample_questions(themes) == ("哪些条目涉及民生？", "Which items concern livelihood?")


def test_sample_questions_of_a_base_without_themes() -> None:
    assert present.sample_questions([]) == ("哪些条目写明了期限？", "Which items state a deadline?")


def test_related_items_are_shown_with_what_relates_them() -> None:
    ties = (
        Tie("meaning", "语义相近", None, 0.7, (Evidence("办好\n教育。", 10, 16),)),
        Tie("entity", "群\x1b众", NODE.iri, 0.2, (Evidence("群众", 3, 5), Evidence("群众", 7, 9))),
        Tie("theme", "教育", NODE.iri, 0.1, (Evidence("教育", 13, 15),)),
    )
    found = RelatedItem("i", "https://w3id.org/yaodian/id/item/i", DOCUMENT, "一/2", 2, None, None, 0.4567, ties)
    assert list(present.related_lines([found])) == [
        "1 related item",
        "",
        " 1.  46%  一/2",
        "    要点 · 一/2   [i]",
        "     70%  close in meaning: “办好教育。” (10-16)",
        "     20%  entity 群 众: “群众” (3-5) and 1 more",
        "     10%  theme 教育: “教育” (13-15)",
    ]
    assert list(present.related_lines([])) == ["0 related items"]
