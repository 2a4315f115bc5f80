"""Task frames (任务分解): who leads, who takes part, by when, how often, how much.

What the text does not say stays empty. The words stand in `ontology/frames.tsv`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from corpus.layout import split_lines
from corpus.tables import pattern
from corpus.tasktable import TaskRow, task_rows
from corpus.types import Document, Metadata, Node, Span
from graph.deadlines import Times, first_deadline
from graph.lexicon import Lexicon
from graph.model import Task

_TABLE = ("frames.tsv", "ontology")
_INSIDE = r"[（(]([^（）()\n]*(?:[（(][^（）()\n]*[）)][^（）()\n]*)*)[）)]|〔([^〔〕\n]*)〕|【([^【】\n]*)】"
_BRACKET_END = re.compile(r"[。；;. ]*(?:\n|$)")
_BARE_PRACTICE = 3  # brackets with nothing but names of units are unit brackets where at least so many stand
_LONGEST_NAME = 30
_GOVERNMENT = re.compile(r"[市县区州](?:人民)?政府$")
_CLAUSE = re.compile(r"[^，。；：、,;:|\n（）()\d]*\d[^，。；：、,;:|\n（）()]*")  # with a number
_LONGEST_MEASURE = 60


@dataclass(frozen=True, slots=True)
class _Units:
    lead: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Practice:
    """What a document says or does throughout: the first unit leads; brackets hold bare names of units."""

    first_leads: bool
    bare: bool


def tasks(document: Document, lexicon: Lexicon) -> Iterator[Task]:
    """One frame per item, in text order."""
    text = document.text.clean
    practice = _Practice(
        first_leads=pattern("first-leads", *_TABLE).search(text) is not None,
        bare=has_bare_brackets(text, document.items),
    )
    rows = {row.span.start: row for row in task_rows(split_lines(text))}
    for item in document.items:
        yield _task(document, item, rows.get(item.span.start), lexicon, practice)


def _task(document: Document, item: Node, row: TaskRow | None, lexicon: Lexicon, practice: _Practice) -> Task:
    text, meta = document.text.clean, document.metadata
    stated = [*_brackets(text, item.span, practice), *(_cells(text, row) if row else ())]
    times = Times(meta.year or _year_of_section(document, item), _year_of_issue(meta))
    found = first_deadline(text, item.span, times)
    if found is None and row is not None and row.time is not None:
        cell = Span(max(0, row.time.start - 1), row.time.end)  # with the blank or mark before it
        found = first_deadline(text, cell, times)
    measures = tuple(_measures(text, item.span))
    return Task(
        path=item.path,
        lead=tuple(dict.fromkeys(unit for _, units in stated for unit in units.lead)),
        participants=tuple(dict.fromkeys(unit for _, units in stated for unit in units.others)),
        deadline=found[0] if found else None,
        frequency=tuple(dict.fromkeys(_frequencies(text, item, lexicon))),
        measures=tuple(dict.fromkeys(text[span.start : span.end] for span in measures)),
        evidence=(*(span for span, _ in stated), *([found[1]] if found else []), *measures),
    )


def _year_of_section(document: Document, item: Node) -> int | None:
    """The year that the heading of an item's section is for (三、2022年政府工作任务), where it names a single one."""
    for section in document.ancestors(item):
        years = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?=年)", section.heading or ""))
        if len(years) == 1:
            return int(years.pop())
    return None


def _year_of_issue(metadata: Metadata) -> int | None:
    """The year in which a plan was issued, from its date or its number (青教办字〔2020〕3号)."""
    for text in (metadata.date_of_issue_iso, metadata.printing_date, metadata.document_number):
        if found := re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", text or ""):
            return int(found[0])
    return None


# ---------------------------------------------------------------- units


@cache
def _places() -> re.Pattern[str]:
    """Where units stand: in a bracket, or after a label (责任单位：) at the start of a line or sentence."""
    return re.compile(
        rf"{_INSIDE}|(?:^|(?<=[\n。；;]))[ \u3000]*((?:{pattern('label', *_TABLE).pattern})[:：][^\n。]+)"
    )


@cache
def _label() -> re.Pattern[str]:
    return re.compile(f"({pattern('label', *_TABLE).pattern})[:：]")


def _brackets(text: str, span: Span, practice: _Practice) -> Iterator[tuple[Span, _Units]]:
    """The unit brackets of a stretch, each with its units."""
    for place in _places().finditer(text, span.start, span.end):
        inside = next(group for group in place.groups() if group is not None)
        units = _units(inside, practice.first_leads)
        if units is None and practice.bare and _closes(text, place.end(), span):
            units = _bare_units(inside)
        if units:
            yield Span(*place.span()), units


def unit_spans(text: str, span: Span, bare: bool = False) -> Iterator[Span]:
    """Where the unit brackets of a stretch print their units; `bare` as told by `has_bare_brackets`."""
    for bracket, units in _brackets(text, span, _Practice(first_leads=False, bare=bare)):
        at = bracket.start
        for name in sorted((*units.lead, *units.others), key=lambda name: (text.find(name, *bracket), name)):
            start = text.find(name, at, bracket.end)
            if start >= 0:
                at = start + len(name)
                yield Span(start, at)


