"""What a search ranks by, of every item of a snapshot, as arrays: read once from the catalogue, asked many times.

Items are rows in the order of their documents and places, so that the lower of two equals is the one that stands first.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.catalogue import Catalogue
from index.dense import Keys, VectorIndex
from index.postings import Postings, Rows

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of some rows, one row's after the other's: their numbers and keys, and where each row's begin."""

    numbers: Numbers
    keys: Keys
    starts: Rows  # one more than there are rows

    def best(self, values: npt.NDArray[np.float32], otherwise: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The highest of each row's values; `otherwise` for rows without a sentence."""
        full = np.flatnonzero(np.diff(self.starts))
        best = otherwise.copy()
        if len(full):
            best[full] = np.maximum.reduceat(values, self.starts[full])
        return best


class Columns:
    """The items of one snapshot as rows of arrays; each array is made when it is first asked for."""

    def __init__(self, catalogue: Catalogue, vectors: VectorIndex) -> None:
        self._catalogue = catalogue
        self._vectors = vectors
        self._themes: dict[str, tuple[Rows, npt.NDArray[np.int64]]] = {}

    def load(self) -> None:
        """Make every array now, so that no question waits for it."""
        _ = (self._sorted, self.document_of, self.profiles, self.keys, self._sentences, self.postings)

    @cached_property
    def _order(self) -> list[tuple[int, str]]:
        return self._catalogue.order()

    @cached_property
    def numbers(self) -> Numbers:
        """The number of each item."""
        return np.array([number for number, _ in self._order], np.int64)

    @cached_property
    def _sorted(self) -> tuple[Numbers, Rows]:
        order = np.argsort(self.numbers)
        return self.numbers[order], order

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, numbers: Collection[int]) -> Rows:
        """The rows of items by their numbers; what is no item is left out."""
        wanted = np.fromiter(numbers, np.int64, len(numbers))
        there, order = self._sorted
        if not len(there):
            return np.zeros(0, np.int64)
        at = np.minimum(np.searchsorted(there, wanted), len(there) - 1)
        rows: Rows = order[at[there[at] == wanted]]
        return rows

    # ---- documents

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """The ids of the documents that have items, sorted."""
        return tuple(dict.fromkeys(document for _, document in self._order))

    @cached_property
    def document_of(self) -> Rows:
        """Of each item the place of its document in `documents`."""
        places = {document: place for place, document in enumerate(self.documents)}
        return np.array([places[document] for _, document in self._order], np.int64)

    def of_documents(self, documents: Collection[str]) -> Rows:
        """The rows of the items of some documents."""
        places = [place for place, document in enumerate(self.documents) if document in documents]
        return np.flatnonzero(np.isin(self.document_of, places))

    @cached_property
    def profiles(self) -> dict[str, frozenset[int]]:
        """The tokens of what says whose plan a document is, by its id."""
        return self._catalogue.profiles()

    # ---- sentences and vectors

    @cached_property
    def keys(self) -> Keys:
        """The key of each item's vector."""
        return self._vectors.keys(self.numbers)

    @cached_property
    def _sentences(self) -> Sentences:
        found = np.array(self._catalogue.sentence_order(), np.int64).reshape(-1, 2)
        found = found[np.isin(found[:, 1], self.numbers)]
        there, order = self._sorted
        rows = order[np.searchsorted(there, found[:, 1])] if len(found) else found[:, 1]
        by_row = np.argsort(rows, kind="stable")
        numbers = found[by_row, 0]
        starts = np.searchsorted(rows[by_row], np.arange(len(self) + 1))
        return Sentences(numbers, self._vectors.keys(numbers), starts)

    def nearest(self, rows: Rows, most: int, cosines: Callable[[Keys], npt.NDArray[np.float32]]) -> list[list[int]]:
        """Of each row the numbers of its sentences, at most so many, those with the highest cosines."""
        found = []
        every = self._sentences
        for start, end in zip(every.starts[rows].tolist(), every.starts[rows + 1].tolist(), strict=True):
            numbers = every.numbers[start:end]
            if len(numbers) > most:
                numbers = numbers[np.argpartition(-cosines(every.keys[start:end]), most)[:most]]
            found.append(numbers.tolist())
        return found

    def sentences(self, rows: Rows) -> Sentences:
        """The sentences of some rows."""
        every = self._sentences
        if len(rows) == len(self):
            return every
        first, sizes = every.starts[rows], every.starts[rows + 1] - every.starts[rows]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        at = np.arange(starts[-1]) + np.repeat(first - starts[:-1], sizes)
        return Sentences(every.numbers[at], every.keys[at], starts)

    @cached_property
    def _owners(self) -> tuple[Numbers, Rows]:
        """The numbers of all vectors, sorted, and the row that each belongs to."""
        numbers = np.concatenate([self.numbers, self._sentences.numbers])
        rows = np.arange(len(self))
        owners = np.concatenate([rows, np.repeat(rows, np.diff(self._sentences.starts))])
        order = np.argsort(numbers)
        return numbers[order], owners[order]

    def owners(self, vectors: Numbers) -> Rows:
        """The row that each vector (of an item or of a sentence) belongs to."""
        there, rows = self._owners
        return rows[np.searchsorted(there, vectors)]

    # ---- words and themes

    @cached_property
    def postings(self) -> Postings:
        """Which items hold a token."""
        cuts = self._catalogue.cuts()
        return Postings([cuts[int(number)] for number in self.numbers])

    def linked(self, theme: str) -> tuple[Rows, npt.NDArray[np.int64]]:
        """The rows linked to a theme (IRI) and the best grade of each."""
        if theme not in self._themes:
            grades = dict(self._catalogue.linked(theme))
            rows = self.rows(grades)
            self._themes[theme] = (rows, np.array([grades[int(self.numbers[row])] for row in rows], np.int64))
        return self._themes[theme]
