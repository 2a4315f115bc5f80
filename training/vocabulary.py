"""The tokenizer: a Unigram model over counted words. The only file of the training that knows `tokenizers`.

Words are counted, not learnt: a Chinese word is what the segmenter cuts, or a short term of the glossary; every
character stands in for what is rarer. English words come from the texts and from the teacher's word list; frequent
parts of words stand in for the rest. A word seen fewer than three times would get a row that nobody trained.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.tokens import words
from training.recipe import Recipe

PAD, UNKNOWN = "[PAD]", "[UNK]"
Ids = npt.NDArray[np.int32]

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_ENGLISH = re.compile(r"[a-z]+|\d+|[^\sa-z\d]")
_SEEN = 3
_LONGEST_WORD = 6
_PARTS = 3_000  # parts of English words
_PART = math.log(1e-7) - 2.0  # log-probability of a part; each of its characters adds half a unit, so long parts win
_NUMBERS = [str(n) for n in (*range(100), *range(1990, 2036))]


def build_tokenizer(
    english: Iterable[str], chinese: Iterable[str], terms: Iterable[str], taught: Sequence[str], recipe: Recipe
) -> dict[str, Any]:
    """The content of `tokenizer.json`. `terms` are Chinese terms, `taught` English words that the teacher knows."""
    pieces = _english_pieces(english, taught, recipe)
    pieces |= _chinese_pieces(list(chinese), set(terms), recipe.vocabulary - len(pieces) - 2)
    vocabulary = [(PAD, 0.0), (UNKNOWN, -30.0), *pieces.items()]
    return _layout([[piece, score] for piece, score in vocabulary])


def write_tokenizer(content: dict[str, Any], path: Path) -> None:
    """Write `tokenizer.json`."""
    path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8", newline="\n")


def read_tokenizer(folder: Path) -> dict[str, Any]:
    """The content of a model's `tokenizer.json`."""
    content: dict[str, Any] = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    return content


class Vocabulary:
    """A tokenizer in use: from texts to the numbers of rows."""

    def __init__(self, content: dict[str, Any]) -> None:
        self._tokenizer = Tokenizer.from_str(json.dumps(content))
        self.pieces: list[str] = [piece for piece, _ in content["model"]["vocab"]]
        self._numbers = {piece: number for number, piece in enumerate(self.pieces)}

    def __len__(self) -> int:
        return len(self.pieces)

    def ids(self, texts: Sequence[str], longest: int = 160) -> list[Ids]:
        """The tokens of each text, at least one."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [np.array(one.ids[:longest] or [1], np.int32) for one in encoded]

    def split(self, ids: Ids) -> Ids:
        """The same text with each Chinese word taken apart into its characters."""
        parts = [self._characters(number) for number in ids.tolist()]
        return np.array([number for part in parts for number in part], np.int32)

    def _characters(self, number: int) -> list[int]:
        piece = self.pieces[number]
        if len(piece) < 2 or not re.match(f"[{_HAN}]", piece):
            return [number]
        return [self._numbers.get(character, 1) for character in piece]


def _english_pieces(english: Iterable[str], taught: Sequence[str], recipe: Recipe) -> dict[str, float]:
    counts = Counter(token for text in english for token in _ENGLISH.findall(text.lower()))
    total = sum(counts.values())
    word = re.compile("[a-z]{2,20}")
    known = [w for w, n in counts.most_common() if n >= 2 and word.fullmatch(w)]
    chosen = list(dict.fromkeys([*known, *(w for w in taught if word.fullmatch(w))]))[: recipe.english_words]
    pieces = {w: math.log(max(counts[w], 1) / total) for w in chosen}
    parts: Counter[str] = Counter()
    for w in {w for w in (*counts, *taught) if word.fullmatch(w)}:
        parts.update({w[i : i + n] for n in range(2, 7) for i in range(len(w) - n + 1)})
    for part, _ in sorted(parts.items(), key=lambda entry: (-entry[1] * len(entry[0]), entry[0]))[:_PARTS]:
        pieces.setdefault(part, _PART + 0.5 * len(part))
    single = [c for c, n in counts.items() if len(c) == 1 and n >= 5 and not re.match(f"[{_HAN}]", c)]
    for character in [*"abcdefghijklmnopqrstuvwxyz", *single]:
        pieces.setdefault(character, math.log(1e-7))
    return pieces | {number: math.log(1e-5) for number in _NUMBERS}


def _chinese_pieces(chinese: Sequence[str], terms: set[str], room: int) -> dict[str, float]:
    cut = Counter(word for text in chinese for word in words(text))
    counts = Counter({w: n for w, n in cut.items() if re.fullmatch(f"[{_HAN}]{{2,{_LONGEST_WORD}}}", w)})
    for term in terms:
        if re.fullmatch(f"[{_HAN}]{{2,4}}", term):
            counts[term] = max(counts[term], _SEEN)
    characters = Counter(character for text in chinese for character in text)
    characters = Counter({c: n for c, n in characters.items() if re.fullmatch(f"[{_HAN}]", c)})
    total = sum(counts.values()) + 1
    kept = sorted(((w, n) for w, n in counts.items() if n >= _SEEN), key=lambda entry: (-entry[1], entry[0]))
    pieces = {w: math.log(n / total) for w, n in kept[: max(0, room - len(characters))]}
    sure = sum(characters.values())
    return pieces | {c: math.log(n / sure + 1e-8) - 1.5 for c, n in sorted(characters.items())}


def _layout(vocabulary: list[list[Any]]) -> dict[str, Any]:
    """NFKC and lower case; Chinese runs, punctuation and numbers are cut from each other before the model cuts them."""
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    quotes = {"type": "Replace", "pattern": {"Regex": "[’‘]"}, "content": "'"}
    runs = {"type": "Split", "pattern": {"Regex": f"[{_HAN}]+"}, "behavior": "Isolated", "invert": False}
    before = [
        {"type": "WhitespaceSplit"},
        runs,
        {"type": "Punctuation", "behavior": "Isolated"},
        {"type": "Digits", "individual_digits": False},
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": i, "content": name, **special} for i, name in enumerate((PAD, UNKNOWN))],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Lowercase"}, quotes]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": before},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": 1, "vocab": vocabulary, "byte_fallback": False},
    }
