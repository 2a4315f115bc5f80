"""Names of bodies, places, events, times, quantities and documents; with `coinages.py` all names of a stretch.

Each function reads one stretch of text and yields `Found` names of one kind; `names_in` runs them all.
"""

import re
from collections.abc import Iterator
from functools import cache

from corpus.types import Span
from graph.actors import actors, modified_groups
from graph.coinages import headed_names, number_formulas, problems, quoted_names
from graph.found import Found
from graph.lexicon import HAN, Entry, PlaceName
from graph.reader import Reader
from graph.zones import in_quotes
from ontology.tables import cue, rows

_DIGITS = "零一二三四五六七八九十百〇"


def names_in(reader: Reader) -> Iterator[Found]:
    """Every candidate of a stretch; they may overlap (see `found.settle`)."""
    yield from lexicon_names(reader)
    yield from places(reader)
    yield from departments(reader)
    yield from full_bodies(reader)
    yield from committees(reader)
    yield from congresses(reader)
    yield from named_events(reader)
    yield from dates(reader)
    yield from quantities(reader)
    yield from titles(reader)
    yield from quoted_names(reader)
    yield from problems(reader)
    yield from number_formulas(reader)
    yield from headed_names(reader)
    yield from actors(reader)
    yield from modified_groups(reader)


# ---------------------------------------------------------------- lexicons


def lexicon_names(reader: Reader) -> Iterator[Found]:
    """Bodies, roles, groups, formulas, frequencies, periods and events of the lexicons."""
    text = reader.text
    for start, end, entry in reader.lexicon.names.find(reader.part()):
        span = reader.within(start, end)
        if _excluded(reader, span, entry):
            continue
        if text[span.start] in "市城" and cue("after-other-word").fullmatch(text, span.start - 1, span.start):
            continue
        if entry.level is None:
            yield _plain(reader, span, entry)
        else:
            yield _with_place(reader, span, entry)
    yield from _bare_cppcc(reader)


def _excluded(reader: Reader, span: Span, entry: Entry) -> bool:
    if entry.cppcc and reader.issuer.kind != "cppcc":
        return True
    if entry.rule == "deictic" and cue("inside-word").match(reader.text, span.start - 1, span.start):
        return True
    if entry.full == "年度" and cue("other-year").match(reader.text, span.start - 1, span.start):
        return True
    if entry.cls == "Group" and cue("after-group").match(reader.text, span.end):
        return True
    return bool(entry.not_before) and reader.text.startswith(entry.not_before, span.end)


def _plain(reader: Reader, span: Span, entry: Entry) -> Found:
    name, key = entry.full, None
    if entry.own:
        name, key = _own_name(reader, entry)
    return Found(span, entry.cls, entry.subclass, name, entry.rule, key, entry.label_en)


def _own_name(reader: Reader, entry: Entry) -> tuple[str, str]:
    """The name of an organ, period or area of the issuer, and the key that tells it from another issuer's."""
    home, level = reader.issuer.home, reader.issuer.level
    if entry.cls == "Time":
        return entry.full, f"{reader.year or reader.document}{entry.full}"
    if entry.full == "政协党组":
        return (f"中共政协{home}委员会党组",) * 2 if home else ("政协党组", f"{reader.document}政协党组")
    if entry.full == "党组" and reader.issuer.kind == "cppcc" and home:
        return (f"中共政协{home}委员会党组",) * 2
    printed_level = level if entry.full.startswith("政协") and level else ""
    return printed_level + entry.full, f"{home or reader.document}{entry.full}"


def _place_before(reader: Reader, span: Span) -> tuple[str | None, int]:
    """The place printed before a name that starts with a level (金华 + 市委), and where it starts, 中共 included."""
    begin, text = span.start, reader.text
    window = text[max(reader.span.start, begin - 12) : begin + 3]
    offset = max(reader.span.start, begin - 12)
    place = None
    for start, end, known in reader.lexicon.places.find(window):
        if offset + start < begin <= offset + end <= begin + 3:
            place, begin = known.full, offset + start
            break
    if text[begin - 2 : begin] == "中共" and begin - 2 >= reader.span.start:
        begin -= 2
    return place, begin


def _levelled(reader: Reader, span: Span, entry: Entry, printed: str | None) -> Found:
    """A name with a level: the place is the printed one, else the issuer's at that level, else it stays unknown."""
    place = printed or reader.issuer.place(entry.level or "")
    printed_text = reader.text[span.start : span.end]
    if entry.full == "{P}":
        name = place or printed_text
        return Found(span, entry.cls, entry.subclass, name, entry.rule, None if place else reader.document + name)
    if place is None or entry.own:
        name = printed_text if place is None else entry.full.replace("{P}", place)
        return Found(span, entry.cls, entry.subclass, name, entry.rule, f"{place or reader.document}{name}")
    return Found(span, entry.cls, entry.subclass, entry.full.replace("{P}", place), entry.rule)


