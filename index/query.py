"""What a question asks: its language, its subject without the question around it, and the concepts that it names."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from index import tokens
from index.types import Language
from ontology import tables

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)*")
_LONGEST_NAME = 24  # characters; a longer name is found by its words
_LONGEST_PHRASE = 7  # English words


class Place(NamedTuple):
    """Where in the focus of a question something stands: characters in Chinese, words in English; end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NamedTheme:
    """A theme that the question names, by one of its labels."""

    theme: tables.Theme
    place: Place


@dataclass(frozen=True, slots=True)
class NamedTerm:
    """A glossary term that the question names; `forms` are the Chinese words to look for in the text."""

    label: str
    forms: tuple[str, ...]
    themes: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Question:
    """A question, understood. `units` are what can be covered: characters of the focus in Chinese, words in English."""

    text: str
    language: Language
    focus: str
    units: tuple[str, ...]
    tokens: tuple[str, ...]
    themes: tuple[NamedTheme, ...] = field(default=())
    terms: tuple[NamedTerm, ...] = field(default=())

    def share(self, places: Iterable[Place]) -> float:
        """The share of the question's subject that the places cover, from 0 to 1."""
        counted = {i for i, unit in enumerate(self.units) if unit != " "}
        covered = {i for place in places for i in range(place.start, place.end)} & counted
        return len(covered) / len(counted) if counted else 0.0


def understand(text: str) -> Question:
    """Read a question in Chinese or English."""
    plain = tokens.normalise(text)
    if _HAN.search(plain):
        focus = _focus_zh(plain)
        units: tuple[str, ...] = tuple(" " if not unit.isalnum() else unit for unit in focus)
        found = list(_longest(_spans_zh(focus, units), _concepts("zh")))
        return _question(text, "zh", focus, units, found)
    units = tuple(_words_en(plain)) or tuple(_WORD.findall(plain))
    found = list(_longest(_spans_en(units), _concepts("en")))
    return _question(text, "en", " ".join(units) or plain.strip(), units, found)


def language_of(text: str) -> Language:
    """Chinese where a Chinese character stands in the text, else English."""
    return "zh" if _HAN.search(text) else "en"


def bare(text: str) -> str:
    """A (normalised) question without its question words and marks; empty where nothing else stands there."""
    if language_of(text) == "zh":
        return re.sub(r"[^\w]+", " ", _frame_zh().sub(" ", text)).strip()
    return " ".join(_words_en(text))


def names_in(question: Question) -> dict[str, Place]:
    """Every stretch of the question that could be the name of an entity, normalised, with its place."""
    if question.language == "zh":
        return {text: place for place, text in _spans_zh(question.focus, question.units) if len(text) > 1}
    return {" ".join(question.units[p.start : p.end]): p for p, _ in _spans_en(question.units)}


def name_key(name: str) -> str:
    """The form under which an entity's name is stored: as `names_in` gives it."""
    plain = tokens.normalise(name)
    return plain if _HAN.search(plain) else " ".join(_words_en(plain))


def _question(text: str, language: Language, focus: str, units: tuple[str, ...], found: list["_Found"]) -> Question:
    return Question(
        text=text,
        language=language,
        focus=focus,
        units=units,
        tokens=tuple(tokens.query_tokens(focus)),
        themes=tuple(NamedTheme(theme, place) for place, entry in found for theme in entry.themes),
        terms=tuple(
            NamedTerm(term.zh, (term.zh, *term.zh_alt), (term.theme,) if term.theme else (), place)
            for place, entry in found
            for term in entry.terms
        ),
    )


# ---- taking the question off


@cache
def question_words(language: Language) -> tuple[str, ...]:
    """The words that carry a question and not its subject, longest first."""
    found = tables.by("question_words", lambda row: row["lang"] == language)
    return tuple(sorted((row["word"] for row in found), key=lambda word: (-len(word), word)))


@cache
def _frame_zh() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, question_words("zh"))))


def _focus_zh(plain: str) -> str:
    """The question with a blank for each question word and mark, so that no bigram is made across them."""
    bare = re.sub(r"[^\w]+", " ", _frame_zh().sub(" ", plain)).strip()
    return bare or re.sub(r"[^\w]+", " ", plain).strip()


def _words_en(plain: str) -> Iterator[str]:
    stop = frozenset(question_words("en"))
    for word in _WORD.findall(plain.replace("’", "'")):
        bare = word.removesuffix("'s")
        if bare not in stop:
            yield bare


def _singular(word: str) -> str:
    """English words meet their plurals: `-ies` to `-y`, `-s` off, `ss` kept."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


# ---- naming concepts


@dataclass(slots=True)
class _Entry:
    themes: list[tables.Theme] = field(default_factory=list)
    terms: list[tables.Term] = field(default_factory=list)


_Found = tuple[Place, _Entry]


@cache
def _concepts(language: Language) -> dict[str, _Entry]:
    """Labels of themes and of glossary terms, normalised, with what they name."""
    entries: dict[str, _Entry] = {}
    for theme in tables.themes():
        labels = (theme.label_zh, *theme.alt_zh) if language == "zh" else (theme.label_en, *theme.alt_en)
        for label in labels:
            entries.setdefault(_phrase(label, language), _Entry()).themes.append(theme)
    for term in tables.glossary():
        zh, en = (term.zh, *term.zh_alt, *term.plain_zh), (term.en, *term.en_alt, *term.plain_en)
        for label in zh if language == "zh" else en:
            entries.setdefault(_phrase(label, language), _Entry()).terms.append(term)
    entries.pop("", None)
    return entries


def _phrase(label: str, language: Language) -> str:
    """A label of our own tables, which are in simplified characters already, as questions are compared with it."""
    plain = unicodedata.normalize("NFKC", label).lower()
    return re.sub(r"[^\w]+", "", plain) if language == "zh" else " ".join(map(_singular, _words_en(plain)))


def _spans_zh(focus: str, units: tuple[str, ...]) -> Iterator[tuple[Place, str]]:
    for start in range(len(units)):
        for end in range(start + 1, min(len(units), start + _LONGEST_NAME) + 1):
            if units[end - 1] == " ":
                break
            yield Place(start, end), focus[start:end]


def _spans_en(units: tuple[str, ...]) -> Iterator[tuple[Place, str]]:
    for start in range(len(units)):
        for end in range(start + 1, min(len(units), start + _LONGEST_PHRASE) + 1):
            yield Place(start, end), " ".join(map(_singular, units[start:end]))


def _longest(spans: Iterator[tuple[Place, str]], entries: dict[str, _Entry]) -> Iterator[_Found]:
    """The concepts named, without those inside the name of a longer one."""
    found = [(place, entries[text]) for place, text in spans if text in entries]
    for place, entry in found:
        inside = any(o.start <= place.start and place.end <= o.end and o != place for o, _ in found)
        if not inside:
            yield place, entry
