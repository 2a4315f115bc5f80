"""What a plan says about itself: title, bodies, number, dates, copies.

Silent points stay None; nothing is filled in from elsewhere.
"""

import datetime
import re
from collections.abc import Sequence

from corpus.layout import Layout, Line, is_address, is_body_line, split_signature
from corpus.numbering import chinese_number, match_label, to_int
from corpus.tables import pattern
from corpus.types import Block, Metadata, Span

_NAMED = re.compile(r"《([^《》]{2,100}(?:〈[^〈〉]*〉[^《》]{0,60})?)》")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_APPROVAL = re.compile(r"(?:已)?经[^，。；《》]{2,30}(?:同意|批准|审议通过)")
_VALID = re.compile(r"有效期(?:限)?(?:至|到|为|是)?\s*[\d一二两三四五六七八九十][^。；，\n]{1,20}")
_IN_FORCE = re.compile(r"自[^。；，《》\n]+(?:施行|执行|实施|生效)")  # in every clause on validity, see layout.tsv
_ISSUER = re.compile(r"^(.{3,80}?)(?:关于|印发|转发|批转)")
_SUBTITLE_REACH = 15  # the line under a title stands near the top
_TABLE_KEYS = {"发文机关": "issuer", "标题": "title", "发文字号": "number", "成文日期": "date", "发布机构": "issuer"}
_TABLE_LINE = re.compile(r"^(发文机关|标\s*题|发文字号|成文日期|发布机构)\s*[：:]\s*(\S.*)$")


def read_metadata(layout: Layout) -> Metadata:
    """The metadata of a text from the roles of its lines."""
    by_role = _by_role(layout)
    table = _header_table(layout.lines)
    title, titles_of_parts = _title(layout), _part_titles(layout, 0)
    notice = "".join(by_role.get("notice_body", []))
    named = _named_in_notice(notice)
    title = title or table.get("title") or next(iter(titles_of_parts), None) or (named[0] if named else None)
    bodies, date = _signature(by_role.get("signature", []))
    date = date or table.get("date") or _delivered(layout.lines)
    secrecy, _, period = (_first(by_role, "secrecy") or "").partition("★")
    adopted_by, adopted_date = _adoption(by_role.get("adoption", []))
    cc_kind, cc = _cc(by_role.get("cc", []))
    office, printed = _printing(by_role.get("printing", []))
    text = "\n".join(line.text for line in layout.lines)
    return Metadata(
        title=title,
        document_type=_document_type(title),
        issuing_bodies=bodies or _issuer_in_title(title) or _names(table.get("issuer")),
        letterhead=_first(by_role, "letterhead"),
        document_number=_number(_first(by_role, "document_number") or table.get("number")),
        addressee=(
            _first(by_role, "addressee") or _address_in(notice or (_first(by_role, "preamble") or "")) or ""
        ).rstrip("：: ")
        or None,
        date_of_issue=date,
        date_of_issue_iso=iso_date(date) if date else None,
        adopted_by=adopted_by,
        adopted_date=adopted_date,
        approval_note=_found(_APPROVAL, notice or "".join(by_role.get("preamble", []))),
        attachments=_attachments(by_role.get("attachment_line", []), by_role.get("attachment_roster", [])),
        enclosed_documents=_part_titles(layout, layout.roles.index("notice_body")) or None if notice else None,
        cc=cc,
        cc_kind=cc_kind,
        printing_office=office,
        printing_date=printed,
        effective=_effective(text),
        valid_until=_found(_VALID, text),
        publicity=(_first(by_role, "publicity") or "").strip("（）()") or None,
        secrecy=secrecy.strip() or None,
        secrecy_period=period.strip() or None,
        urgency=_first(by_role, "urgency"),
        copy_number=_first(by_role, "copy_number"),
        signer=_after_colon(_first(by_role, "signer")),
        note=_first(by_role, "note"),
        footer=_first(by_role, "footer"),
        year=_year(title),
    )


def blocks(layout: Layout) -> tuple[Block, ...]:
    """The stretches of text outside the outline; neighbouring lines of one role are one block."""
    found: list[Block] = []
    previous = -2
    for i, (line, role) in enumerate(zip(layout.lines, layout.roles, strict=True)):
        if role is None or not line.text:
            continue
        if found and previous == i - 1 and found[-1].role == role:
            found[-1] = Block(role, Span(found[-1].span.start, line.end))
        else:
            found.append(Block(role, Span(line.start, line.end)))
        previous = i
    return tuple(found)