def _with_place(reader: Reader, span: Span, entry: Entry) -> Found:
    """A levelled name with the place before it, or with 各, which makes it a collective."""
    if entry.cls == "Body" and reader.text[span.start - 1 : span.start] == "各":
        name = "各" + reader.text[span.start : span.end]
        key = f"{reader.issuer.home or reader.document}{name}"
        return Found(Span(span.start - 1, span.end), "Body", entry.subclass, name, "coordinated-body", key)
    place, begin = _place_before(reader, span)
    return _levelled(reader, Span(begin, span.end), entry, place)


def _bare_cppcc(reader: Reader) -> Iterator[Found]:
    home = reader.issuer.home
    if reader.issuer.kind != "cppcc" or home is None:
        return
    for found in cue("bare-cppcc").finditer(reader.text, reader.span.start, reader.span.end):
        if in_quotes(reader.text, reader.span, found.start()):
            continue  # “数字政协” is a name of its own
        yield Found(Span(*found.span()), "Body", "CPPCC", f"政协{home}委员会", "bare-cppcc")


# ---------------------------------------------------------------- bodies

_FULL_BODY = re.compile(
    rf"(?:中国共产党|中共|共青团|中国人民政治协商会议|政协)+(?:[{HAN}]{{2,9}}?(?:省|市|县|区|州|旗|自治区))(?:纪律检查)?"
    r"委员会(?:党组|常务委员会|办公厅|办公室|机关)?"
)


def departments(reader: Reader) -> Iterator[Found]:
    """Government departments: level or place + field + ending (省教育厅, 国家发展改革委, 财政部)."""
    for found in reader.lexicon.department.finditer(reader.text, reader.span.start, reader.span.end):
        prefix, core, end = found.groups()
        span = Span(*found.span())
        if prefix is None and end in ("办", "部", "署", "办公室") and cue("ambiguous-field").fullmatch(core):
            continue
        if prefix in (None, "国家", "中央"):
            place, begin = (None, span.start) if prefix else _place_before(reader, span)
            printed = reader.text[begin : span.end].removesuffix(core + end) + _official(core + end)
            yield _central_or_local(reader, Span(begin, span.end), printed, prefix or place, end)
        elif not cue("no-level").search(reader.text[max(0, span.start - 2) : span.start]):
            place, begin = _place_before(reader, span)
            district = _district_before(reader, span, prefix) if place is None else None
            if district is not None:
                name = district + _official(core + end)
                yield Found(Span(span.start + 1 - len(district), span.end), "Body", "Government", name, "department")
            else:
                yield _department(reader, Span(begin, span.end), prefix, _official(core + end), place)


@cache
def _official_names() -> dict[str, str]:
    return {row["printed"]: row["official"] for row in rows("department_names")}


def _official(printed: str) -> str:
    """A department's official name by its short form (发改委 -> 发展和改革委员会)."""
    return _official_names().get(printed, printed)


def _district_before(reader: Reader, span: Span, level: str) -> str | None:
    """The county or district whose level word a department's name opens with (崂山 + 区教育局), level word included."""
    found = cue("named-level").search(reader.text[max(reader.span.start, span.start - 4) : span.start])
    return found[1] + level if found and level in "区县" else None


def _central_or_local(reader: Reader, span: Span, printed: str, prefix: str | None, end: str) -> Found:
    """国家X and the ministries are central; a bare X局 belongs to the issuer's place."""
    if prefix or cue("central-ending").fullmatch(end) or reader.issuer.home is None:
        return Found(span, "Body", "Government", printed, "department")
    return Found(span, "Body", "Government", reader.issuer.home + printed, "department")


def _department(reader: Reader, span: Span, level: str, rest: str, printed: str | None) -> Found:
    place = printed or reader.issuer.place(level)
    name = place + rest if place else level + rest
    return Found(span, "Body", "Government", name, "department", None if place else reader.document + name)


