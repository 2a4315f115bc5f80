"""Names of units: which of them mean the same department, in Chinese and English.

A name has three parts: whose it is (省, 市, 金华市), what it is about (科技, 科学技术) and what it is (局, 厅).
科技局 finds 市科技局 and 金华市科学技术局, not 省科技厅; Science and Technology Bureau finds them too.
The words stand in `unit_names.tsv` and `unit_words.tsv`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from index.structured import places
from ontology import tables

_LEVELS = "省市县区州旗"
_NOT_A_LEVEL = re.compile("市场|市容|市政(?!府|协)|区域|县域")
_LONGEST_PREFIX = 10


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's name in its parts; empty ones do not tell it from others, of `levels` and `endings` any may stand."""

    levels: tuple[str, ...]
    about: str
    endings: tuple[str, ...]

    def may_be(self, other: "Unit") -> bool:
        """Whether two names can be names of one unit."""
        return (
            self.about == other.about
            and _meet(self.levels, other.levels, lambda a, b: a.endswith(b) or b.endswith(a))
            and _meet(self.endings, other.endings, lambda a, b: a == b)
        )


def _meet(ours: Sequence[str], theirs: Sequence[str], same: Callable[[str, str], bool]) -> bool:
    return not ours or not theirs or any(same(a, b) for a in ours for b in theirs)


def matching(words: str, printed: Iterable[str], language: str) -> list[str]:
    """Those of the printed names that a question's words may mean."""
    asked = [_chinese(words)] if language == "zh" else list(_english(words))
    return [name for name in printed if name.lower() == words or any(one.may_be(_chinese(name)) for one in asked)]


def is_name(words: str, language: str) -> bool:
    """Whether words have the look of a unit's name."""
    if language == "en":
        return not _heads().keys().isdisjoint(words.split())
    return words.endswith(_endings()) or (len(words) > 2 and words[0] in _LEVELS and words.endswith("委"))


# ---- Chinese


@cache
def _chinese(name: str) -> Unit:
    bare = re.sub(r"[（(].*?[）)]$", "", name)
    for start in range(min(len(bare) - 1, _LONGEST_PREFIX)):
        found = _department().fullmatch(bare, start)
        if found:
            ministry = found[2] == "部" and not start and found[1] in tables.column("departments")
            return Unit(("国家",) if ministry else _level(bare[:start]), _subjects()[found[1]], _ending(found[2]))
    prefix = _prefix(bare)
    return Unit(_level(prefix), bare[len(prefix) :], ())


def _level(prefix: str) -> tuple[str, ...]:
    prefix = re.sub("^(?:各|全)|级$|人民政府$|委$", "", prefix)
    return (prefix,) if prefix else ()


def _prefix(name: str) -> str:
    """The level or place that a name of another kind begins with: 市|政协, 金华市|政协."""
    if name[:1] in tuple(_LEVELS) and not _NOT_A_LEVEL.match(name):
        return name[0]
    place = next((name[:n] for n in range(min(len(name) - 1, 12), 1, -1) if name[:n] in places("zh")), "")
    return place + name[len(place)] if place and name[len(place)] in _LEVELS else place


@cache
def _department() -> re.Pattern[str]:
    endings = sorted({e for row in tables.rows("department_ends") for e in (row["word"],)}, key=len, reverse=True)
    subjects = sorted(_subjects(), key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, subjects))})({'|'.join(endings)})")


@cache
def _subjects() -> dict[str, str]:
    """What departments are about, each word with the first of those that mean the same."""
    rows = [tables.alternatives(row["zh"]) for row in tables.rows("unit_names")]
    found = {word: word for word in tables.column("departments")}
    return found | {word: words[0] for words in rows for word in words}


def _ending(word: str) -> tuple[str, ...]:
    short = {"委员会": "委", "办公室": "办", "总局": "局", "管理局": "局"}
    return (short.get(word, word),)


@cache
def _endings() -> tuple[str, ...]:
    words = [e for row in tables.rows("unit_words") if row["kind"] == "end" for e in tables.alternatives(row["zh"])]
    return tuple(words)


# ---- English


def _english(words: str) -> Iterator[Unit]:
    """What an English name may mean: Provincial Department of Finance is 省 + 财政 + 厅 or another ending."""
    parts = [part for part in re.findall(r"[\w'’-]+", words) if part not in ("the", "of", "for", "and", "on")]
    levels, parts = _english_level(parts)
    for head, rest in _without_head(parts):
        about = _english_subjects().get(tuple(rest))
        if about:
            yield Unit(levels, about, _heads().get(head, ()))
    for term in tables.glossary():
        if term.kind == "body" and words in {name.lower() for name in (term.en, *term.en_alt, *term.plain_en)}:
            yield from (_chinese(name) for name in (term.zh, *term.zh_alt))


def _english_level(parts: list[str]) -> tuple[tuple[str, ...], list[str]]:
    place: tuple[str, ...] = ()
    if parts and parts[0].removesuffix("'s") in places("en"):
        place, parts = places("en")[parts[0].removesuffix("'s")], parts[1:]
    if parts and parts[0] in _levels():
        return place or _levels()[parts[0]], parts[1:]
    return place, parts


def _without_head(parts: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The ways to take a head (Bureau, Department) off; first off the end, then off the beginning, then none."""
    if parts and parts[-1] in _heads():
        yield parts[-1], parts[:-1]
    if parts and parts[0] in _heads():
        yield parts[0], parts[1:]
    yield "", parts


@cache
def _english_subjects() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for row in tables.rows("unit_names"):
        for name in tables.alternatives(row["en"].lower()):
            words = [word for word in re.findall(r"[\w'’-]+", name) if word not in ("and", "of", "for", "the")]
            found.setdefault(tuple(words), tables.alternatives(row["zh"])[0])
    return found


@cache
def _heads() -> dict[str, tuple[str, ...]]:
    rows = tables.by("unit_words", lambda row: row["kind"] == "head")
    return {row["word"]: tuple(e for w in tables.alternatives(row["zh"]) for e in _ending(w)) for row in rows}


@cache
def _levels() -> dict[str, tuple[str, ...]]:
    rows = tables.by("unit_words", lambda row: row["kind"] == "level")
    return {row["word"]: tables.alternatives(row["zh"]) for row in rows}
