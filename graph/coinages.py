"""Names that the text coins: in quotation marks, by a head noun after a verb, by number, as a motto or a problem."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.types import Span
from graph.found import Found
from graph.lexicon import HAN, Head, Trigger
from graph.reader import Reader
from graph.zones import clause_end, clause_start, quotations, split_list
from ontology.tables import cue

# ---------------------------------------------------------------- quotations

_LINK = ("", "、", "和", "与", "及", "以及")
_METAPHOR = 3  # 发挥“指挥棒”作用: a word so short is a figure of speech
_FORMULA = re.compile(rf"^[一两双二三四五六七八九十百]+[个大项]?[{HAN}]{{2,4}}$")


def quoted_names(reader: Reader) -> Iterator[Found]:
    """Names in quotation marks, told apart by the head noun after them, their own ending, or the verb before."""
    marks = quotations(reader.text, reader.span)
    for run in _runs(reader.text, marks):
        tail = _tail_head(reader, run[-1].end + 1)
        for mark in run:
            found = _quoted(reader, mark, run, tail)
            if found:
                yield found


def _runs(text: str, marks: list[Span]) -> list[list[Span]]:
    """Quotations that stand in one list share what follows the last of them."""
    runs: list[list[Span]] = []
    for mark in marks:
        if runs and text[runs[-1][-1].end + 1 : mark.start - 1] in _LINK:
            runs[-1].append(mark)
        else:
            runs.append([mark])
    return runs


def heading_name(reader: Reader, heading: Span) -> Iterator[Found]:
    """A heading that is a name: 高端装备制造业智能提升工程, with or without the verb that carries it out."""
    text = reader.text
    label = cue("heading-label").match(text[heading.start : heading.end])
    start = heading.start + (label.end() if label else 0)
    end = heading.start + len(text[heading.start : heading.end].rstrip("。：； "))
    found = [m for m in reader.lexicon.plain_head.finditer(text, start, end) if m.end() == end]
    if found and reader.lexicon.heads[found[-1][1]].subclass in ("Programme", "Campaign"):
        head = reader.lexicon.heads[found[-1][1]]
        if "、" not in text[start:end] and _is_name(reader, text[start : end - len(head.word)]):
            yield _named(reader, Span(start, end), head.cls, head.subclass, "heading-name")


@dataclass(frozen=True, slots=True)
class _Tail:
    """The head noun after a quotation: where it ends, and whether 的 (`of`), 等 or modifiers stand between."""

    head: Head
    end: int
    of: bool
    direct: bool  # neither 的 nor 等
    modifiers: str

    @property
    def whole(self) -> bool:
        """The head is part of the name: “…”机制, and with modifiers that are no clause “…”工作协调机制."""
        plain = not self.modifiers or (self.head.cls == "Initiative" and not re.search("[的中]", self.modifiers))
        return self.head.whole and self.direct and plain


def _tail_head(reader: Reader, at: int) -> _Tail | None:
    begin = at + 1 if reader.text[at : at + 1] == "等" else at
    found = reader.lexicon.quoted_head.match(reader.text, begin, reader.span.end)
    if not found or re.search(r"[和与是在对以为把将及]", found[2]):
        return None
    if begin > at and found[2] and reader.lexicon.heads[found[3]].cls == "Strategy":
        return None  # 等 and more words between: the noun speaks of all that is meant, not of this name
    of = bool(found[1])
    return _Tail(reader.lexicon.heads[found[3]], found.end(), of, begin == at and not of, found[2])


def _quoted(reader: Reader, mark: Span, run: list[Span], tail: _Tail | None) -> Found | None:
    text, inner = reader.text, reader.text[mark.start : mark.end]
    if len(inner) < 2 or text.startswith("的“", run[-1].end + 1) or re.fullmatch(r"十[一二三四五六七八九]?五", inner):
        return None  # “十四五” is a period; one character is a word used, not a name; “…”的“…” describes the next name
    if cue("listed-labels").match(text, run[-1].end + 1) or (inner.isdecimal() and not (tail and tail.whole)):
        return None
    if tail and tail.head.word == "作用" and len(inner) <= _METAPHOR:
        return None
    if tail and mark == run[-1] and tail.whole:
        span = Span(mark.start - 1, tail.end)
        return _named(reader, span, tail.head.cls, tail.head.subclass, "quote-head")
    own = _own_head(reader, inner)
    if tail and tail.of and "、" in inner:
        return _named(reader, mark, "Strategy", "Slogan", "quote-motto")
    if own and (tail is None or tail.head.cls != own.cls or len(run) > 1):
        return _named(reader, mark, own.cls, own.subclass, "quote-ending")
    if tail:
        return _by_tail(reader, mark, run, tail)
    return _by_verb(reader, mark, run)


def _by_tail(reader: Reader, mark: Span, run: list[Span], tail: _Tail) -> Found:
    inner = reader.text[mark.start : mark.end]
    slogan = "、" in inner or "，" in inner or "+" in inner
    if slogan and tail.head.cls == "Initiative" and tail.direct and not tail.modifiers and mark == run[-1]:
        return _named(reader, Span(mark.start - 1, tail.end), "Initiative", tail.head.subclass, "quote-head")
    return _named(reader, mark, tail.head.cls, tail.head.subclass, "quote-head")


def _own_head(reader: Reader, inner: str) -> Head | None:
    """The head noun that a quoted name itself ends with."""
    for size in range(min(5, len(inner) - 2), 1, -1):
        head = reader.lexicon.heads.get(inner[-size:])
        if head and head.cls != "Topic":
            return head
    return None


def _by_verb(reader: Reader, mark: Span, run: list[Span]) -> Found | None:
    """A quotation without a head noun: what the verb before the list does with it decides."""
    text, inner = reader.text, reader.text[mark.start : mark.end]
    begin = clause_start(text, run[0].start - 1, reader.span.start)
    lead = text[begin : run[0].start - 1]
    if cue("align-verb").search(lead):
        return _named(reader, mark, "Strategy", "Requirement" if _FORMULA.match(inner) else "Slogan", "quote-verb")
    trigger = last_trigger(reader, run[0].start - 1)
    governed = trigger and text[trigger[1].end : run[0].start - 1] in ("", "好", "了")
    describes = text.startswith(reader.lexicon.not_named_before, run[-1].end + 1)
    if governed and not describes and len(inner) <= 16 and not re.search(r"[，。；—]|[^、]、[^、]、", inner):
        return _named(reader, mark, "Initiative", None, "quote-verb")
    return None


def _named(reader: Reader, span: Span, cls: str, subclass: str | None, rule: str) -> Found:
    return Found(span, cls, subclass, reader.text[span.start : span.end], rule)


# ---------------------------------------------------------------- formulas and head nouns without quotation marks


def number_formulas(reader: Reader) -> Iterator[Found]:
    """五大战略, 八个示范 after a verb of guidance; 按照…要求 and mottos of even members after 坚持."""
    for kind, subclass, rule in (
        ("number-formula", "Strategy", "number-formula"),
        ("guiding-formula", "Requirement", "guiding"),
        ("motto", "Requirement", "motto"),
    ):
        for found in cue(kind).finditer(reader.text, reader.span.start, reader.span.end):
            if kind != "motto" or _even(found[1]):
                group = 1 if found[1] else 2
                yield Found(Span(*found.span(group)), "Strategy", subclass, found[group], rule)


def _even(motto: str) -> bool:
    """A motto's members have one length; an uneven list is ordinary prose."""
    members = motto.split("、")
    return len(members) > 1 and len({len(member) for member in members}) == 1


