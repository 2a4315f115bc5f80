"""The raw lines of a file, what on them belongs to the page and not to the text, and a document's habits."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import NamedTuple

from corpus.numbering import match_label
from corpus.tables import pattern

HAN = "\u3400-\u4dbf\u4e00-\u9fff〇"
BLANK = " \t\u3000\xa0\u2002\u2003\u2009\u200b\ufeff\x1a"
# An expression that begins with the characters it looks for, context behind it checked after, is found much faster
# than one that begins with a choice or with what stands before.
NEWLINE = re.compile(r"([\n\r\x0b\x0c\x85\u2028\u2029](?:(?<=\r)\n)?)")
FINAL = '。！？；：…”’）》】〕」』.!?;:)]"|'  # what paragraphs end with
FULL_WIDTH = {",": "，", ";": "；", ":": "：", "!": "！", "?": "？", "(": "（", ")": "）"}
BRACKET = re.compile(rf"\((?=[^()\n]{{0,200}}[{HAN}])[^()\n]{{1,200}}\)")  # half-width, with Chinese inside
BETWEEN = re.compile(rf"[,;:!?](?<=[{HAN}”》）].)(?=[{HAN}“《（])")
_NUMBER = re.compile(rf"[{HAN}]\d|\d[{HAN}]")
_BLANK_AT_NUMBER = re.compile(rf"[ \u3000](?:(?<=[{HAN}].)\d|(?<=\d.)[{HAN}])[ \u3000]?")  # of 中 5 中 one blank counts
_NO_IDEOGRAPH = re.compile(r"[^\u4e00-\u9fff\u3000-\u3029\uff01-\uff60]")  # what may be narrow
_MARK = re.compile(r"#{1,6}[ \t\u3000]+(?=\S)|#{1,6}(?=[\u4e00-\u9fff（])")

# Thresholds, in characters unless said otherwise; measured on the plans of the development corpus.
BODY = 40  # a line of this length with a comma inside is text, not a heading
PARAGRAPH = 80  # a line of this length is a paragraph
_WRAP_SHARE = 0.4  # this share of all lines must be equally wide for the text to count as hard-wrapped
_WRAP_MIN = 15  # narrower lines are lists and tables
_WRAP_LINES = 12  # fewer lines show no habit
_WRAP_MODE = 0.08  # a width that fewer lines have is no measure
_INDENTED = 0.1  # hard-wrapped paragraphs have ten lines at most, on average
_TERMINATED = 0.5  # where fewer paragraphs end in a full stop, the lack of one says nothing
_SPACED = 4  # one blank in four places makes a habit
_FLAT_LINE = 1500  # longer lines on average: the text has lost its line ends


class Line(NamedTuple):
    """A raw line: where its heading mark and its content start, where it ends (blanks cut), its text and place.

    `place` counts from 0 among the lines with content; `number` is the line number of the file (a form feed ends no
    line there).
    """

    place: int
    number: int
    mark: int
    start: int
    end: int
    text: str
    indented: bool  # by more than one blank
    page_break: bool  # a form feed stands before it

    @property
    def width(self) -> int:
        """Printed width in half-width units."""
        narrow = sum(unicodedata.east_asian_width(c) not in "WFA" for c in _NO_IDEOGRAPH.findall(self.text))
        return 2 * len(self.text) - narrow


@dataclass(frozen=True, slots=True)
class Habits:
    """What is usual in a document; rules apply only where the document's own practice supports them."""

    widths: tuple[int, ...]  # the widths of full lines, where the text is hard-wrapped
    indents: bool  # a paragraph's first line is indented
    terminated: bool  # paragraphs end with a full stop
    flat: bool  # (nearly) no line ends in the file
    spaced: bool  # blanks stand between Chinese characters and numbers
    full_width: frozenset[str]  # half-width marks in it whose full-width form is the usual one


@dataclass(frozen=True, slots=True)
class Page:
    """A raw text with its lines, the reasons for which some of them go, the lines that stay, and its habits."""

    raw: str
    lines: tuple[Line, ...]
    furniture: dict[int, str]  # by place of line
    kept: tuple[Line, ...]
    habits: Habits


def read_page(raw: str) -> Page:
    """The lines of a raw text. Linear in its length."""
    lines = tuple(_lines(raw))
    furniture = _furniture(lines)
    kept = tuple(line for line in lines if line.place not in furniture)
    return Page(raw, lines, furniture, kept, _habits(raw, kept))


