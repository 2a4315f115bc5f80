"""Which part of the official layout each line of a plan belongs to (GB/T 9704-2012, chapter 7).

A file may hold a notice (通知) and the plans that it encloses. Lines before the first numbered unit are the front:
letterhead, number, title, note of adoption, address, notice, signature, title of the plan, preamble. Lines after the
last unit are the back: closing words, signature, attachments, copies, printing. What lies between is the outline's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

from corpus.numbering import Label, chinese_number, match_bare, match_label
from corpus.tables import pattern
from corpus.tasktable import TaskRow, task_rows

_TITLE_LENGTH = 80  # the longest title line that ends in no kind of paper
_FULL_TITLE_LENGTH = 160  # titles of joint notices name all their issuers and the papers enclosed
_TITLE_REACH = 8  # a title that follows other text (a caption, a dateline) stands near the top
_LIST_REACH = 100  # the list of attachments stands so many lines above the first of them at most: signatures between
_SIGNATURE_LENGTH = 60
_SIGNATURE_LINES = 80  # joint notices are signed by up to 61 departments
ROW = "row"  # the kind of label that stands for a row of a task table
_ROW_RANK = 9  # below every numbered unit
_TITLE_STOPS = "。；！？!?;|：:/"
_ATTACHMENT_LINE = re.compile(r"附\s*[件表图]?\s*\d{0,2}\s*[:：]\s*(?=\S)")


class Line(NamedTuple):
    """A line of the clean text: where it starts, and its characters."""

    start: int
    text: str

    @property
    def end(self) -> int:
        """The offset after its last character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Part:
    """A plan in a file: its title lines and its lines of text.

    Both are half-open ranges of indices of lines; `body` runs from the first line after the title to the end of the
    last unit.
    """

    titles: tuple[int, int]
    body: tuple[int, int]


@dataclass(frozen=True)
class Layout:
    """The lines of a text, their labels (None: none that counts), roles (None: outline), parts and task tables."""

    lines: tuple[Line, ...]
    labels: tuple[Label | None, ...]
    roles: tuple[str | None, ...]
    parts: tuple[Part, ...] = field(default=())
    rows: tuple[TaskRow, ...] = field(default=())


def split_lines(text: str) -> tuple[Line, ...]:
    """The lines of a clean text."""
    lines, at = [], 0
    for line in text.split("\n"):
        lines.append(Line(at, line))
        at += len(line) + 1
    return tuple(lines)


def read_layout(text: str) -> Layout:
    """The layout of a clean text. Linear in its length."""
    lines = split_lines(text)
    labels: list[Label | None] = [None if "|" in line.text[:1] else match_label(line.text) for line in lines]
    roles: list[str | None] = [None] * len(lines)
    rows = task_rows(lines)
    for row in rows:
        labels[row.line] = Label(ROW, _ROW_RANK, "", row.number, 0)
    _bare_numbers(lines, labels)
    _lone_numerals(lines, labels)
    _contents(lines, labels, roles)
    _attachment_lists(lines, labels, roles)
    bounds = _bounds(lines, labels, roles)
    _attachment_zones(lines, labels, roles, bounds)
    parts = []
    for start, stop in zip(bounds, [*bounds[1:], len(lines)], strict=True):
        parts.append(_part(lines, labels, roles, start, stop, first=start == bounds[0]))
    return Layout(lines, tuple(labels), tuple(roles), tuple(parts), rows)


def _bare_numbers(lines: Sequence[Line], labels: list[Label | None]) -> None:
    """Takes numbers without a full stop as labels where they count up from one and a text has no others of the kind."""
    if any(label is not None and label.kind == "1." for label in labels):
        return
    run: list[tuple[int, Label]] = []
    for i in range(len(lines) + 1):
        bare = match_bare(lines[i].text) if i < len(lines) and labels[i] is None else None
        outer = labels[i] if i < len(lines) else None
        ends = i == len(lines) or (outer is not None and outer.rank < 7) or (bare is not None and bare.number == 1)
        if ends and len(run) > 1:
            for at, label in run:
                labels[at] = label
        if ends:
            run = []
        if bare is not None and bare.number == len(run) + 1:
            run.append((i, bare))


def _lone_numerals(lines: Sequence[Line], labels: list[Label | None]) -> None:
    """Takes 一, 二, 三 alone on their lines as labels of sections, where they count on and a text has no others."""
    if any(label is not None and label.kind == "一、" for label in labels):
        return
    lone = [(i, chinese_number(line.text)) for i, line in enumerate(lines) if len(line.text) <= 3]
    sections = [(i, number) for i, number in lone if number and labels[i] is None]
    if len(sections) > 1 and [number for _, number in sections] == list(range(1, len(sections) + 1)):
        for i, number in sections:
            labels[i] = Label("一、", 5, lines[i].text, number, len(lines[i].text))