def problems(reader: Reader) -> Iterator[Found]:
    """Named problems and tasks of rectification outside quotation marks."""
    for found in cue("problem").finditer(reader.text, reader.span.start, reader.span.end):
        yield Found(Span(*found.span(1)), "Topic", "Problem", found[1], "problem")
    for found in cue("rectification").finditer(reader.text, reader.span.start, reader.span.end):
        yield Found(Span(*found.span()), "Topic", "Task", found[0], "problem")


_HEAD_END = re.compile(
    r"(?:项目|要点|计划|办法|标准|园区|数据集|产品|企业|活动|工作|服务|建设|设施|技术|资源|会|队伍|”|》)$"
)
_LONGEST_LIST = 120  # characters of the names that one verb governs
_LONGEST_SHARED = 16  # a longer list in front of one head noun is no name
_JOINED = re.compile(r".*?(?:项目|要点|计划|办法|标准|园区|数据集)(?:和|与|及|以及)")
# 人才培养、评价激励、流动配置机制: members so short share what stands before them too
_SHORT_MEMBERS = re.compile(rf"^[{HAN}]+(?:、[{HAN}]{{2,4}})+(?:及其?|和|与)?[{HAN}]{{0,4}}$")
_LEVELS = re.compile(r"^(?:国家|[省市县区乡]|、)+[两三四五]级")  # 省、市两级平台: the levels belong to one name
_COUNTED = re.compile(r"^(?:.*的)?(.+?)([两三四五六七八九十])(?:大|个|项|张)$")
_SPECIFIC = 2  # characters of a word before a shared head that tells its kind (智能系统); longer ones describe
_SHARING = 4  # characters of a member that takes the head its list shares
_CARRIED_OUT = ("计划",)  # who draws up a 计划 writes a document; who carries one out runs a programme
_NUMERALS = "零一两三四五六七八九十"


