"""Line ends that a file lost where the numbering, or the form of a notice, says that they stood."""

import re
from collections.abc import Iterator, Sequence

from corpus.numbering import Label, match_label
from corpus.page import Line
from corpus.tables import pattern
from corpus.types import Repair

_KINDS = ("一、", "（一）", "1.", "（1）")
_INNER_LABEL = re.compile(
    r"。(?=[（(一二三四五六七八九十\d])|[（(](?=[一1][）)])|1(?=[.．]\D)"
)  # after a stop, or a first one
_ROW_REACH = 600  # the second of a row of units in one line stands within so many characters
_HEADING = 30  # a heading inside a line is not longer, in characters
_WIDEST_GAP = 5  # more numbers missing: no line ends were lost, something else was
_LABEL_START = re.compile(r"[（(一二三四五六七八九十\d]")
_NO_LABEL_AFTER = re.compile(r"[第\d一二三四五六七八九十.．〇零百至到—：:件注-]")  # 第一、 十一、 2.1. 附件：1. 注1.
_AFTER_LABEL = re.compile(r"[\u4e00-\u9fff“《]|(?:19|20)\d\d年")
_NOTICE_REACH = 400  # a notice is not longer, in characters


def lost_before_labels(raw: str, lines: Sequence[Line], *, flat: bool) -> Iterator[Repair]:
    """Line ends before labels inside lines; a text without any line ends (`flat`) has rules of its own in `inline`."""
    labels = [match_label(line.text) for line in lines]
    yield from _missing_numbers(raw, [(a, b) for a, b in zip(lines, labels, strict=True) if b is not None])
    if not flat:
        yield from _counting_on(lines, labels)


def _missing_numbers(raw: str, labelled: Sequence[tuple[Line, Label]]) -> Iterator[Repair]:
    """Line ends before labels inside lines, where the labels at line starts leave out just these numbers.

    1.… 2.… and 4.… begin lines, and 3. stands inside the text of 2: it lost its line end.
    """
    last: dict[str, int] = {}  # the index of the last label of each kind
    for at, (line, label) in enumerate(labelled):
        previous = last.get(label.kind)
        last[label.kind] = at
        if label.kind not in _KINDS or label.number == 1:
            continue
        known = 0 if previous is None else labelled[previous][1].number
        first = known + 1 if known < label.number else 1
        start = previous if previous is not None and known < label.number else _outer(labelled, at)
        if start is not None and first < label.number <= first + _WIDEST_GAP:
            yield from _found(raw, labelled[start], line, label, first)


def _outer(labelled: Sequence[tuple[Line, Label]], at: int) -> int | None:
    """The index of the label right before a place, if it is of a higher kind: the missing first number follows it."""
    return at - 1 if at and labelled[at - 1][1].rank < labelled[at][1].rank else None


def _found(raw: str, start: tuple[Line, Label], stop: Line, label: Label, first: int) -> Iterator[Repair]:
    """Repairs for the numbers from `first` to the label's, if all of them stand in order between two lines."""
    repairs: list[Repair] = []
    wanted = first
    for m in _LABEL_START.finditer(raw, start[0].start + start[1].end, stop.start):
        if wanted == label.number:
            break
        if _is_label(raw, m.start(), label.kind, wanted):
            reason = f"line end before {wanted} restored: the numbers around it begin lines"
            repairs.append(Repair("whitespace", m.start(), m.start(), "", "\n", reason, start[0].number))
            wanted += 1
    if wanted == label.number:
        yield from repairs


def _is_label(raw: str, at: int, kind: str, number: int) -> bool:
    """Whether the label of a kind and number stands inside a line."""
    if raw[at - 1].isspace() or _NO_LABEL_AFTER.match(raw, at - 1):
        return False
    label = match_label(raw, at)
    return (
        label is not None
        and label.kind == kind
        and label.number == number
        and _AFTER_LABEL.match(raw, label.end) is not None
    )


