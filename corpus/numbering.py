"""Labels of official numbering: 一、 （一） 1. （1） ① 第一章 and their kin, read at the start of a line."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from corpus.tables import pattern, rows

_DIGITS = {
    **{c: i for i, c in enumerate("〇一二三四五六七八九")},
    **{
        "○": 0,
        "零": 0,
        "两": 2,
        "兩": 2,
        "壹": 1,
        "贰": 2,
        "叁": 3,
        "肆": 4,
        "伍": 5,
        "陆": 6,
        "柒": 7,
        "捌": 8,
        "玖": 9,
    },
}
_UNITS = {"十": 10, "拾": 10, "百": 100}
_NUMERAL = f"[{''.join(_DIGITS)}{''.join(_UNITS)}]{{1,6}}"
_ARABIC = r"\d{1,3}"
# After `1.` no digit may follow (1.01亿亩, 2022.5) unless it opens a year, a month's end or a technology's name
# (1.2022年底前…, 1.6月底前…, 1.5G网络建设).
_NO_DECIMAL = r"(?!\s?\d(?!\d{3}\s?[年—-]|\d?月[底份\d]|[A-Z]))"
_FIRST = re.compile(r"\[[^\]]+\]|\\d|[^\\(]")  # the part of a pattern that its first character must match
_TRAILING = re.compile(r"[ \t\u3000、.．﹒·\ue000-\uf8ff]+$")


class Label(NamedTuple):
    """A label at the start of a text: its kind and rank (see numbering.tsv), as printed, its number, its length."""

    kind: str
    rank: int
    text: str
    number: int
    end: int

    @property
    def key(self) -> str:
        """The label as it stands in a path: without trailing `、` `．` `.`, its like, and blanks."""
        return _TRAILING.sub("", self.text)


def chinese_number(text: str) -> int | None:
    """The value of a Chinese numeral below 1000 (三百二十, 廿 left out; 二〇二二 is read digit by digit), else None."""
    if text and all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            return None
    return total + digit if text else None


def to_int(text: str) -> int | None:
    """The value of an Arabic (any width) or Chinese numeral, or of an enclosed one (①, ㈠); else None."""
    if text.isdecimal():
        return int(text)
    if len(text) == 1 and (value := unicodedata.numeric(text, None)) is not None and text not in _UNITS:
        return int(value)
    return chinese_number(text)


@cache
def _table() -> tuple[re.Pattern[str], tuple[tuple[str, int], ...]]:
    """All label patterns as one expression with a group for each kind, and the kinds in the same order.

    The expression looks at the first character before it tries them one by one: most places of a text are no label.
    """
    kinds, parts, firsts = [], [], []
    for kind, rank, body in _bodies():
        kinds.append((kind, rank))
        parts.append(f"({body}{_NO_DECIMAL if kind == '1.' else ''})")
        firsts.append(body if (first := _FIRST.match(body)) is None else first.group())
    return re.compile(f"(?={'|'.join(firsts)})(?:{'|'.join(parts)})"), tuple(kinds)


def _bodies() -> list[tuple[str, int, str]]:
    """Kind, rank and expression of each row of the table."""
    return [
        (row["kind"], int(row["rank"]), row["pattern"].replace("{cn}", _NUMERAL).replace("{ar}", _ARABIC))
        for row in rows("numbering.tsv")
    ]


@cache
def label_after(marks: str) -> re.Pattern[str]:
    """Finds one of some marks before what looks like a label; `match_label` decides whether it is one.

    One search of a whole text says whether its lines need be looked at.
    """
    return re.compile(f"[{marks}](?={'|'.join(body for _, _, body in _bodies())})")


_INNER = re.compile(rf"{_NUMERAL}|\d+|[①-⑳㈠-㈩⑴-⒇⒈-⒛]")


def _counts_on(text: str, at: int, number: int) -> bool:
    """Whether the next numeral follows directly: 一、二级市场 and 一、二、三产业 are enumerations, no labels."""
    after = _INNER.match(text, at)
    return after is not None and to_int(after.group()) == number + 1


@lru_cache(maxsize=1024)  # a text prints the same few labels over and over
def _number(label: str) -> int | None:
    """The number that a label prints."""
    inner = _INNER.search(label.removeprefix("第"))
    return to_int(inner.group()) if inner else None


def match_label(text: str, at: int = 0) -> Label | None:
    """The label that stands at a place of a text, or None. Linear in the label's length."""
    expression, kinds = _table()
    found = expression.match(text, at)
    if found is None or found.lastindex is None:
        return None
    kind, rank = kinds[found.lastindex - 1]
    number = _number(found.group())
    if not number or (kind == "一、" and _counts_on(text, found.end(), number)):
        return None
    return Label(kind, rank, found.group(), number, found.end())


_BARE = re.compile(r"(\d{1,2})[ \u3000]?(?=[\u4e00-\u9fff“])")


def match_bare(text: str, at: int = 0) -> Label | None:
    """A number that may be a label whose full stop was lost (1强化引领…); not one that counts something (3月, 5家)."""
    found = _BARE.match(text, at)
    if found is None or not int(found.group(1)) or pattern("measure").match(text, found.end()):
        return None
    return Label("1.", 7, found.group(1), int(found.group(1)), found.end())