def headed_names(reader: Reader) -> Iterator[Found]:
    """Mechanisms, platforms, programmes and campaigns without quotation marks: verb + name that ends in a head noun."""
    for _, at, trigger in _verbs(reader, reader.span):
        stop = min(clause_end(reader.text, at, reader.span.end), at + _LONGEST_LIST)
        yield from _after_verb(reader, at, stop, trigger)
        if trigger.verb == "实行":
            yield from _rule_clause(reader, at, stop)


def _verbs(reader: Reader, span: Span) -> Iterator[tuple[int, int, Trigger]]:
    """The verbs of the table in a stretch; those that are nouns too count only where a clause opens (科技创新平台)."""
    for start, end, trigger in reader.lexicon.triggers.find(reader.text[span.start : span.end]):
        at = span.start + start
        if not cue("noun-too").fullmatch(trigger.verb) or cue("verb-opens").search(reader.text[max(0, at - 3) : at]):
            yield at, span.start + end, trigger


def _after_verb(reader: Reader, at: int, stop: int, trigger: Trigger) -> Iterator[Found]:
    """The names in the list that a verb governs; a head noun that the words go on from is no end (平台运营体系)."""
    text, begin = reader.text, at
    heads = list(reader.lexicon.plain_head.finditer(text, at, stop))
    sums = {i for i, found in enumerate(heads) if cue("summed-up").search(text[at : found.start()])}
    for index, found in enumerate(heads):
        head = reader.lexicon.heads[found[1]]
        if not _governs(trigger, head) or any(index < later for later in sums):
            continue  # 公共交通、客运枢纽等系统: the head that sums up the list names its members
        if not cue("name-end").match(text, found.end(), max(stop, min(found.end() + 1, reader.span.end))):
            if "“" in text[begin : found.start()]:
                return
            continue
        yield from _headed(reader, Span(begin, found.end()), head)
        begin = found.end()
        if text[begin : begin + 1] not in ("、", "和", "与", "及", "等"):
            return
        begin += text[begin] != "等"


def _governs(trigger: Trigger, head: Head) -> bool:
    """Documents are drawn up, reforms deepened and strategies carried out; other verbs do not make names of them."""
    if head.word in _CARRIED_OUT:
        return cue("carries-out").search(trigger.verb) is not None
    if head.cls == "Document":
        return cue("draws-up").search(trigger.verb) is not None
    if head.cls == "Strategy":
        wanted = cue("deepens") if head.subclass == "Reform" else cue("carries-out")
        return wanted.search(trigger.verb) is not None
    return True


def _headed(reader: Reader, span: Span, head: Head) -> Iterator[Found]:
    """One name: generic words cut, the last member of a list unless its members share one 的."""
    text = reader.text
    lead = cue("name-lead").match(text[span.start : span.end])
    start = span.start + (lead.end() if lead else 0)
    body = text[start : span.end - len(head.word)]
    counted = _counted(reader, Span(start, span.end - len(head.word)), head)
    if counted:
        yield from counted
        return
    if summed := cue("summed-up").search(body):
        if any(True for _ in reader.lexicon.triggers.find(summed[1])):
            return  # 与A、B等建立合作机制: the list names partners
        if len(summed[1]) > _SPECIFIC and _is_name(reader, summed[1]):
            yield _named(
                reader, Span(span.end - len(summed[1] + head.word), span.end), head.cls, head.subclass, "headed"
            )
            return  # 交通、市场等交通运输信息化重大工程: the name is the whole, what stands before 等 its parts
        yield from _shared_head(reader, Span(start, start + summed.start()), summed[1], head)
        return
    if "、" in body and "的" not in body[body.rindex("、") :] and not _LEVELS.search(body):
        start = _own_start(reader, start, body)
        body = text[start : span.end - len(head.word)]
    if joined := _JOINED.match(body):  # 科研项目和示范应用工程: two names, of which the verb's head ends the second
        start += joined.end()
        body = text[start : span.end - len(head.word)]
    if not _is_name(reader, body) and "的" in body:  # 多元参与、价值驱动的社会长效运营机制: what describes it goes
        start += body.rindex("的") + 1
        body = text[start : span.end - len(head.word)]
    if _is_name(reader, body) or (not body and head.alone):
        yield _named(reader, Span(start, span.end), head.cls, head.subclass, "headed")


