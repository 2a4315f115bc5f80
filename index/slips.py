"""Typing slips in a question: livelyhood, 营商坏境.

A word is put right only where it stands nowhere in the base and is no word otherwise, and where one known word (of a
theme, the glossary, an entity or a question) lies near enough: one letter away, two for a long English word; one
character away for a Chinese name of at least four. Swapped neighbours are one slip (optimal string alignment). The
only file that knows rapidfuzz.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import cache, cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from corpus.tables import Row
from index import tokens
from index.catalogue import Catalogue
from index.columns import Columns
from index.embed import bundled_vocabulary
from index.query import language_of
from ontology import tables

_WORD = re.compile(r"(?<![\w'’-])[a-z]{5,}(?![\w'’-])")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{4,}")
_SHORTEST_NAME, _LONGEST_NAME = 4, 12  # characters of a Chinese name
_LONG_WORD = 9  # letters of an English word that may hold two slips; at 8 real words were changed (dredging, trampled)
_SHORTEST_WORD = 5  # letters
_MOST = 3  # a question with more unknown words is in another language, or about another thing
_TABLES = ("form_names", "groups", "place_names", "question_values", "unit_names", "unit_words", "forms")


class Slips:
    """Puts questions to one snapshot right."""

    def __init__(self, catalogue: Catalogue, columns: Columns) -> None:
        self._catalogue = catalogue
        self._columns = columns

    def corrected(self, text: str) -> str | None:
        """The question without its slips; None where it has none."""
        plain = tokens.normalise(text)
        fixed = self._chinese(plain) if language_of(plain) == "zh" else self._english(plain)
        return fixed if fixed != plain else None

    # ---- English

    def _english(self, plain: str) -> str:
        words = set(_WORD.findall(plain))
        unknown = sorted(word for word in words if not _is_word(word))
        unknown = self._not_in_base(unknown)
        if not unknown or len(unknown) > _MOST:
            return plain
        known = self._english_words
        meant = {word: better for word in unknown if word not in known and (better := _meant(word, known))}
        return _WORD.sub(lambda found: meant.get(found[0], found[0]), plain)

    def _not_in_base(self, words: list[str]) -> list[str]:
        return [word for word in words if not self._columns.postings.frequency("w" + word)]

    # ---- Chinese

    def _chinese(self, plain: str) -> str:
        for run in _HAN_RUN.finditer(plain):
            strange = self._strange(run[0])
            if 0 < len(strange) <= _MOST * 2:
                for at in strange:
                    found = self._name_at(run[0], at)
                    if found:
                        start, name = found
                        begin = run.start() + start
                        return plain[:begin] + name + plain[begin + len(name) :]
        return plain

    def _strange(self, run: str) -> list[int]:
        """Where a character stands that makes no word, and no pair that the base or a known name holds."""
        alone = list(_alone(run))
        pairs = {at: {run[i : i + 2] for i in (at - 1, at) if 0 <= i < len(run) - 1} for at in alone}
        pairs = {at: here for at, here in pairs.items() if here.isdisjoint(_pairs())}
        frequency = self._columns.postings.frequency
        return [at for at, here in pairs.items() if not any(map(frequency, here))]

    def _name_at(self, run: str, at: int) -> tuple[int, str] | None:
        """The longest known name that stands around a place but for the character there; None where two are as long."""
        found: set[tuple[int, str]] = set()
        for start in range(max(0, at - _LONGEST_NAME + 1), at + 1):
            for end in range(max(at + 1, start + _SHORTEST_NAME), min(len(run), start + _LONGEST_NAME) + 1):
                found |= {(start, name) for name in self._but_for_one.get((run[start:at], run[at + 1 : end]), ())}
        longest = max((len(name) for _, name in found), default=0)
        best = [one for one in found if len(one[1]) == longest]
        return best[0] if len(best) == 1 else None

    @cached_property
    def _keys(self) -> list[str]:
        return self._catalogue.name_keys()

    @cached_property
    def _english_words(self) -> frozenset[str]:
        """The words of the tables and of the English names of entities."""
        return _words_of_tables() | {word for key in self._keys for word in _WORD.findall(key)}

    @cached_property
    def _but_for_one(self) -> dict[tuple[str, str], set[str]]:
        """The Chinese names, by what stands before and after each of their characters."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for name in (*_chinese_names(), *_names(self._keys)):
            for i in range(len(name)):
                found[name[:i], name[i + 1 :]].add(name)
        return found


def _alone(run: str) -> Iterator[int]:
    """The places of the characters that a dictionary finds in no longer word."""
    at = 0
    for word in tokens.dictionary_words(run):
        if len(word) == 1:
            yield at
        at += len(word)


@cache
def _chinese_names() -> tuple[str, ...]:
    labels = [label for theme in tables.themes() for label in (theme.label_zh, *theme.alt_zh)]
    labels += [label for term in tables.glossary() for label in (term.zh, *term.zh_alt)]
    return tuple(_names(dict.fromkeys(labels)))


def _names(labels: Iterable[str]) -> Iterator[str]:
    return (one for one in labels if _SHORTEST_NAME <= len(one) <= _LONGEST_NAME and _HAN_RUN.fullmatch(one))


@cache
def _pairs() -> frozenset[str]:
    """The pairs of characters within known names and question words."""
    words = (*_chinese_names(), *tables.column("question_words"), *(row["pattern"] for row in _fillers()))
    return frozenset(word[i : i + 2] for word in words for i in range(len(word) - 1))


def _fillers() -> list[Row]:
    return tables.by("question_forms", lambda row: row["slot"] == "filler")


# ---- English words


def _is_word(word: str) -> bool:
    """Whether a word is known, also as a plural or as the singular of one."""
    either = (word, word.removesuffix("s"), word + "s")
    return not _dictionary().isdisjoint(either) or not _words_of_tables().isdisjoint(either)


@cache
def _dictionary() -> frozenset[str]:
    """The English words that the bundled model knows as a whole: what is none of them may be a slip."""
    return frozenset(word for word in bundled_vocabulary() if _WORD.fullmatch(word))


@cache
def _words_of_tables() -> frozenset[str]:
    """The words of the tables: labels, glossary, and what questions are made of."""
    texts = [text for theme in tables.themes() for text in (theme.label_en, *theme.alt_en)]
    texts += [text for term in tables.glossary() for text in (term.en, *term.en_alt, *term.plain_en)]
    texts += [row[name] for table in _TABLES for row in tables.rows(table) for name in row]
    texts += [*tables.column("question_words"), *(row["pattern"] for row in _fillers())]
    return frozenset(word for text in texts for word in re.findall("[a-z]{3,}", text.lower()))


def _meant(word: str, known: frozenset[str]) -> str | None:
    """The known word that was meant, also for a plural of which only the singular is known."""
    plural = word.endswith("s") and len(word) > _SHORTEST_WORD
    return _nearest(word, known) or (f"{single}s" if plural and (single := _nearest(word[:-1], known)) else None)


def _nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that lies nearest, one with the same first letter before others; None where two do."""
    allowed = 2 if len(word) >= _LONG_WORD else 1
    near = process.extract(word, known, scorer=OSA.distance, score_cutoff=allowed, limit=None)
    found = sorted((distance, o[0] != word[0], o) for o, distance, _ in near if len(o) >= _SHORTEST_WORD)
    best = found[:2]
    return None if not best or (len(best) > 1 and best[0][:2] == best[1][:2]) else best[0][2]