# ---------------------------------------------------------------- what is no part of the outline


def _contents(lines: Sequence[Line], labels: list[Label | None], roles: list[str | None]) -> None:
    """Takes the lines of a table of contents out of the outline: lines with leaders, and the lines after 目录.

    The table ends where its first entry is printed again, or where a line reads as text.
    """
    leader, contents = pattern("leader"), pattern("contents")
    for i, line in enumerate(lines):
        if 8 < len(line.text) <= 200 and leader.search(line.text[-40:]):
            roles[i], labels[i] = "contents", None
    heads = [i for i, line in enumerate(lines) if contents.fullmatch(line.text)]
    if not heads or heads[0] + 1 >= len(lines):
        return
    start = heads[0]
    stop, first = start + 1, _entry(lines[start + 1].text)
    while stop < len(lines) and len(lines[stop].text) <= 60 and not lines[stop].text.endswith("。"):
        if stop > start + 1 and _entry(lines[stop].text) == first:
            break
        stop += 1
    for i in range(start, stop):
        roles[i], labels[i] = "contents", None


def _entry(text: str) -> str:
    """A heading without leaders, page number and blanks, to compare it with its entry in the contents."""
    return re.sub(r"[\s.．…·（()）\d]+$|\s", "", text)


def _attachment_lists(lines: Sequence[Line], labels: list[Label | None], roles: list[str | None]) -> None:
    """Marks 附件：1.… and the lines 2.… 3.… that follow it; also 附件： alone on its line above 1.…"""
    for i, line in enumerate(lines):
        alone = line.text[-1:] in "：:" and _is_attachment_heading(line.text)
        if alone and not (i + 1 < len(lines) and _is_list_entry(lines[i + 1], labels[i + 1], 1)):
            continue
        if not alone and not _is_attachment_line(line.text):
            continue
        roles[i], labels[i] = "attachment_line", None
        inner = match_label(line.text[_attachment_prefix(line.text) :])
        expected = 1 if alone else (inner.number if inner else 1) + 1
        for j in range(i + 1, len(lines)):
            if not _is_list_entry(lines[j], labels[j], expected):
                break
            roles[j], labels[j] = "attachment_line", None
            expected += 1


def _is_list_entry(line: Line, label: Label | None, number: int) -> bool:
    """Whether a line is the entry with a number in a list of attachments."""
    return label is not None and label.kind == "1." and label.number == number and "。" not in line.text[:-1]


def _attachment_prefix(text: str) -> int:
    found = pattern("attachment").match(text)
    return found.end() if found else 0


def _is_attachment_line(text: str) -> bool:
    """附件：… with the attachment's name on the line, and not a sentence about attachments."""
    found = _ATTACHMENT_LINE.match(text)
    return found is not None and "。" not in text[:-1] and len(text) <= 200


def _attachment_zones(
    lines: Sequence[Line], labels: list[Label | None], roles: list[str | None], bounds: Sequence[int]
) -> None:
    """Takes attachments that are no plans (lists of names, tables) out of the outline, up to the next part."""
    for start, stop in zip(bounds, [*bounds[1:], len(lines)], strict=True):
        seen = False
        for i in range(start, stop):
            seen = seen or labels[i] is not None
            listed = roles[i] == "attachment_line"
            if seen and (_begins_attachment(roles, i) if listed else _is_attachment_heading(lines[i].text)):
                for j in range(i, stop):
                    labels[j], roles[j] = None, roles[j] or "attachment_roster"
                break


def _begins_attachment(roles: Sequence[str | None], i: int) -> bool:
    """Whether a line 附件1：… opens the attachment itself: the list of attachments stands apart above it."""
    return roles[i - 1] != "attachment_line" and "attachment_line" in roles[max(0, i - _LIST_REACH) : i]


def _is_attachment_heading(text: str) -> bool:
    return pattern("attachment_heading").fullmatch(text) is not None


# ---------------------------------------------------------------- parts