def stated_unit(reader: Reader, span: Span) -> Found:
    """A unit that a responsibility bracket names, whatever its ending; a level means the issuer's place."""
    printed = reader.text[span.start : span.end]
    place = reader.issuer.place(printed[:1])
    if place and not printed.startswith(("市、", "省、", "县、")):
        return Found(span, "Body", None, place + _official(printed[1:]), "bracket")
    district = re.fullmatch(rf"([{HAN}]{{2,3}}区)(?:人民)?政府", printed)
    if district and reader.issuer.level == "市":
        return Found(span, "Body", "Government", f"{reader.issuer.home}{district[1]}人民政府", "bracket")
    return Found(span, "Body", None, printed, "bracket", f"{reader.issuer.home or reader.document}{printed}")


def full_bodies(reader: Reader) -> Iterator[Found]:
    """Bodies printed in full, and levels that share a head (市、县政协)."""
    for found in _FULL_BODY.finditer(reader.text, reader.span.start, reader.span.end):
        name = re.sub(r"^中国人民政治协商会议", "政协", found[0])
        subclass = "CPPCC" if name.startswith("政协") else "Party"
        yield Found(Span(*found.span()), "Body", subclass, name, "full-body")
    for found in cue("stationed-body").finditer(reader.text, reader.span.start, reader.span.end):
        key = f"{reader.issuer.home or reader.document}{found[0]}"
        yield Found(Span(*found.span()), "Body", "Discipline", found[0], "full-body", key)
    for found in cue("coordinated-body").finditer(reader.text, reader.span.start, reader.span.end):
        yield from _coordinated(reader, found)


def _coordinated(reader: Reader, found: re.Match[str]) -> Iterator[Found]:
    """市、县政协 is the city's and, over the same characters, the counties'; other lists stay one collective."""
    span, name = Span(*found.span()), found[0].removeprefix("各")
    subclass = "CPPCC" if name.endswith("政协") else "Government"
    home = reader.issuer.home or reader.document
    first, _, rest = name.partition("、")
    place = reader.issuer.place(first)
    if place and subclass == "CPPCC" and len(rest) == 3:
        yield Found(span, "Body", subclass, f"政协{place}委员会", "coordinated-body")
        yield Found(span, "Body", subclass, rest, "coordination", home + rest)
    else:
        yield Found(span, "Body", subclass, name, "coordinated-body", home + name)


def committees(reader: Reader) -> Iterator[Found]:
    """Bodies that the text sets up: 成立 … 领导小组."""
    for found in cue("made-body").finditer(reader.text, reader.span.start, reader.span.end):
        name = found[1]
        if cue("not-made-body").search(name):
            continue
        subclass = "Party" if "党" in name[-4:] else "Other"
        yield Found(Span(*found.span(1)), "Body", subclass, name, "made-body", reader.document + name)


# ---------------------------------------------------------------- places


def places(reader: Reader) -> Iterator[Found]:
    """Places of the gazetteer, and regions that end in 走廊, 都市圈, 经济带 …"""
    text = reader.text
    for start, end, known in reader.lexicon.places.find(reader.part()):
        span = reader.within(start, end)
        if known.level == "Province" and text.startswith(("中部", "西部", "东部", "南部", "北部", "中西部"), span.end):
            span = Span(span.start, text.index("部", span.end) + 1)
            yield Found(span, "Place", "Region", text[span.start : span.end], "region")
        elif not cue("after-place-name").match(text, span.end):
            yield _with_district(reader, span, known)
    for found in cue("county").finditer(text, reader.span.start, reader.span.end):
        if not cue("no-place").search(found[1]):
            yield Found(Span(*found.span(1)), "Place", "County", found[1], "county")
    for found in reader.lexicon.region.finditer(text, reader.span.start, reader.span.end):
        begin = _region_start(reader, found.start(), found[1])
        if begin < found.start() and not any(
            m.start == 0 for m in reader.lexicon.triggers.find(text[begin : begin + 4])
        ):
            yield Found(Span(begin, found.end()), "Place", "Region", text[begin : found.end()], "region")


def _with_district(reader: Reader, span: Span, known: PlaceName) -> Found:
    """A place of the gazetteer with the district or county that follows it (济宁市任城区)."""
    inside = cue("district").match(reader.text, span.end, reader.span.end) if known.full.endswith("市") else None
    if inside is None or cue("no-place").search(inside[0]):
        return Found(span, "Place", known.level, known.full, "gazetteer")
    name = known.full + inside[0] if inside[0].endswith("区") else inside[0]
    return Found(Span(span.start, inside.end()), "Place", "District", name, "gazetteer")


_REGION_LEAD = re.compile(rf"(?:[{HAN}]{{2}}|[{HAN}]中|环[{HAN}]{{1,3}}|[东南西北]部)$")


