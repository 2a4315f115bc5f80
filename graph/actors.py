"""Who acts or is served, named in general terms: 鼓励龙头企业开展…, 各地区要…, 为中小企业提供….

A head noun of `actors.tsv` with the words before it is a name only in a frame that makes it act or receive; the frame
also says which part it plays (schema: involves, performedBy, targetsGroup).
"""

import re
from collections.abc import Iterator
from functools import cache

from corpus.types import Span
from graph.found import Found
from graph.lexicon import HAN
from graph.matcher import Matcher
from graph.reader import Reader
from ontology.tables import cue, rows

_PARTS = {
    "actor-asked": "involves",
    "actor-acts": "performedBy",
    "actor-served": "targetsGroup",
    "actor-fostered": "targetsGroup",
}
_LONGEST = 16  # characters of a name with the words before its head
_LIST = 40  # characters of a list of actors


def part_of(rule: str) -> str | None:
    """The predicate that the frame of a rule states; None for other rules."""
    return _PARTS.get(rule)


def actors(reader: Reader) -> Iterator[Found]:
    """General actors of a stretch, each with the frame that it stands in as its rule."""
    frames = (
        ("actor-asked", cue("asked")),
        ("actor-served", cue("served")),
        ("actor-fostered", cue("fostered")),
        ("actor-acts", cue("acts")),
    )
    for rule, frame in frames:
        for found in frame.finditer(reader.text, reader.span.start, reader.span.end):
            yield from _listed(reader, found.end(), rule)


def modified_groups(reader: Reader) -> Iterator[Found]:
    """Groups with the words before them that say which: 青年拔尖人才, 年轻用户, 参保企业."""
    for start, end, head in _group_heads().find(reader.part()):
        span = reader.within(start, end)
        begin = max(reader.span.start, span.start - _LONGEST)
        words = _modifiers().search(reader.text[begin : span.start])
        if (
            words is None
            or not _opens(reader, begin + words.start())
            or cue("after-group").match(reader.text, span.end)
        ):
            continue
        if head and not cue("after-group-head").match(reader.text, span.end):
            continue
        whole = Span(begin + words.start(), span.end)
        yield Found(whole, "Group", None, reader.text[whole.start : whole.end], "group-modified")


def _opens(reader: Reader, at: int) -> bool:
    """Whether a name can begin at a place: after a mark, a particle or a verb, not inside a longer name."""
    if at == reader.span.start:
        return True
    before = reader.text[max(reader.span.start, at - 6) : at]
    if cue("before-group").search(before) or cue("asked").search(before) or cue("fostered").search(before):
        return True
    return any(found.end == len(before) for found in reader.lexicon.triggers.find(before))


@cache
def _group_heads() -> Matcher[bool]:
    """Nouns that make a group with words before them, and (False) the groups of the lexicon."""
    heads = {row["word"]: True for row in rows("group_modifiers") if row["kind"] == "head"}
    return Matcher({row["word"]: False for row in rows("groups")} | heads)


@cache
def _modifiers() -> re.Pattern[str]:
    """The words that stand before a group, up to its noun."""
    words = sorted((row["word"] for row in rows("group_modifiers") if row["kind"] == "word"), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(words)}|(?![对等式和与及的为向])[{HAN}]{{2}}型)+$")


@cache
def _heads() -> dict[str, tuple[str, str | None, bool]]:
    """Head nouns with class and subclass, and whether they stand alone."""
    return {row["word"]: (row["cls"], row["subclass"] or None, row["alone"] == "yes") for row in rows("actors")}


@cache
def _member() -> re.Pattern[str]:
    """One actor of a list: words without a mark, and a head noun that nothing goes on from."""
    heads = "|".join(sorted(map(re.escape, _heads()), key=len, reverse=True))
    after = cue("after-actor").pattern
    words = rf"(?:(?![和与及或等])[{HAN}A-Za-z0-9]){{0,{_LONGEST}}}?"
    return re.compile(rf"([{HAN}]{{0,6}}等)?({words})({heads})(?={after})")


def _listed(reader: Reader, at: int, rule: str) -> Iterator[Found]:
    """The actors of a list that starts at a place; a member that is none ends it."""
    stop = min(reader.span.end, at + _LIST)
    made: list[Found] = []
    while at < stop and (found := _member().match(reader.text, at, stop + 1)):
        body = found[2]
        if cue("no-actor").search(body) or any(True for _ in reader.lexicon.triggers.find(body)):
            break
        start = found.start(2) + len(body) - len(cue("actor-lead").sub("", body))
        cls, subclass, alone = _heads()[found[3]]
        if rule == "actor-fostered":
            cls, subclass = "Group", None  # who is fostered receives, whoever it is
        name = reader.text[start : found.end()]
        if alone or name != found[3]:
            made.append(Found(Span(start, found.end()), cls, subclass, name, rule))
        at = found.end()
        link = cue("actor-link").match(reader.text, at, stop)
        if link is None:
            break
        at = link.end()
    if rule != "actor-acts" or (made and cue("acting").match(reader.text, made[-1].span.end)):
        yield from made
