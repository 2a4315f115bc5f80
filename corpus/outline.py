"""The outline of a plan: its units, their nesting, headings and spans, and which of them are items.

The numbering is the truth, whatever marks a converter left. Nesting decides a unit's level, not the glyph of its label:
1. directly under 一、 stands where （一） would. A unit's heading is its own line, or its lead sentence where that is
the regular practice of its level. Items are the leaves that state a task.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from corpus.layout import ROW, Layout, Line, Part
from corpus.numbering import Label, to_int
from corpus.tables import pattern, rows
from corpus.tasktable import TaskRow, serial_number
from corpus.types import Node, Span

_LEAD = 50  # a longer first sentence is text, not a heading; lead sentences of the development corpus end at 45
_HEADING_LINE = 90  # the same for a heading on a line of its own
_PRACTICE = 0.8  # 4 of 5 siblings make a practice
_PARAGRAPH_PRACTICE = 0.75  # unnumbered units: sections with a single plain paragraph stand among them
_BRACKET_REACH = 400  # a unit bracket is not longer

_ANNEX_TEXT = 10  # an article's own words, in characters, before the papers it asks for
_CLAUSE_LINES = 2  # a definition or a bare fact has no more lines below its heading
_BOX_REACH = 100  # a box and the unit after it are not longer, in lines

_SCORE = re.compile(r"[（(]\s*\d{1,3}(?:\.\d)?\s*分\s*[)）]$")
_BEFORE_HEADING = "：: \t\u3000\xa0\u2002\u2003\u2009\u200b"  # between a label and its heading
_SENTENCE_END = re.compile(r"[。！？]")
_ARTICLE = re.compile(r"【([^【】]{2,30})】")  # 第三条【适用范围】…
_PLAIN_TEXT = re.compile(r"[。！？；]")


@dataclass(slots=True)
class _Unit:
    """A unit in the making: its first line, where it ends (an index of lines), its place in the tree."""

    line: int
    stop: int
    label: Label | None
    kind: str
    parent: "_Unit | None"
    path: str
    level: int
    children: "list[_Unit]" = field(default_factory=list)
    heading: Span | None = None
    lead: Span | None = None
    box: bool = False
    kinds: frozenset[str] = frozenset()  # of a box: the kinds of the units open around it
    span: Span | None = None  # of a unit that begins or ends inside a line


def outline(layout: Layout) -> tuple[Node, ...]:
    """The nodes of a text in document order; empty where it has no numbered units. Linear in its length."""
    several = sum(_has_units(layout, part) for part in layout.parts) > 1
    nodes: list[Node] = []
    taken: Counter[str] = Counter()
    count = 0
    for part in layout.parts:
        if not _has_units(layout, part):
            continue
        count += 1
        top = _part_unit(layout, part, count) if several else None
        units = _tree(layout, part, top, taken)
        _headings(layout.lines, units)
        _unnumbered(layout, units, taken)
        nodes += _nodes(layout, [top] if top else [u for u in units if u.parent is None])
    return tuple(nodes)


def _has_units(layout: Layout, part: Part) -> bool:
    return any(layout.labels[i] is not None and layout.roles[i] is None for i in range(*part.body))


def _part_unit(layout: Layout, part: Part, number: int) -> _Unit:
    """The node of a part: from its title to its closing words."""
    stop = part.body[1]
    while stop < len(layout.roles) and layout.roles[stop] == "closing":
        stop += 1
    start = part.titles[0] if part.titles[1] > part.titles[0] else part.body[0]
    unit = _Unit(start, stop, None, "part", None, f"P{number}", 0)
    if part.titles[1] > part.titles[0]:
        unit.heading = Span(layout.lines[part.titles[0]].start, layout.lines[part.titles[1] - 1].end)
    return unit


# ---------------------------------------------------------------- nesting


class _Nesting:
    """Where a label belongs, from the labels before it.

    A label goes beside the open unit of its kind. A label of a new kind opens a level below the last unit, unless it
    counts on from units of its kind that were closed, its glyph stands higher than the last unit's, or it has been seen
    above that kind before.
    """

    def __init__(self, top: _Unit | None) -> None:
        self.top = top
        self.open: list[_Unit] = []
        self.last: dict[str, int] = {}  # the last number of each kind
        self.under: dict[str, str | None] = {}  # the kind that each kind was last found under
        self.above: set[tuple[str, str]] = set()  # pairs (outer kind, inner kind)

    def place(self, label: Label) -> _Unit | None:
        """The parent of a new unit (None at the top); closes what ends before it."""
        kinds = [unit.kind for unit in self.open]
        if label.kind in kinds and not self._goes_deeper(label):
            del self.open[kinds.index(label.kind) :]
        elif label.kind not in kinds:
            self._close_for(label)
        parent = self.open[-1] if self.open else None
        self.last[label.kind] = label.number
        self.under[label.kind] = parent.kind if parent else None
        self.above.update((unit.kind, label.kind) for unit in self.open)
        return parent or self.top

    def _goes_deeper(self, label: Label) -> bool:
        """1、 after 1. (or the other way): another mark that starts at one again right below is a level of its own."""
        last = self.open[-1]
        return (
            last.kind == label.kind
            and label.kind == "1."
            and label.number == 1
            and last.label is not None
            and last.label.text[-1] != label.text[-1]
            and "、" in (last.label.text[-1], label.text[-1])
        )

    def _close_for(self, label: Label) -> None:
        counts_on = label.number > 1 and self.last.get(label.kind) == label.number - 1
        if counts_on and self.under.get(label.kind) is None and label.kind in self.under:
            self.open.clear()
            return
        while self.open:
            last = self.open[-1]
            outer = last.label is not None and last.label.rank > label.rank and label.rank <= 5
            known = (label.kind, last.kind) in self.above and (last.kind, label.kind) not in self.above
            beyond = (
                counts_on
                and last.kind != self.under[label.kind]
                and self.under[label.kind] in [u.kind for u in self.open]
            )
            if not (outer or known or beyond):
                return
            self.open.pop()


def _tree(layout: Layout, part: Part, top: _Unit | None, taken: Counter[str]) -> list[_Unit]:
    """The numbered units and boxes of a part, in order, with their line ranges."""
    nesting = _Nesting(top)
    units: list[_Unit] = []
    table = {row.line: row for row in layout.rows}
    box: _Unit | None = None
    inner = 0  # the last number inside the open box
    for i in range(*part.body):
        text, label = layout.lines[i].text, layout.labels[i]
        if layout.roles[i] is not None:
            continue
        if label is not None and label.kind == ROW:
            units += _row_units(layout.lines, table[i], nesting, units, taken)
            continue
        if found := _box_label(text):
            box, inner = _box(i, found, nesting, top, taken), 0
            units.append(box)
        elif label is not None:
            if box is not None and _inside_box(layout, i, nesting, box, inner):
                inner = label.number
                continue
            box = None
            units.append(_unit(i, label, nesting, taken))
            nesting.open.append(units[-1])
    _lay_beside(layout, units, part.body[1], taken)
    _close(units, part.body[1])
    return units


def _lay_beside(layout: Layout, units: Sequence[_Unit], stop: int, taken: Counter[str]) -> None:
    """Moves boxes out of units without numbered children: a box lies beside the item it follows, in its section.

    Where the unit's own text goes on after a box, its boxes stay inside: beside, they would take that text along.
    """
    ends = dict(zip((id(u) for u in units), [*(u.line for u in units[1:]), stop], strict=True))
    going_on = {id(u.parent) for u in units if u.box and _text_goes_on(layout, u.line, ends[id(u)])}
    for box in units:
        unit = box.parent
        if not box.box or unit is None or unit.parent is None or unit.level <= 1 or id(unit) in going_on:
            continue
        if all(child.box for child in unit.children):
            unit.children.remove(box)
            section = unit.parent
            later = (i for i, child in enumerate(section.children) if child.line > box.line)
            section.children.insert(next(later, len(section.children)), box)
            box.parent, box.level, box.path = section, unit.level, _path(section, box.path.rpartition("/")[2], taken)


def _row_units(
    lines: Sequence[Line], row: TaskRow, nesting: _Nesting, units: Sequence[_Unit], taken: Counter[str]
) -> Iterator[_Unit]:
    """The unit of a table's row, and before it the section of the group that the row opens.

    Where the serial counts groups, the group is a numbered section and its rows are unnumbered paragraphs in it; else
    the serial is the row's own number.
    """
    around = nesting.open[-1] if nesting.open else nesting.top
    serial = (
        lines[row.line].text[row.serial.start - lines[row.line].start : row.serial.end - lines[row.line].start]
        if (row.serial and (row.opens or row.group is None))
        else ""
    )
    number = serial_number(serial)
    if row.opens and row.group and number:
        section = _placed(row, Label(ROW, 0, serial, number, 0), "row section", around, taken)
        section.heading, section.span = row.group, None
        yield section
        around = section
    elif row.group and units and units[-1].kind == ROW:
        around = units[-1].parent
    label = None if row.group or not number else Label(ROW, 0, serial, number, 0)
    unit = _placed(row, label, ROW, around, taken)
    unit.heading, unit.span = row.task, row.span
    yield unit


def _placed(row: TaskRow, label: Label | None, kind: str, parent: _Unit | None, taken: Counter[str]) -> _Unit:
    key = label.key if label else f"¶{row.number}"
    path, level = _path(parent, key, taken), parent.level + 1 if parent else 1
    unit = _Unit(row.line, row.line, label, kind, parent, path, level)
    if parent:
        parent.children.append(unit)
    return unit


def _unit(line: int, label: Label, nesting: _Nesting, taken: Counter[str]) -> _Unit:
    parent = nesting.place(label)
    unit = _Unit(
        line, line, label, label.kind, parent, _path(parent, label.key, taken), parent.level + 1 if parent else 1
    )
    if parent:
        parent.children.append(unit)
    return unit


def _path(parent: _Unit | None, key: str, taken: Counter[str]) -> str:
    """The path of a unit; the second unit with the same path gets the suffix ~2, and so on."""
    path = f"{parent.path}/{key}" if parent else key
    taken[path] += 1
    return path if taken[path] == 1 else f"{path}~{taken[path]}"


def _box_label(text: str) -> str | None:
    """专栏1: the label of a box at the start of a line, which may have lost the line end after its heading."""
    found = pattern("box").match(text)
    return found.group() if found else None


def _box(line: int, text: str, nesting: _Nesting, top: _Unit | None, taken: Counter[str]) -> _Unit:
    """A box: a child of the section around it ((n) where there is one), never of a numbered item."""
    key = re.sub(r"\s", "", text)
    kinds = frozenset(unit.kind for unit in nesting.open)
    digits = re.sub(r"\D", "", key) or key[2:]
    label = Label("box", 0, text, to_int(digits) or 0, len(text))
    while len(nesting.open) > 1 and nesting.open[-1].kind not in ("（一）", "㈠"):
        if not any(unit.kind in ("（一）", "㈠") for unit in nesting.open):
            break
        nesting.open.pop()
    parent = nesting.open[-1] if nesting.open else top
    unit = _Unit(
        line,
        line,
        label,
        "box",
        parent,
        _path(parent, key, taken),
        parent.level + 1 if parent else 1,
        box=True,
        kinds=kinds,
    )
    if parent:
        parent.children.append(unit)
    return unit


def _inside_box(layout: Layout, i: int, nesting: _Nesting, box: _Unit, inner: int) -> bool:
    """Whether the label of a line belongs to the numbering inside a box: it counts on there.

    Where it would count on outside too, it is inside if that number comes again.
    """
    label = layout.labels[i]
    if label is None or label.rank < 7 or label.number != inner + 1:
        return False
    if label.kind not in box.kinds or label.number != nesting.last.get(label.kind, 0) + 1:
        return True
    return inner > 0 and _comes_again(layout, i, label)


def _comes_again(layout: Layout, i: int, label: Label) -> bool:
    """Whether a number comes again: before the next section, or as the first of its kind there (running on)."""
    section = False
    for later in layout.labels[i + 1 : i + 1 + _BOX_REACH]:
        section = section or (later is not None and later.rank < 7)
        if later is None or later.kind != label.kind:
            continue
        if later.number == label.number or section:
            return later.number == label.number
    return False


def _text_goes_on(layout: Layout, start: int, stop: int) -> bool:
    """Whether text follows a box in its range of lines: a paragraph without number after the box's numbered ones."""
    numbered = [i for i in range(start + 1, stop) if layout.labels[i] is not None]
    return bool(numbered) and numbered[-1] < stop - 1


