"""Theme links: heading and main line give grade 2, a word in passing grade 1; general words give nothing."""

import pytest

from corpus.types import Span
from graph.lexicon import Lexicon
from graph.themes import Link, theme_links


def links(heading: str, *body: str, kind: str | None = "government") -> list[Link]:
    text = "。".join((heading, *body)) + "。"
    ends = [i + 1 for i, char in enumerate(text) if char == "。"]
    parts = [Span(a, b) for a, b in zip([0, *ends], ends, strict=False)]
    return theme_links(text, parts, Span(0, len(heading)), kind, Lexicon.load())


def grades(heading: str, *body: str, kind: str | None = "government") -> dict[str, int]:
    return {link.notation: link.grade for link in links(heading, *body, kind=kind)}


def test_a_word_of_the_heading_is_grade_2_and_its_parent_follows() -> None:
    assert grades("加强污水处理", "建设管网") == {"EN": 2, "EN.pollution": 2, "UG.urban": 1}


def test_a_word_in_passing_is_grade_1() -> None:
    assert grades("抓好重点工作", "推进学前教育", "完善道路", "办好会议")["LV.edu"] == 1


def test_a_theme_that_fills_the_text_is_grade_2() -> None:
    assert grades("抓好重点工作", "新建学校三所", "培训教师", "资助学生")["LV.edu"] == 2


def test_the_evidence_is_the_word_that_shows_the_theme() -> None:
    text = "抓好重点工作。关心老年人。"
    (link,) = [one for one in links("抓好重点工作", "关心老年人") if one.notation == "LV.care"]
    assert text[slice(*link.span)] == "老年人"


def test_two_subthemes_make_the_parent_concern_the_item() -> None:
    assert grades("抓好重点工作", "推进公共文化惠民", "办好亚运会")["CU"] == 1
    assert "EC" not in grades("抓好重点工作", "引进人才", "修桥")


@pytest.mark.parametrize("sentence", ["加快推进机制建设", "加强监督检查", "完善制度清单", "深入调研", "服务委员"])
def test_words_of_office_work_say_nothing_in_a_government_plan(sentence: str) -> None:
    assert grades("抓好落实", sentence) == {}


def test_the_same_words_are_the_subject_of_a_cppcc_plan() -> None:
    found = grades("抓好落实", "完善协商机制", kind="cppcc")
    assert {"CD.consult", "SD.mechanism"} <= set(found)


def test_names_of_departments_do_not_colour_an_item() -> None:
    text = "做好协调。（省教育厅）"
    skip = [Span(text.index("省"), text.index("厅") + 1)]
    assert theme_links(text, [Span(0, len(text))], None, "government", Lexicon.load(), skip) == []


def test_no_sentences_no_themes() -> None:
    assert theme_links("", [], None, None, Lexicon.load()) == []