def _region_start(reader: Reader, at: int, ending: str) -> int:
    """Where a region's name begins: at a place of the gazetteer, or two characters before its ending."""
    text, floor = reader.text, max(reader.span.start, at - 10)
    known = list(reader.lexicon.places.find(text[floor:at]))
    if known and floor + known[0].end >= at - 4:
        return floor + known[0].start
    lead = _REGION_LEAD.search(text[:at], floor)
    if (
        not ending.endswith(("开发区", "新区", "高新区", "经开区"))
        and lead
        and lead.start() > reader.span.start
        and text[lead.start() - 1] in "，。；、“《和与及对在推进加快"
    ):
        return lead.start()
    return at


# ---------------------------------------------------------------- events

_CONGRESS = re.compile(rf"(党的|中共|中国共产党)?(第?)([{_DIGITS}]{{2,4}})大(?![{HAN}]?(?:[个项类型户产力量战]))")
_PLENUM = re.compile(rf"(党的|中共)?([{_DIGITS}]{{1,4}})届([{_DIGITS}]{{1,2}})中全会")
_LOCAL_CONGRESS = re.compile(
    rf"(省|市|县|区)(?:、(省|市|县|区))?(?:第([{_DIGITS}]{{1,4}})次)?(党代会|党代表大会|代表大会)(?!代表)"
)
_LOCAL_PLENUM = re.compile(rf"(省委|市委|县委|区委)([{_DIGITS}]{{1,4}})届([{_DIGITS}]{{1,3}})次全(?:体)?会(?:议)?")
_ORG_MEETING = re.compile(rf"(?:中共|中国共产党|政协)[{HAN}]{{2,12}}(?:委员会|党组|委)(?:常委会|常务委员会|全体)?会议")


def congresses(reader: Reader) -> Iterator[Found]:
    """Party congresses and plenary sessions, national and of the issuer's places."""
    text, (start, end) = reader.text, reader.span
    for found in _CONGRESS.finditer(text, start, end):
        if found[1] or found[2] or text.startswith(("精神", "报告", "召开", "、", "以来", "和", "胜利"), found.end()):
            name = f"中国共产党第{found[3]}次全国代表大会"
            yield Found(Span(*found.span()), "Event", "Meeting", name, "congress")
    for found in _PLENUM.finditer(text, start, end):
        yield Found(Span(*found.span()), "Event", "Meeting", f"中共{found[2]}届{found[3]}中全会", "congress")
    for found in _LOCAL_CONGRESS.finditer(text, start, end):
        levels = [level for level in (found[1], found[2]) if level]
        for index, level in enumerate(levels):
            yield _local_congress(reader, found, level, "coordination" if index else "congress")
    for found in _ORG_MEETING.finditer(text, start, end):
        yield Found(Span(*found.span()), "Event", "Meeting", found[0], "congress")
    for found in _LOCAL_PLENUM.finditer(text, start, end):
        place = reader.issuer.place(found[1][0])
        name = f"中共{place}委{found[2]}届{found[3]}次全会" if place else found[0]
        yield Found(
            Span(*found.span()), "Event", "Meeting", name, "congress", None if place else reader.document + name
        )


def _local_congress(reader: Reader, found: re.Match[str], level: str, rule: str) -> Found:
    place = reader.issuer.place(level)
    ordinal = f"第{found[3]}次" if found[3] else _known_ordinal(reader, level)
    name = f"中国共产党{place}{ordinal}代表大会" if place else f"{level}{ordinal}党代会"
    return Found(Span(*found.span()), "Event", "Meeting", name, rule, None if place else reader.document + name)


def _known_ordinal(reader: Reader, level: str) -> str:
    """Which congress 市党代会 means: the one that the same document counts, where it counts exactly one."""
    counted = {found[1] for found in reader.ordinals if found[0] == level}
    return counted.pop() if len(counted) == 1 else ""


def congress_ordinals(text: str) -> frozenset[tuple[str, str]]:
    """The local congresses that a text counts, as (level, 第…次); read once for a document."""
    return frozenset(re.findall(rf"(省|市|县|区)(第[{_DIGITS}]{{1,4}}次)党代", text))


def named_events(reader: Reader) -> Iterator[Found]:
    """Games and fairs with a name before the ending, inside quotation marks or after a boundary (杭州国际博览会)."""
    text = reader.text
    for found in reader.lexicon.event.finditer(text, reader.span.start, reader.span.end):
        lead = re.search(
            rf"(?:第[{_DIGITS}\d]+届|中国|[{HAN}]{{2}}国际|全国|全省|世界)[{HAN}（）\d]{{0,14}}$",
            text[max(reader.span.start, found.start() - 20) : found.start()],
        )
        if lead:
            begin = found.start() - (lead.end() - lead.start())
            yield Found(Span(begin, found.end()), "Event", "Meeting", text[begin : found.end()], "event")


