"""The outline: gold plans node by node, and one case for each rule."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.outline import heading_kind, unit_bracket
from corpus.parse import parse_file, parse_text, to_json
from corpus.sample import SAMPLE
from corpus.types import Document

GOLD = Path(__file__).parent / "gold"
SHARED = Path(__file__).parent.parent.parent / "shared"
PLANS = ["for_121", "mk_f2", "odkg_arch3_120", "xv_s022"]
BODY = "各地要落实责任，加强督导。"


def paths(document: Document) -> list[str]:
    return [node.path for node in document.outline]


def items(raw: str) -> list[tuple[str, str | None]]:
    return [(node.path, node.heading) for node in parse_text(raw, "plan.txt").items]


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_the_items_of_the_sample_are_the_gold_items() -> None:
    gold = load(GOLD / "jinhua-cppcc-2022.structure.json")["items"]
    mine = to_json(parse_file(SAMPLE))["items"]
    assert [{key: item[key] for key in gold[0]} for item in mine] == gold


@pytest.mark.skipif(not (SHARED / "gold-plans").is_dir(), reason="the shared gold plans are not there")
@pytest.mark.parametrize("name", PLANS)
def test_the_outline_of_a_gold_plan_is_the_gold_outline(name: str) -> None:
    gold = load(SHARED / "gold-plans" / "structure" / f"{name}.structure.json")
    document = parse_file(SHARED / "gold-plans" / "texts" / f"{name}.txt")
    mine = {
        n.path: (*document.text.raw_span(n.span), n.level, n.label, n.number, n.heading, n.is_item)
        for n in document.outline
    }
    assert mine == {
        n["path"]: (*(n[k] for k in ("start", "end", "level", "label", "number", "heading")), n["is_item"] is True)
        for n in gold["outline"]
    }


def rewrapped(text: str, width: int) -> str:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    indented = [line if len(line) < 20 else "　　" + line for line in lines]
    return "\n".join(line[i : i + width] for line in indented for i in range(0, len(line), width))


def paged(text: str, page_break: str) -> str:
    lines = text.split("\n")
    for at, line in enumerate(lines):
        cut = len(line) // 2
        if len(line) > 120 and line[cut - 1 : cut + 1].isalpha() and not line[cut - 1 : cut + 1].isascii():
            lines[at] = line[:cut] + page_break.replace("N", str(at)) + line[cut:]
    return "\n".join(lines)


CONDITIONS: dict[str, Callable[[str], str]] = {
    "no line ends": lambda text: " ".join(text.split()),
    "ideographic blanks for line ends": lambda text: "　　".join(text.split()),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "no blank lines": lambda text: "\n".join(line.strip() for line in text.split("\n") if line.strip()),
    "hard-wrapped": lambda text: rewrapped(text, 28),
    "hard-wrapped wide": lambda text: rewrapped(text, 40),
    "cut by blank lines": lambda text: paged(text, "\n\n"),
    "cut by form feeds": lambda text: paged(text, "\x0c"),
    "cut by page numbers": lambda text: paged(text, "\n\n— N —\n\n"),
    "full-width stops": lambda text: re.sub(r"(?m)^(\s*\d+)[.﹒]", r"\1．", text),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_sample_has_the_same_items_in_any_condition(condition: str) -> None:
    clean = (GOLD / "plan.txt").read_text(encoding="utf-8")
    assert items(CONDITIONS[condition](clean)) == items(clean)


@pytest.mark.skipif(not (SHARED / "gold-plans").is_dir(), reason="the shared gold plans are not there")
@pytest.mark.parametrize("condition", CONDITIONS)
def test_gold_plans_have_the_same_items_in_any_condition(condition: str) -> None:
    for name in PLANS:
        raw = (SHARED / "gold-plans" / "texts" / f"{name}.txt").read_text(encoding="utf-8")
        assert items(CONDITIONS[condition](raw)) == items(raw)


def test_nesting_decides_the_level() -> None:
    raw = (
        f"一、工作\n1.甲项。{BODY}\n二、保障\n（一）组织\n1.乙项。{BODY}\n（1）丙项。{BODY}\n（二）经费\n2.丁项。{BODY}"
    )
    levels = {node.path: node.level for node in parse_text(raw, "x").outline}
    assert levels == {
        "一": 1,
        "一/1": 2,
        "二": 1,
        "二/（一）": 2,
        "二/（一）/1": 3,
        "二/（一）/1/（1）": 4,
        "二/（二）": 2,
        "二/（二）/2": 3,
    }


def test_numbers_may_run_on_across_sections() -> None:
    raw = f"一、甲\n（一）子项。{BODY}\n（二）丑项。{BODY}\n二、乙\n1.寅项。{BODY}\n（三）卯项。{BODY}"
    assert paths(parse_text(raw, "x")) == ["一", "一/（一）", "一/（二）", "二", "二/1", "二/（三）"]


def test_markdown_levels_are_ignored() -> None:
    raw = f"## 一、甲\n#### 1.子项。{BODY}\n# 二、乙\n2.丑项。{BODY}"
    assert paths(parse_text(raw, "x")) == ["一", "一/1", "二", "二/2"]


def test_chapters_sections_and_articles() -> None:
    raw = f"第一章 总则\n第一条 【目的】{BODY}\n第二章 任务\n第二条 【任务】{BODY}\n（一）推进改革；\n（二）加强保障。"
    outline = parse_text(raw, "x").outline
    assert [n.path for n in outline] == [
        "第一章", "第一章/第一条", "第二章", "第二章/第二条", "第二章/第二条/（一）", "第二章/第二条/（二）",
    ]  # fmt: skip
    assert outline[1].heading == "目的"


def test_a_label_printed_twice_gets_a_suffix() -> None:
    raw = f"一、甲\n1.子项。{BODY}\n一、乙\n1.丑项。{BODY}"
    assert paths(parse_text(raw, "x")) == ["一", "一/1", "一~2", "一~2/1"]


def test_points_and_bullets_are_no_units() -> None:
    raw = f"一、甲\n1.子项。{BODY}\n一是加强领导。\n二是加强保障。\n——突出重点。\n第一，抓落实。"
    assert paths(parse_text(raw, "x")) == ["一", "一/1"]


def test_a_lead_sentence_is_a_heading_only_as_a_practice() -> None:
    regular = "\n".join(f"{n}.加强第{n}项工作。{BODY}" for n in range(1, 6))
    assert items(regular)[0] == ("1", "加强第1项工作")
    long = "、".join(["推进各领域改革创新"] * 7)
    mixed = "\n".join([f"1.加强工作。{BODY}", *(f"{n}.{long}。{BODY}" for n in range(2, 6))])
    assert {heading for _, heading in items(mixed)} == {None}


def test_headings_lose_stops_and_score_marks() -> None:
    raw = f"一、加强领导。\n{BODY}\n二、加强保障（25分）\n{BODY}\n三、加强督导：\n{BODY}"
    assert [heading for _, heading in items(raw)] == ["加强领导", "加强保障", "加强督导"]


def test_paragraphs_with_their_own_unit_bracket_are_units() -> None:
    paragraph = "培育平台。支持建设一批平台。（责任单位：省经济和信息化厅、省财政厅）"
    raw = f"一、支持平台\n{paragraph}\n{paragraph}\n二、支持企业\n{paragraph}\n三、支持安全\n对新建平台给予奖补。"
    document = parse_text(raw, "x")
    assert paths(document) == ["一", "一/¶1", "一/¶2", "二", "二/¶1", "三"]
    assert [n.path for n in document.items] == ["一/¶1", "一/¶2", "二/¶1", "三"]


def test_boxes_are_no_items_and_keep_their_own_numbers() -> None:
    box = "专栏1 网络工程\n1.骨干网。\n2.城域网。\n3.接入网。"
    raw = f"二、任务\n（一）网络\n1.外网。{BODY}\n2.内网。{BODY}\n{box}\n（二）平台\n3.平台。{BODY}"
    document = parse_text(raw, "x")
    assert [n.path for n in document.items] == ["二/（一）/1", "二/（一）/2", "二/（二）/3"]
    assert document.by_path["二/（一）/专栏1"].kind == "box"


def test_a_contents_list_is_no_outline() -> None:
    raw = f"规划\n目 录\n一、甲........1\n二、乙........3\n一、甲\n{BODY}\n二、乙\n{BODY}"
    assert paths(parse_text(raw, "x")) == ["一", "二"]
    plain = f"规划\n目录\n一、甲\n二、乙\n一、甲\n{BODY}\n二、乙\n{BODY}"
    assert paths(parse_text(plain, "x")) == ["一", "二"]


def test_two_plans_in_a_file_are_parts() -> None:
    notice = "关于印发方案的通知\n各市：\n现将《甲工作方案》《乙工作方案》印发给你们。\n某省人民政府\n2022年5月17日"
    plan = f"一、任务\n1.子项。{BODY}\n二、保障\n2.丑项。{BODY}"
    document = parse_text(f"{notice}\n甲工作方案\n{plan}\n乙工作方案\n{plan}", "x")
    assert [(n.path, n.heading) for n in document.outline if n.kind == "part"] == [
        ("P1", "甲工作方案"),
        ("P2", "乙工作方案"),
    ]
    assert [n.path for n in document.items] == ["P1/一/1", "P1/二/2", "P2/一/1", "P2/二/2"]


def test_one_plan_under_a_notice_needs_no_part() -> None:
    raw = f"现将《甲工作方案》印发给你们。\n某省人民政府\n2022年5月17日\n甲工作方案\n一、任务\n{BODY}"
    assert paths(parse_text(raw, "x")) == ["一"]


def test_attachments_are_no_units() -> None:
    raw = f"一、任务\n{BODY}\n附件：1.任务清单\n2.名单\n某省人民政府\n2022年5月17日\n附件\n名单\n1.张三\n2.李四"
    assert paths(parse_text(raw, "x")) == ["一"]


def test_traditional_characters() -> None:
    raw = f"一、總體要求\n（一）指導思想。{BODY}\n二、重點任務\n（一）加強領導。{BODY}"
    assert items(raw) == [("二/（一）", "加強領導")]


@pytest.mark.parametrize("raw", ["", "没有编号的一段话。", "Plain English text.", "1月　开展活动。\n2月　开展调研。"])
def test_a_text_without_numbered_units_has_no_outline(raw: str) -> None:
    assert parse_text(raw, "x").outline == ()


@pytest.mark.parametrize(
    "heading",
    ["指导思想", "总体要求", "基本原则", "发展目标", "指导思想和目标任务", "总体思路与发展目标", "2013年工作回顾",
     "充分认识推进改革的意义", "现状与形势", "附则", "本办法自印发之日起施行", "工作基础", "申报材料", "政策咨询",
     "《若干政策》出台背景"],
)  # fmt: skip
def test_headings_that_state_no_task(heading: str) -> None:
    assert heading_kind(heading) is not None


@pytest.mark.parametrize(
    "heading", ["分解目标任务", "加强组织领导", "完善原则性规定", "推进措施", "意义重大的改革推进", "重点任务"]
)
def test_headings_that_state_a_task(heading: str) -> None:
    assert heading_kind(heading) is None


@pytest.mark.parametrize(
    ("text", "bracket"),
    [
        ("推进改革。（责任单位：省教育厅、各市（州）政府）", "（责任单位：省教育厅、各市（州）政府）"),
        ("推进改革。（省大数据局牵头）。", "（省大数据局牵头）"),
        ("推进改革（试点）", None),
        ("推进改革。", None),
        ("", None),
        ("）", None),
    ],
)
def test_unit_brackets(text: str, bracket: str | None) -> None:
    span = unit_bracket(text)
    assert (None if span is None else text[span.start : span.end]) == bracket


def test_an_article_whose_children_are_papers_is_the_item() -> None:
    article = "第一条 对新设立的企业给予房租补贴，最长五年。（责任单位：某区政府）"
    annex = "（一）申报条件\n1.已入驻园区；\n（二）申报材料\n1.申请表；\n2.承诺书。\n（三）政策咨询\n联系电话：12345。"
    document = parse_text(f"某区若干政策\n{article}\n{annex}\n第二条 鼓励企业建设实验室，分别给予奖励。", "x")
    assert [node.path for node in document.items] == ["第一条", "第二条"]
    assert document.clean(document.items[0].span).endswith("12345。")


@pytest.mark.parametrize(
    "text",
    [
        "发放时间：2013年12月中旬。",
        "联系电话：12345678。",
        "控排企业为电力、钢铁两个行业年排放2万吨以上的企业，共202家。",
        "基准法：水泥行业使用。计算公式为：配额＝产量×系数",
        "有偿配额量：有偿配额量由两部分配额构成。2013年共29万吨。",
    ],
)
def test_bare_facts_are_no_items(text: str) -> None:
    document = parse_text(f"某省方案\n一、配额发放\n1.{text}\n2.培育核查机构，开展培训。", "x")
    assert [node.path for node in document.items] == ["一/2"]


def test_tasks_below_a_heading_of_goals_and_tasks_are_items() -> None:
    raw = "某省方案\n一、目标任务\n（一）主要目标\n到2025年建成。\n（二）抚育森林。安排任务100万亩，组织施工。\n"
    assert [path for path, _ in items(raw)] == ["一/（二）"]
    assert items("某省方案\n一、目标任务\n到2025年建成。\n二、抚育森林\n组织施工。") == [("二", "抚育森林")]


BOX = "专栏1 云平台工程\n建设云平台。"


def test_a_box_lies_beside_the_item_that_it_follows() -> None:
    raw = f"某省方案\n一、建设平台\n（一）整合平台\n{BODY}\n任务{BOX}\n（二）联通网络\n{BODY}\n二、落实责任\n{BODY}\n"
    document = parse_text(raw, "x")
    assert paths(document) == ["一", "一/（一）", "一/任务专栏1", "一/（二）", "二"]
    assert document.clean(document.by_path["一/（一）"].span) == f"（一）整合平台\n{BODY}"
    assert document.by_path["一/任务专栏1"].parent == "一"


def test_a_box_stays_inside_where_the_text_goes_on_after_it() -> None:
    raw = (
        f"某省方案\n一、建设平台\n（一）整合平台\n{BODY}\n专栏1 工程\n1.云。\n2.网。\n{BODY}\n（二）联通网络\n{BODY}\n"
    )
    document = parse_text(raw, "x")
    assert paths(document) == ["一", "一/（一）", "一/（一）/专栏1", "一/（二）"]


def test_headed_paragraphs_with_a_bracket_each_are_units_also_behind_a_lead_sentence() -> None:
    first = "建立指标体系，发挥引领作用。研究建立指标体系。（生态环境部指导）"
    second = "优化管理体制，强化分工协作。建立责任清单。（生态环境部、商务部指导）"
    others = f"（二）推行绿色生产。{BODY}\n（三）强化督导。{BODY}\n"
    raw = f"方案\n一、主要任务\n（一）强化顶层设计。{first}\n{second}\n{others}"
    document = parse_text(raw, "x")
    assert [(node.path, document.clean(node.span)) for node in document.items][:2] == [
        ("一/（一）/¶1", first),
        ("一/（一）/¶2", second),
    ]
    shared = raw.replace("（生态环境部指导）", "")
    assert [path for path, _ in items(shared)] == ["一/（一）", "一/（二）", "一/（三）"]


def test_a_sentence_that_fills_the_line_is_a_heading_only_where_that_is_usual() -> None:
    articles = "".join(f"第{n}条\u3000\xa0{BODY}{BODY}\n" for n in "一二三四五六") + "第七条 \u3000由区财政承担。\n"
    long = articles.replace("各地要", "各地" + "、各有关部门和单位" * 6 + "要")
    assert items(f"某区细则\n{long}")[-1] == ("第七条", None)
    assert items(f"某区细则\n{articles}")[-1] == ("第七条", "由区财政承担")


ALPHABET = st.sampled_from(
    ["一、", "二、", "（一）", "(二)", "1.", "2.", "１．", "①", "第一章", "第二条", "专栏1", "附件",
     "附件：1.", "目录", "总体要求", "。", "，", "\n", "\n", "\n\n", " ", "　　", "（责任单位：省厅）",
     "方案", "通知", "各市：", "2022年5月17日", "某省人民政府", "抄送：", "加强领导", "abc", "1.01", "||",
     "#", "”", "《甲方案》", "印发", "任务专栏2", "序号|任务|责任单位", "\n1|办学|市教育局", "〃", "\t", "申报材料"]
)  # fmt: skip


def test_a_label_whose_full_stop_is_a_private_character_counts() -> None:
    raw = f"一、发展林业\n1\ue010造林绿化。{BODY}\n2\ue010保护草原。{BODY}\n二、发展牧业\n3\ue010改良草场。{BODY}"
    assert items(raw) == [("一/1", "造林绿化"), ("一/2", "保护草原"), ("二/3", "改良草场")]


def test_numbers_without_full_stops_count_where_three_follow_each_other() -> None:
    raw = f"一、办好实事\n1支持养老服务。{BODY}\n2处理垃圾。{BODY}\n3分类施策。{BODY}"
    assert [path for path, _ in items(raw)] == ["一/1", "一/2", "一/3"]


def test_a_number_that_the_lines_leave_out_is_found_inside_a_line() -> None:
    raw = f"一、加强统筹1.加强谋划。{BODY}\n2.加强监测。{BODY}3.加强宣传。{BODY}\n4.加强考核。{BODY}"
    assert items(raw) == [(f"一/{n}", h) for n, h in enumerate(("加强谋划", "加强监测", "加强宣传", "加强考核"), 1)]


def test_enumerations_and_attachments_inside_a_line_are_no_missing_numbers() -> None:
    raw = f"1.加强谋划。分第2.0版和附件：2.名单推进。{BODY}\n3.加强考核。{BODY}"
    assert [path for path, _ in items(raw)] == ["1", "3"]


def test_lone_numerals_are_sections() -> None:
    assert [path for path, _ in items(f"一\n{BODY}\n二\n{BODY}\n{BODY}\n三\n{BODY}")] == ["一", "二", "三"]
    assert items(f"一\n{BODY}\n三\n{BODY}") == []


def test_a_heading_with_a_single_bracketed_paragraph_is_the_unit() -> None:
    body = "完善制度。各地要抓紧修订。（责任单位：市教育局、市财政局）"
    raw = f"一、保障\n（一）加强领导\n{body}\n（二）加强宣传\n{body}\n（三）加强督导\n{body}"
    assert [path for path, _ in items(raw)] == ["一/（一）", "一/（二）", "一/（三）"]


def test_a_box_that_lost_the_line_end_after_its_heading_ends_the_item() -> None:
    raw = f"一、标准\n1.制定标准。{BODY}\n专栏1：标准工程构建标准体系。到2023年底完成。\n2.推广标准。{BODY}"
    first, second = parse_text(raw, "x").items
    assert (parse_text(raw, "x").clean(first.span), second.path) == (f"1.制定标准。{BODY}", "一/2")


def test_closing_words_of_a_speech_belong_to_no_item() -> None:
    raw = f"一、发展林业\n{BODY}\n二、改进作风\n{BODY}\n各位代表！\n让我们团结起来。\n本作品是公有领域作品。"
    document = parse_text(raw, "x")
    assert [document.clean(item.span) for item in document.items] == [f"一、发展林业\n{BODY}", f"二、改进作风\n{BODY}"]
    assert [block.role for block in document.blocks] == ["closing", "footer"]


def test_an_item_keeps_its_only_paragraph_though_it_sounds_like_closing_words() -> None:
    body = "各地要加强领导，抓好贯彻落实。"
    document = parse_text(f"一、造林绿化\n{BODY}\n二、组织实施\n{body}", "x")
    assert document.clean(document.items[-1].span) == f"二、组织实施\n{body}"


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(ALPHABET, max_size=80).map("".join) | st.text(max_size=60))
def test_any_text_parses_and_its_spans_nest(raw: str) -> None:
    document = parse_text(raw, "x")
    found = to_json(document)
    assert all(raw[i["start"] : i["end"]] == i["text"] and i["text"] for i in found["items"])
    assert all(raw[b["start"] : b["end"]] == b["text"] for b in found["blocks"])
    assert len(document.by_path) == len(document.outline)
    for node in document.outline:
        assert 0 <= node.span.start < node.span.end <= len(document.text.clean)
        if node.parent is not None:
            above = document.by_path[node.parent].span
            assert above.start <= node.span.start and node.span.end <= above.end
        if node.heading_span is not None and node.kind != "part":
            assert document.clean(node.heading_span) == node.heading


def test_members_of_a_list_of_conditions_are_no_items() -> None:
    conditions = "1.守法经营。\n2.规模较大。"
    raw = f"一、组织推荐\n（一）各省推荐企业。{BODY}企业应具备以下基本条件：\n{conditions}\n（二）做好审核。{BODY}"
    assert [path for path, _ in items(raw)] == ["一/（一）", "一/（二）"]
    bare = f"一、组织推荐\n（一）应具备以下条件：\n{conditions}\n（二）做好审核。{BODY}"
    assert [path for path, _ in items(bare)] == ["一/（二）"]