def _close(units: Sequence[_Unit], stop: int) -> None:
    """Sets where each unit ends: at the next unit that is not below it."""
    open_units: list[_Unit] = []
    for unit in units:
        while open_units and not _is_below(unit, open_units[-1]):
            open_units.pop().stop = unit.line
        open_units.append(unit)
    for unit in open_units:
        unit.stop = stop


def _is_below(unit: _Unit, other: _Unit) -> bool:
    return unit.level > other.level and (
        unit.parent is other or (unit.parent is not None and _is_below(unit.parent, other))
    )


# ---------------------------------------------------------------- headings


def _headings(lines: Sequence[Line], units: Sequence[_Unit]) -> None:
    """Gives headings: heading lines always, lead sentences where 4 of 5 units of the level and kind have one."""
    levels: dict[tuple[int, str], list[_Unit]] = defaultdict(list)
    for unit in units:
        if unit.label is None or unit.kind.startswith(ROW):
            continue
        line = lines[unit.line]
        start = line.start + len(line.text) - len(line.text[unit.label.end :].lstrip(_BEFORE_HEADING))
        unit.heading, unit.lead = _heading_line(line, start), _lead(line, start)
        if unit.heading and line.text.endswith("。"):  # a sentence that fills the line: a heading where others have one
            unit.heading, unit.lead = None, unit.heading
        levels[(unit.level, unit.kind)].append(unit)
    for group in levels.values():
        regular = sum(unit.heading is not None or unit.lead is not None for unit in group) >= _PRACTICE * len(group)
        for unit in group:
            unit.heading = unit.heading or (unit.lead if regular else None)


