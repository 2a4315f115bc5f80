"""Repairs inside one line: marks of converters, stray strokes, half-width punctuation, blanks, lost line ends."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from corpus.numbering import label_after, match_bare, match_label
from corpus.page import BETWEEN, BODY, BRACKET, FULL_WIDTH, HAN, PARAGRAPH, Habits, Line
from corpus.tables import pattern, rows
from corpus.types import Repair

_PUNCTUATION = "，。、；：？！“”‘’（）《》〈〉【】〔〕「」『』…—·"
_TYPOGRAPHIC = "，。、；“”‘’（）《》〔〕"  # a blank beside these is no part of the text
_DATE_UNITS = "年月日号"
_FLAT = 400  # a line of this length with blanks after full stops has lost its line ends
_SPACE = "[ \\t\u3000\xa0\u2002\u2003\u2009\u200b]"
_SPACES = re.compile(f"{_SPACE}+")
_FLAT_SPACES = re.compile(f"{_SPACE}+(?:(?:#{{1,6}}|-{{3,}}){_SPACE}+)?")
_AFTER_STOP = re.compile(f"[。；：”）]{_SPACE}+[^A-Za-z]")
_ESCAPE = re.compile(r"\\(?=[.\-*_#()\[\]+!>~`|{}])")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]{1,400})\*\*|__(?=\S)([^_\n]{1,400})__")
_RANGE_DASH = re.compile(rf"一(?<=\d一)(?<![{HAN}][0０]一)(?=\d)")  # 1981一1985, but not the year 二0一0
_SPACED_YEAR = re.compile(r" (?<=[12] )(?<![\d.][12] )\d \d \d(?= ?年)")  # from its first blank on
_TECHNICAL = re.compile(r"\d+[A-Za-z]")  # 5G, 3D: a foreign word, which may stand between blanks
_SINGLE = re.compile(rf"[{HAN}](?:\s|$)")
_INLINE_LABEL = re.compile(r"[（(]?[一二三四五六七八九十]{1,4}[）)、]|(?<=[。；：）)\s])\d{1,2}(?=\D)")


def inside(raw: str, lines: Sequence[Line], habits: Habits) -> Iterator[Repair]:
    """The edits inside lines, in no order; table rows stay as they are."""
    lines = [line for line in lines if not line.text.startswith("|")]
    dash = "一 between two numbers is a dash taken for a character"
    stray = "stray 一: no word with what stands around it (a dash or line)"
    for found, number in _matches(raw, lines, _ESCAPE):
        yield _edit(found, number, "markup", "", "Markdown escape removed")
    for found, number in _matches(raw, lines, _RANGE_DASH):
        yield _edit(found, number, "character", "—", dash)
    for found, number in _matches(raw, lines, _stray_one()):
        yield _edit(found, number, "character", "", stray)
    yield from _emphasis(raw, lines)
    yield from _half_width(raw, lines, habits)
    yield from _spaced_years(raw, lines)
    if label_after("。").search(raw):
        for line in lines:
            yield from _heading_at_end(line)
    if label_after("）)").search(raw):
        for line in lines:
            yield from _after_unit_bracket(line)
    for line in lines:
        yield from _spaces(raw, line, habits)
        if habits.flat and len(line.text) >= _FLAT:
            yield from _lost_line_ends(raw, line)


def _matches(raw: str, lines: Sequence[Line], expression: re.Pattern[str]) -> Iterator[tuple[re.Match[str], int]]:
    """The matches of an expression in each of some lines, with the line's number.

    Most texts hold none: one search of the whole text says so.
    """
    if expression.search(raw):
        for line in lines:
            for found in expression.finditer(raw, line.start, line.end):
                yield found, line.number


def _edit(found: re.Match[str], number: int, kind: str, after: str, reason: str) -> Repair:
    """The repair of all that an expression found."""
    return Repair(kind, found.start(), found.end(), found.group(), after, reason, number)


@cache
def _stray_one() -> re.Pattern[str]:
    """A 一 between a Chinese character and a word that ties two nouns together, see artefacts.tsv."""
    table = list(rows("artefacts.tsv"))
    joint = "|".join(row["text"] for row in table if row["kind"] == "joint")
    one = "".join(row["text"] for row in table if row["kind"] == "one")
    return re.compile(f"一(?<=[{HAN}]一)(?<![{one}]一)(?={joint})")


def _emphasis(raw: str, lines: Sequence[Line]) -> Iterator[Repair]:
    """The marks around **bold** words."""
    if "**" not in raw and "__" not in raw:
        return
    for found, number in _matches(raw, lines, _BOLD):
        for at in (found.start(), found.end() - 2):
            yield Repair("markup", at, at + 2, raw[at : at + 2], "", "Markdown emphasis removed", number)


def _half_width(raw: str, lines: Sequence[Line], habits: Habits) -> Iterator[Repair]:
    """Half-width punctuation between Chinese characters where the document prints it full-width elsewhere."""
    places: list[tuple[int, int]] = []
    if not habits.full_width:
        return
    if "(" in habits.full_width:
        for m, number in _matches(raw, lines, BRACKET):
            places += [(m.start(), number), (m.end() - 1, number)]
    places += [(m.start(), number) for m, number in _matches(raw, lines, BETWEEN) if m.group() in habits.full_width]
    reason = "half-width mark made full-width like the rest of the document"
    for at, number in places:
        yield Repair("character-form", at, at + 1, raw[at], FULL_WIDTH[raw[at]], reason, number)


# ---------------------------------------------------------------- blanks


def _spaced_years(raw: str, lines: Sequence[Line]) -> Iterator[Repair]:
    """Blanks between the digits of a year: 2 0 2 2 年."""
    for m, number in _matches(raw, lines, _SPACED_YEAR):
        for at in range(m.start(), m.end(), 2):
            reason = "blanks between the digits of a year removed"
            yield Repair("whitespace", at, at + 1, raw[at], "", reason, number)


def _spaces(raw: str, line: Line, habits: Habits) -> Iterator[Repair]:
    """Blanks that are no part of the text, and blanks that stand for lost line ends."""
    flat = _is_flat(line, habits)
    for m in (_FLAT_SPACES if flat else _SPACES).finditer(raw, line.start, line.end):
        if not m.group().isspace():
            reason = "a mark of a converter stands for a lost line end"
            yield _edit(m, line.number, "markup", "\n", reason)
        elif (flat and _parts_paragraphs(raw, m, habits)) or _inner_indent(line, m) or _before_unit(raw, m):
            reason = "a blank stands for the lost line end between two paragraphs"
            yield Repair("whitespace", m.start(), m.end(), m.group(), "\n", reason, line.number)
        elif _is_needless(raw, m, line):
            reason = "blank between Chinese characters and digits or punctuation removed"
            yield Repair("whitespace", m.start(), m.end(), m.group(), "", reason, line.number)


def _is_flat(line: Line, habits: Habits) -> bool:
    """Whether a line holds several paragraphs: it is long, and nearly all the text or with blanks after stops."""
    if len(line.text) < _FLAT:
        return False
    return habits.flat or len(_AFTER_STOP.findall(line.text)) >= 3


def _parts_paragraphs(raw: str, m: re.Match[str], habits: Habits) -> bool:
    """Whether a blank of a flattened line parts paragraphs: before a label, or with Chinese text on both sides."""
    left, right = raw[m.start() - 1], raw[m.end()]
    if (left.isascii() and left.isalpha()) or _inside_name(raw, m.start()):
        return False
    if match_label(raw, m.end()):
        return left not in ".．、" or match_label(raw, m.start() - 1) is None
    if right.isdecimal() and _is_chinese(left):
        return not habits.spaced or _heading_before(raw, m.start())
    if right.isdecimal() and left in "。；" and match_bare(raw, m.end()):
        return True  # a label whose full stop was lost
    if _SINGLE.match(raw, m.end()):
        return False  # 总 则
    chinese = _is_chinese(right) or right in "“《（(〔—"
    if left in "。；，":
        return chinese  # no label ends in one of these
    return chinese and (_is_chinese(left) or left in _PUNCTUATION or left == ")") and not _after_label(raw, m.start())


def _after_label(raw: str, at: int) -> bool:
    """Whether a label ends at a place: a blank between label and heading is no line end."""
    return any((label := match_label(raw, i)) is not None and label.end == at for i in range(max(0, at - 8), at))


def _inside_name(raw: str, at: int) -> bool:
    """Whether a place lies inside 《…》."""
    before = raw[max(0, at - BODY) : at]
    return before.rfind("《") > before.rfind("》")


def _heading_before(raw: str, at: int) -> bool:
    """Whether the words before a place are a unit's heading: a label and a few characters without a stop."""
    tail = raw[max(0, at - BODY) : at]
    label = match_label(tail, max(tail.rfind(c) for c in " \n。；") + 1)
    return label is not None and len(tail) - label.end >= 2


