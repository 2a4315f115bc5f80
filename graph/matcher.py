"""Finds many words at once: the only file that knows daachorse."""

from collections.abc import Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

import daachorse

Value = TypeVar("Value")


class Match(NamedTuple, Generic[Value]):
    """A word at a place of a text, with what the word stands for."""

    start: int
    end: int
    value: Value


class Matcher(Generic[Value]):
    """An automaton over the keys of `words`; finds the leftmost longest ones, which do not overlap."""

    def __init__(self, words: Mapping[str, Value]) -> None:
        self._values = list(words.values())
        self._automaton = (
            daachorse.CharwiseDoubleArrayAhoCorasick(list(words), daachorse.MATCH_KIND_LEFTMOST_LONGEST)
            if words
            else None
        )

    def find(self, text: str) -> Iterator[Match[Value]]:
        """The words found in `text`, in order."""
        if self._automaton is None:
            return
        for start, end, index in self._automaton.find(text):
            yield Match(start, end, self._values[index])
