"""Rankings that others make of the same items: BM25, embeddings alone, both fused, txtai.

Each takes the items of a base and the questions to it, and gives for every question the places of the items that it
retrieves, best first: all where it knows a cosine, only those that share a word where it knows words. Equal scores
keep the order of the items.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

import numpy as np
import numpy.typing as npt

from bench.quality import SHARED
from corpus.errors import PlanError
from index import tokens
from index.embed import BUNDLED, Encoder, load_encoder
from training.teacher import find_teacher

Array = npt.NDArray[np.float64]
Ranking = Sequence[int]

PROTOTYPE = SHARED / "embedding" / "prototype" / "model"
_K1, _B = 1.2, 0.75  # as Lucene has them
_RRF = 60  # Cormack, Clarke and Büttcher 2009

BM25_WORDS, BM25_BIGRAMS = "BM25, jieba words", "BM25, jieba words and bigrams"
FUSED = "reciprocal rank fusion of BM25 (words) and the bundled model (item or sentence)"
BUNDLED_MODEL, PROTOTYPE_MODEL, MINILM = "bundled model", "prototype model", "all-MiniLM-L6-v2"
WHOLE, BEST = "item cosine", "item or best sentence"
TXTAI_DENSE, TXTAI_HYBRID = "txtai, dense, bundled model", "txtai, hybrid, bundled model"


@dataclass(frozen=True, slots=True)
class Text:
    """What is ranked: an item's text, and its sentences."""

    whole: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Rankings by one baseline, one for each question; None where it could not be had, with the reason."""

    name: str
    rankings: tuple[Ranking, ...] | None
    why_not: str = ""


def rank_all(texts: Sequence[Text], questions: Sequence[str]) -> list[Baseline]:
    """Every baseline, in the order of the table."""
    words = by_words(texts, questions, tokens.words)
    bigrams = by_words(texts, questions, tokens.tokens)
    bundled = by_meaning(load_encoder(), texts, questions)
    fused = tuple(fuse(pair) for pair in zip(words, bundled[BEST], strict=True))
    return [
        *(Baseline(f"{BUNDLED_MODEL} alone, {way}", rankings) for way, rankings in bundled.items()),
        Baseline(BM25_WORDS, words),
        Baseline(BM25_BIGRAMS, bigrams),
        Baseline(FUSED, fused),
        *_by_other_models(texts, questions),
        *_by_txtai(texts, questions),
    ]


# ---- words


class BM25:
    """Okapi BM25 over texts that are cut already, with the inverse document frequency that is never negative."""

    def __init__(self, texts: Sequence[Sequence[str]], k1: float = _K1, b: float = _B) -> None:
        self._counts = [Counter(text) for text in texts]
        mean = sum(map(len, texts)) / max(len(texts), 1)
        self._k1, self._norms = k1, [k1 * (1 - b + b * len(text) / max(mean, 1e-9)) for text in texts]
        self._frequencies = Counter(token for counts in self._counts for token in counts)

    def scores(self, question: Sequence[str]) -> Array:
        """The score of every text; a word that is asked for twice counts twice."""
        return np.array([self._score(question, *of) for of in zip(self._counts, self._norms, strict=True)])

    def _score(self, question: Sequence[str], counts: Counter[str], norm: float) -> float:
        return sum(self._rarity(t) * counts[t] * (self._k1 + 1) / (counts[t] + norm) for t in question if t in counts)

    def _rarity(self, token: str) -> float:
        frequency = self._frequencies[token]
        return math.log(1 + (len(self._counts) - frequency + 0.5) / (frequency + 0.5))


def by_words(texts: Sequence[Text], questions: Sequence[str], cut: Callable[[str], list[str]]) -> tuple[Ranking, ...]:
    """BM25 over the whole items; those that share no token with the question are not retrieved."""
    bm25 = BM25([cut(text.whole) for text in texts])
    return tuple(order(bm25.scores(cut(question)), above=0.0) for question in questions)


def order(scores: Array, above: float = -math.inf) -> list[int]:
    """The places of the scores that are higher than `above`, the highest first, equal ones as they stand."""
    return [int(place) for place in np.argsort(-scores, kind="stable") if scores[place] > above]


def fuse(rankings: Sequence[Ranking]) -> list[int]:
    """Reciprocal rank fusion: what any ranking retrieves, by the sum of 1 / (60 + rank)."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, place in enumerate(ranking, 1):
            scores[place] = scores.get(place, 0.0) + 1 / (_RRF + rank)
    return sorted(scores, key=lambda place: (-scores[place], place))


# ---- meaning


def by_meaning(encoder: Encoder, texts: Sequence[Text], questions: Sequence[str]) -> dict[str, tuple[Ranking, ...]]:
    """By the cosine of the whole item, and by the best of that and the cosines of its sentences."""
    asked = encoder.encode_questions(questions)
    whole = asked @ encoder.encode([text.whole for text in texts]).T
    sentences = asked @ encoder.encode([sentence for text in texts for sentence in text.sentences]).T
    best = whole.copy()
    owners = [place for place, text in enumerate(texts) for _ in text.sentences]
    for column, place in enumerate(owners):
        best[:, place] = np.maximum(best[:, place], sentences[:, column])
    return {WHOLE: _orders(whole), BEST: _orders(best)}


def _orders(cosines: npt.NDArray[np.float32]) -> tuple[Ranking, ...]:
    return tuple(order(row.astype(np.float64)) for row in cosines)


def _by_other_models(texts: Sequence[Text], questions: Sequence[str]) -> Iterator[Baseline]:
    for model in (PROTOTYPE_MODEL, MINILM):
        encoder = _other_model(model)
        if isinstance(encoder, str):
            yield Baseline(f"{model} alone", None, encoder)
        else:
            for way, rankings in by_meaning(encoder, texts, questions).items():
                yield Baseline(f"{model} alone, {way}", rankings)


@cache
def _other_model(model: str) -> Encoder | str:
    """A model, or why it is not here."""
    try:
        return load_encoder(PROTOTYPE if model == PROTOTYPE_MODEL else find_teacher())
    except PlanError as error:
        return str(error)


# ---- txtai


def _by_txtai(texts: Sequence[Text], questions: Sequence[str]) -> Iterator[Baseline]:
    for name, hybrid in ((TXTAI_DENSE, False), (TXTAI_HYBRID, True)):
        if find_spec("txtai") is None:
            yield Baseline(name, None, "txtai is not installed: pip install txtai")
        else:
            yield Baseline(name, by_txtai(texts, questions, hybrid=hybrid))


def by_txtai(texts: Sequence[Text], questions: Sequence[str], *, hybrid: bool) -> tuple[Ranking, ...]:
    """txtai as it comes, over the whole items; what scores 0 or less it leaves out by itself."""
    from txtai import Embeddings

    # With the path and the method named nothing is asked of a hub.
    embeddings = Embeddings(path=str(BUNDLED), method="sentence-transformers", hybrid=hybrid, gpu=False)
    embeddings.index(list(enumerate(text.whole for text in texts)))
    found = embeddings.batchsearch(list(questions), len(texts))
    embeddings.close()
    return tuple([int(place) for place, _ in one] for one in found)
