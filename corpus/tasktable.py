"""Task tables (任务分解表): rows of cells parted by `|`, tabs or wide blanks, under heads such as 任务 and 责任单位.

A row states a task as an item of running text does: what (the task's cell and those after it), by whom, by when. A cell
that is empty or prints a mark of repetition (〃, 同上) repeats the one above; only who and when are repeated so.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from corpus.numbering import to_int
from corpus.tables import pattern
from corpus.types import Span

_CELLS = 3  # fewer columns hold no task with its unit or time
_HEAD = 14  # the longest head of a column, in characters
_HEAD_LINE = 240  # a line of heads is not longer
_SEPARATOR = re.compile(r"[|\s:：\-—─+]+")
_PARTINGS = (re.compile(r"\|"), re.compile(r"\t+"), re.compile(r"(?:[ \u3000]{2,})"))
_MARKS = ("|", "\t", "  ", " \u3000", "\u3000 ", "\u3000\u3000")  # what parts cells, as _HINT finds it
_HINT = re.compile(r"[|\t \u3000](?:(?<=[|\t])|(?<=[ \u3000])[ \u3000])")  # |, a tab or two blanks

Cells = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table are what, by index; None where it has no such column."""

    serial: int | None
    task: int
    leads: tuple[int, ...]
    units: tuple[int, ...]
    time: int | None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A row: index of its line, the group that it opens or belongs to, its serial, and the places of its cells.

    Spans are offsets in the text. `span` runs from the task's cell to the end of the row's last cell, `task` is the
    task's cell, `group` the heading of the group (None without groups), `opens` whether the row begins it. `leads`,
    `units` and `time` are the cells that hold for the row, which may stand above it.
    """

    line: int
    number: int
    serial: Span | None
    group: Span | None
    opens: bool
    span: Span
    task: Span
    leads: tuple[Span, ...]
    units: tuple[Span, ...]
    time: Span | None


def cells(text: str, start: int = 0) -> Cells:
    """The cells of a row, blanks around them cut; empty where a line is none."""
    if not _HINT.search(text):
        return ()
    parting = next((p for p in _PARTINGS if p.search(text)), _PARTINGS[0])
    bounds = [0, *(at for m in parting.finditer(text) for at in m.span()), len(text)]
    found = []
    for left, right in zip(bounds[::2], bounds[1::2], strict=True):
        inner = text[left:right]
        at = left + len(inner) - len(inner.lstrip())
        found.append(Span(start + at, start + max(at, left + len(inner.rstrip()))))
    if parting is _PARTINGS[0] and found and found[0].start == found[0].end:
        found = found[1:]
    if parting is _PARTINGS[0] and found and found[-1].start == found[-1].end and text.rstrip().endswith("|"):
        found = found[:-1]
    return tuple(found) if len(found) >= _CELLS else ()


def is_head(texts: Sequence[str]) -> bool:
    """Whether cells are the heads of a task table: one names the task, another one the units or the time."""
    if len(texts) < _CELLS or any(len(text) > _HEAD for text in texts):
        return False
    who = any(pattern(kind).search(text) for kind in ("column_unit", "column_lead", "column_time") for text in texts)
    return who and _task_columns(texts) != []


def _task_columns(heads: Sequence[str]) -> list[int]:
    """The columns that may hold the task: named so, and not who or when."""
    others = ("column_serial", "column_unit", "column_lead", "column_time")
    return [
        i
        for i, head in enumerate(heads)
        if pattern("column_task").search(head) and not any(pattern(kind).search(head) for kind in others)
    ]


def table_lines(texts: Sequence[str]) -> frozenset[int]:
    """The indices of the lines that belong to task tables, heads included, to keep repairs away from them."""
    return frozenset(i for head, rows in _tables(texts) for i in (head, *rows))


def _tables(texts: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
    """The tables of a text: the index of the head's line and those of the rows."""
    whole = "\n".join(texts)
    if not any(mark in whole for mark in _MARKS):
        return  # most texts print nothing that parts cells
    i = 0
    while i < len(texts):
        width = _head_width(texts[i])
        if not width:
            i += 1
            continue
        inside = takewhile(partial(_continues, texts, width), range(i + 1, len(texts)))
        rows = [j for j in inside if not _SEPARATOR.fullmatch(texts[j])]
        yield i, rows
        i = rows[-1] + 1 if rows else i + 1


