"""Vectors under stable 64-bit ids. The only file that knows FAISS.

Exact inner product (`IndexFlatIP` in an `IndexIDMap2`): at 100,000 vectors a search takes about 10 ms, which
serves some 20,000 items. FAISS does not check its files, so whoever stores one keeps a SHA-256 of it (`index/base.py`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from corpus.errors import BaseError
from index.embed import EmbeddingMatrix

faiss.omp_set_num_threads(1)  # two threads are 1.7 to 4 times slower for single queries

Ids = npt.NDArray[np.int64]


class VectorIndex:
    """Unit vectors by id; the score of a search is the cosine."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def empty(cls, dimension: int) -> "VectorIndex":
        """An index without vectors."""
        return cls(faiss.IndexIDMap2(faiss.IndexFlatIP(dimension)))

    @classmethod
    def load(cls, path: Path) -> "VectorIndex":
        """A saved index; raises BaseError where the file is absent or torn."""
        try:
            return cls(faiss.deserialize_index(np.frombuffer(path.read_bytes(), np.uint8)))
        except (OSError, RuntimeError) as error:
            raise BaseError(f"the vectors in {path} cannot be read; build the base again: yaodian build") from error

    def save(self, path: Path) -> None:
        """Write the index to a file (by Python, so that any path works on Windows)."""
        path.write_bytes(faiss.serialize_index(self._index).tobytes())

    @property
    def dimension(self) -> int:
        """Columns of the vectors."""
        return int(self._index.d)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def ids(self) -> Ids:
        """Every id, sorted."""
        return np.sort(faiss.vector_to_array(self._index.id_map)).astype(np.int64)

    def add(self, ids: Sequence[int], vectors: EmbeddingMatrix) -> None:
        """Put vectors under ids, replacing those already there (FAISS alone would keep both)."""
        if not len(ids):
            return
        self.remove(ids)
        self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.asarray(ids, np.int64))

    def remove(self, ids: Sequence[int]) -> None:
        """Take vectors out; unknown ids are no matter."""
        if len(ids) and len(self):
            self._index.remove_ids(np.asarray(ids, np.int64))

    def search(self, vector: EmbeddingMatrix, k: int, among: Sequence[int] | None = None) -> list[tuple[int, float]]:
        """The k nearest ids with their cosines, best first, ties by id; `among` restricts the ids searched."""
        count = min(k, len(self))
        if count <= 0:
            return []
        parameters = None
        if among is not None:
            selector = faiss.IDSelectorBatch(np.asarray(among, np.int64))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, ids = self._index.search(vector.reshape(1, -1), count, params=parameters)
        found = [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def vectors(self, ids: Sequence[int]) -> EmbeddingMatrix:
        """The vectors of known ids, shape (len(ids), dimension)."""
        if not len(ids):
            return np.zeros((0, self.dimension), np.float32)
        matrix: EmbeddingMatrix = self._index.reconstruct_batch(np.asarray(ids, np.int64))
        return matrix