def _heading_line(line: Line, start: int) -> Span | None:
    """A heading that fills the line: no stop inside, none that belongs to a list at its end."""
    text = line.text[start - line.start :]
    bare = text.rstrip("。：: ")
    if _ARTICLE.match(text):
        return None
    if not bare or len(bare) > _HEADING_LINE or _PLAIN_TEXT.search(bare) or bare[-1] in "，、,；;":
        return None
    if text.endswith("。") and len(bare) > _LEAD:
        return None
    return _trimmed(start, bare)


def _lead(line: Line, start: int) -> Span | None:
    """The lead sentence before the text of a unit on the same line; a blank may stand for the stop."""
    text = line.text[start - line.start :]
    if article := _ARTICLE.match(text):
        return Span(start + article.start(1), start + article.end(1))
    stop = _SENTENCE_END.search(text)
    if stop is None or stop.end() >= len(text):
        return None
    sentence = text[: stop.start()]
    head = re.match(r"[^\s，。；：]{2,30}(?=[\s\u3000]+[\u4e00-\u9fff“《])", sentence)
    if head and len(sentence) > _LEAD:
        sentence = head.group()
    return _trimmed(start, sentence) if len(sentence) <= _LEAD and "；" not in sentence else None


def _trimmed(start: int, text: str) -> Span:
    """The span of a heading without score marks, colons and blanks at its end."""
    text = _SCORE.sub("", text.rstrip("。：: ")).rstrip("。：: ")
    return Span(start, start + len(text))


