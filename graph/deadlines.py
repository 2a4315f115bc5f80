"""When a task is to be done: deadlines, periods and starts as a text prints them, with their ISO form.

A year that the text does not state is the plan's own (from its title); without it a relative date is not read. Years
inside names of plans, base years (比2015年) and years that tell of the past are no deadlines.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from corpus.numbering import chinese_number
from corpus.tables import pattern, rows
from corpus.types import Span
from graph.model import Deadline

_LAST_DAY = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PARTS = {"上旬": 10, "中旬": 20}
_PLAN_ORIGIN = 1955  # the n-th five-year plan ends in 1955 + 5n, from the sixth (1981 to 1985) on
_FIRST_PLAN = 6
_FIRST_PLAN = 6

_CLAUSE = r"(?:(?<=[\n。；：，:;|\t（(【])|(?<=[ \u3000]{2})|^)[ \u3000]?"  # where a clause begins
_CHINESE_YEAR = "[一二][〇○零oOＯ一二三四五六七八九]{3}"
_YEAR_END = re.compile(
    rf"(?:力争)?(到|至|在|于|截至)?(\d{{4}}|{_CHINESE_YEAR})年(?!\d{{1,2}}月)(底|年底|末)?(以?前)?(?:，)?"
)
_UNTIL_MONTH = re.compile(r"(?:到|至|截至)(\d{4})年(\d{1,2})月(?:(\d{1,2})日|(底|末|上旬|中旬|下旬))?(?!以?前|之前)")
_MONTH_END = re.compile(r"(?:(\d{4})年|今年|年内)?(\d{1,2})月(?:(\d{1,2})日|(底|末|上旬|中旬|下旬))?(以?前|之前)")
_THIS_YEAR = re.compile(r"(?<![\d年一二三四五六七八九十两几多半])(?:今年)?(?:年底(?:以)?前|年内)|(\d{4})年内")
_CLAUSE_YEAR = re.compile(
    rf"(?:{_CLAUSE}|(?<=确保)|(?<=力争)|(?<=争取))(\d{{4}})年(?:、(\d{{4}})年)?(?:(底|末)|(前))?(?=[，,]?[\u4e00-\u9fff])"
)
_DASH = r"\s?(?:-|—|–|－|~|～|至|到){1,2}\s?"
_DAYS = re.compile(
    rf"(?:(\d{{4}})年)?(\d{{1,2}})月(?:(\d{{1,2}})日)?(?:上旬|中旬|下旬|初)?{_DASH}(?:(\d{{4}})年)?(\d{{1,2}})月(?:(\d{{1,2}})日)?(?:上旬|中旬|下旬|底|末)?"
)
_MONTHS = re.compile(rf"(?:(\d{{4}})年)?(?<![\d.])(\d{{1,2}}){_DASH}(\d{{1,2}})月(?![\d份])")
_START = re.compile(r"[自从](?:(\d{4})年(?:(\d{1,2})月)?(?:(\d{1,2})日)?|(\d{1,2})月(\d{1,2})日)(?:开始)?起")
_NUMBER = r"(?:\d{1,3}|[一二两三四五六七八九十]{1,3})"
_WITHIN = re.compile(
    rf"(?:(?<=[\n。；：，、起争保取于在])|^)(?:(?:今后|未来){_NUMBER}年|{_NUMBER}(?:[-—~至到]{_NUMBER})?(?:年|个月|个工作日|日|天|周)(?:之|以)?内)"
    rf"|提前{_NUMBER}年(?=完成|实现|达到)"
)
_PLAN_END = re.compile(r"(?:到|至)?[“\"]?([六七八九]|二?十[一二三四五六七八九]?)五[”\"]?(?:规划|计划)?(?:期末|末期|末)")

Found = tuple[Deadline, Span]


class Times(NamedTuple):
    """The year that a plan is for (from its title) and the year of its issue; None where the text is silent."""

    year: int | None
    issued: int | None

    @property
    def since(self) -> int | None:
        """What lies before this year is past."""
        return self.year or self.issued


def first_deadline(text: str, span: Span, times: Times) -> Found | None:
    """The first deadline of a stretch in reading order; of two at one place the longer one."""
    readers = dict.fromkeys(read for needed, read in _READERS if text.find(needed, *span) >= 0)
    found = [one for read in readers for one in read(text, span, times) if _counts(text, span, one, times.since)]
    return min(found, key=lambda pair: (pair[1].start, -pair[1].end), default=None)


def _counts(text: str, span: Span, one: Found, since: int | None) -> bool:
    """Whether a date is a deadline: not inside a name, not before the plan's time."""
    deadline, place = one
    if text.rfind("《", span.start, place.start) > text.rfind("》", span.start, place.start):
        return False
    years = [int(y) for y in re.findall(r"\d{4}(?=-|$)", deadline.iso or "")]
    return since is None or not years or max(years) >= since


def _sentence(text: str, at: int, span: Span) -> str:
    """The rest of the sentence after a place."""
    stop = min((i for i in (text.find(c, at, span.end) for c in "。；\n") if i >= 0), default=span.end)
    return text[at:stop]


