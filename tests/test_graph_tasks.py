"""Task frames: units, deadlines and measures, one case for each way to print them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.parse import parse_text
from graph import rdf
from graph.extract import extract
from graph.facts import to_json as facts_json
from graph.lexicon import Lexicon
from graph.model import Deadline, Task
from graph.store import Store
from graph.tasks import tasks
from graph.views import task_of_item
from ontology.namespace import Names

LEXICON = Lexicon.load()
TITLE = "青田市人民政府2023年工作要点"


def frames(*texts: str, title: str = TITLE) -> list[Task]:
    """The frames of a plan with one section and an item for each text."""
    lines = [title, "一、办好学校", *(f"{number}.{text}" for number, text in enumerate(texts, 1))]
    return list(tasks(parse_text("\n".join(lines), "plan.txt"), LEXICON))


def frame(text: str, title: str = TITLE) -> Task:
    first, _ = frames(text, "修好道路。建设道路。", title=title)
    return first


@pytest.mark.parametrize(
    ("bracket", "lead", "participants"),
    [
        ("（农业农村部指导）", (), ("农业农村部",)),
        ("(市教育局牵头，市财政局、各区参与)", ("市教育局",), ("市财政局", "各区")),
        (
            "（生态环境部指导，试点城市政府负责落实。以下均需试点城市政府落实，不再列出）",
            (),
            ("生态环境部", "试点城市政府"),
        ),
        ("（市商务局牵头，市财政局、市贸促会按职责分工配合）", ("市商务局",), ("市财政局", "市贸促会")),
        ("（责任单位：崂山区政府，市工业和信息化局、市财政局）", (), ("崂山区政府", "市工业和信息化局", "市财政局")),
        ("（负责部门：自然资源部）", (), ("自然资源部",)),
        ("（教育部牵头，民政部等有关部门和单位配合）", ("教育部",), ("民政部",)),
        ("（省财政厅、广州、深圳市政府配合）", (), ("省财政厅", "广州、深圳市政府")),
        ("\n牵头单位：市教育局\n责任单位：市财政局、各区县政府", ("市教育局",), ("市财政局", "各区县政府")),
        ("（以市政府名义参加）", (), ()),
        ("（在专家指导下落实）", (), ()),
    ],
)
def test_units_are_read_by_their_role(bracket: str, lead: tuple[str, ...], participants: tuple[str, ...]) -> None:
    task = frame(f"办学校。新建学校。{bracket}")
    assert (task.lead, task.participants) == (lead, participants)


def test_bare_names_are_units_where_that_is_the_practice() -> None:
    texts = [f"办好第{n}所学校。新建校舍。（基教处、教科院）" for n in "一二三"]
    assert [task.participants for task in frames(*texts)] == [("基教处", "教科院")] * 3
    assert [task.participants for task in frames(*texts[:2])] == [(), ()]
    assert [task.lead for task in frames(*texts)] == [()] * 3


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("2024年，淘汰旧校车。", Deadline("2024年", "2024-01-01/2024-12-31", "period")),
        ("确保2024年基本完成改造。", Deadline("2024年", "../2024-12-31", "deadline")),
        ("2024年上半年，印发方案。", Deadline("2024年上半年", "2024-01-01/2024-06-30", "period")),
        ("下半年，完成招生。", Deadline("下半年", "2023-07-01/2023-12-31", "period")),
        ("第三季度末前完成招生。", Deadline("第三季度末前", "../2023-09-30", "deadline")),
        ("2023年11月27日-12月10日，发放配额。", Deadline("2023年11月27日-12月10日", "2023-11-27/2023-12-10", "period")),
        ("部署阶段（2023年3—5月）。", Deadline("2023年3—5月", "2023-03-01/2023-05-31", "period")),
        ("年内建成学校。", Deadline("年内", "../2023-12-31", "deadline")),
        ("自2024年起，每年检查。", Deadline("自2024年起", "2024-01-01/..", "start")),
        ("到“十四五”末，建成学校。", Deadline("到“十四五”末", "../2025-12-31", "deadline")),
        ("到“十五五”期末，建成学校。", Deadline("到“十五五”期末", "../2030-12-31", "deadline")),
        ("6月底前招生，2024年底前建成。", Deadline("6月底前", "../2023-06-30", "deadline")),
        ("3年内建成学校。", Deadline("3年内", None, "relative")),
        ("提前一年完成任务，2024年底前建成。", Deadline("提前一年", None, "relative")),
        ("今后五年建成学校十所。", Deadline("今后五年", None, "relative")),
        ("2024年前完成改造。", Deadline("2024年前", "../2023-12-31", "deadline")),
        ("到2024年6月，建成学校。", Deadline("到2024年6月", "../2024-06-30", "deadline")),
        ("到二〇二四年，建成学校。", Deadline("到二〇二四年", "../2024-12-31", "deadline")),
        ("从5月1日起，开展检查。", Deadline("从5月1日起", "2023-05-01/..", "start")),
        ("2023年底前建成的学校由区里管理。", None),
        ("新办学校3年内办成示范的，给予奖励。", None),
        ("2022年，建成学校两所。", None),
        ("2024年国家奖励学校。", None),
        ("落实《方案（2023年3月—5月）》。", None),
        ("2023年，已完成改造。", None),
        ("2023年第13月底前建成。", None),
    ],
)
def test_the_first_time_that_a_text_prints_is_the_deadline(text: str, deadline: Deadline | None) -> None:
    assert frame(f"办学校。{text}").deadline == deadline


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2020年，制定纲要；2021年，建立学校；2022年，总结推广。", "2020-01-01/2020-12-31"),
        ("2020年，制定纲要；2021年，建立学校。", None),
        ("6月底前建成。", None),
        ("上半年，完成招生。", None),
    ],
)
def test_a_plan_of_unknown_year_gives_no_year(text: str, iso: str | None) -> None:
    deadline = frame(f"办学校。{text}", title="青田市人民政府工作要点").deadline
    assert (deadline and deadline.iso) == iso


def test_the_heading_of_a_section_gives_the_year_that_the_title_leaves_out() -> None:
    raw = "政府工作报告\n一、2023年主要任务\n（一）办学校。6月底前完成招生。\n（二）修道路。年内建成。"
    found = [task.deadline for task in tasks(parse_text(raw, "plan.txt"), LEXICON)]
    assert found == [Deadline("6月底前", "../2023-06-30", "deadline"), Deadline("年内", "../2023-12-31", "deadline")]


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("新增公办托位1200个，覆盖率达到90%以上。", ("新增公办托位1200个", "覆盖率达到90%以上")),
        ("打造10个左右示范学校。", ("打造10个左右示范学校",)),
        ("按投资额给予不超过30%的补助。", ()),
        ("去年新建学校5所。", ()),
        ("办学5年，联系电话12345。", ()),
    ],
)
def test_measures_are_the_clauses_with_a_quantity_to_reach(text: str, measures: tuple[str, ...]) -> None:
    assert frame(f"办学校。{text}").measures == measures


def test_measures_go_out_as_json_and_as_triples() -> None:
    document = parse_text(f"{TITLE}\n一、办好学校\n1.办学校。新建学校12所。\n2.修好道路。建设道路。", "plan.txt")
    found = extract(document, LEXICON)
    assert [task["measures"] for task in facts_json(document, found)["tasks"]] == [["新建学校12所"], []]
    store = Store.in_memory()
    store.add(rdf.quads(document, found, Names()))
    first, second = document.items
    frame_in_base = task_of_item(store, rdf.node_iri(document, first, Names()))
    assert frame_in_base is not None and frame_in_base["measures"] == ["新建学校12所"]
    frame_in_base = task_of_item(store, rdf.node_iri(document, second, Names()))
    assert frame_in_base is not None and frame_in_base["measures"] == []


def test_a_row_of_a_table_has_its_units_and_its_time() -> None:
    text = f"""{TITLE}