def iso_date(text: str) -> str | None:
    """The ISO form of the first date in a text (2022年5月17日, 二〇二二年五月十七日, 2022-05-17).

    None where there is no date, or none that the calendar has.
    """
    found = pattern("date").search(text)
    if found is None:
        return None
    numbers = [
        to_int(n)
        for n in re.findall(
            r"\d+|[〇○零一二三四五六七八九十]+", re.sub("[OＯ0oО](?=[一二三四五六七八九年])", "〇", found.group())
        )
    ]
    if found.group()[0].isdecimal():
        numbers = [
            int(n) if n.isdecimal() else chinese_number(n)
            for n in re.findall(r"\d+|[一二三四五六七八九十]+", found.group())
        ]
    try:
        year, month, day = (n or 0 for n in numbers)
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None


def _by_role(layout: Layout) -> dict[str, list[str]]:
    """The texts of the lines by role, in order."""
    found: dict[str, list[str]] = {}
    for line, role in zip(layout.lines, layout.roles, strict=True):
        if role is not None:
            found.setdefault(role, []).append(line.text)
    return found


def _first(by_role: dict[str, list[str]], role: str) -> str | None:
    return next(iter(by_role.get(role, [])), None)


def _found(expression: re.Pattern[str], text: str) -> str | None:
    found = expression.search(text)
    return found.group() if found else None


def _after_colon(text: str | None) -> str | None:
    return re.split("[：:]", text, maxsplit=1)[-1].strip() or None if text else None


def _effective(text: str) -> str | None:
    """The first clause that says from when a paper is valid; looked for from the first line with its words on."""
    words = _IN_FORCE.search(text)
    found = pattern("effective").search(text, text.rfind("\n", 0, words.start()) + 1) if words else None
    return found.group() if found else None


# ---------------------------------------------------------------- title and bodies


def _title(layout: Layout) -> str | None:
    """The title that stands before the address and the text; None where only the plan inside has one."""
    first = layout.parts[0]
    notice = next((i for i, role in enumerate(layout.roles) if role in ("notice_body", "addressee")), None)
    own = [i for i, role in enumerate(layout.roles) if role == "title" and (notice is None or i < notice)]
    if notice is None:
        own = [i for i in own if first.titles[0] <= i < first.titles[1]] or own
    return join_title([layout.lines[i].text for i in own]) if own else None


def _part_titles(layout: Layout, start: int) -> tuple[str, ...]:
    """The titles of the plans in the file, from a line on."""
    return tuple(
        join_title([layout.lines[i].text for i in range(*part.titles)])
        for part in layout.parts
        if part.titles[1] > part.titles[0] >= start and layout.roles[part.titles[0]] == "title"
    )


def join_title(lines: Sequence[str]) -> str:
    """A title put together from its lines: no blanks from line breaks, but those between its own parts."""
    return "".join(lines)


def _address_in(notice: str) -> str | None:
    """The address at the head of a notice whose line end after the colon was lost."""
    found = re.match(r"[^。：]{4,300}：(?=.)", notice)
    return found.group() if found and pattern("notice").search(notice) and is_address(found.group()) else None


def _named_in_notice(notice: str) -> tuple[str, ...]:
    """The papers that a notice says it encloses: 现将《…》印发给你们, 《…》《…》已经…同意，现印发."""
    found = pattern("notice").search(notice)
    if found is None:
        return ()
    sentence = notice[: notice.find("。", found.start()) + 1 or None]
    start = sentence.rfind("。", 0, found.start()) + 1
    clause = sentence[start:]
    head = re.search(r"(?:现将|现把|现就|将)?(?=《)", clause)
    return tuple(dict.fromkeys(_NAMED.findall(clause[head.start() :]))) if head else ()


_AFTER_OFFICE = "(?<=办公厅|办公室|综合司)(?=[\u4e00-\u9fff]{4})"  # joint notices of general offices
_BODY_END = "[部局厅署院行会办室府委]"


def split_bodies(text: str) -> tuple[str, ...]:
    """One name per entry, also where the blank between two was lost: a body's ending before the next one's beginning.

    The next name begins like the first (广东省…广东省…) or as central bodies do (see layout.tsv).
    """
    names: list[str] = []
    for name in re.split(rf"[\s、，]+|{_AFTER_OFFICE}", text):
        place = re.match(r"[\u4e00-\u9fff]{1,6}?[省市县区州]", name)
        starts = re.escape(place.group()) if place else pattern("central_body").pattern
        names += re.split(f"(?<={_BODY_END})(?={starts})", name)
    return tuple(name for name in names if name)


def _names(text: str | None) -> tuple[str, ...] | None:
    return split_bodies(text) or None if text else None