def _head_width(text: str) -> int:
    """The number of columns where a line is the head of a task table, else 0."""
    if len(text) > _HEAD_LINE or not _HINT.search(text):
        return 0
    head = cells(text)
    return len(head) if head and is_head([text[c.start : c.end] for c in head]) else 0


def _continues(texts: Sequence[str], width: int, i: int) -> bool:
    """Whether a line has as many cells as its table's head, or parts rows."""
    text = texts[i]
    return len(cells(text)) == width or _SEPARATOR.fullmatch(text) is not None


def task_rows(lines: Sequence[tuple[int, str]]) -> tuple[TaskRow, ...]:
    """The rows of the task tables of a text, from its lines as (start, text). Linear in the text's length."""
    texts = [text for _, text in lines]
    return tuple(row for head, rows in _tables(texts) for row in _rows(lines, head, rows))


def _rows(lines: Sequence[tuple[int, str]], head: int, indices: Sequence[int]) -> Iterator[TaskRow]:
    table = [cells(lines[i][1], lines[i][0]) for i in indices]

    def text(i: int, column: int) -> str:
        start, line = lines[indices[i]]
        return line[table[i][column].start - start : table[i][column].end - start]

    own = [[not _repeats(text(i, c)) for c in range(len(row))] for i, row in enumerate(table)]
    columns = _columns([lines[head][1][c.start : c.end] for c in cells(lines[head][1])], own)
    grouped = columns.serial is not None and not all(row[columns.serial] for row in own)
    above: dict[int, Span] = {}
    number = 0
    for i, row in enumerate(table):
        above |= {c: span for c, span in enumerate(row) if own[i][c]}
        if not own[i][columns.task]:
            continue
        opens = grouped and columns.serial is not None and own[i][columns.serial]
        number = 1 if opens else number + 1
        serial = above.get(columns.serial) if columns.serial is not None else None
        yield TaskRow(
            line=indices[i],
            number=number,
            serial=serial,
            group=above.get((columns.serial or 0) + 1)
            if grouped and columns.task > (columns.serial or 0) + 1
            else None,
            opens=opens,
            span=Span(row[columns.task].start, max(cell.end for cell in row)),
            task=row[columns.task],
            leads=tuple(above[c] for c in columns.leads if c in above),
            units=tuple(above[c] for c in columns.units if c in above),
            time=above.get(columns.time) if columns.time is not None else None,
        )


def _repeats(text: str) -> bool:
    """Whether a cell is empty or repeats the one above."""
    return not text or pattern("ditto").fullmatch(text) is not None


def _columns(heads: Sequence[str], own: Sequence[Sequence[bool]]) -> Columns:
    """The columns by their heads; the task's is the first so named in which (nearly) every row has its own words."""

    def named(kind: str) -> list[int]:
        return [i for i, head in enumerate(heads) if pattern(kind).search(head)]

    candidates = _task_columns(heads)
    full = [c for c in candidates if sum(row[c] for row in own) >= 0.8 * len(own)]
    serial, time, leads = named("column_serial"), named("column_time"), named("column_lead")
    units = [c for c in named("column_unit") if c not in leads and c not in time]
    return Columns(
        serial[0] if serial else None,
        (full or candidates)[0],
        tuple(leads),
        tuple(units),
        time[0] if time else None,
    )


def serial_number(text: str) -> int | None:
    """The number that a serial cell prints (3, 三, 3.), else None."""
    return to_int(text.rstrip(".．、 "))