# ---------------------------------------------------------------- unnumbered units


def _unnumbered(layout: Layout, units: Sequence[_Unit], taken: Counter[str]) -> None:
    """Adds the paragraphs that are units without a number: each with a lead sentence and a unit bracket.

    They are units where that is the document's practice below heading lines, or that of all paragraphs of one unit.
    Where each heading has a single paragraph, the numbered unit itself is what the bracket belongs to.
    """
    lines = layout.lines
    leaves = [u for u in units if not u.children and not u.box and u.heading and not u.kind.startswith(ROW)]
    bodies = ((unit, _paragraphs(lines, unit)) for unit in leaves)
    found = [(unit, body, [s for s in body if _is_own_unit(lines, s)]) for unit, body in bodies]
    below = [(body, own) for unit, body, own in found if body and body[0].start > lines[unit.line].end]
    several = any(len(own) > 1 for _, own in below)
    practice = several and _is_practice(sum(len(own) for _, own in below), sum(len(body) for body, _ in below))
    for unit, body, own in found:
        regular = practice and bool(own) and body[0].start > lines[unit.line].end
        if regular or (len(own) > 1 and len(own) == len(body)):
            _add_paragraphs(lines, unit, own, taken)


def _paragraphs(lines: Sequence[Line], unit: _Unit) -> list[Span]:
    """The paragraphs of a unit: what follows the heading on its line, and the lines below."""
    first = lines[unit.line]
    at = unit.heading.end if unit.heading else first.start
    rest = first.text[at - first.start :].lstrip("。：: \u3000")
    spans = [Span(first.end - len(rest), first.end)] if rest else []
    return spans + [Span(lines[i].start, lines[i].end) for i in range(unit.line + 1, unit.stop)]


