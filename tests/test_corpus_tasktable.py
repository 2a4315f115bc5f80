"""Task tables: their heads, cells and rows, whatever parts the cells, and the items that they become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.layout import split_lines
from corpus.parse import parse_text
from corpus.tasktable import cells, is_head, table_lines, task_rows

ROWS = [
    ["序号", "工作任务", "责任单位", "完成时限"],
    ["1", "新建学校。改造校舍 12 间", "市教育局", "6月底前"],
    ["2", "修好道路", "同上", "年底前"],
]


def table(parting: str) -> str:
    return "\n".join(parting.join(row) for row in ROWS)


@pytest.mark.parametrize("parting", ["\t", "    ", "\u3000\u3000", " | "])
def test_rows_are_items_however_their_cells_are_parted(parting: str) -> None:
    raw = f"青田市2023年重点任务分解表\n{table(parting)}\n"
    document = parse_text(raw, "plan.txt")
    assert [(n.path, n.number, n.heading, n.kind) for n in document.items] == [
        ("1", 1, "新建学校。改造校舍 12 间", "numbered"),
        ("2", 2, "修好道路", "numbered"),
    ]
    assert document.clean(document.items[0].span) == parting.join(ROWS[1][1:])
    assert table_lines(raw.split("\n")) == {1, 2, 3}


def test_a_serial_that_counts_groups_makes_sections() -> None:
    raw = """青田市2023年任务清单
| 序号 | 重点内容 | 主要工作 | 责任人 |
|---|---|---|---|
| 一 | 办好学校 | 新建学校 | 书记 |
| 〃 | 〃 | 改造校舍 | 〃 |
| 二 | 修好道路 | 拓宽道路 |  |
"""
    document = parse_text(raw, "plan.txt")
    assert [(n.path, n.kind, n.heading, n.parent, n.is_item) for n in document.outline] == [
        ("一", "numbered", "办好学校", None, False),
        ("一/¶1", "paragraph", "新建学校", "一", True),
        ("一/¶2", "paragraph", "改造校舍", "一", True),
        ("二", "numbered", "修好道路", None, False),
        ("二/¶1", "paragraph", "拓宽道路", "二", True),
    ]
    assert all(document.clean(node.span) in raw for node in document.items)


def test_a_table_inside_a_section_lies_below_it() -> None:
    raw = f"青田市2023年工作要点\n一、办好学校\n{table(' | ')}\n二、修好道路\n拓宽道路。\n"
    assert [n.path for n in parse_text(raw, "plan.txt").items] == ["一/1", "一/2", "二"]


@pytest.mark.parametrize(
    "heads",
    [
        ["序号", "姓名", "电话"],  # a list of names
        ["工作任务", "责任单位"],  # too few columns
        ["序号", "项目单位", "负责人"],  # who, but not what
        ["序号", "工作任务", "备注"],  # neither who nor when
        ["序号", "工作任务是把学校办好并且修好道路", "责任单位"],  # a sentence
    ],
)
def test_other_tables_are_left_alone(heads: list[str]) -> None:
    raw = "\n".join(" | ".join(row) for row in (heads, ["1"] * len(heads)))
    assert not is_head(heads)
    assert task_rows(split_lines(raw)) == ()


def test_the_cells_of_a_row_are_its_places() -> None:
    text = "| 一 |  | 办学 |"
    assert [text[cell.start : cell.end] for cell in cells(text)] == ["一", "", "办学"]
    assert cells("一、办好学校") == cells("") == ()


@given(st.lists(st.text(alphabet="|\t \u3000序号任务单位责〃1\n", max_size=30), max_size=8))
def test_any_lines_give_rows_inside_them(texts: list[str]) -> None:
    lines = split_lines("\n".join(["序号|任务|责任单位", *texts]))
    for row in task_rows(lines):
        line = lines[row.line]
        assert line.start <= row.span.start <= row.task.end <= row.span.end <= line.end
