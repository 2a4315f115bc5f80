"""The times that a question names: 6月底, 2023年上半年, the end of June, Q3 2022.

A question seldom says the year; then the year is that of each plan, and the dates hold month and day only.
"""

import calendar
import re
from dataclasses import dataclass
from functools import cache

from ontology import tables

_HAN_NUMBERS = {word: number for number, word in enumerate("一二三四五六七八九十", 1)} | {"十一": 11, "十二": 12}
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_LEAP = 2024  # for February in a year that is not told: the 29th closes it in every year
_MIDDLE, _EARLY = 15, 10  # 6月中旬, 6月初

_ZH_YEAR = r"(?:(?:19|20)\d\d年)"
_ZH_MONTH = r"(?:\d{1,2}|十[一二]?|[一二三四五六七八九])月份?"
_MONTH = "(?:" + "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + "|sept)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_ISO = r"\d{4}-\d\d(?:-\d\d)?"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time, both ends in it: ISO dates, or month and day (`06-30`) of each plan's own year.

    `closed`: it is named by its end (6月底), so that what is due before it may be due on its last day.
    """

    start: str
    end: str
    closed: bool

    @property
    def relative(self) -> bool:
        """Whether the year is that of each plan."""
        return len(self.end) < len("2022-06-30")


@cache
def pattern(language: str) -> str:
    """The regular expression of a time in a question, which is normalised (lower case, half-width)."""
    if language == "zh":
        part = (
            f"(?:{_ZH_MONTH}(?:底|末|初|中旬|上旬|下旬|\\d{{1,2}}[日号])?|第?[一二三四1-4]季度末?|年[底末]|{_parts()})"
        )
        return f"(?:{_ISO}|(?:{_ZH_YEAR}|今年|本年度?)?{part}|{_ZH_YEAR}[底末]?|今年[底末]?)"
    half = r"(?:(?:first|second) half|(?:first|second|third|fourth) quarter|q[1-4])"
    day = rf"(?:{_MONTH}\.? {_DAY}|{_DAY} (?:of )?{_MONTH}|{_MONTH})"
    year = r"(?:,? (?:of |in )?(?:the year )?(?:19|20)\d\d| of (?:the|this) year)?"
    end = r"(?:the )?(?:(?:end|middle|close|beginning|start) of )?"
    return rf"(?:{_ISO}|{end}(?:the )?(?:{half}|{day}){year}|{end}(?:the year|this year|(?:19|20)\d\d)|year[- ]end)"


@cache
def _parts() -> str:
    return "|".join(row["word"] for row in tables.rows("periods") if row["start"])


def stretch(text: str) -> Stretch | None:
    """The time that a text matched by `pattern` names; None where there is no such day."""
    year = next(iter(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)), None)
    bare = re.sub(r"(?<!\d)(?:19|20)\d\d(?!\d)年?", " ", text).strip(" -,")
    found = _iso(text) or _part(bare) or _month(bare) or _year(bare, year)
    if found is None:
        return None
    start, end, closed = found
    return Stretch(f"{year}-{start}", f"{year}-{end}", closed) if year else Stretch(start, end, closed)


_Found = tuple[str, str, bool]


def _iso(text: str) -> _Found | None:
    found = re.fullmatch(r"\d{4}-(\d\d)(?:-(\d\d))?", text)
    return _days(int(found[1]), int(found[2]) if found[2] else None, "") if found else None


def _part(text: str) -> _Found | None:
    """Halves and quarters, of both languages."""
    for row in tables.rows("periods"):
        if row["start"] and row["word"] in text:
            return row["start"], row["end"], True
    if found := re.search(r"(first|second) half", text):
        return ("01-01", "06-30", True) if found[1] == "first" else ("07-01", "12-31", True)
    found = re.search(r"([1-4])季度|q([1-4])|(first|second|third|fourth) quarter", text)
    if not found:
        return None
    last = 3 * _QUARTERS[found[1] or found[2] or found[3]]
    return f"{last - 2:02}-01", _day(last, None), True


def _month(text: str) -> _Found | None:
    if found := re.search(r"(\d{1,2}|[一二三四五六七八九十]+)月份?(底|末|初|中旬|上旬|下旬|\d{1,2}(?=[日号]))?", text):
        number = int(found[1]) if found[1].isdecimal() else _HAN_NUMBERS.get(found[1], 0)
        return _days(number, None, found[2] or "")
    found = re.search(_MONTH, text)
    if not found:
        return None
    number = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(found[0][:3]))
    day = re.search(r"\d{1,2}", text)
    part = next((part for part in ("end", "close", "middle", "beginning", "start") if part in text.split()), "")
    return _days(number, int(day[0]) if day else None, part)


def _days(month: int, day: int | None, part: str) -> _Found | None:
    """The days of a month, or of a part of it: to a day, to its middle, or to its end."""
    if not 1 <= month <= 12:
        return None
    if part.isdecimal():
        day = int(part)
    if day is not None:
        last = _day(month, day)
        return (last, last, True) if 1 <= day <= calendar.monthrange(_LEAP, month)[1] else None
    until = {"初": _EARLY, "上旬": _EARLY, "beginning": _EARLY, "start": _EARLY, "中旬": _MIDDLE, "middle": _MIDDLE}
    return f"{month:02}-01", _day(month, until.get(part)), part != ""


def _day(month: int, day: int | None) -> str:
    return f"{month:02}-{day or calendar.monthrange(_LEAP, month)[1]:02}"


def _year(text: str, year: str | None) -> _Found | None:
    """A whole year: 2023年, 年底, the end of the year."""
    if re.search(rf"\d|{_MONTH}", text) or not (year or re.search(r"年|year", text)):
        return None  # a day that does not exist
    named_by_end = re.search(r"[底末]|年内|end|close", text) is not None
    return "01-01", "12-31", named_by_end