def _closes(text: str, at: int, span: Span) -> bool:
    """Whether a place is the end of a paragraph."""
    return _BRACKET_END.match(text, at, span.end) is not None


def has_bare_brackets(text: str, items: Sequence[Node]) -> bool:
    """Whether it is the document's practice to close tasks with brackets of bare names: （基教处、教科院）."""
    found = 0
    for item in items:
        for place in re.finditer(_INSIDE, text[item.span.start : item.span.end]):
            inside = next(group for group in place.groups() if group is not None)
            closes = _closes(text, item.span.start + place.end(), item.span)
            found += closes and _units(inside, first_leads=False) is None and _bare_units(inside) is not None
    return found >= _BARE_PRACTICE


def _bare_units(inside: str) -> _Units | None:
    """The units of a bracket that holds nothing else."""
    names = re.split(r"[、，,；; ]", inside)
    return _Units((), tuple(names)) if all(_is_unit(name) for name in names) else None


def _is_unit(name: str) -> bool:
    bare = re.sub(r"[（(][^（）()]*[）)]$", "", name)
    return (
        2 <= len(name) <= _LONGEST_NAME
        and re.search(rf"(?:{pattern('unit-end', *_TABLE).pattern})$", bare) is not None
        and pattern("no-unit", *_TABLE).search(name) is None
    )


def _units(inside: str, first_leads: bool) -> _Units | None:
    """The units of a bracket; None where it names no units."""
    inside = re.sub(r"\s", "", inside).rstrip("。")
    if not pattern("mark", *_TABLE).search(inside) and not _label().match(inside):
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
        found = _label().match(text)
        label = found[1] if found else label
        text = text[found.end() :] if found else text
        ending = pattern("role", *_TABLE).search(text)
        names = _names(text[: ending.start()] if ending else text)
        if ending:
            yield _Phrase(waiting + names, "牵头" in ending[0], label)
            waiting = []
        elif label:
            leads = pattern("lead-label", *_TABLE).fullmatch(label) is not None
            yield _Phrase(names, leads, label)
        else:
            waiting += names


def _names(phrase: str) -> list[str]:
    """The names of units in a phrase, as printed, without the words before them and 等 after them."""
    parts = re.split(r"[、]|(?<=[厅局委府])(?:和|会同)", phrase)
    names = [pattern("others", *_TABLE).sub("", pattern("unit-start", *_TABLE).sub("", name.strip())) for name in parts]
    return [name for name in _with_shared_heads(names) if _is_unit(name)]


def _with_shared_heads(names: Sequence[str]) -> Iterator[str]:
    """The names with those put together again that share a head: 广州、深圳市政府 (RULES 4: it stays one entry)."""
    places: list[str] = []
    for name in names:
        if _is_bare_place(name):
            places.append(name)
            continue
        if places and _GOVERNMENT.search(name):
            name = "、".join([*places, name])
        places = []
        yield name


def _is_bare_place(name: str) -> bool:
    return not _is_unit(name) and re.fullmatch("[\u4e00-\u9fff]{2,4}", name) is not None


def _cells(text: str, row: TaskRow) -> Iterator[tuple[Span, _Units]]:
    """The units that the cells of a table's row print; a column 牵头单位 leads, any other takes part."""
    for leads, cells in ((True, row.leads), (False, row.units)):
        for cell in cells:
            names = re.split(r"[、，,；;\s]+", text[cell.start : cell.end])
            units = tuple(name for name in names if 2 <= len(name) <= _LONGEST_NAME)
            if units:
                yield cell, _Units(units, ()) if leads else _Units((), units)


# ---------------------------------------------------------------- how often, how much


def _frequencies(text: str, item: Node, lexicon: Lexicon) -> Iterator[str]:
    """Stated frequencies (每季度, 定期); 年度 in a name of a list or plan is none."""
    for start, end, entry in lexicon.names.find(text[item.span.start : item.span.end]):
        word = text[item.span.start + start : item.span.start + end]
        if entry.subclass == "Frequency" and word not in ("年度", "季度", "逐年"):
            yield word


@cache
def _quantity() -> re.Pattern[str]:
    """A quantity that is a target: after a verb that makes it one, or before 以上, 左右."""
    verb, count, bound = (pattern(kind, *_TABLE).pattern for kind in ("target-verb", "count", "bound"))
    number = rf"(?<![\d.])\d[\d.]*(?:[-—~至]\d[\d.]*)?(?:余|多)?(?:{count})"
    return re.compile(rf"(?:{verb})[^\d]{{0,20}}{number}|{number}(?:{bound})")


def _measures(text: str, span: Span) -> Iterator[Span]:
    """The clauses that state what is to be counted (考核指标): 新增公办托位1200个, 覆盖率达到90%以上."""
    for clause in _CLAUSE.finditer(text, *span):
        if len(clause[0]) > _LONGEST_MEASURE or not _quantity().search(clause[0]):
            continue
        if not pattern("no-measure", *_TABLE).search(clause[0]):
            start = clause.start() + len(clause[0]) - len(clause[0].lstrip())
            yield Span(start, clause.start() + len(clause[0].rstrip()))
