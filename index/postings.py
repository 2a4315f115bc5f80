"""Which items hold a token, and how often: an inverted index in memory, over items numbered from 0."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from corpus.errors import BaseError
from index import tokens

Rows = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]

_COUNT, _ROW = np.uint64(tokens.COUNT_BITS), np.uint64(22)
_MOST_ROWS = 1 << 22
_K1, _B = 1.2, 0.75  # the usual values of BM25 (Robertson and Zaragoza 2009)
_MOST = 100_000  # entries that a search reads, the rarest tokens first: what stands in every second item finds nothing


class Postings:
    """For each token the items that hold it, in rising order; made from what each item holds (`tokens.held`)."""

    def __init__(self, items: Sequence[tokens.Held]) -> None:
        if len(items) > _MOST_ROWS:
            raise BaseError(f"the base has {len(items)} items, a search reads at most {_MOST_ROWS}; divide it")
        self.items = len(items)
        packed = np.concatenate([*items, np.zeros(0, np.uint64)]).astype(np.uint64)
        rows = np.repeat(np.arange(len(items), dtype=np.uint64), [len(held) for held in items])
        # Token, row and count in one number: numpy sorts numbers ten times as fast as it finds their order.
        packed = (packed >> _COUNT) << (_ROW + _COUNT) | rows << _COUNT | packed & np.uint64(tokens.MOST_COUNTED)
        packed.sort()
        token = packed >> (_ROW + _COUNT)
        starts = np.flatnonzero(np.diff(token, prepend=~token[:1]))
        self._tokens, self._starts = token[starts], np.append(starts, len(token))
        self._rows = ((packed >> _COUNT) & np.uint64(_MOST_ROWS - 1)).astype(np.int32)
        self._counts = (packed & np.uint64(tokens.MOST_COUNTED)).astype(np.uint8)
        self._lengths = np.bincount(self._rows, self._counts, len(items))

    def _of(self, token: str) -> slice:
        number = np.uint64(tokens.number(token))
        at = int(np.searchsorted(self._tokens, number))
        if at == len(self._tokens) or self._tokens[at] != number:
            return slice(0, 0)
        return slice(int(self._starts[at]), int(self._starts[at + 1]))

    def frequency(self, token: str) -> int:
        """In how many items a token stands."""
        of = self._of(token)
        return int(of.stop) - int(of.start)

    def rarity(self, token: str) -> float:
        """Inverse document frequency as in BM25 (Robertson and Spärck Jones), never below zero."""
        frequency = self.frequency(token)
        return math.log1p((self.items - frequency + 0.5) / (frequency + 0.5))

    def counts(self, wanted: Sequence[str], rows: Rows) -> Values:
        """How often each token stands in each of some items, shape (len(wanted), len(rows))."""
        found = np.zeros((len(wanted), len(rows)))
        for at, token in enumerate(wanted):
            of = self._of(token)
            there, counts = self._rows[of], self._counts[of]
            if len(there):
                place = np.minimum(np.searchsorted(there, rows), len(there) - 1)
                found[at] = np.where(there[place] == rows, counts[place], 0)
        return found

    def best(self, wanted: Sequence[str], k: int, rows: Rows | None = None) -> Rows:
        """The k items, of all or of some, that hold most of the tokens by BM25, best first, equals as numbered."""
        scores = np.zeros(self.items)
        mean = max(float(self._lengths.mean()) if self.items else 0.0, 1.0)
        read = 0
        for frequency, token in sorted((self.frequency(token), token) for token in dict.fromkeys(wanted)):
            read += frequency
            if read > _MOST:
                break
            of = self._of(token)
            there, counts = self._rows[of], self._counts[of].astype(np.float64)
            norm = _K1 * (1 - _B + _B * self._lengths[there] / mean)
            scores[there] += self.rarity(token) * counts * (_K1 + 1) / (counts + norm)
        chosen = np.flatnonzero(scores) if rows is None else rows[scores[rows] > 0]
        return chosen[np.lexsort((chosen, -scores[chosen]))[:k]]