def _lines(raw: str) -> Iterator[Line]:
    """The lines of a text that hold more than blanks, by any line end; a form feed counts as one."""
    at, number, place, page_break = 0, 1, 0, False
    parts = NEWLINE.split(raw)  # lines and line ends by turns
    for whole, line_end in zip(parts[::2], [*parts[1::2], ""], strict=True):
        body, end = whole.lstrip(BLANK), at + len(whole)
        if body:
            mark = end - len(body)
            found = _MARK.match(body) if body[0] == "#" else None
            start = mark + (found.end() if found else 0)
            content = body[start - mark :].rstrip(BLANK)
            if content:
                yield Line(place, number, mark, start, start + len(content), content, mark > at + 1, page_break)
                place, page_break = place + 1, False
        form_feed = line_end == "\x0c"
        page_break, number, at = page_break or form_feed, number + (not form_feed), end + len(line_end)


def _furniture(lines: tuple[Line, ...]) -> dict[int, str]:
    """Lines that belong to the page, not to the text, by place: the reason why they go."""
    rule, page = pattern("rule"), pattern("page_number")
    found: dict[int, str] = {}
    for line in lines:
        if rule.fullmatch(line.text):
            found[line.place] = "horizontal rule removed"
        elif page.fullmatch(line.text):
            found[line.place] = "page number removed"
    for line in _bare_page_numbers(lines):
        found[line.place] = "page number removed: bare numbers on lines of their own count up"
    for line in _running_headers(lines, found):
        found[line.place] = "running header removed: the same line stands beside several page numbers"
    return found


def _bare_page_numbers(lines: tuple[Line, ...]) -> list[Line]:
    """Lines that hold nothing but a number, where at least two follow each other upwards by one."""
    bare = [line for line in lines if line.text.isdecimal() and len(line.text) <= 3]
    steps = [int(b.text) - int(a.text) for a, b in pairwise(bare)]
    if len(bare) < 2 or steps.count(1) * 2 < len(steps):
        return []
    inside = [False, *(step == 1 for step in steps), False]
    return [line for i, line in enumerate(bare) if inside[i] or inside[i + 1]]


def _running_headers(lines: tuple[Line, ...], furniture: dict[int, str]) -> list[Line]:
    """Short lines beside page numbers that are printed at least three times."""
    pages = {place for place, why in furniture.items() if "page number" in why}
    near = sorted({place + step for place in pages for step in (-1, 1)} - furniture.keys())
    beside = [lines[i] for i in near if 0 <= i < len(lines) and len(lines[i].text) <= BODY]
    often = Counter(line.text for line in beside)
    return [line for line in beside if often[line.text] >= 3 and not match_label(line.text)]


def _habits(raw: str, lines: tuple[Line, ...]) -> Habits:
    """Measures a document's practice."""
    body = [line for line in lines if len(line.text) >= BODY or "。" in line.text]
    ended = sum(line.text[-1] in FINAL for line in body)
    enough = _SPACED * len(_BLANK_AT_NUMBER.findall(raw))
    unspaced = sum(1 for _ in islice(_NUMBER.finditer(raw), enough))
    return Habits(
        widths=_full_widths(lines),
        indents=sum(line.indented for line in lines) >= _INDENTED * len(lines),
        terminated=ended >= _TERMINATED * len(body),
        flat=len(lines) * _FLAT_LINE < len(raw),
        spaced=unspaced < enough,
        full_width=_full_width_marks(raw),
    )


def _full_widths(lines: tuple[Line, ...]) -> tuple[int, ...]:
    """The widths of full lines (up to two: running text and boxes) where a text is hard-wrapped, else none."""
    text = [line for line in lines if not line.text.startswith("|") and len(line.text) <= PARAGRAPH]
    if len(lines) < _WRAP_LINES or len(text) < 0.9 * len(lines):
        return ()
    widths = {line.place: line.width for line in text if len(line.text) >= _WRAP_MIN and not match_label(line.text)}
    modes = _modes(Counter(widths.values()), _WRAP_MODE * len(text))
    full = {i for i, width in widths.items() if any(abs(width - mode) <= 2 for mode in modes)}
    unended = sum(line.text[-1] not in FINAL for line in text if line.place in full)
    return modes if len(full) >= _WRAP_SHARE * len(text) and 2 * unended >= len(full) else ()


def _modes(widths: Counter[int], least: float) -> tuple[int, ...]:
    """The one or two most usual widths, each with its neighbours shared by at least `least` lines."""
    modes: list[int] = []
    for _ in range(2):
        near = {width: sum(widths[v] for v in range(width - 2, width + 3)) for width in widths}
        best = max(near, key=lambda width: (near[width], widths[width], width), default=0)
        if not near or near[best] < least:
            break
        modes.append(max(range(best - 2, best + 3), key=lambda width: widths[width]))
        widths = Counter({width: n for width, n in widths.items() if abs(width - best) > 5})
    return tuple(modes)


def _full_width_marks(raw: str) -> frozenset[str]:
    """The half-width marks between Chinese characters that a document mostly prints full-width."""
    half = Counter(BETWEEN.findall(raw))
    half["("] = len(BRACKET.findall(raw))
    return frozenset(mark for mark, count in half.items() if count and raw.count(FULL_WIDTH[mark]) > count)