def _inner_indent(line: Line, m: re.Match[str]) -> bool:
    """Whether a blank inside a long line is the indent of a paragraph whose line end was lost."""
    return len(line.text) >= PARAGRAPH and "\u3000\u3000" in m.group()


def _before_unit(raw: str, m: re.Match[str]) -> bool:
    """Whether a blank stands between a full stop and the label of a section, a unit or a box."""
    if raw[m.start() - 1] not in "。；":
        return False
    label = match_label(raw, m.end())
    return label.rank <= 6 if label else pattern("box").match(raw, m.end()) is not None


def _is_needless(raw: str, m: re.Match[str], line: Line) -> bool:
    """Whether a blank is typography only: between Chinese characters and digits, or beside Chinese punctuation."""
    left, right = raw[m.start() - 1], raw[m.end()]
    if left.isdecimal() and _is_chinese(right):
        # at the start of a line a number may be a serial (`3 综合科`), unless it is a date
        serial = m.start() - line.start <= 3 and raw[line.start : m.start()].isdecimal()
        return not serial or right in _DATE_UNITS
    if _is_chinese(left) and right.isdecimal():
        return _TECHNICAL.match(raw, m.end()) is None
    return (left in _TYPOGRAPHIC or right in _TYPOGRAPHIC) and left != "）"