| 序号 | 重点内容 | 主要工作 | 时限 | 牵头单位 | 责任单位 |
|---|---|---|---|---|---|
| 一 | 办学 | 新建学校 | 全年 | 市教育局 | 市财政局、市住建局 |
| 〃 | 〃 | 改造校舍 | 〃 |  | 各区政府 |
| 二 | 修路 | 修好道路 | 9月底前 | 市交通局 | 同上 |
"""
    document = parse_text(text, "plan.txt")
    found = {task.path: (task.lead, task.participants, task.deadline) for task in tasks(document, LEXICON)}
    year = Deadline("全年", "2023-01-01/2023-12-31", "period")
    assert found == {
        "一/¶1": (("市教育局",), ("市财政局", "市住建局"), year),
        "一/¶2": (("市教育局",), ("各区政府",), year),
        "二/¶1": (("市交通局",), ("各区政府",), Deadline("9月底前", "../2023-09-30", "deadline")),
    }


@given(st.text(alphabet="（）责任单位：市教育局、，。牵头负责指导2023年6月底前到-日 \n", max_size=60))
def test_any_text_gives_units_and_times_that_it_prints(text: str) -> None:
    document = parse_text(f"{TITLE}\n一、办好学校\n1.办学校。{text}\n2.修好道路。建设道路。", "plan.txt")
    for task in tasks(document, LEXICON):
        printed = re.sub(r"\s", "", document.text.clean)
        assert all(unit in printed for unit in (*task.lead, *task.participants))
        assert task.deadline is None or re.sub(r"\s", "", task.deadline.printed) in printed