def _bounds(lines: Sequence[Line], labels: Sequence[Label | None], roles: Sequence[str | None]) -> list[int]:
    """Where the parts of a file start: at its first line, and at each title after which the numbering starts again."""
    bounds = [0]
    top: Label | None = None
    previous = -1
    for i, label in enumerate(labels):
        if label is None:
            continue
        if top is None:
            top = label
        elif label.number == 1 and label.rank <= top.rank:
            title = _title_between(lines, roles, previous + 1, i)
            if title is not None:
                bounds.append(title)
                top = label
        previous = i
    return bounds


def _title_between(lines: Sequence[Line], roles: Sequence[str | None], start: int, stop: int) -> int | None:
    """The first line of the last title in a range, with the 附件 line above it; None where there is none."""
    for i in range(stop - 1, start - 1, -1):
        if roles[i] is None and _is_title(lines[i].text):
            while i > start and _is_title_start(lines[i - 1].text):
                i -= 1
            return i - 1 if i > start and _is_attachment_heading(lines[i - 1].text) else i
    return None


def _is_title(text: str) -> bool:
    """A line that can be a whole title, or its last line: short, no stops, ending in a kind of paper."""
    return _is_title_start(text, _FULL_TITLE_LENGTH) and _doctype_end().search(text) is not None


def _is_title_start(text: str, longest: int = _TITLE_LENGTH) -> bool:
    """A line that can be part of a title."""
    return (
        2 <= len(text) <= longest
        and not any(c in text for c in _TITLE_STOPS)
        and text[-1] not in "，,、"
        and "，" not in text
        and not any(pattern(kind).fullmatch(text) for kind in ("date", "number", "publicity", "attachment_heading"))
        and not any(pattern(kind).match(text) for kind in ("adoption", "cc", "printing", "note", "signer"))
        and not text.startswith(("附件", "（", "(", "——", "—"))
    )


@cache
def _doctype_end() -> re.Pattern[str]:
    return re.compile(f"(?:{pattern('doctype').pattern})(?:{pattern('title_tail').pattern})*$")


def _part(
    lines: Sequence[Line],
    labels: list[Label | None],
    roles: list[str | None],
    start: int,
    stop: int,
    *,
    first: bool,
) -> Part:
    """Gives roles to the lines of one part before its first and after its last unit."""
    units = [i for i in range(start, stop) if labels[i] is not None]
    front_stop = units[0] if units else stop
    titles = _front(lines, roles, start, front_stop, first=first)
    end = _back(lines, labels, roles, units[-1], stop) if units else stop
    return Part(titles, (titles[1], end))


# ---------------------------------------------------------------- front


def _front(lines: Sequence[Line], roles: list[str | None], start: int, stop: int, *, first: bool) -> tuple[int, int]:
    """Gives roles to the lines before the first unit; returns the title lines of the plan itself.

    With a notice, those stand after its signature; else they are the title of the file.
    """
    _fixed_roles(lines, roles, start, stop)
    address = next((i for i in range(start, stop) if roles[i] is None and is_address(lines[i].text)), None)
    if (
        first
        and address is not None
        and not any(roles[i] is None and _reads_as_text(lines[i].text) for i in range(start, address))
    ):
        roles[address] = "addressee"
        own = _titles(lines, roles, start, address)
    else:
        own = _titles(lines, roles, start, _first_text(lines, roles, start, stop))
        address = None
    at = max(own[1], address + 1 if address is not None else 0, start)
    enclosed = _notice(lines, roles, at, stop) if first else None
    if enclosed is None and own[0] == own[1]:
        own = _titles(lines, roles, start, stop, whole=True)
    for i in range(start, stop):
        if roles[i] is None:
            roles[i] = "preamble" if i >= at else "other"
    return enclosed or own


def _fixed_roles(lines: Sequence[Line], roles: list[str | None], start: int, stop: int) -> None:
    """Roles that a line's own form gives."""
    for i in range(start, stop):
        if roles[i] is None:
            roles[i] = _role_by_form(lines[i].text, i == start)
    for i in range(start, stop):
        if roles[i] is None and split_signature(lines[i].text):
            _signature(lines, roles, start, i)


_FORMS = (
    ("document_number", "number"),
    ("adoption", "adoption"),
    ("publicity", "publicity"),
    ("secrecy", "secrecy"),
    ("urgency", "urgency"),
    ("attachment_line", "attachment_heading"),
    ("contents", "contents"),
)


@cache
def _forms() -> re.Pattern[str]:
    """The forms of whole lines and of beginnings of lines, as one expression with a group for each role."""
    whole = [rf"(?P<{role}>(?:{pattern(kind).pattern})\Z)" for role, kind in _FORMS]
    begins = [rf"(?P<{role}>{pattern(role).pattern})" for role in ("cc", "signer", "note")]
    return re.compile("|".join([*whole, *begins]))


