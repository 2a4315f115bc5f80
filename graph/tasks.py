"""Task frames (任务分解): who leads, who takes part, by when, how often. What the text does not say stays empty."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from corpus.types import Document, Node, Span
from graph.lexicon import Lexicon
from graph.model import Deadline, Task

_BRACKET = re.compile(
    r"[（(]([^（()）\n]*(?:[（(][^（()）\n]*[）)][^（()）\n]*)*)[）)]|〔([^〔〕\n]*)〕|【([^【】\n]*)】"
)
_MARK = re.compile(r"牵头|责任单位|配合|负责|参加|参与|落实|主办|协办|分工|承办|实施$")
_LABEL = re.compile(
    r"^(牵头责任单位|牵头考核单位|牵头单位|牵头部门|主办单位|责任单位|责任部门|配合单位|参加单位|参与单位|协办单位|协同单位|承办单位|分工负责|完成单位)[:：]"
)
_LEADS = ("牵头责任单位", "牵头考核单位", "牵头单位", "牵头部门")
_ENDING = re.compile(
    r"(?:等)?(?:共同|分别)?(牵头负责|牵头|按照?职责分工(?:分别)?负责|按职责分工落实|分工负责|具体实施|配合|参加|参与|分别负责|负责落实|负责|组织实施|落实)$"
)
_FIRST_LEADS = re.compile(r"列第一位(?:的|者)?(?:为|是)(?:牵头|主要责任)")
_UNIT = re.compile(
    r"[厅局委部办院会署室馆府组司队社团行所校处台站厂网]|公司|单位|部门|企业|中心|机构|政府|党校|各地|各市|各县|联社"
)


def tasks(document: Document, lexicon: Lexicon) -> Iterator[Task]:
    """One frame per item, in text order."""
    first_leads = bool(_FIRST_LEADS.search(document.text.clean))
    for item in document.items:
        yield _task(document, item, lexicon, first_leads)


@dataclass(frozen=True, slots=True)
class _Units:
    lead: tuple[str, ...]
    others: tuple[str, ...]


def _task(document: Document, item: Node, lexicon: Lexicon, first_leads: bool) -> Task:
    text = document.text.clean
    lead: list[str] = []
    others: list[str] = []
    evidence: list[Span] = []
    for span, units in _brackets(text, item.span, first_leads):
        lead += units.lead
        others += units.others
        evidence.append(span)
    deadline, place = _deadline(text, item, document.metadata.year)
    return Task(
        path=item.path,
        lead=tuple(dict.fromkeys(lead)),
        participants=tuple(dict.fromkeys(others)),
        deadline=deadline,
        frequency=tuple(dict.fromkeys(_frequencies(text, item, lexicon))),
        evidence=tuple(evidence + ([place] if place else [])),
    )


def _brackets(text: str, span: Span, first_leads: bool) -> Iterator[tuple[Span, _Units]]:
    """The unit brackets of a stretch, each with its units."""
    for bracket in _BRACKET.finditer(text, span.start, span.end):
        units = _units(next(group for group in bracket.groups() if group is not None), first_leads)
        if units:
            yield Span(*bracket.span()), units


def unit_spans(text: str, span: Span) -> Iterator[Span]:
    """Where the unit brackets of a stretch print their units."""
    for bracket, units in _brackets(text, span, False):
        at = bracket.start
        for name in sorted((*units.lead, *units.others), key=lambda name: (text.find(name, *bracket), name)):
            start = text.find(name, at, bracket.end)
            if start >= 0:
                at = start + len(name)
                yield Span(start, at)


def _units(inside: str, first_leads: bool) -> _Units | None:
    """The units of a bracket; None where it names no units."""
    inside = re.sub(r"\s", "", inside).rstrip("。")
    if not _MARK.search(inside) and not _LABEL.match(inside):
        return None
    lead: list[str] = []
    others: list[str] = []
    label: str | None = None
    for part in re.split(r"[；;。]", inside):
        for phrase in _phrases(part, label):
            label = phrase.label
            (lead if phrase.leads else others).extend(phrase.units)
    if first_leads and not lead and others:
        lead, others = others[:1], others[1:]
    return _Units(tuple(lead), tuple(others)) if lead or others else None


class _Phrase(NamedTuple):
    """Units that share one role; `label` (责任单位：) holds until another one stands."""

    units: list[str]
    leads: bool
    label: str | None


def _phrases(part: str, label: str | None) -> Iterator[_Phrase]:
    """The stretches of a bracket by role: 省大数据局牵头，省财政厅按职责分工负责."""
    waiting: list[str] = []
    for text in re.split(r"[，,]", part):
        found = _LABEL.match(text)
        label = found[1] if found else label
        text = text[found.end() :] if found else text
        ending = _ENDING.search(text)
        names = _names(text[: ending.start()] if ending else text)
        if ending:
            yield _Phrase(waiting + names, "牵头" in ending[1], label)
            waiting = []
        elif label:
            yield _Phrase(names, label in _LEADS, label)
        else:
            waiting += names


def _names(phrase: str) -> list[str]:
    names = [
        re.sub(r"^(?:由|和|及|会同)|等$", "", name.strip())
        for name in re.split(r"[、]|(?<=[厅局委府])(?:和|会同)", phrase)
    ]
    return [name for name in names if 2 <= len(name) <= 30 and _UNIT.search(name)]


# ---------------------------------------------------------------- time

_YEAR_END = re.compile(r"(?:力争)?(到|在|于)?(\d{4})年(底|年底|末)?(以?前)?(?:，)?")
_MONTH_END = re.compile(r"(?:(\d{4})年|今年|年内)?(\d{1,2})月(?:(\d{1,2})日|(底|末|上旬|中旬|下旬))?(以?前|之前)")
_LAST_DAY = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _deadline(text: str, item: Node, year: int | None) -> tuple[Deadline | None, Span | None]:
    """The first deadline of an item."""
    found = [one for one in (_by_year(text, item), _by_month(text, item, year), _by_this_year(text, item, year)) if one]
    if not found:
        return None, None
    return min(found, key=lambda pair: pair[1].start)


def _by_year(text: str, item: Node) -> tuple[Deadline, Span] | None:
    """到2025年, 2020年底前."""
    for found in _YEAR_END.finditer(text, item.span.start, item.span.end):
        to, year, end, before = found.groups()
        if text[max(0, found.start() - 1) : found.start()] in tuple("比较自从—-－《（年月") or text.startswith(
            ("月", "度"), found.end()
        ):
            continue
        if (to == "到" and not text.startswith(("以来", "起"), found.end())) or (before and (end or to)):
            span = Span(found.start(), found.end() - found[0].endswith("，"))
            printed = text[span.start : span.end].removeprefix("力争")
            kind = (
                "target"
                if to == "到"
                and re.match(
                    r"[^。；]{0,60}(?:达到?|下降|提高|降低|超过|占)[^。；]{0,12}\d", text[span.end : span.end + 90]
                )
                else "deadline"
            )
            return Deadline(printed, f"../{year}-12-31", kind), span
    return None


def _by_month(text: str, item: Node, year: int | None) -> tuple[Deadline, Span] | None:
    """6月底前, 2021年3月15日前."""
    for found in _MONTH_END.finditer(text, item.span.start, item.span.end):
        stated, month, day, part, _ = found.groups()
        when, number = int(stated) if stated else year, int(month)
        if when is None or not 1 <= number <= 12:
            continue
        last = int(day) if day else {"上旬": 10, "中旬": 20}.get(part or "", _last_day(when, number))
        return Deadline(found[0], f"../{when:04d}-{number:02d}-{last:02d}", "deadline"), Span(*found.span())
    return None


def _by_this_year(text: str, item: Node, year: int | None) -> tuple[Deadline, Span] | None:
    """年底前, in a plan for a year that its title states."""
    found = re.compile(r"(?<![\d年])(?:今年)?年底(?:以)?前").search(text, item.span.start, item.span.end)
    if not found or year is None:
        return None
    return Deadline(found[0], f"../{year}-12-31", "deadline"), Span(*found.span())


def _last_day(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _LAST_DAY[month - 1]


def _frequencies(text: str, item: Node, lexicon: Lexicon) -> Iterator[str]:
    """Stated frequencies (每季度, 定期); 年度 in a name of a list or plan is none."""
    for start, end, entry in lexicon.names.find(text[item.span.start : item.span.end]):
        word = text[item.span.start + start : item.span.start + end]
        if entry.subclass == "Frequency" and word not in ("年度", "季度", "逐年"):
            yield word
