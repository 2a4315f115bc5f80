"""How well an item speaks of every word of a question, and not only of most of them.

A mean of vectors hides what is missing: 飞机制造 lies near everything on 制造. So each piece of the question looks for
its nearest piece in a sentence, and the cosines are averaged by the weight of the question's pieces: MaxSim as in
ColBERT (Khattab and Zaharia 2020), over the static vectors of the bundled model, in either language. The bundled
model does this whichever model makes the vectors of the search.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.embed import BUNDLED, EmbeddingMatrix, Encoder, StaticEncoder, TokenRows, to_unit_length

Texts = Callable[[Iterable[int]], Mapping[int, str]]
Values = npt.NDArray[np.float64]

_KEPT = 200_000  # sentences whose pieces are remembered: some 300 bytes each
_MOST = 64  # pieces of a question that are looked for, the weightiest; a page of text is no question


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a question: rows of unit length, shape (n, dimension), and how much each matters, summing to 1."""

    rows: EmbeddingMatrix
    weights: EmbeddingMatrix

    def __len__(self) -> int:
        return len(self.weights)


class Alignment:
    """Matches questions with sentences by their pieces; remembers the pieces of the sentences that it has seen.

    `texts` reads the texts of sentences by their numbers.
    """

    def __init__(self, model: StaticEncoder, texts: Texts) -> None:
        self._model = model
        self._texts = texts
        self._seen: dict[int, TokenRows] = {}

    def pieces(self, text: str) -> Pieces:
        """The pieces of a question, each once, at most 64; none where the model knows none."""
        rows = self._model.rows(self._model.pieces([text])[0])
        # A row's length says how much its piece matters; squared, the common counts less.
        weights = (rows**2).sum(axis=1)
        kept = np.sort(np.argsort(-weights, kind="stable")[:_MOST])
        rows, weights = rows[kept], weights[kept]
        return Pieces(to_unit_length(rows), (weights / max(float(weights.sum()), 1e-9)).astype(np.float32))

    def best(self, question: Pieces, items: Sequence[Sequence[int]]) -> Values:
        """For each item, given by the numbers of its sentences, the score of its best sentence, at most 1.

        A sentence's score is the weighted mean of the question's pieces, each with its nearest there; 0 where an item
        has no sentence, or a question or sentence no piece.
        """
        best = np.zeros(len(items))
        numbers = [number for sentences in items for number in sentences]
        if not len(question) or not numbers:
            return best
        parts = self._known(numbers)
        kept = [at for at, part in enumerate(parts) if len(part)]
        if not kept:
            return best
        flat = np.concatenate([parts[at] for at in kept])
        starts = np.cumsum([0, *(len(parts[at]) for at in kept[:-1])])
        here = np.zeros(self._model.size, bool)
        here[flat] = True
        rows = np.flatnonzero(here)
        place = np.empty(self._model.size, np.int32)  # as numpy.unique's inverse, without sorting
        place[rows] = np.arange(len(rows), dtype=np.int32)
        near = self._model.cosines(rows, question.rows)
        scores = np.maximum.reduceat(near[place[flat]], starts, axis=0) @ question.weights
        of = np.repeat(np.arange(len(items)), [len(sentences) for sentences in items])[kept]
        best[of] = -1.0
        np.maximum.at(best, of, scores)
        return best

    def _known(self, sentences: Sequence[int]) -> list[TokenRows]:
        seen = self._seen
        if len(seen) + len(sentences) > _KEPT:
            seen = self._seen = {}  # a new one: another thread may be reading the old one
        if new := list(dict.fromkeys(number for number in sentences if number not in seen)):
            texts = self._texts(new)
            seen.update(zip(new, self._model.pieces([texts.get(number, "") for number in new]), strict=True))
        return [seen[number] for number in sentences]


def alignment(encoder: Encoder, texts: Texts) -> Alignment:
    """By the encoder's own pieces where it is a static model, else by the bundled model's."""
    return Alignment(encoder if isinstance(encoder, StaticEncoder) else StaticEncoder(BUNDLED), texts)
