"""Repairs: what is found on the sample, what is left alone, and what holds for every text."""

import csv
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.page import read_page
from corpus.read import read_text
from corpus.repair import repair
from corpus.sample import SAMPLE
from corpus.types import Repair, RepairedText, Span

GOLD = Path(__file__).parent / "gold"


def gold_rows() -> list[dict[str, str]]:
    with (GOLD / "repairs.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def edits_inside(text: RepairedText, raw: Span) -> list[Repair]:
    """The repairs inside a raw span; an insertion at its border belongs to what lies outside."""
    inside = (r for r in text.repairs if raw.start <= r.start and r.end <= raw.end)
    return [r for r in inside if r.start < r.end or r.start not in raw]


def applied(text: RepairedText, span: Span) -> str:
    """The clean characters that the logged repairs make of a raw span."""
    parts, at = [], span.start
    for edit in edits_inside(text, span):
        parts += [text.raw[at : edit.start], edit.after]
        at = edit.end
    return "".join([*parts, text.raw[at : span.end]])


@pytest.fixture(scope="module")
def sample() -> RepairedText:
    return repair(read_text(SAMPLE))


def test_the_sample_becomes_the_gold_text(sample: RepairedText) -> None:
    assert sample.clean == (GOLD / "plan.txt").read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize("row", [r for r in gold_rows() if r["status"] == "applied"], ids=lambda r: r["id"])
def test_each_gold_repair_is_logged(sample: RepairedText, row: dict[str, str]) -> None:
    lines = [edit for edit in sample.repairs if edit.kind == row["kind"] and edit.reason]
    if row["kind"] == "join":
        start = sample.raw.index(row["before"].replace("\\n", "\n"))
        assert any(start <= edit.start < start + len(row["before"]) for edit in lines)
    else:
        assert any(edit.line == int(row["source_line"]) for edit in lines)


def test_nothing_but_the_gold_repairs_changes_characters(sample: RepairedText) -> None:
    assert [(e.line, e.before, e.after) for e in sample.repairs if e.kind == "character"] == [
        (45, "文化", ""),
        (49, "一", ""),
    ]
    assert [(e.line, e.before, e.after) for e in sample.repairs if e.kind == "character-form"] == [
        (9, "(", "（"),
        (9, ")", "）"),
    ]
    assert [e.line for e in sample.repairs if e.kind == "join"] == [11, 21, 35, 45, 55, 65, 75]


@pytest.mark.parametrize("row", [r for r in gold_rows() if r["status"] == "NOT applied"], ids=lambda r: r["id"])
def test_suspected_places_are_left_alone(sample: RepairedText, row: dict[str, str]) -> None:
    assert row["before"] in sample.clean


JOINED = [
    pytest.param(
        "各地要加强领导。全面推进数字政\n\n府建设，提高效率。", "数字政府建设", id="a page break with a blank line"
    ),
    pytest.param("各地要加强领导。全面推进数字政\n府建设，提高效率。", "数字政府建设", id="a page break without one"),
    pytest.param(
        "各地要加强领导。推进数字政\n\n— 3 —\n\n府建设，提高效率。", "数字政府建设", id="a page number between"
    ),
    pytest.param("各地要加强领导。推进数字政\n第3页 共10页\n府建设，提高效率。", "数字政府建设", id="第3页 between"),
    pytest.param("加强统筹，推进教育、\n医疗等改革。", "教育、医疗", id="an enumeration comma"),
    pytest.param("各地要加强领导。推进集约\n、节约利用。", "集约、节约", id="a line that begins with a mark"),
    pytest.param("各地要加强领导。打造“数字政府”\n品牌，提高效率。", "“数字政府”品牌", id="a closing quote inside"),
]


@pytest.mark.parametrize(("raw", "found"), JOINED)
def test_cut_sentences_are_joined(raw: str, found: str) -> None:
    assert found in repair(raw).clean


KEPT = [
    pytest.param("关于印发工作要点的通知\n各市人民政府，省政府各部门：\n现将要点印发给你们。", id="title and address"),
    pytest.param("一、加强领导，压实责任\n各地要落实责任，加强督导。", id="a heading without full stop"),
    pytest.param("各地要加强领导。推进改革\n（二）加强保障。落实经费。", id="a numbered unit"),
    pytest.param("支持数据访问。3.2.3数据交换\n数据交换服务用于共享，提高效率。", id="a heading after other text"),
    pytest.param("请认真执行。\n安徽省人民政府办公厅\n2021年9月2日", id="a signature"),
    pytest.param("组长：王某某\n副组长：李某某\n成员：张某某", id="a list of names"),
    pytest.param("| 序号 | 内容，见下 |\n| 1 | 学习，研讨 |", id="a table"),
    pytest.param("各地要加强领导。推进改革\n附件：1.任务清单，2021年版", id="an attachment line"),
]


@pytest.mark.parametrize("raw", KEPT)
def test_what_is_no_cut_stays_apart(raw: str) -> None:
    assert repair(raw).clean == raw


def test_hard_wrapped_text_is_joined_to_its_headings_and_paragraphs() -> None:
    paragraph = "为贯彻落实决策部署，统筹推进各项重点工作任务，按照稳中求进的总基调，着力破解突出问题，完善长效机制，"
    body = ("　　" + paragraph * 6)[:-1] + "。"
    wrapped = [body[i : i + 26] for i in range(0, len(body), 26)]
    raw = "\n".join(["一、总体要求", *wrapped, "二、重点任务", *wrapped])
    assert repair(raw).clean == "\n".join(["一、总体要求", body.strip(), "二、重点任务", body.strip()])


CATCHWORDS = [
    ("传播政协好声音。弘扬传统文化文\n\n化浸润人心，提高素质。", "弘扬传统文化浸润人心"),
    ("传播政协好声音。弘扬传统文化\n\n文化浸润人心，提高素质。", "弘扬传统文化浸润人心"),
    ("传播政协好声音。弘扬传统文\n\n化文化浸润人心，提高素质。", "弘扬传统文化浸润人心"),
    ("传播政协好声音。研究研究再研\n\n究决定，提高素质。", "研究研究再研究决定"),
    ("传播政协好声音。弘扬文化文化浸润\n\n人心，提高素质。", "弘扬文化文化浸润人心"),
]


@pytest.mark.parametrize(("raw", "found"), CATCHWORDS)
def test_a_word_doubled_around_a_cut_loses_one_copy(raw: str, found: str) -> None:
    assert found in repair(raw).clean


STRAY = [
    ("推动产学研一深度融合发展。", "推动产学研深度融合发展。"),
    ("线上线下一联动推进。", "线上线下联动推进。"),
    ("到2025年增长5一7天。", "到2025年增长5—7天。"),
    ("实现统一协同管理。", "实现统一协同管理。"),
    ("推进线上线下一体化融合。", "推进线上线下一体化融合。"),
    ("进一步深度融合。", "进一步深度融合。"),
    ("到二0一0年完成。", "到二0一0年完成。"),
    ("关注一老一小。", "关注一老一小。"),
]


@pytest.mark.parametrize(("raw", "clean"), STRAY)
def test_only_an_impossible_one_is_put_right(raw: str, clean: str) -> None:
    assert repair(raw).clean == clean


INSIDE = [
    ("党组 2022 年工作要点", "党组2022年工作要点"),
    ("2 0 2 2 年工作", "2022年工作"),
    ("推进 5G 网络建设", "推进 5G 网络建设"),
    ("国务院总理 李克强", "国务院总理 李克强"),
    ("Work plan for 2022", "Work plan for 2022"),
    ("按照 “双随机” 要求 ，落实 。", "按照“双随机”要求，落实。"),
    ("（一）推进改革(试点)工作（二）", "（一）推进改革（试点）工作（二）"),
    ("(一)推进改革\n(二)加强保障", "(一)推进改革\n(二)加强保障"),
    ("加强制造执行系统(MES)建设（一）（二）", "加强制造执行系统(MES)建设（一）（二）"),
    ("**加强领导**", "加强领导"),
    ("1\\. 加强领导", "1. 加强领导"),
    ("### 一、加强领导", "一、加强领导"),
]


@pytest.mark.parametrize(("raw", "clean"), INSIDE)
def test_repairs_inside_a_line(raw: str, clean: str) -> None:
    assert repair(raw).clean == clean


def test_flattened_text_gets_its_line_ends_back() -> None:
    body = "坚持稳中求进工作总基调，统筹推进各项重点任务，着力破解突出问题，完善长效机制，确保取得实效。"
    units = [f"（{n}）加强领导。{body * 2}" for n in "一二三四"]
    flat = " ".join(["一、总体要求", body, "二、重点任务", *units, "三、保障措施", body])
    assert repair(flat).clean == flat.replace(" ", "\n")
    tight = "一、总体要求" + body + "二、重点任务" + "".join(units * 5) + "三、保障措施" + body
    assert repair(tight).clean.count("\n") == 1 + 20 + 1


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028"])
def test_any_line_end_gives_the_same_text(newline: str) -> None:
    raw = "一、加强领导\n\n1.落实责任。各地要落实。\n二、加强保障"
    assert repair(raw.replace("\n", newline)).clean == raw.replace("\n\n", "\n")


def test_furniture_is_logged_line_by_line() -> None:
    logged = [(e.kind, e.line, e.before) for e in repair("一、领导\n---\n- 2 -\n二、保障").repairs if e.before.strip()]
    assert logged == [("markup", 2, "---"), ("markup", 3, "- 2 -")]


@pytest.mark.parametrize("raw", ["", "\n\n", "   ", "---", "\u3000\n---\n"])
def test_nothing_stays_nothing(raw: str) -> None:
    assert repair(raw).clean == ""


PIECES = st.sampled_from(
    ["一、", "（一）", "(二)", "1.", "2．", "①", "第一章", "专栏1", "附件：", "。", "，", "、", "：", "“",
     "”", "《", "》", " ", "　　", "\n", "\n\n", "\r\n", "\x0c", "---", "# ", "**", "|", "— 1 —",
     "2022年", "5月17日", "3", "一", "有机结合", "文化", "加强领导", "各市人民政府", "印发", "abc", "(", ")",
     "（", "）", "目录", "……", "\\."]
)  # fmt: skip


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_repairs_are_consistent_for_any_text(raw: str) -> None:
    text = repair(raw)
    ends = [0, *(edit.end for edit in text.repairs)]
    assert all(edit.start >= end for edit, end in zip(text.repairs, ends, strict=False))
    assert all(raw[edit.start : edit.end] == edit.before and edit.reason for edit in text.repairs)
    assert applied(text, Span(0, len(raw))) == text.clean
    assert "\n\n" not in text.clean


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(PIECES, min_size=1, max_size=60).map("".join), st.randoms())
def test_a_clean_span_leads_back_to_raw_characters(raw: str, random: random.Random) -> None:
    text = repair(raw)
    lines = text.clean.split("\n")
    at = random.randrange(len(lines))
    start = sum(len(line) + 1 for line in lines[:at])
    span = text.raw_span(Span(start, start + len(lines[at])))
    assert 0 <= span.start <= span.end <= len(raw)
    if lines[at]:
        assert applied(text, span) == lines[at]


