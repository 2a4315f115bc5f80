"""One tokenizer for the index and for queries. The only file that knows rjieba.

Chinese is cut twice: into dictionary words, which carry meaning, and into all character bigrams, which find what the
dictionary does not know. Neither alone will do: a segmenter cuts the same characters in different ways in different
places, and bigrams alone match across words. Tokens of the kinds never collide: words start with `w`,
single characters (asked for only by one-character queries) with `c`, bigrams stand as they are.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import rjieba

from index.script import to_simplified

VERSION = 2  # raise it when the cuts change: the lexical index must be built by the tokenizer that queries it
Held = npt.NDArray[np.uint64]
COUNT_BITS = 6
MOST_COUNTED = (1 << COUNT_BITS) - 1

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")


def normalise(text: str) -> str:
    """NFKC, simplified characters, lower case: what tokens are cut from."""
    return to_simplified(unicodedata.normalize("NFKC", text)).lower()


def words(text: str) -> list[str]:
    """The dictionary words of two or more characters, and Latin words and numbers, of a text in order."""
    return [word for kind, word in _cut(text) if kind == "w"]


def dictionary_words(text: str) -> list[str]:
    """A (normalised) Chinese text cut into dictionary words and single characters: no word is made up."""
    return list(rjieba.cut(text, False))


def tokens(text: str) -> list[str]:
    """Every token of a text in order, repeats kept: words, bigrams and single characters."""
    return [kind + word for kind, word in _cut(text)]


def query_tokens(text: str) -> list[str]:
    """The tokens to look for: words and bigrams, single characters only where there is nothing longer."""
    cut = list(dict.fromkeys(_cut(text)))
    longer = [kind + word for kind, word in cut if kind != "c"]
    return longer or [kind + word for kind, word in cut]


@lru_cache(1 << 16)
def number(token: str) -> int:
    """A token as a number of 36 bits, the same everywhere, from its BLAKE2b hash.

    Among the 100,000 tokens of a large base one in 600,000 unknown words has the number of a known one.
    """
    return int.from_bytes(hashlib.blake2b(token.encode("utf-8"), digest_size=8).digest(), "little") >> 28


def held(text: str) -> Held:
    """The tokens that a text holds, each once: its number, and in the lowest 6 bits how often (at most 63 times)."""
    found = Counter(map(number, tokens(text)))
    return np.array(sorted(token << COUNT_BITS | min(count, MOST_COUNTED) for token, count in found.items()), np.uint64)


def fingerprint(text: str) -> frozenset[str]:
    """The tokens that every text holding this one has, wherever a segmenter cuts it: bigrams, and words not Chinese."""
    cut = set(_cut(text))
    kept = {kind + word for kind, word in cut if kind == "" or (kind == "w" and word.isascii())}
    return frozenset(kept or {kind + word for kind, word in cut})


def _cut(text: str) -> Iterator[tuple[str, str]]:
    for match in _RUN.finditer(normalise(text)):
        chinese, other = match.groups()
        if other:
            yield "w", other
            continue
        yield from (("w", word) for word in rjieba.cut(chinese) if len(word) > 1)
        yield from (("", chinese[i : i + 2]) for i in range(len(chinese) - 1))
        yield from (("c", character) for character in chinese)