def _line_of(lines: Sequence[Line], span: Span) -> int:
    return bisect_left(lines, Line(span.start + 1, "")) - 1


def _own_line(lines: Sequence[Line], span: Span) -> Line:
    """A paragraph as a line of its own, also where it begins inside one."""
    line = lines[_line_of(lines, span)]
    return Line(span.start, line.text[span.start - line.start :])


def _is_own_unit(lines: Sequence[Line], span: Span) -> bool:
    """Whether a paragraph has a lead sentence and a unit bracket of its own."""
    line = _own_line(lines, span)
    return unit_bracket(line.text) is not None and _lead(line, line.start) is not None


def _is_practice(own: int, paragraphs: int) -> bool:
    return own >= 2 and own >= _PARAGRAPH_PRACTICE * paragraphs


def _add_paragraphs(lines: Sequence[Line], unit: _Unit, own: Sequence[Span], taken: Counter[str]) -> None:
    """Adds unnumbered units, each up to the next one."""
    places = [_line_of(lines, span) for span in own]
    for number, (i, stop) in enumerate(zip(places, [*places[1:], unit.stop], strict=True), 1):
        child = _Unit(i, stop, None, "paragraph", unit, _path(unit, f"¶{number}", taken), unit.level + 1)
        child.heading = _lead(_own_line(lines, own[number - 1]), own[number - 1].start)
        child.span = Span(own[number - 1].start, lines[max(i, stop - 1)].end)
        unit.children.append(child)


def unit_bracket(text: str) -> Span | None:
    """The bracket with the responsible units at the end of a paragraph: （责任单位：…）, （…牵头）; else None."""
    end = len(text.rstrip("。；;. "))
    if end == 0 or text[end - 1] not in "）)":
        return None
    depth = 0
    for at in range(end - 1, max(-1, end - _BRACKET_REACH), -1):
        depth += (text[at] in "）)") - (text[at] in "（(")
        if depth == 0:
            return Span(at, end) if pattern("unit_cue").search(text, at, end) else None
    return None


# ---------------------------------------------------------------- items


def _nodes(layout: Layout, tops: Sequence[_Unit]) -> Iterator[Node]:
    """The nodes of a tree in document order."""
    lines = layout.lines
    waiting: list[tuple[_Unit, bool]] = [(unit, False) for unit in reversed(tops)]
    while waiting:
        unit, below = waiting.pop()
        kind = "above" if below else _taskless_kind(lines, unit)
        taskless = kind is not None
        members = "" if taskless else _before_members(lines, unit)
        states_task = all(child.box for child in unit.children) or _has_annex_only(lines, unit) or "。" in members
        yield _node(lines, unit, is_item=states_task and not taskless and not unit.box and unit.kind != "part")
        below = bool(members) or (taskless and kind != "either")
        waiting += [(child, below) for child in reversed(unit.children)]


def _before_members(lines: Sequence[Line], unit: _Unit) -> str:
    """The words of a unit that introduce a list of conditions, cases or acts (应具备以下条件：); else nothing.

    What follows such words are members of a list and no tasks; the unit is the item if it states one before them.
    """
    if not unit.children:
        return ""
    first = unit.children[0].line
    head = unit.heading.end - lines[unit.line].start if unit.heading else unit.label.end if unit.label else 0
    words = [lines[unit.line].text[head:], *(lines[i].text for i in range(unit.line + 1, min(first, unit.line + 4)))]
    return "".join(words) if first > unit.line and pattern("members").search(lines[first - 1].text) else ""


def _has_annex_only(lines: Sequence[Line], unit: _Unit) -> bool:
    """Whether a unit has a text of its own, and below it only papers to hand in, conditions and addresses.

    The task is then the unit's (articles: 第六条 … （一）申报条件 （二）申报材料 （三）政策咨询).
    """
    line = lines[unit.line]
    start = unit.heading.end - line.start if unit.heading else unit.label.end if unit.label else 0
    has_text = len(line.text) - start > _ANNEX_TEXT and _PLAIN_TEXT.search(line.text, start) is not None
    if not has_text:
        return False
    kinds = {_taskless_kind(lines, child) for child in unit.children}
    return "papers" in kinds and kinds <= {"papers", "validity"}


