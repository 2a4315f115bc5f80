"""Activities (活动), sentence by sentence: 围绕 topics 开展 … form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from corpus.types import Span
from graph.found import Found
from graph.reader import Reader
from graph.zones import in_quotes, quotations, sentences, split_list
from ontology.tables import cue

_STUDIES = ("Research", "Consultation", "Inspection", "Supervision", "Meeting")
_LONGEST_ALONE = 16  # characters of a topic without an activity; longer ones are clauses
_LONGEST = 160  # characters from a cue to the end of what it governs; longer stretches are not one frame


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity: its place, its forms, and the topics of its frame."""

    span: Span
    forms: tuple[Found, ...]
    topics: tuple[Found, ...]
    venue: Span | None = None  # a named initiative that stands for the form


@dataclass(frozen=True, slots=True)
class _Frame:
    """Topics collected since the last activity that used them."""

    topics: list[Found] = field(default_factory=list)
    used: bool = False
    governs: bool = False  # 围绕…, with a comma after the topics: what follows is done about them


def activities(reader: Reader) -> tuple[list[Activity], list[Found]]:
    """The activities of a stretch, and the topics that no activity takes up: 围绕… without a form."""
    acts: list[Activity] = []
    alone: list[Found] = []
    for sentence in sentences(reader.text, reader.span):
        made = list(_in_sentence(reader, sentence))
        acts += [one for one in made if isinstance(one, Activity)]
        alone += [topic for one in made if isinstance(one, _Frame) for topic in _alone(reader, one)]
    return acts, alone


def _alone(reader: Reader, frame: _Frame) -> Iterator[Found]:
    """Topics that the item itself is on: names of things to be dealt with, not aims or numbers."""
    for topic in frame.topics:
        if topic.cls == "Topic" and len(topic.name) <= _LONGEST_ALONE and not cue("not-topic-alone").search(topic.name):
            yield replace(topic, rule="topic-alone")


def _in_sentence(reader: Reader, sentence: Span) -> Iterator["Activity | _Frame"]:
    """The activities of a sentence, and the frames that none of them used."""
    cues = [
        c
        for c in cue("activity-cue").finditer(reader.text, sentence.start, sentence.end)
        if not in_quotes(reader.text, sentence, c.start())
    ]
    frame, done = _Frame(), sentence.start
    for index, opening in enumerate(cues):
        if opening.start() < done:
            continue  # 听取 … 活动开展情况汇报: the verb is part of what is heard
        stop = cues[index + 1].start() if index + 1 < len(cues) else sentence.end
        stop = sentence.end if opening["hear"] else stop
        region = Span(opening.end(), min(stop, opening.end() + _LONGEST))
        if opening["topic"]:
            frame = _Frame() if frame.used else frame
            frame.topics.extend(_topics(reader, region))
            after = _outside(reader.text, region, "，：")
            led_on = reader.text[after : after + 1] == "，" or (after == region.end and after < sentence.end)
            governs = led_on and cue("about").search(opening[0]) is not None
            frame = replace(frame, governs=governs)
            continue
        if opening["hear"]:
            made = _heard(reader, opening.start(), region)
        else:
            made = _carried_out(reader, opening.start(), region, frame)
        if made:
            frame, done = _Frame(frame.topics, True), made.span.end
            yield made
    if frame.governs and not frame.used:
        yield frame


# ---------------------------------------------------------------- topics


def _topics(reader: Reader, region: Span) -> list[Found]:
    """The conjuncts after 围绕, up to 等 or the comma."""
    text = reader.text
    stop = _outside(text, region, "，：")
    span = Span(region.start, stop)
    lead = cue("topic-lead").match(text[span.start : span.end])
    if lead:
        span = Span(span.start + lead.end(), span.end)
    span = _before_etc(text, span)
    return [
        _topic(text, part)
        for member in _members(reader, span)
        for part in _conjuncts(reader, member)
        if _is_topic(text, part)
    ]


def _members(reader: Reader, span: Span) -> list[Span]:
    """The members of a list; a bare body belongs to the next member (市委、市政府重要部署…)."""
    whole: list[Span] = []
    begin: int | None = None
    for member in split_list(reader.text, span):
        start = member.start if begin is None else begin
        bare = reader.text[member.start : member.end]
        if member.end < span.end and any(
            (m.start, m.end) == (0, len(bare)) and m.value.cls == "Body" for m in reader.lexicon.names.find(bare)
        ):
            begin = start
            continue
        whole.append(Span(start, member.end))
        begin = None
    return whole


def _outside(text: str, region: Span, marks: str) -> int:
    """The first of `marks` outside quotations."""
    depth = 0
    for index in range(region.start, region.end):
        depth += (text[index] in "“《（") - (text[index] in "”》）")
        if depth <= 0 and text[index] in marks:
            return index
    return region.end


def _before_etc(text: str, span: Span) -> Span:
    """等 and what it sums up are no topic (…等民生工程); without 等 a bare 课题 or 工作推进情况 is cut."""
    depth = 0
    for index in range(span.start, span.end):
        depth += (text[index] in "“《（") - (text[index] in "”》）")
        if depth <= 0 and text[index] == "等" and not text.startswith(("等级", "等候", "等待"), index):
            return Span(span.start, index)
    return Span(span.start, span.end)


def _conjuncts(reader: Reader, member: Span) -> Iterator[Span]:
    """A和B are two topics only where B opens with a verb of its own."""
    text = reader.text
    for index in range(member.start + 4, member.end - 4):
        if text[index] in "和与" and any(
            m.start == 0 for m in reader.lexicon.triggers.find(text[index + 1 : index + 5])
        ):
            yield Span(member.start, index)
            yield Span(index + 1, member.end)
            return
    yield member


