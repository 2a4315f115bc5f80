"""The first table: English rows from the teacher, Chinese rows from the English words that they are translated by."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from index.embed import EmbeddingMatrix
from training.vocabulary import Ids

Counts = npt.NDArray[np.float64]

_ROUNDS = 4
_LONGEST = 32  # tokens of a side; longer pairs say little about which word means which
_NONE = np.zeros(0, np.int32)
_SMALL = 0.02  # the spread of a row of which nothing is known


def frequencies(texts: Sequence[Sequence[Ids]], rows: int) -> Counts:
    """The share of each token in all texts, one added so that none is nought."""
    counts = np.ones(rows)
    for side in texts:
        counts += np.bincount(np.concatenate([*side, np.zeros(0, np.int32)]), minlength=rows)
    share: Counts = counts / counts.sum()
    return share


def first_table(
    known: Mapping[int, EmbeddingMatrix],
    translated: Mapping[int, EmbeddingMatrix],
    rows: int,
    dimension: int,
    seed: int,
) -> EmbeddingMatrix:
    """Rows of unit length: what is known, else what is translated, else a little noise."""
    table = np.random.default_rng(seed).normal(0, _SMALL, (rows, dimension)).astype(np.float32)
    for source in (translated, known):
        for row, vector in source.items():
            table[row] = vector / max(float(np.linalg.norm(vector)), 1e-6)
    return table


def translate(
    pairs: Sequence[tuple[Ids, Ids]], known: Mapping[int, EmbeddingMatrix], rows: int
) -> dict[int, EmbeddingMatrix]:
    """For each token of the right sides: the mean of the known rows of the left tokens, weighted by IBM model 1."""
    left, right, probability = align([pair for pair in pairs if max(map(len, pair)) <= _LONGEST], rows)
    matrix = np.zeros((rows, len(next(iter(known.values())))), np.float32)
    for row, vector in known.items():
        matrix[row] = vector
    kept = np.isin(left, np.fromiter(known, np.int64)) & (probability > 0.02)
    left, right, probability = left[kept], right[kept], probability[kept]
    order = np.argsort(right, kind="stable")
    left, right, probability = left[order], right[order], probability[order]
    tokens, starts = np.unique(right, return_index=True)
    if not len(tokens):
        return {}
    sums = np.add.reduceat(matrix[left] * probability[:, None].astype(np.float32), starts)
    return dict(zip(tokens.tolist(), sums, strict=True))


def align(pairs: Sequence[tuple[Ids, Ids]], rows: int) -> tuple[Ids, Ids, Counts]:
    """IBM model 1 (Brown et al. 1993): left tokens, right tokens, and the probability of left where right stands.

    Every right token explains each left token of its pair; the probabilities are estimated by expectation
    maximisation over the cells of all pairs at once.
    """
    sizes = np.array([(len(a), len(b)) for a, b in pairs], np.int64).reshape(-1, 2)
    lefts = np.concatenate([np.repeat(a, len(b)) for a, b in pairs] or [_NONE]).astype(np.int64)
    rights = np.concatenate([np.tile(b, len(a)) for a, b in pairs] or [_NONE]).astype(np.int64)
    cell_of_left = np.repeat(np.arange(sizes[:, 0].sum()), np.repeat(sizes[:, 1], sizes[:, 0]))
    entries, entry = np.unique(lefts * rows + rights, return_inverse=True)
    left, right = entries // rows, entries % rows
    probability = np.full(len(entries), 1.0)
    for _ in range(_ROUNDS):
        weight = probability[entry]
        share = weight / np.bincount(cell_of_left, weight)[cell_of_left]
        probability = np.bincount(entry, share, minlength=len(entries)).astype(np.float64)
        probability /= np.maximum(np.bincount(right, probability, minlength=rows)[right], 1e-12)
    return left.astype(np.int32), right.astype(np.int32), probability