# ---------------------------------------------------------------- times and quantities

_DATE = re.compile(
    r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日|[上中下]旬|底|末)?|[上下]半年|第?[一二三四]季度|底|末|初)?前?(?:底前)?(?:起(?!草|步|点|来|到|始))?"
)
_DAY = r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日|底|末|[上中下]旬)?"
_SPAN_OF_DAYS = re.compile(rf"{_DAY}\s?[-—–－~至到]+\s?(?:{_DAY}|\d{{1,2}}日)")
_SPAN_OF_YEARS = re.compile(r"\d{4}\s?[-—–－至到~]+\s?\d{4}年")
_EVERY_YEAR = re.compile(r"每年\d{1,2}月(?:\d{1,2}日|底|末|[上中下]旬)?前?")
_MONTH = re.compile(r"(?<![\d年])\d{1,2}月(?:\d{1,2}日|底|末|[上中下]旬)前?")
_FIVE_YEARS = re.compile(
    r"“十[一二三四五六七八九]五”(?:时期|期间|末|以来)?|十[一二三四五六七八九]五(?:时期|期间|末|以来)"
)
_COVERAGE = re.compile(r"全覆盖")


def dates(reader: Reader) -> Iterator[Found]:
    """Dates and periods with their numbers printed."""
    spans = ((_SPAN_OF_DAYS, "Period"), (_SPAN_OF_YEARS, "Period"))
    for pattern, subclass in (
        *spans,
        (_EVERY_YEAR, "Frequency"),
        (_DATE, None),
        (_MONTH, "Date"),
        (_FIVE_YEARS, "Period"),
    ):
        for found in pattern.finditer(reader.text, reader.span.start, reader.span.end):
            kind = subclass or ("Date" if "日" in found[0] else "Period")
            key = None if pattern is not _MONTH else f"{reader.year or reader.document}{found[0]}"
            yield Found(Span(*found.span()), "Time", kind, re.sub(r"\s", "", found[0]), "date", key)


def quantities(reader: Reader) -> Iterator[Found]:
    """Numbers with what they count, and coverage targets."""
    text = reader.text
    for found in cue("count").finditer(text, reader.span.start, reader.span.end):
        bound = cue("bound").search(text[max(reader.span.start, found.start() - 16) : found.start()])
        begin = found.start() - (len(bound[0]) if bound else 0)
        yield Found(Span(begin, found.end()), "Quantity", "Count", text[begin : found.end()], "count")
    for found in cue("counted-whole").finditer(text, reader.span.start, reader.span.end):
        yield Found(Span(*found.span(1)), "Quantity", "Count", found[1], "count")
    for found in _COVERAGE.finditer(text, reader.span.start, reader.span.end):
        lead = cue("coverage-unit").search(text[max(0, found.start() - 8) : found.start()])
        name = (lead[0] if lead else "") + found[0]
        yield Found(Span(*found.span()), "Quantity", "Coverage", name, "coverage")


# ---------------------------------------------------------------- documents

_TITLE = re.compile(r"《([^《》\n]{2,60})》(?:（[^（）]{2,12}）)?")


def titles(reader: Reader) -> Iterator[Found]:
    """Documents: 《…》, 关于…的意见 after a verb, work reports and yearly plans."""
    text = reader.text
    for found in _TITLE.finditer(text, reader.span.start, reader.span.end):
        end = _title_end(reader, found.end())
        whole = end > found.end()
        span = Span(found.start(), end) if whole else Span(*found.span(1))
        yield Found(span, "Document", _document_kind(found[1]), text[span.start : span.end], "title")
    for kind in ("untitled-document", "work-paper"):
        for found in cue(kind).finditer(text, reader.span.start, reader.span.end):
            key = f"{reader.document}{found[1]}" if kind == "work-paper" else None
            yield Found(Span(*found.span(1)), "Document", _document_kind(found[1]), found[1], "untitled", key)


def _title_end(reader: Reader, at: int) -> int:
    """A volume that follows a title belongs to it (《…》浙江卷)."""
    tail = cue("volume").match(reader.text, at, reader.span.end)
    return tail.end() if tail else at


def _document_kind(name: str) -> str:
    kinds = (("document-plan", "Plan"), ("document-report", "Report"), ("document-rule", "Regulation"))
    return next((kind for words, kind in kinds if cue(words).search(name)), "Publication")
