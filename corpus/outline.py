"""The outline of a plan: its units, their nesting, headings and spans, and which of them are items.

The numbering is the truth, whatever marks a converter left. Nesting decides a unit's level, not the glyph of its label:
1. directly under 一、 stands where （一） would. A unit's heading is its own line, or its lead sentence where that is
the regular practice of its level. Items are the leaves that state a task.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from corpus.layout import Layout, Line, Part
from corpus.numbering import Label, to_int
from corpus.tables import pattern, rows
from corpus.types import Node, Span

_LEAD = 50  # a longer first sentence is text, not a heading; lead sentences of the development corpus end at 45
_HEADING_LINE = 90  # the same for a heading on a line of its own
_PRACTICE = 0.8  # 4 of 5 siblings make a practice
_PARAGRAPH_PRACTICE = 0.75  # unnumbered units: sections with a single plain paragraph stand among them
_BRACKET_REACH = 400  # a unit bracket is not longer

_BOX_REACH = 100  # a box and the unit after it are not longer, in lines

_SCORE = re.compile(r"[（(]\s*\d{1,3}(?:\.\d)?\s*分\s*[)）]$")
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
    box: _Unit | None = None
    inner = 0  # the last number inside the open box
    for i in range(*part.body):
        text, label = layout.lines[i].text, layout.labels[i]
        if layout.roles[i] is not None:
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
    _close(units, part.body[1])
    return units


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
    """专栏1: the label of a box, which stands on a line of its own with its heading."""
    found = pattern("box").match(text)
    return found.group() if found and len(text) <= _HEADING_LINE and "。" not in text else None


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
        if unit.label is None:
            continue
        line = lines[unit.line]
        start = line.start + len(line.text) - len(line.text[unit.label.end :].lstrip("：: \u3000"))
        unit.heading, unit.lead = _heading_line(line, start), _lead(line, start)
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
    """Adds the paragraphs that are units without a number: each with a lead sentence and a unit bracket."""
    lines = layout.lines
    leaves = [u for u in units if not u.children and not u.box and u.heading and u.heading.end >= lines[u.line].end - 2]
    bodies = {id(u): range(u.line + 1, u.stop) for u in leaves if u.stop > u.line + 1}
    paragraphs = [i for body in bodies.values() for i in body]
    own = {i for i in paragraphs if _lead(lines[i], lines[i].start) and unit_bracket(lines[i].text)}
    if len(own) < 2 or len(own) < _PARAGRAPH_PRACTICE * len(paragraphs):
        return
    for unit in leaves:
        mine = [i for i in bodies.get(id(unit), ()) if i in own]
        for number, i in enumerate(mine, 1):
            path = _path(unit, f"¶{number}", taken)
            child = _Unit(
                i, mine[number] if number < len(mine) else unit.stop, None, "paragraph", unit, path, unit.level + 1
            )
            child.heading = _lead(lines[i], lines[i].start)
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
    waiting: list[tuple[_Unit, bool]] = [(unit, False) for unit in reversed(tops)]
    while waiting:
        unit, taskless = waiting.pop()
        taskless = taskless or (unit.kind != "part" and _states_no_task(layout.lines, unit))
        leaf = all(child.box for child in unit.children)
        yield _node(layout.lines, unit, is_item=leaf and not taskless and not unit.box and unit.kind != "part")
        waiting += [(child, taskless) for child in reversed(unit.children)]


def _node(lines: Sequence[Line], unit: _Unit, *, is_item: bool) -> Node:
    heading = unit.heading if unit.heading and unit.heading.end > unit.heading.start else None
    kind = unit.kind if unit.kind in ("part", "paragraph", "box") else "numbered"
    return Node(
        path=unit.path,
        level=unit.level,
        kind=kind,
        label=unit.label.text if unit.label else None,
        number=unit.label.number if unit.label else None,
        heading=_slice(lines, unit.line, heading) if heading else None,
        heading_span=heading,
        span=Span(lines[unit.line].start, lines[max(unit.line, unit.stop - 1)].end),
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
def _taskless_words() -> dict[str, frozenset[str]]:
    """The words of headings.tsv by kind of match."""
    words: dict[str, set[str]] = defaultdict(set)
    for row in rows("headings.tsv"):
        words[row["match"]].add(row["word"])
    return {match: frozenset(found) for match, found in words.items()}


def _states_no_task(lines: Sequence[Line], unit: _Unit) -> bool:
    """Whether a unit states guiding thoughts, principles, goals, background or validity: by heading or first words."""
    if unit.heading:
        return is_taskless(_slice(lines, unit.line, unit.heading))
    line = lines[unit.line]
    text = line.text[unit.label.end if unit.label else 0 :]
    return pattern("clause").search(text) is not None


def is_taskless(heading: str) -> bool:
    """Whether a heading announces no task: each of its parts, or its end or start, is a word of headings.tsv."""
    words = _taskless_words()
    bare = re.sub(r"[\s“”]|[（(][^（）()]*[)）]$", "", heading)
    if pattern("clause").search(bare) or any(bare.startswith(word) for word in words["start"]):
        return True
    parts = [part for part in re.split(r"[和与及、，]|以及", bare) if part]
    known = [part in words["whole"] or any(part.endswith(word) for word in words["end"]) for part in parts]
    return bool(known) and (all(known) or any(bare.endswith(word) for word in words["end"]))


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