def _own_start(reader: Reader, start: int, body: str) -> int:
    """Where the last name of a list begins: after the last member that has a head noun of its own.

    Members without one share the head: 机械化换人、自动化减人专项行动 is one name.
    """
    at = 0
    if _SHORT_MEMBERS.search(body) and not _HEAD_END.search(body, 0, body.index("、")):
        return start + (body[: body.index("、")].rfind("的") + 1)
    for mark in re.finditer("、", body):
        if _HEAD_END.search(body, at, mark.start()) or reader.lexicon.plain_head.search(body, at, mark.start()):
            at = mark.end()
    if at == 0 and len(body) > _LONGEST_SHARED:
        at = body.rindex("、") + 1
    return start + at


def _is_name(reader: Reader, body: str) -> bool:
    """Whether the words before a head noun make a name: neither general words nor a clause."""
    named = not cue("generic-name").match(body) and not cue("no-name").search(body)
    return 2 <= len(body) <= 26 and named and _no_verb(reader, body)


def _counted(reader: Reader, span: Span, head: Head) -> list[Found]:
    """A、B、C三大平台 names three platforms where the number agrees with the list."""
    found = _COUNTED.match(reader.text[span.start : span.end])
    if not found:
        return []
    members = split_list(reader.text, Span(span.start + found.start(1), span.start + found.end(1)))
    if len(members) != _NUMERALS.index(found[2]):
        return []
    return [_named(reader, member, head.cls, head.subclass, "counted-list") for member in members]


def _shared_head(reader: Reader, span: Span, modifier: str, head: Head) -> Iterator[Found]:
    """完善A、B等工作机制: each member is one of those; without a head noun of its own it takes the one they share."""
    told = len(modifier) > _SPECIFIC or cue("generic-name").match(modifier)
    shared = ("" if told else modifier) + _shortest(reader, head)
    for member in _members(reader, span):
        body = reader.text[member.start : member.end]
        own = _own_head(reader, body)
        if own and own.cls == head.cls and own.plain and _is_name(reader, body.removesuffix(own.word)):
            yield _named(reader, member, own.cls, own.subclass, "headed")
        elif _SHARING <= len(body) <= 16 and re.fullmatch(rf"[{HAN}]+", body) and _is_name(reader, body):
            yield Found(member, head.cls, head.subclass, body + shared, "shared-head")


def _shortest(reader: Reader, head: Head) -> str:
    """The noun of a head with words before it: 机制 of 工作机制."""
    ends = (head.word[at:] for at in range(len(head.word) - 2, 0, -1))
    return next((end for end in ends if end in reader.lexicon.heads), head.word)


def _members(reader: Reader, span: Span) -> Iterator[Span]:
    """The members of a list set off by 、, 和 or 与; a member that such a word cuts too short stays whole."""
    for member in split_list(reader.text, span):
        body = reader.text[member.start : member.end]
        joined = re.fullmatch(rf"([{HAN}]{{{_SHARING},}})[和与及]([{HAN}]{{2,}})", body)
        if joined:
            yield Span(member.start, member.start + joined.end(1))
            yield Span(member.start + joined.start(2), member.end)
        else:
            yield member


def _no_verb(reader: Reader, body: str) -> bool:
    """A verb that cannot stand inside a name means that the stretch is a clause, not a name."""
    return all(
        m.value.inside and m.start > 0 and len(body) - m.end <= 4 and not cue("who-builds").search(body[: m.start])
        for m in reader.lexicon.triggers.find(body)
    )


def _rule_clause(reader: Reader, at: int, stop: int) -> Iterator[Found]:
    """实行 + clause names a working method."""
    body = reader.text[at:stop]
    if (
        6 <= len(body) <= 18
        and not body.startswith(("严格", "最严格"))
        and re.fullmatch(rf"[{HAN}]+", body)
        and "的" not in body
        and not reader.lexicon.plain_head.search(body)
    ):
        yield _named(reader, Span(at, stop), "Initiative", "Mechanism", "rule-clause")


def last_trigger(reader: Reader, at: int) -> tuple[Trigger, Span] | None:
    """The last verb of the table before `at` in its clause, with its place; None where there is none."""
    begin = clause_start(reader.text, at, reader.span.start)
    found = list(_verbs(reader, Span(begin, at)))
    if not found:
        return None
    start, end, trigger = found[-1]
    return trigger, Span(start, end)