@pytest.mark.parametrize(
    "make", [lambda n: "（" * n, lambda n: "《 中" * n, lambda n: "1." * n, lambda n: "\n" * n, lambda n: "#" * n]
)
def test_odd_long_texts_are_read(make: Callable[[int], str]) -> None:
    raw = make(50_000)
    assert applied(repair(raw), Span(0, len(raw))) == repair(raw).clean


def test_a_form_feed_starts_no_new_line_number() -> None:
    assert [line.number for line in read_page("甲\x0c乙\n丙").lines] == [1, 1, 2]


def test_a_unit_bracket_ends_its_paragraph_before_the_next_number() -> None:
    raw = "9.支持研发。给予扶持。（责任单位：市科技局）10.培育平台。给予扶持。（见附件）11.推广应用。"
    assert repair(raw).clean.split("\n") == [
        "9.支持研发。给予扶持。（责任单位：市科技局）",
        "10.培育平台。给予扶持。（见附件）11.推广应用。",
    ]


def test_the_rows_of_a_task_table_stay_as_they_are() -> None:
    raw = "序号\t工作任务\t责任单位\n1\t新建 3 所学校，\t市教育局\n2\t修好道路\t市交通局"
    assert repair(raw).clean == raw


def test_units_inside_a_paragraph_that_count_on_after_full_stops_get_their_lines_back() -> None:
    raw = (
        "二、程序\n（一）填报程序。1.网上填报。登录系统填写。2.注意事项。填错请联系。\n"
        "（二）报送程序。写成报告。三、要求（一）认真组织。抓好落实。（二）加强宣传。用好媒体。"
    )
    assert repair(raw).clean.split("\n") == [
        "二、程序",
        "（一）填报程序。",
        "1.网上填报。登录系统填写。",
        "2.注意事项。填错请联系。",
        "（二）报送程序。写成报告。",
        "三、要求",
        "（一）认真组织。抓好落实。",
        "（二）加强宣传。用好媒体。",
    ]


def test_a_number_after_a_full_stop_that_counts_nothing_on_stays_in_its_line() -> None:
    raw = "一、发展\n（一）造林。面积增加。3.5万亩已完成。（四）项见附件。\n（二）治水。一、二级河道通畅。"
    assert repair(raw).clean == raw


@pytest.mark.parametrize(
    ("raw", "clean"), [("# \u200b", ""), ("一、\n# \u200b\n二、", "一、\n二、"), ("## \u3000\n正文。", "##\n正文。")]
)
def test_a_heading_mark_without_a_heading_is_no_line(raw: str, clean: str) -> None:
    assert repair(raw).clean == clean
