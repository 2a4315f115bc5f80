"""Questions that ask for facts, taken apart: 哪些任务由市科技局牵头, tasks due by the end of June.

How people word them stands in `ontology/question_forms.tsv`. What the words mean in a base is told by `index.known`;
what is left of a question beside them (livelihood, in "which livelihood tasks are due by June") is read as any other.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial

from index import question_dates, tokens
from index.query import bare, language_of, question_words
from index.types import Language
from ontology import tables

_TRIM = " ,.;:!?'\"“”‘’、，。"
_ZH_FREE = r"(?:(?!由|哪|什么|任务|需要|请问)[^,.;:!?，。；：？！《》\s]){2,30}?"
_EN_STOP = "where|which|what|that|does|do|is|are|tasks?|items?|who|must|should|will|has|have|in|by|lead|led"
_EN_WORD = rf"(?!(?:{_EN_STOP})\b)[a-z0-9&.'’-]++"
_EN_FREE = rf"(?<![a-z0-9&.'’-]){_EN_WORD}(?:,? {_EN_WORD}){{0,9}}?"
_FREE = {"zh": r"[^,?!，。？！]{2,40}?", "en": r"[^,.?!;]{2,80}"}
_ONE_OF = ({"lead", "participant", "responsible"}, {"due-by", "due-before", "due-in", "due-after", "due-any"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that a question asks of the facts; `plain`: it can mean nothing else, whether the base knows it or not.

    `words` are those of the question that say which (市科技局, 6月底), empty where nothing does.
    """

    slot: str
    words: str
    plain: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What a question asks of the facts, and its other words: `rest` is empty where there are none."""

    language: Language
    asked: tuple[Asked, ...]
    rest: str


def read(text: str) -> Reading:
    """Take a question apart; `asked` is empty where it asks for nothing of the kind."""
    language = language_of(text)
    rest = re.sub(r"\s+", " ", tokens.normalise(text)).strip(_TRIM)
    asked: list[Asked] = []
    for form in _forms(language):
        if not form.may_fit(rest) or any(_excludes(form.slot, other.slot) for other in asked):
            continue
        if found := form.find(rest):
            one, start, end = found
            asked.append(one)
            rest = f"{rest[:start]} {rest[end:]}".strip(_TRIM)
    return Reading(language, tuple(asked), _subject(rest, language) if asked else rest)


def _excludes(slot: str, other: str) -> bool:
    """A question has one unit and one date; the first wording that fits says in which part."""
    return slot == other or any(slot in family and other in family for family in _ONE_OF)


def _subject(rest: str, language: Language) -> str:
    """What is left without question words and without words that only carry such a question."""
    if language == "en":
        return " ".join(word for word in bare(rest).split() if word not in _filler("en"))
    parts = (_without_filler(part) for part in bare(_joined(rest)).split())
    return " ".join(part for part in parts if part)


def _joined(rest: str) -> str:
    """Chinese filler is taken off first at the ends of a phrase, so that no question word is found across it."""
    return " ".join(filter(None, map(_without_filler, rest.split())))


def _without_filler(part: str) -> str:
    for _ in range(len(part)):
        end = next((word for word in _filler("zh") if part.endswith(word)), "")
        start = next((word for word in _filler("zh") if part.startswith(word)), "")
        if not (start or end):
            break
        part = part.removesuffix(end) if end else part.removeprefix(start)
    return part


@cache
def _filler(language: Language) -> tuple[str, ...]:
    found = tables.by("question_forms", lambda row: row["slot"] == "filler" and row["lang"] == language)
    return tuple(sorted((row["pattern"] for row in found), key=lambda word: (-len(word), word)))


# ---- the wordings


@dataclass(frozen=True, slots=True)
class _Form:
    """A wording of `question_forms.tsv`; it is compiled when a question holds its cue."""

    language: Language
    slot: str
    plain: bool
    cues: tuple[str, ...]
    pattern: str

    def may_fit(self, text: str) -> bool:
        return not self.cues or any(cue in text for cue in self.cues)

    def find(self, text: str) -> tuple[Asked, int, int] | None:
        """The first place where it fits, with what it asks; known words are looked up in their lists."""
        for found in compiled(self.pattern, self.language).finditer(text):
            if "x" not in found.re.groupindex:
                return Asked(self.slot, "", self.plain), *found.span()
            words = _trimmed(found["x"], self.language)
            if len(words) > 1:
                return Asked(self.slot, words, self.plain), *found.span()
        return None


def _trimmed(text: str, language: Language) -> str:
    """What was caught without the question words at its ends."""
    text = text.strip(_TRIM)
    if language == "en":
        return re.sub(r"^(?:the|a|an|our|all|any) ", "", text)
    for _ in range(len(text)):
        asking = next((word for word in question_words("zh") if text.startswith(word) and _is_no_name(word)), "")
        if not asking:
            break
        text = text.removeprefix(asking)
    return text


def _is_no_name(word: str) -> bool:
    """Whether a question word begins no name of a unit; 能源局, 就业局 and 对外联络部 begin with single ones."""
    return len(word) > 1 or word == "是"


@cache
def _forms(language: Language) -> tuple[_Form, ...]:
    return tuple(
        _Form(language, row["slot"], row["plain"] == "yes", tables.alternatives(row["cue"]), row["pattern"])
        for row in tables.rows("question_forms")
        if row["lang"] == language and row["slot"] != "filler"
    )


@cache
def compiled(pattern: str, language: Language) -> re.Pattern[str]:
    """A pattern of `question_forms.tsv` as a regular expression; the words at `{name}` in it are the group `x`."""
    name = next((name for name in re.findall(r"\{([a-z]+)\}", pattern)), "")
    if name:
        pattern = pattern.replace(f"{{{name}}}", f"(?P<x>{_words_for(name, language)})", 1)
    return re.compile(pattern)


def _words_for(name: str, language: Language) -> str:
    """The regular expression of the words that `{name}` in a pattern of `question_forms.tsv` allows."""
    if name in _LISTS:
        return _alternation(_LISTS[name](language), language)
    return {
        "unit": _ZH_FREE if language == "zh" else _EN_FREE,
        "document": _ZH_FREE if language == "zh" else _EN_FREE,
        "topic": _FREE[language],
        "title": '[^》"”»]{2,80}',
        "date": question_dates.pattern(language),
        "year": r"(?:19|20)\d\d",
    }[name]


# ---- the lists of known words


@dataclass(frozen=True, slots=True)
class Slot:
    """A row of `question_slots.tsv`: what can be asked, which property answers, and what the reason is called."""

    name: str
    kind: str
    predicates: tuple[str, ...]
    reads: str
    rule: str | None
    label_zh: str
    label_en: str

    def label(self, language: Language) -> str:
        """What a reason of this slot is called."""
        return self.label_zh if language == "zh" else self.label_en


@cache
def slots() -> dict[str, Slot]:
    """All slots by name."""
    return {
        row["slot"]: Slot(
            row["slot"],
            row["kind"],
            tables.alternatives(row["predicate"]),
            row["reads"],
            row["rule"] or None,
            row["label_zh"],
            row["label_en"],
        )
        for row in tables.rows("question_slots")
    }


@cache
def values(slot: str, language: Language) -> dict[str, str]:
    """What words stand for, from `question_values.tsv`."""
    found = tables.by("question_values", lambda row: row["slot"] == slot and row["lang"] == language)
    return {word: row["value"] for row in found for word in tables.alternatives(row["words"])}


def _alternation(known: Iterable[str], language: Language) -> str:
    """Any of the words, the longest first."""
    words = sorted(known, key=lambda word: (-len(word), word))
    edge = r"\b" if language == "en" else ""
    return edge + "(?:" + "|".join(map(re.escape, words)) + ")" + edge


@cache
def forms(language: Language) -> dict[str, tuple[str, ...]]:
    """Words for forms of activity, each with the Chinese words that it stands for: a form, or a kind with its forms."""
    found: dict[str, tuple[str, ...]] = {}
    if language == "zh":
        for form in tables.forms():
            found |= {word: (word,) for word in form.words}
        return found | {form.label_zh: (form.label_zh, *form.words) for form in tables.forms()}
    for row in tables.rows("form_names"):
        for word in tables.alternatives(row["en"]):
            found |= dict.fromkeys(_plurals(word), tables.alternatives(row["zh"]))
    kinds = {form.label_en.lower(): (form.label_zh, *form.words) for form in tables.forms()}
    return found | {plural: words for label, words in kinds.items() for plural in _plurals(label)}


@cache
def groups(language: Language) -> dict[str, tuple[str, ...]]:
    """Words for groups, each with the Chinese names that it stands for."""
    found: dict[str, tuple[str, ...]] = {}
    for row in tables.rows("groups"):
        names = tuple(filter(None, (row["word"], row["full"])))
        for word in (row["word"],) if language == "zh" else _plurals(row["en"].lower().removeprefix("the ")):
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *names)))
    if language == "zh":
        found |= {word: (word,) for word in tables.column("actors") if word not in found}
    for term in tables.glossary():
        if term.kind == "group":
            words = (term.zh, *term.zh_alt) if language == "zh" else (term.en, *term.en_alt, *term.plain_en)
            for word in words:
                found.setdefault(word.lower(), (term.zh, *term.zh_alt))
    found.pop("", None)
    return found


@cache
def places(language: Language) -> dict[str, tuple[str, ...]]:
    """Names of places, each with its short and its full Chinese names; two cities may share an English one."""
    full = {row["short"]: row["full"] for row in tables.rows("places")}
    if language == "zh":
        return {name: (short, whole) for short, whole in full.items() for name in (short, whole)}
    found: dict[str, tuple[str, ...]] = {}
    for row in tables.rows("place_names"):
        for name in tables.alternatives(row["en"].lower()):
            for word in (name, f"{name} city", f"{name} province"):
                found[word] = (*found.get(word, ()), row["short"], full[row["short"]])
    return found


def _plurals(words: str) -> Iterator[str]:
    yield words
    if not words.endswith("s"):
        yield words[:-1] + "ies" if words.endswith("y") and words[-2:-1] not in tuple("aeiou") else words + "s"


_LISTS: Mapping[str, Callable[[Language], Mapping[str, object]]] = {
    "form": forms,
    "group": groups,
    "place": places,
    "frequency": partial(values, "frequency"),
    "class": partial(values, "class"),
}