def _is_past(text: str, at: int, span: Span) -> bool:
    return pattern("past", *_TABLE).search(_sentence(text, at, span)) is not None


def _iso(year: int, month: int, day: int) -> str:
    return f"{year:04d}-{month:02d}-{day:02d}"


def _last_day(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _LAST_DAY[month - 1]


def _period(year: int, first: int, last: int) -> str:
    return f"{_iso(year, first, 1)}/{_iso(year, last, _last_day(year, last))}"


def _trimmed(found: re.Match[str]) -> Span:
    """The place of a match without the blanks around it."""
    text = found.group()
    start = found.start() + len(text) - len(text.lstrip())
    return Span(start, start + len(text.strip()))


# ---------------------------------------------------------------- readers, one for each way to print a time


def _by_year(text: str, span: Span, _: Times) -> Iterator[Found]:
    """到2025年, 2020年底前."""
    for found in _YEAR_END.finditer(text, *span):
        to, year, end, before = found.groups()
        if text[max(0, found.start() - 1) : found.start()] in tuple("比较自从—-－《（年月") or text.startswith(
            ("月", "度"), found.end()
        ):
            continue
        until = to in ("到", "至", "截至") and not text.startswith(("以来", "起", "上半年", "下半年"), found.end())
        if (to == "截至" and _is_past(text, found.end(), span)) or _tells_which(text, found.end()):
            continue
        if until or (before and (end or to)):
            place = Span(found.start(), found.end() - found[0].endswith("，"))
            printed = text[place.start : place.end].removeprefix("力争")
            kind = "target" if until and _target().match(text, place.end, place.end + 90) else "deadline"
            yield Deadline(printed, f"../{_year(year)}-12-31", kind), place


def _year(text: str) -> int:
    """The number of a year, printed in digits or in Chinese numerals (二〇二五)."""
    return int(text) if text.isdecimal() else chinese_number(re.sub("[oOＯ]", "〇", text)) or 0


def _tells_which(text: str, at: int) -> bool:
    """Whether a date only says which things are meant: 2000年底前建成的老旧小区."""
    return pattern("which", *_TABLE).match(text, at) is not None


@cache
def _target() -> re.Pattern[str]:
    return re.compile(r"[^。；]{0,60}(?:达到?|下降|提高|降低|超过|占)[^。；]{0,12}\d")


def _by_month(text: str, span: Span, times: Times) -> Iterator[Found]:
    """6月底前, 2021年3月15日前."""
    for found in _MONTH_END.finditer(text, *span):
        stated, month, day, part, _ = found.groups()
        when, number = int(stated) if stated else times.year, int(month)
        if when is None or not 1 <= number <= 12:
            continue
        last = int(day) if day else _PARTS.get(part or "", _last_day(when, number))
        yield Deadline(found[0], f"../{_iso(when, number, last)}", "deadline"), Span(*found.span())


def _until_month(text: str, span: Span, _: Times) -> Iterator[Found]:
    """到2025年6月, 至2022年10月底."""
    for found in _UNTIL_MONTH.finditer(text, *span):
        year, month, day, part = found.groups()
        if not 1 <= int(month) <= 12 or _is_past(text, found.end(), span):
            continue
        last = int(day) if day else _PARTS.get(part or "", _last_day(int(year), int(month)))
        yield Deadline(found[0], f"../{_iso(int(year), int(month), last)}", "deadline"), Span(*found.span())


def _by_this_year(text: str, span: Span, times: Times) -> Iterator[Found]:
    """年底前, 年内, in a plan for a year that its title states; 2022年内."""
    for found in _THIS_YEAR.finditer(text, *span):
        when = int(found[1]) if found[1] else times.year
        if when is not None:
            yield Deadline(found[0], f"../{when}-12-31", "deadline"), Span(*found.span())


def _by_clause_year(text: str, span: Span, times: Times) -> Iterator[Found]:
    """2015年，淘汰…: a year that begins a clause which says what is to be done; 2020年前 ends with the year before.

    In a plan of unknown year it may be past, and counts only after 确保, 力争, 争取 or in a schedule of years.
    """
    for found in _CLAUSE_YEAR.finditer(text, *span):
        clause = re.split("[，。；\n]", text[found.end() : min(span.end, found.end() + 60)].lstrip("，,"), maxsplit=1)[
            0
        ]
        which = _tells_which(text, found.end() + text.startswith("前", found.end()))
        if which or pattern("no-date", *_TABLE).search(clause) or _is_past(text, found.end(), span):
            continue
        promised = text.startswith(("确保", "力争", "争取"), found.start() - 2) or _is_schedule(text, found, span)
        if not pattern("doing", *_TABLE).search(clause) or not (promised or times.since):
            continue
        first, last = int(found[1]), int(found[2] or found[1])
        done = found[3] or found[4] or (pattern("done", *_TABLE).search(clause[:8]) is not None and not found[2])
        until = last - 1 if found[4] else last
        iso = f"../{until}-12-31" if done else f"{first}-01-01/{last}-12-31"
        place = _trimmed(found)
        yield Deadline(text[place.start : place.end], iso, "deadline" if done else "period"), place


def _is_schedule(text: str, found: re.Match[str], span: Span) -> bool:
    """Whether a year begins a row of three that count on in one paragraph: 2020年，…；2021年，…；2022年，…."""
    stop = text.find("\n", found.start(), span.end)
    years = [int(m[1]) for m in _CLAUSE_YEAR.finditer(text, found.start(), stop if stop >= 0 else span.end)]
    return years[:3] == [years[0], years[0] + 1, years[0] + 2]


@cache
def _named_periods() -> dict[str, tuple[str, str]]:
    """The periods of periods.tsv that have a beginning and an end (month and day)."""
    return {r["word"]: (r["start"], r["end"]) for r in rows("periods.tsv", "ontology") if r["start"]}


@cache
def _period_of_year() -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, _named_periods()), key=len, reverse=True))
    return re.compile(rf"(?:{_CLAUSE}(?:今年)?|(\d{{4}})年)第?({words})(底前|末前|前)?")


