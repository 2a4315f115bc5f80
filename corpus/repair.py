"""Mends what page breaks, scanners and converters did to a plan, and logs every edit.

The raw text is never changed: each edit is a `Repair` with its place, its reason and both readings. The clean text has
one paragraph a line, without blank lines, indents and marks. The rules are general; each states its reason in the log:

- lines cut inside a sentence by a page break, or by hard wrapping, are joined; page numbers and headers between go;
- a word printed twice around such a cut (a catchword) loses one copy;
- a 一 that can only be a dash or a line is put right;
- half-width punctuation between Chinese characters follows the document's own majority;
- blanks between Chinese characters and digits or punctuation go; a blank that stands for a lost line end becomes one.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from operator import attrgetter

from corpus.inline import inside
from corpus.lineends import lost_before_labels, run_together_notice
from corpus.numbering import match_label
from corpus.page import BODY, FINAL, HAN, NEWLINE, Habits, Line, Page, read_page
from corpus.tables import pattern
from corpus.tasktable import table_lines
from corpus.types import Repair, RepairedText

_STOP = "。！？；：…!?;:"  # what ends a sentence or a member of one, whatever closes after it
_CLOSING = '”’）》】〕」』)"]'
_NEVER_FIRST = "，。、；：？！”’）》】〕」』"  # what no line begins with
_NEVER_LAST = "、，,（“《〔"  # what no paragraph ends with
_BULLETS = "|—-•●◆■▲★*+>"
_LONG = 60  # a numbered line of this length is text, not a heading
_FRONT = 6  # a notice stands among the first lines
_CATCHWORD = 6  # the longest word looked for around a cut
_TWICE = re.compile(rf"([{HAN}]{{2,{_CATCHWORD}}})\1")


def repair(raw: str) -> RepairedText:
    """The text with its repairs. Any string is accepted; time is linear in its length."""
    page = read_page(raw)
    table = table_lines([line.text for line in page.kept])
    lines = [line for i, line in enumerate(page.kept) if i not in table]
    edits = [*_edges(page), *_gaps(page, table), *lost_before_labels(raw, lines, flat=page.habits.flat)]
    edits += (edit for line in page.kept[:_FRONT] for edit in run_together_notice(raw, line))
    edits += inside(raw, lines, page.habits)
    return RepairedText(raw, tuple(_without_overlaps(edits)))


def _without_overlaps(edits: Iterable[Repair]) -> Iterator[Repair]:
    """The edits in order; where two touch the same characters or insert at one place, the first wins."""
    end, inserted = 0, -1
    for edit in sorted(edits, key=attrgetter("start", "end")):
        if edit.start < end or edit.before == edit.after or (edit.start == edit.end == inserted):
            continue
        yield edit
        end, inserted = edit.end, edit.end if edit.after.endswith("\n") else -1


# ---------------------------------------------------------------- between lines


def _edges(page: Page) -> Iterator[Repair]:
    """What stands before the first line and after the last one."""
    if not page.kept:
        if page.raw:
            yield Repair("markup", 0, len(page.raw), page.raw, "", "nothing but blanks and page marks", 1)
        return
    first, last = page.kept[0], page.kept[-1]
    yield from _pieces(page, None, first.mark, "", "markup", "blank lines before the text removed")
    if first.mark < first.start:
        yield _mark(page.raw, first)
    yield from _pieces(page, last, len(page.raw), "", "markup", "line ends after the text removed")


def _gaps(page: Page, table: frozenset[int]) -> Iterator[Repair]:
    """The edits between lines: a join, or one line end; rows of a table (by index) are never joined."""
    for i, (a, b) in enumerate(pairwise(page.kept)):
        reason = None if i in table or i + 1 in table else _cut(a, b, page.habits)
        if reason:
            after = " " if a.text[-1].isascii() and a.text[-1].isalpha() and b.text[0].isascii() else ""
            yield from _catchword(a, b)
            yield from _pieces(page, a, b.mark, after, "join", reason)
        elif (gap := page.raw[a.end : b.mark]) != "\n":
            yield from _pieces(page, a, b.mark, "\n", *_plain_gap(gap))
        if b.mark < b.start:
            yield _mark(page.raw, b)


def _plain_gap(gap: str) -> tuple[str, str]:
    """Kind and reason of an edit that leaves one line end between two paragraphs."""
    if len(NEWLINE.findall(gap)) > 1:
        return "markup", "blank lines between paragraphs removed: one paragraph a line"
    return "whitespace", "indents, trailing blanks and foreign line ends removed: one paragraph a line"


def _mark(raw: str, line: Line) -> Repair:
    """The removal of a Markdown heading mark; its level says nothing, the numbering does."""
    before = raw[line.mark : line.start]
    reason = "Markdown heading mark removed; the numbering, not the mark, gives the level"
    return Repair("markup", line.mark, line.start, before, "", reason, line.number)


def _pieces(page: Page, last: Line | None, end: int, after: str, kind: str, reason: str) -> Iterator[Repair]:
    """Edits for the gap after a line, or at the start (None), up to `end`, where a line or the text begins or ends.

    They are cut at the page furniture in the gap, so that each removed line has an entry of its own.
    """
    at, number, place = (last.end, last.number, last.place + 1) if last else (0, 1, 0)
    while place < len(page.lines) and page.lines[place].mark < end:
        line = page.lines[place]
        place += 1
        if line.mark > at or after:
            yield Repair(kind, at, line.mark, page.raw[at : line.mark], after, reason, number)
            kind, after, reason = "whitespace", "", "blanks around a removed line"
        why = page.furniture[line.place]
        yield Repair("markup", line.mark, line.end, page.raw[line.mark : line.end], "", why, line.number)
        at, number = line.end, line.number
    if end > at or after:
        yield Repair(kind, at, end, page.raw[at:end], after, reason, number)


def _catchword(a: Line, b: Line) -> Iterator[Repair]:
    """One copy of a word that is printed twice around a cut, the cut inside or at the edge of a copy.

    Paged copies print the next page's first word at the foot of the page (catchword); converters keep both. Only words
    of two to six Chinese characters count: a single doubled character may be meant.
    """
    left, right = a.text[-2 * _CATCHWORD :], b.text[: 2 * _CATCHWORD]
    joined, cut = left + right, len(left)
    if not _TWICE.search(joined):
        return
    for size in range(_CATCHWORD, 1, -1):
        for first in range(max(0, cut - 2 * size), cut):
            word, again = joined[first : first + size], first + size
            if joined[again : again + size] != word or not re.fullmatch(f"[{HAN}]+", word) or len(set(word)) == 1:
                continue
            # the copy that lies whole on one side of the cut goes: its characters are contiguous
            start = a.end - cut + first if again <= cut else b.start + again - cut
            reason = f"{word} printed twice around the break (catchword); one copy deleted"
            yield Repair("character", start, start + size, word, "", reason, a.number if again <= cut else b.number)
            return


# ---------------------------------------------------------------- what belongs together


def _cut(a: Line, b: Line, habits: Habits) -> str | None:
    """Why two lines are one sentence, or None where they are not."""
    reason = _cut_reason(a, b, habits)
    if reason is None or _opens(b) or a.text.startswith("|") or pattern("leader").search(a.text):
        return None
    return reason


def _cut_reason(a: Line, b: Line, habits: Habits) -> str | None:
    """Why two lines would be one sentence if none of them were a heading or an entry of a table."""
    if b.text[0] in _NEVER_FIRST:
        return "no line begins with a closing mark"
    if habits.widths and _is_full(a, habits):
        if not _is_finished(a.text):
            return "line wrapped inside a sentence"
        return "line wrapped inside a paragraph" if _goes_on(b, habits) else None
    if a.text[-1] in _NEVER_LAST and len(a.text) > 1:
        return None if _is_address(b.text) else "broken after a comma in the middle of a sentence"
    if b.indented or (a.text[-1] in FINAL and not _ends_in_open_quote(a.text)):
        return None
    if b.page_break or (habits.terminated and _is_text(a.text) and _runs_on(b.text)):
        return "page break inside a sentence"
    return None


def _opens(line: Line) -> bool:
    """Whether a line begins a unit, a heading or a line of the official layout, so that nothing runs on into it."""
    text = line.text
    if line.mark < line.start or match_label(text) or text[0] in _BULLETS or text.startswith(("附件：", "附件:")):
        return True
    return _official_line().match(text) is not None


@cache
def _official_line() -> re.Pattern[str]:
    """A line of the official layout, by how it begins or as a whole."""
    begins = "|".join(pattern(kind).pattern for kind in ("box", "cc", "printing", "adoption", "signer"))
    whole = "|".join(
        pattern(kind).pattern for kind in ("date", "number", "publicity", "attachment_heading", "contents")
    )
    return re.compile(rf"{begins}|(?:{whole})\Z")


def _is_full(line: Line, habits: Habits) -> bool:
    """Whether a line fills the measure.

    A paragraph's first line may lack its indent of two characters, and a line one or two more before a mark that may
    not begin the next; a numbered line that short may be a heading.
    """
    short = 5 if match_label(line.text) else 8
    measures = (line.width, 2 * len(line.text))  # programs wrap by counting characters, whatever their width
    return any(width - short <= measure <= width + 3 for width in habits.widths for measure in measures)


def _is_finished(text: str) -> bool:
    """Whether a full line of a hard-wrapped text ends a sentence, or a paragraph with its unit bracket."""
    if text.rstrip(_CLOSING)[-1:] in _STOP:
        return True
    start = max(text.rfind("（"), text.rfind("("))
    return text[-1] in "）)" and start >= 0 and pattern("unit_cue").search(text, start) is not None


def _goes_on(line: Line, habits: Habits) -> bool:
    """Whether the line after a full one goes on with its paragraph: not indented where paragraphs are, and text."""
    bracket = line.text[0] in "（(" and pattern("unit_cue").search(line.text) is not None
    return habits.indents and not line.indented and (_is_full(line, habits) or _runs_on(line.text) or bracket)


def _ends_in_open_quote(text: str) -> bool:
    """Whether a line of text ends with a closing quote that ends no sentence: the sentence goes on."""
    return text[-1] in "”》" and text.rstrip("”》’")[-1:] not in _STOP and "。" in text


def _is_text(text: str) -> bool:
    """Whether a line is running text and no heading, title or name.

    A numbered line counts only with a full stop after its heading, or when it is longer than a heading can be.
    """
    if _ends_in_heading(text):
        return False
    inner = any(c in text for c in "。！？；")
    if inner or match_label(text):
        return inner or len(text) > _LONG
    comma = "，" in text or "," in text
    return comma and len(text) >= BODY and not pattern("title_end").search(text)


_DECIMAL_HEADING = re.compile(r"[。；]\s?\d{1,2}(?:\.\d{1,2})+\s*[^\d\s。；，][^。；，]*$")  # …的访问。3.2.3 数据交换
_STOP_IN_LINE = re.compile(r"[。；：:）)]\s?")


def _ends_in_heading(text: str) -> bool:
    """Whether the heading of a unit stands at the end of a line, after other text: `…等标准。2.通用规范标准`."""
    tail = text[-BODY:]
    return _DECIMAL_HEADING.search(tail) is not None or any(
        match_label(tail, m.end()) and not any(c in tail[m.end() :] for c in "。；，")
        for m in _STOP_IN_LINE.finditer(tail)
    )


def _runs_on(text: str) -> bool:
    """Whether a line reads as the rest of a sentence: punctuated, and no address."""
    return any(c in text for c in "，。；") and not _is_address(text)


def _is_address(text: str) -> bool:
    """Whether a line is an address (各市人民政府，省政府各部门：)."""
    return text[-1] in "：:" and "。" not in text