def _counting_on(lines: Sequence[Line], labels: Sequence[Label | None]) -> Iterator[Repair]:
    """Line ends before labels inside lines that follow a full stop and count on, or from one to two at least.

    …确认无误后提交。2.注意事项。…（消费品工业司）。三、有关要求（一）认真开展调查。（二）培育品牌。
    """
    open_labels: dict[str, Label] = {}
    for line, label, following in zip(lines, labels, _next_numbers(labels), strict=True):
        if label is not None:
            open_labels = _opened(open_labels, label)
        heading = label.end if label else 0  # where the heading of the last unit starts
        for at, inner in _inside(line.text, heading):
            before = open_labels.get(inner.kind)
            counts_on = before is not None and inner.number == before.number + 1 != following.get(inner.kind)
            if (counts_on and line.text[at - 1] == "。") or _begins(line.text, at, inner, heading):
                open_labels, heading = _opened(open_labels, inner), inner.end
                place = line.start + at
                reason = "line end before a numbered unit restored: it follows a full stop and counts on"
                yield Repair("whitespace", place, place, "", "\n", reason, line.number)


def _opened(labels: dict[str, Label], label: Label) -> dict[str, Label]:
    """The open labels by kind after one more: those inside its siblings are closed."""
    return {kind: other for kind, other in labels.items() if other.rank < label.rank} | {label.kind: label}


def _next_numbers(labels: Sequence[Label | None]) -> list[dict[str, int]]:
    """For each line the numbers of the labels that next begin a line after it, by kind."""
    found: list[dict[str, int]] = []
    ahead: dict[str, int] = {}
    for label in reversed(labels):
        found.append(ahead)
        if label is not None:
            ahead = {**ahead, label.kind: label.number}
    return found[::-1]


def _inside(text: str, start: int) -> Iterator[tuple[int, Label]]:
    """The labels inside a line that follow a full stop, or those of a first unit, with words behind them."""
    for m in _INNER_LABEL.finditer(text, start):
        at = m.end() if m.group() == "。" else m.start()
        if at <= start or not (text[at - 1] == "。" or "\u4e00" <= text[at - 1] <= "\u9fff"):
            continue
        label = match_label(text, at)
        if label is not None and label.kind in _KINDS and _AFTER_LABEL.match(text, label.end):
            yield at, label


def _begins(text: str, at: int, label: Label, heading: int) -> bool:
    """Whether a label with the number one begins a row: after a stop or a heading, and a two after a stop."""
    before = text[heading:at]
    after_heading = 2 <= len(before) <= _HEADING and not any(c in before for c in "，。；：、")
    if label.number != 1 or not (text[at - 1] == "。" or after_heading):
        return False
    ahead = text[label.end : label.end + _ROW_REACH]
    return any(
        other.kind == label.kind and other.number == 2 and ahead[i - 1] == "。" for i, other in _inside(ahead, 0)
    )


def run_together_notice(raw: str, line: Line) -> Iterator[Repair]:
    """Line ends around the address and the signature of a notice that is printed on one line with what follows it.

    各省人民政府：现将《…》印发给你们，请认真执行。国务院2016年7月28日（此件公开发布）…
    """
    signed = _signature_in_line().search(line.text, 0, _NOTICE_REACH)
    if signed is None or not pattern("notice").search(line.text, 0, signed.start()):
        return
    reason = "line end of a notice restored: address, text, signature and what follows stand on one line"
    address = re.match(r"[^。：:]{3,300}[：:](?=(?:现|经|为|根据|按照|《))", line.text)
    places = [address.end()] if address else []
    places += [signed.start(), signed.end(1)]
    if signed.group(2):
        places.append(signed.end(2))
    for at in places:
        if at < len(line.text):
            yield Repair("whitespace", line.start + at, line.start + at, "", "\n", reason, line.number)


def _signature_in_line() -> re.Pattern[str]:
    """A body and a date right after a full stop, perhaps with the note on publication behind it, and then more."""
    date, suffix, publicity = (pattern(kind).pattern for kind in ("date", "org_suffix", "publicity"))
    return re.compile(
        f"(?<=。)((?![我本该贵])[\\u4e00-\\u9fff]{{1,28}}?(?:{suffix})(?:{date}))({publicity})?(?![印发制以前起的之公颁]|.?$)"
    )