def _by_part_of_year(text: str, span: Span, times: Times) -> Iterator[Found]:
    """2019年上半年, 下半年, 第三季度, 全年; 二季度末前."""
    for found in _period_of_year().finditer(text, *span):
        stated, part, before = found.groups()
        when = int(stated) if stated else times.year
        if when is None or _is_past(text, found.end(), span):
            continue
        start, end = _named_periods()[part]
        place = _trimmed(found)
        printed = text[place.start : place.end]
        if before:
            yield Deadline(printed, f"../{when}-{end}", "deadline"), place
        else:
            yield Deadline(printed, f"{when}-{start}/{when}-{end}", "period"), place


def _by_days(text: str, span: Span, times: Times) -> Iterator[Found]:
    """2013年11月27日-12月10日, 2022年3月—5月."""
    for found in _DAYS.finditer(text, *span):
        stated, month, day, to_year, to_month, to_day = found.groups()
        first = int(stated) if stated else times.year
        last = int(to_year) if to_year else first
        if first is None or last is None or not (1 <= int(month) <= 12 and 1 <= int(to_month) <= 12):
            continue
        start = _iso(first, int(month), int(day or 1))
        end = _iso(last, int(to_month), int(to_day or _last_day(last, int(to_month))))
        if start <= end and not _is_past(text, found.end(), span):
            yield Deadline(found[0], f"{start}/{end}", "period"), Span(*found.span())


def _by_months(text: str, span: Span, times: Times) -> Iterator[Found]:
    """2022年3-5月."""
    for found in _MONTHS.finditer(text, *span):
        stated, first, last = found.groups()
        when = int(stated) if stated else times.year
        if when is not None and 1 <= int(first) < int(last) <= 12 and not _is_past(text, found.end(), span):
            yield Deadline(found[0], _period(when, int(first), int(last)), "period"), Span(*found.span())


def _by_start(text: str, span: Span, times: Times) -> Iterator[Found]:
    """自2024年起, 从2022年7月1日起, 从5月1日起."""
    for found in _START.finditer(text, *span):
        year = int(found[1]) if found[1] else times.year
        month, day = int(found[2] or found[4] or 1), int(found[3] or found[5] or 1)
        if year is not None and 1 <= month <= 12 and not _is_past(text, found.end(), span):
            yield Deadline(found[0], f"{_iso(year, month, day)}/..", "start"), Span(*found.span())


def _by_plan_end(text: str, span: Span, _: Times) -> Iterator[Found]:
    """到“十四五”末: the last year of a five-year plan."""
    for found in _PLAN_END.finditer(text, *span):
        number = chinese_number(found[1]) or 0
        if number >= _FIRST_PLAN:
            yield Deadline(found[0], f"../{_PLAN_ORIGIN + 5 * number}-12-31", "deadline"), Span(*found.span())


def _by_distance(text: str, span: Span, _: Times) -> Iterator[Found]:
    """3年内建成…, 提前一年完成…: a time counted from another one, without an ISO form."""
    for found in _WITHIN.finditer(text, *span):
        clause = re.split("[，。；\n]", text[found.end() : found.end() + 40].lstrip("，,"), maxsplit=1)[0]
        if pattern("doing", *_TABLE).search(clause) and clause[-1:] != "的" and not _is_past(text, found.end(), span):
            yield Deadline(found[0], None, "relative"), Span(*found.span())


_TABLE = ("frames.tsv", "ontology")
# each with a character that it cannot do without, which is faster to look for
_READERS: tuple[tuple[str, Callable[[str, Span, Times], Iterator[Found]]], ...] = (
    ("年", _by_year),
    ("前", _by_month),
    ("月", _until_month),
    ("年", _by_this_year),
    ("年", _by_clause_year),
    ("", _by_part_of_year),
    ("月", _by_days),
    ("月", _by_months),
    ("起", _by_start),
    ("末", _by_plan_end),
    ("内", _by_distance),
    ("提前", _by_distance),
    ("今后", _by_distance),
    ("未来", _by_distance),
)