_LETTERHEAD = re.compile(r"(?!.*(?:关于|印发|规范性|關於))[\u4e00-\u9fff、（） ]{3,60}文\s*件")


def _role_by_form(text: str, at_start: bool) -> str | None:
    """The role of a line that has the form of one of the elements of the layout."""
    if found := _forms().match(text):
        return found.lastgroup
    if len(text) <= _SIGNATURE_LENGTH and pattern("printing").search(text):
        return "printing"
    if pattern("footer").fullmatch(text):
        return "footer"
    if at_start and pattern("copy_number").fullmatch(text):
        return "copy_number"
    return "letterhead" if _LETTERHEAD.fullmatch(text) else None


def _signature(lines: Sequence[Line], roles: list[str | None], start: int, date: int) -> None:
    """Marks a date line and the names of bodies above it."""
    roles[date] = "signature"
    i = date - 1
    while i >= max(start, date - _SIGNATURE_LINES) and roles[i] is None and is_body_line(lines[i].text):
        roles[i] = "signature"
        i -= 1


def split_signature(text: str) -> tuple[str, str] | None:
    """A date line, parted into the names of bodies before the date (may be empty) and the date; else None."""
    if not (text.endswith("日") or text[-1:].isdecimal()):
        return None  # no date ends otherwise
    found = re.fullmatch(rf"(.{{0,200}}?)\s*({pattern('date').pattern})", text)
    if found is None or (found.group(1) and not is_body_line(found.group(1), longest=200)):
        return None
    return found.group(1), found.group(2)


def is_body_line(text: str, longest: int = _SIGNATURE_LENGTH) -> bool:
    """Whether a line holds nothing but names of bodies, parted by blanks: short, unpunctuated, ending as bodies do."""
    if not 2 <= len(text) <= longest or re.search(r"[，。；：、:;,!！？]", text) or match_label(text):
        return False
    names = text.split()
    return bool(names) and all(
        re.search(rf"(?:{pattern('org_suffix').pattern})(?:[（(].{{1,12}}[）)])?$", n) for n in names
    )


def is_address(text: str) -> bool:
    """Whether a line is 主送机关: names of bodies or kinds of bodies, ending in a colon."""
    if text[-1:] not in "：:" or "。" in text or len(text) < 3 or pattern("salutation").match(text):
        return False
    last = re.split(r"[，、,；;]", text.rstrip("：: "))[-1]
    return re.search(rf"(?:{pattern('addressee').pattern})(?:[（(].{{0,20}}[）)])?$", last) is not None


def _reads_as_text(text: str) -> bool:
    return "。" in text or (len(text) > _TITLE_LENGTH and not _is_title(text))


def _first_text(lines: Sequence[Line], roles: Sequence[str | None], start: int, stop: int) -> int:
    """The first line of a front that is running text."""
    return next((i for i in range(start, stop) if roles[i] is None and _reads_as_text(lines[i].text)), stop)


def _titles(
    lines: Sequence[Line], roles: list[str | None], start: int, stop: int, *, whole: bool = False
) -> tuple[int, int]:
    """Marks the title in a range of lines and returns its lines (an empty range where there is none).

    A title runs over several lines until one ends in a kind of paper and no line goes on with a particle; printed
    twice, the second printing is taken. With `whole`, only a line that is a title by itself counts.
    """
    free = [i for i in range(start, stop) if roles[i] is None][: _TITLE_REACH if whole else None]
    found = next((i for i in free if _is_title(lines[i].text)), None)
    if found is None and whole:
        return start, start
    if found is None:
        return _untyped_title(lines, roles, free, start)
    first = found
    while not whole and first - 1 >= start and roles[first - 1] is None and _is_title_start(lines[first - 1].text):
        first -= 1
    last = found
    while last + 1 < stop and roles[last + 1] is None and _goes_on(lines[last + 1].text):
        last += 1
    if last + 1 < stop and roles[last + 1] is None and _same(lines[first : last + 1], lines[last + 1]):
        for i in range(first, last + 1):
            roles[i] = "title_repeat"
        return _mark_title(roles, last + 1, last + 2)
    return _mark_title(roles, first, last + 1)


def _untyped_title(lines: Sequence[Line], roles: list[str | None], free: Sequence[int], start: int) -> tuple[int, int]:
    """Marks a title that ends in no kind of paper: the first lines, as long as they could be parts of one."""
    found = next((i for i in free[:3] if _could_be_title(lines[i].text)), None)
    if found is None:
        return start, start
    stop = found + 1
    while stop in free and stop < found + 3 and _could_be_title(lines[stop].text):
        stop += 1
    return _mark_title(roles, found, stop)