def _issuer_in_title(title: str | None) -> tuple[str, ...] | None:
    """The bodies that a title names before 关于 or 印发; a plan's title without them states no issuer."""
    found = _ISSUER.match(title or "")
    if found is None or not is_body_line(found.group(1).split()[-1]):
        return None
    return split_bodies(found.group(1))


def _signature(lines: Sequence[str]) -> tuple[tuple[str, ...] | None, str | None]:
    """The bodies and the date of the first signature."""
    bodies: list[str] = []
    for line in lines:
        if signed := split_signature(line):
            bodies += split_bodies(signed[0])
            return tuple(bodies) or None, signed[1]
        bodies += split_bodies(line)
    return tuple(bodies) or None, None


def _header_table(lines: Sequence[Line]) -> dict[str, str]:
    """Lines such as 发文字号：… that government sites print above a paper."""
    found: dict[str, str] = {}
    for line in lines[:15]:
        if m := _TABLE_LINE.match(line.text):
            found.setdefault(_TABLE_KEYS[re.sub(r"\s", "", m.group(1))], m.group(2).strip())
    return found if len(found) > 1 else {}


def _document_type(title: str | None) -> str | None:
    """The kind of paper (文种) that a title ends in, brackets apart."""
    bare = re.sub(r"[（(〔][^（）()〔〕]*[）)〕]$", "", title or "")
    found = re.search(f"(?:{pattern('doctype').pattern})$", bare)
    return found.group() if found else None


def _delivered(lines: Sequence[Line]) -> str | None:
    """The day of a speech, from the line under its title: ——2022年3月5日在…会议上."""
    for line in lines[:_SUBTITLE_REACH]:
        if found := re.match(rf"[—－–-]{{1,4}}\s*({pattern('date').pattern})\s*在", line.text):
            return found[1]
    return None


# ---------------------------------------------------------------- the rest


def _number(text: str | None) -> str | None:
    return text.strip("（）() ") if text else None


def _year(title: str | None) -> int | None:
    found = _YEAR.search(title or "")
    return int(found.group()) if found else None


def _adoption(lines: Sequence[str]) -> tuple[str | None, str | None]:
    """Who adopted the plan and when, from （2022年5月13日…会议通过）."""
    if not lines:
        return None, None
    text = lines[0].strip("（）()")
    date = pattern("date").search(text)
    by = re.sub(r"(?:审议)?(?:通过|批准|通過)$", "", text[date.end() :] if date else text).strip("由经 ，")
    return by or None, iso_date(text)


def _cc(lines: Sequence[str]) -> tuple[str | None, str | None]:
    """Kind (抄送, 抄报) and receivers of copies."""
    if not lines:
        return None, None
    kind, _, rest = re.sub("[:：]", "：", lines[0], count=1).partition("：")
    return re.sub(r"\s", "", kind), "；".join([rest, *(_after_colon(line) or "" for line in lines[1:])]).replace(
        "。；", "。"
    ).strip("。 ；") or None


def _printing(lines: Sequence[str]) -> tuple[str | None, str | None]:
    """Office and date of printing, on one line or two."""
    text = " ".join(lines)
    date = pattern("date").search(text)
    if date is None:
        return None, None
    office = re.sub(r"\s*印\s*[发發制].*$", "", (text[: date.start()] + text[date.end() :])).strip()
    return office or None, iso_date(text)


def _attachments(lines: Sequence[str], roster: Sequence[str]) -> tuple[str, ...] | None:
    """The names of the attachments, from 附件：1.… 2.…, else from the attachment's own heading."""
    names: list[str] = []
    for line in lines:
        text = re.sub(r"^附\s*[件表图]?\s*\d{0,2}\s*[:：]?\s*", "", line)
        for piece in _numbered_pieces(text):
            label = match_label(piece)
            names.append(piece[label.end :].strip() if label else piece.strip())
    if not any(names) and len(roster) > 1 and pattern("attachment_heading").fullmatch(roster[0]):
        names = [roster[1]]
    return tuple(dict.fromkeys(name for name in names if name)) or None


def _numbered_pieces(text: str) -> list[str]:
    """A list on one line, parted before each number that counts on: 1.名单2.报告.doc3.表."""
    places, number = [0], 2
    while found := re.compile(rf"(?<!\d){number}[.．、](?!\d)").search(text, places[-1]):
        places.append(found.start())
        number += 1
    starts_with_one = re.match(r"1[.．、]", text) is not None
    if not starts_with_one:
        return [text]
    return [text[a:b] for a, b in zip(places, [*places[1:], len(text)], strict=True)]