def _is_topic(text: str, span: Span) -> bool:
    body = text[span.start : span.end].strip()
    return 4 <= len(body) <= 44 and not cue("not-topic").search(body)


def _topic(text: str, span: Span) -> Found:
    here = cue("topic-deictic").match(text[span.start : span.end])
    start = span.start + (here.end() if here else 0)
    cls = "Document" if text[start : span.end].endswith(("工作报告", "》")) else "Topic"
    return Found(Span(start, span.end), cls, None, text[start : span.end], "topic-frame")


# ---------------------------------------------------------------- the activity itself


def _heard(reader: Reader, start: int, region: Span) -> Activity | None:
    """听取 … 汇报."""
    text = reader.text
    found = cue("heard").search(text, region.start, min(region.end, _outside(text, region, "，。；")))
    if not found:
        return None
    inner = _before_etc(text, Span(region.start, found.start()))
    topics = tuple(_topic(text, part) for part in _members(reader, inner) if _is_topic(text, part))
    form = Found(Span(*found.span(1)), "ActivityForm", "Meeting", found[1], "form")
    return Activity(Span(start, found.end()), (form,), topics)


def _carried_out(reader: Reader, start: int, region: Span, frame: _Frame) -> Activity | None:
    """开展 … form, or on a topic a named venue (组织“…”活动)."""
    text = reader.text
    stop = _outside(text, region, "，。；")
    segment = Span(region.start, stop)
    forms = _forms(reader, segment)
    quoted = quotations(text, segment)
    listed = _before_form(reader, segment, forms[0]) if forms else []
    if listed:
        return Activity(Span(start, _tail(text, forms[-1].span.end, stop)), tuple(forms), tuple(listed))
    if forms and not _far(text, segment, forms[0], quoted):
        inner = _quoted_topics(text, quoted, forms)
        return Activity(Span(start, _tail(text, forms[-1].span.end, stop)), tuple(forms), tuple(inner or frame.topics))
    venue = len(quoted) == 1 and quoted[0].start == segment.start + 1 and not text.startswith("推进", start)
    if frame.topics and venue:
        return Activity(Span(start, _tail(text, quoted[0].end + 1, stop)), (), tuple(frame.topics), quoted[0])
    return None


def _forms(reader: Reader, segment: Span) -> list[Found]:
    """The forms in a segment that end a name: followed by a mark, 活动, 等, or the end."""
    text = reader.text
    found = []
    for start, end, form in reader.lexicon.forms.find(text[segment.start : segment.end]):
        span = Span(segment.start + start, segment.start + end)
        if in_quotes(text, segment, span.start) or not cue("form-end").match(text[span.end : segment.end + 1]):
            continue
        if text[span.start - 1] == "”" and text[span.start : span.end] in reader.lexicon.heads:
            continue  # “…”大宣讲 is a name, no form
        span = Span(_with_modifier(reader, span, segment.start), span.end)
        found.append(Found(span, "ActivityForm", form.subclass, text[span.start : span.end], "form"))
    return found


def _with_modifier(reader: Reader, span: Span, floor: int) -> int:
    """Where a form starts with the modifier before it (专项 + 视察)."""
    if reader.text.startswith(reader.lexicon.modifiers, span.start):
        return span.start  # 专项民主监督 already says its kind
    lead = next((w for w in reader.lexicon.modifiers if reader.text.endswith(w, floor, span.start)), "")
    return span.start - len(lead)


def listed_forms(reader: Reader) -> Iterator[Found]:
    """Forms outside activities where at least two stand in one list (协同调研、联动协商和联合监督)."""
    forms = _forms(reader, reader.span)
    for index, form in enumerate(forms):
        near = [forms[i] for i in (index - 1, index + 1) if 0 <= i < len(forms)]
        if form.span.end - form.span.start >= 4 and any(_joined(reader.text, form.span, other.span) for other in near):
            yield form


def _joined(text: str, one: Span, other: Span) -> bool:
    first, second = sorted((one, other))
    return text[first.end : second.start] in ("、", "和", "与")


def _before_form(reader: Reader, segment: Span, form: Found) -> list[Found]:
    """What an activity is about where a list says it before the form: 开展A、B等专题调研."""
    found = cue("formed-list").match(reader.text[segment.start : form.span.start])
    if not found or in_quotes(reader.text, segment, segment.start + found.end(1)) or "“" in found[1]:
        return []
    members = _members(reader, Span(segment.start, segment.start + found.end(1)))
    return [_topic(reader.text, member) for member in members if _is_topic(reader.text, member)]


def _far(text: str, segment: Span, form: Found, quoted: list[Span]) -> bool:
    """Too much between verb and form for one phrase, quotations and titles not counted."""
    between = re.sub(r"“[^”]*”|《[^》]*》", "", text[segment.start : form.span.start])
    return len(between) > 12 or bool(re.search(r"[的为对把]", between))


def _quoted_topics(text: str, quoted: list[Span], forms: list[Found]) -> list[Found]:
    """Quotations before a form of study are its topics (开展“…”等专题调研)."""
    if not forms or forms[-1].subclass not in _STUDIES:
        return []
    before = [mark for mark in quoted if mark.end < forms[0].span.start and mark.end - mark.start >= 6]
    return [Found(mark, "Topic", None, text[mark.start : mark.end], "topic-quote") for mark in before]


def _tail(text: str, at: int, stop: int) -> int:
    tail = cue("activity-tail").match(text, at, stop)
    return tail.end() if tail else at