def _could_be_title(text: str) -> bool:
    return len(text) >= 6 and _is_title_start(text) and not is_body_line(text) and "\u3000" not in text


def _mark_title(roles: list[str | None], start: int, stop: int) -> tuple[int, int]:
    for i in range(start, stop):
        roles[i] = "title"
    return start, stop


def _goes_on(text: str) -> bool:
    """Whether a line goes on with a title: it starts with a particle, or is a bracket with years or 试行."""
    if _is_title_start(text) and text[0] in "的和及与暨":
        return True
    return len(text) < 20 and pattern("title_tail").fullmatch(text) is not None


def _same(lines: Sequence[Line], other: Line) -> bool:
    """Whether a title is printed again, perhaps with other brackets and dashes."""
    together = "".join(line.text for line in lines)
    return re.sub(r"[^\w]", "", together) == re.sub(r"[^\w]", "", other.text)


def _notice(lines: Sequence[Line], roles: list[str | None], start: int, stop: int) -> tuple[int, int] | None:
    """Marks the text of a notice and the title of the plan after its signature; None where there is no notice."""
    signed = [i for i in range(start, stop) if roles[i] in ("signature", "attachment_line", "publicity")]
    text = [i for i in range(start, stop) if roles[i] is None]
    if not text or not (pattern("notice").search(lines[text[0]].text) or signed):
        return None
    if not signed:
        return _unsigned_notice(lines, roles, text)
    for i in text:
        if i < signed[-1]:
            roles[i] = "notice_body"
    titles = _titles(lines, roles, signed[-1] + 1, _first_text(lines, roles, signed[-1] + 1, stop))
    return titles if titles[1] > titles[0] else None


def _unsigned_notice(lines: Sequence[Line], roles: list[str | None], text: Sequence[int]) -> tuple[int, int] | None:
    """The same for a notice without signature: its text ends before the first line that is a title."""
    title = next((i for i in text[1:] if _is_title(lines[i].text)), None)
    if title is None:
        return None
    for i in text:
        if i < title:
            roles[i] = "notice_body"
    return _mark_title(roles, title, title + 1)


# ---------------------------------------------------------------- back


def _back(lines: Sequence[Line], labels: Sequence[Label | None], roles: list[str | None], last: int, stop: int) -> int:
    """Gives roles to the lines after the last unit; returns the end of the unit (an index of lines)."""
    _fixed_roles(lines, roles, last + 1, stop)
    end = next((i for i in range(last + 1, stop) if roles[i] is not None), stop)
    roster = False
    for i in range(end, stop):
        roster = roster or roles[i] == "attachment_roster"
        if roles[i] is None:
            roles[i] = "attachment_roster" if roster else _trailing_role(lines, roles, i)
    return _closing(lines, roles, last, end)


def _trailing_role(lines: Sequence[Line], roles: Sequence[str | None], i: int) -> str:
    """The role of a line in the back that its form does not tell: the printing office stands beside its date."""
    beside = [roles[j] for j in (i - 1, i + 1) if 0 <= j < len(roles)]
    if "printing" in beside and is_body_line(lines[i].text):
        return "printing"
    previous = roles[i - 1]
    return previous if previous in ("cc", "closing") else "other"


def _closing(lines: Sequence[Line], roles: list[str | None], last: int, end: int) -> int:
    """Takes closing words off the last unit: a peroration, and paragraphs about the whole paper, see layout.tsv.

    A unit whose first line is a heading keeps its first paragraph.
    """
    least = last + 1 if _reads_as_text(lines[last].text) else last + 2
    peroration = next((i for i in range(least, end) if pattern("peroration").search(lines[i].text)), end)
    roles[peroration:end] = ["closing"] * (end - peroration)
    end = peroration
    while end > least and pattern("closing").search(lines[end - 1].text):
        end -= 1
        roles[end] = "closing"
    return end


def with_closing(layout: Layout, part: int, start: int) -> Layout:
    """The layout in which the lines of a part from `start` on are closing words."""
    old = layout.parts[part]
    roles = list(layout.roles)
    for i in range(start, old.body[1]):
        roles[i] = "closing"
    parts = list(layout.parts)
    parts[part] = replace(old, body=(old.body[0], start))
    return replace(layout, roles=tuple(roles), parts=tuple(parts))
