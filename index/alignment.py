"""How well an item speaks of every word of a question, and not only of most of them.

A mean of vectors hides what is missing: 飞机制造 lies near everything on 制造. So each piece of the question looks for
its nearest piece in a sentence, and the cosines are averaged by the weight of the question's pieces: MaxSim as in
ColBERT (Khattab and Zaharia 2020), over the static vectors of the bundled model, in either language. The bundled
model does this whichever model makes the vectors of the search.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.catalogue import SentenceRow
from index.embed import BUNDLED, EmbeddingMatrix, Encoder, StaticEncoder, to_unit_length

_KEPT = 50_000  # sentences whose pieces are remembered: some 400 bytes each
_MOST = 64  # pieces of a question that are looked for, the weightiest; a page of text is no question


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of a question: rows of unit length, shape (n, dimension), and how much each matters, summing to 1."""

    rows: EmbeddingMatrix
    weights: EmbeddingMatrix

    def __len__(self) -> int:
        return len(self.weights)


class Alignment:
    """Matches questions with sentences by their pieces; remembers the pieces of the sentences that it has seen."""

    def __init__(self, model: StaticEncoder) -> None:
        self._model = model
        self._seen: dict[int, npt.NDArray[np.int64]] = {}

    def pieces(self, text: str) -> Pieces:
        """The pieces of a question, each once, at most 64; none where the model knows none."""
        rows = self._model.rows(self._model.pieces([text])[0])
        weights = (rows**2).sum(
            axis=1
        )  # a row's length says how much its piece matters; squared, the common counts less
        kept = np.sort(np.argsort(-weights, kind="stable")[:_MOST])
        rows, weights = rows[kept], weights[kept]
        return Pieces(to_unit_length(rows), (weights / max(float(weights.sum()), 1e-9)).astype(np.float32))

    def best(self, question: Pieces, sentences: Mapping[int, Sequence[SentenceRow]]) -> dict[int, float]:
        """For each key, the best of its sentences: the weighted mean cosine of the question's pieces, at most 1."""
        found = [(key, sentence) for key, of in sentences.items() for sentence in of]
        if not len(question) or not found:
            return {}
        parts = self._known([sentence for _, sentence in found])
        kept = [(key, part) for (key, _), part in zip(found, parts, strict=True) if len(part)]
        if not kept:
            return {}
        flat = np.concatenate([part for _, part in kept])
        starts = np.cumsum([0, *(len(part) for _, part in kept[:-1])])
        unique, place = np.unique(flat, return_inverse=True)
        near = question.rows @ to_unit_length(self._model.rows(unique)).T
        scores = question.weights @ np.maximum.reduceat(near[:, place], starts, axis=1)
        best: dict[int, float] = {}
        for (key, _), score in zip(kept, scores.tolist(), strict=True):
            best[key] = max(best.get(key, -1.0), score)
        return best

    def _known(self, sentences: Sequence[SentenceRow]) -> list[npt.NDArray[np.int64]]:
        seen = self._seen
        if len(seen) + len(sentences) > _KEPT:
            seen = self._seen = {}  # a new one: another thread may be reading the old one
        if new := [sentence for sentence in sentences if sentence.number not in seen]:
            found = self._model.pieces([sentence.text for sentence in new])
            seen.update(zip((sentence.number for sentence in new), found, strict=True))
        return [seen[sentence.number] for sentence in sentences]


def alignment(encoder: Encoder) -> Alignment:
    """By the encoder's own pieces where it is a static model, else by the bundled model's."""
    return Alignment(encoder if isinstance(encoder, StaticEncoder) else StaticEncoder(BUNDLED))
