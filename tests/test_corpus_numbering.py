"""Labels: what is one, what only looks like one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.numbering import chinese_number, match_bare, match_label, to_int

LABELS = [
    ("一、总体要求", "一、", 1, "一"),
    ("二十三、保障", "一、", 23, "二十三"),
    ("（十一） 提升", "（一）", 11, "（十一）"),
    ("(三)推进", "（一）", 3, "(三)"),
    ("1.加强", "1.", 1, "1"),
    ("1．加强", "1.", 1, "1"),
    ("12﹒深化", "1.", 12, "12"),
    ("１．加强", "1.", 1, "１"),
    ("3、加强", "1.", 3, "3"),
    ("1.2022年底前完成", "1.", 1, "1"),
    ("2.6月底前完成", "1.", 2, "2"),
    ("1.5G网络建设", "1.", 1, "1"),
    ("（1）加强", "（1）", 1, "（1）"),
    ("2）加强", "1）", 2, "2）"),
    ("①加强", "①", 1, "①"),
    ("㈡加强", "㈠", 2, "㈡"),
    ("⒊加强", "⒈", 3, "⒊"),
    ("第一篇　转变方式", "篇", 1, "第一篇"),
    ("第十章加快", "章", 10, "第十章"),
    ("第一节 发展", "节", 1, "第一节"),
    ("第二十一条　本办法", "条", 21, "第二十一条"),
    ("第三部分 措施", "部分", 3, "第三部分"),
]


@pytest.mark.parametrize(("text", "kind", "number", "key"), LABELS)
def test_labels(text: str, kind: str, number: int, key: str) -> None:
    label = match_label(text)
    assert label is not None
    assert (label.kind, label.number, label.key) == (kind, number, key)
    assert text.startswith(label.text)


NO_LABELS = [
    "1.01亿亩", "2022.5", "10.5%", "100个", "2、3年内", "一、二、三产业融合", "一、二级市场", "一是加强",
    "第一，加强", "——加强", "2022年5月", "加强一、二", "", "（", "第三产业", "十", "0.", "（人社部）",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_LABELS)
def test_what_is_no_label(text: str) -> None:
    assert match_label(text) is None


@pytest.mark.parametrize(("text", "number"), [("1强化引领", 1), ("12 加强", 12), ("01 智能场景", 1)])
def test_a_number_may_have_lost_its_full_stop(text: str, number: int) -> None:
    label = match_bare(text)
    assert label is not None
    assert label.number == number


@pytest.mark.parametrize("text", ["3月底前", "5家企业", "10个项目", "2022年", "1", "强化"])
def test_a_number_that_counts_is_no_label(text: str) -> None:
    assert match_bare(text) is None


NUMERALS = [
    ("十", 10),
    ("二十", 20),
    ("三百二十一", 321),
    ("一百零五", 105),
    ("二〇二二", 2022),
    ("〇", 0),
    ("甲", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "value"), NUMERALS)
def test_chinese_numerals(text: str, value: int | None) -> None:
    assert chinese_number(text) == value


@settings(derandomize=True)
@given(st.integers(1, 99))
def test_numerals_below_a_hundred_are_read_back(value: int) -> None:
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(value, 10)
    text = ("" if tens == 0 else "十" if tens == 1 else f"{digits[tens]}十") + (digits[ones] if ones else "")
    assert to_int(text) == to_int(str(value)) == value


@settings(derandomize=True)
@given(st.text(max_size=12))
def test_any_text_is_looked_at(text: str) -> None:
    label = match_label(text)
    assert label is None or (0 < label.end <= len(text) and label.number > 0)