def _node(lines: Sequence[Line], unit: _Unit, *, is_item: bool) -> Node:
    heading = unit.heading if unit.heading and unit.heading.end > unit.heading.start else None
    kind = unit.kind if unit.kind in ("part", "paragraph", "box") else "numbered"
    if unit.label is None and kind == "numbered":
        kind = "paragraph"
    return Node(
        path=unit.path,
        level=unit.level,
        kind=kind,
        label=unit.label.text if unit.label else None,
        number=unit.label.number if unit.label else None,
        heading=_slice(lines, unit.line, heading) if heading else None,
        heading_span=heading,
        span=unit.span or Span(lines[unit.line].start, lines[max(unit.line, unit.stop - 1)].end),
        parent=unit.parent.path if unit.parent else None,
        is_item=is_item,
    )


def _slice(lines: Sequence[Line], first: int, span: Span) -> str:
    """The characters of a span that starts in a given line; a heading over several lines is put together."""
    parts, at = [], first
    while at < len(lines) and lines[at].start < span.end:
        line = lines[at]
        parts.append(line.text[max(0, span.start - line.start) : span.end - line.start])
        at += 1
    return "".join(parts)


@cache
def _taskless_words() -> dict[str, dict[str, str]]:
    """The words of headings.tsv by kind of match, each with its kind."""
    words: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows("headings.tsv"):
        words[row["match"]][row["word"]] = "either" if row["match"] == "leaf" else row["kind"]
    return dict(words)


def _taskless_kind(lines: Sequence[Line], unit: _Unit) -> str | None:
    """Which kind of text without a task a unit is (see headings.tsv), by its heading or first words; else None."""
    if unit.kind == "part":
        return None
    if unit.heading and (kind := heading_kind(_slice(lines, unit.line, unit.heading))):
        return kind
    line = lines[unit.line]
    texts = [line.text[unit.label.end if unit.label else 0 :].lstrip(_BEFORE_HEADING)]
    below = unit.stop - unit.line - 1
    if unit.heading and unit.heading.end >= line.end - 2 and 1 <= below <= _CLAUSE_LINES and not unit.children:
        texts.append(lines[unit.line + 1].text)
    return "validity" if any(pattern("clause").match(text) for text in texts) else None


def heading_kind(heading: str) -> str | None:
    """The kind of a heading that announces no task: each of its parts, or its end or start, is a word of headings.tsv.

    Words of the match `leaf` give the kind `either`; None where the heading announces a task.
    """
    words = _taskless_words()
    bare = re.sub(r"[\s“”]|[（(][^（）()]*[)）]$", "", heading)
    if pattern("clause").match(bare):
        return "validity"
    if found := next((kind for word, kind in words["start"].items() if bare.startswith(word)), None):
        return found
    parts = [part for part in re.split(r"[和与及、，]|以及", bare) if part]
    known = [_word_kind(part) for part in parts]
    ending = _end_kind(bare)
    if not any(known) or not (all(known) or ending):
        return None
    return ending or known[-1]


def _word_kind(part: str) -> str | None:
    """The kind of one part of a heading."""
    words = _taskless_words()
    return words["whole"].get(part) or words["leaf"].get(part) or _end_kind(part)


@cache
def _ends() -> tuple[str, ...]:
    return tuple(_taskless_words()["end"])


def _end_kind(text: str) -> str | None:
    """The kind of the word that a heading ends in, None where it is none of headings.tsv."""
    if not text.endswith(_ends()):
        return None
    return next(kind for word, kind in _taskless_words()["end"].items() if text.endswith(word))


def closing_start(layout: Layout, number: int) -> int | None:
    """Where closing words start that no cue tells: after the last unit's first paragraph, where nearly all have one.

    `number` is the part's index. Returns an index of lines, or None.
    """
    part = layout.parts[number]
    firsts = [i for i in range(*part.body) if layout.labels[i] is not None and layout.roles[i] is None]
    if len(firsts) < 5:
        return None
    full = [i for i in firsts if _PLAIN_TEXT.search(layout.lines[i].text[:-1])]
    if not full or full[-1] != firsts[-1]:
        return None
    nexts = dict(zip(firsts, [*firsts[1:], part.body[1]], strict=True))
    single = sum(nexts[i] == i + 1 for i in full[:-1])
    last = firsts[-1]
    return last + 1 if single >= 0.9 * (len(full) - 1) > 0 and part.body[1] > last + 1 else None