def _is_chinese(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or char == "〇"


# ---------------------------------------------------------------- lost line ends


def _heading_at_end(line: Line) -> Iterator[Repair]:
    """A line end before a section's heading that stands at the end of a line: `…新格局。（二）供给能力提升工程`."""
    for m in label_after("。").finditer(line.text, max(0, len(line.text) - BODY)):
        at = m.end()
        label = match_label(line.text, at)
        rest = line.text[label.end :].replace("，", "") if label else ""
        if label and label.rank <= 6 and len(rest) >= 4 and not any(c in _PUNCTUATION for c in rest):
            yield _line_end(line, line.start + at, "line end before the heading of a unit restored")
            return


def _after_unit_bracket(line: Line) -> Iterator[Repair]:
    """A line end between the unit bracket that closes a unit and the next number: `（市发改委负责）10．培育平台`."""
    labels = [(m, label) for m in label_after("）)").finditer(line.text) if (label := match_label(line.text, m.end()))]
    last = match_label(line.text) if labels else None
    for m, label in labels:
        if last is None or label.kind != last.kind or label.number != last.number + 1:
            continue
        start = max(line.text.rfind("（", 0, m.start()), line.text.rfind("(", 0, m.start()))
        if start >= 0 and pattern("unit_cue").search(line.text, start, m.end()):
            yield _line_end(line, line.start + m.end(), "line end between a unit bracket and the next number restored")
            last = label


def _line_end(line: Line, at: int, reason: str) -> Repair:
    return Repair("whitespace", at, at, "", "\n", reason, line.number)


def _lost_line_ends(raw: str, line: Line) -> Iterator[Repair]:
    """Line ends before labels in a text without any: after a stop or a heading; the labels must count on."""
    last: dict[str, int] = {}
    heading = line.start  # where the last unit's heading starts
    for m in _INLINE_LABEL.finditer(raw, line.start, line.end):
        label = match_label(raw, m.start()) or match_bare(raw, m.start())
        if label is None or label.number not in (1, last.get(label.kind, 0) + 1):
            continue
        previous = raw[m.start() - 1] if m.start() > line.start else "\n"
        opens = label.number == 1 and _is_heading(raw, heading, m.start())
        if not (previous.isspace() or previous in "。；）”：" or opens):
            continue
        last[label.kind], heading = label.number, label.end
        if not previous.isspace():
            yield _line_end(line, m.start(), "line end before a numbered unit restored in a text without line ends")


def _is_heading(raw: str, start: int, end: int) -> bool:
    """Whether a stretch is short and holds no stop."""
    return 0 < end - start <= BODY and not any(c in raw[start:end] for c in "，。；：")
