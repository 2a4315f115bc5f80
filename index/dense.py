"""Vectors under stable 64-bit ids. The only file that knows FAISS.

Exact inner product (`IndexFlatIP` in an `IndexIDMap2`) up to `EXACT` vectors, which is some 20,000 items; a base that
grows beyond is divided into cells (`IndexIVFFlat`), of which a search looks into the nearest. FAISS does not check its
files, so whoever stores one keeps a SHA-256 of it (`index/base.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from corpus.errors import BaseError
from index.embed import EmbeddingMatrix

faiss.omp_set_num_threads(1)  # two threads are 1.7 to 4 times slower for single queries

Ids = npt.NDArray[np.int64]
Keys = npt.NDArray[np.int64]

EXACT = 100_000  # vectors; searching all of them takes about 10 ms
_HASHED = 2  # faiss.DirectMap.Hashtable: vectors are found by their ids
_CELLS = 1024
_LOOKED_INTO = 24  # cells
_ROUNDS, _LEARNT_FROM = 8, 40  # of k-means; vectors for each cell


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
            raise BaseError(f"the vectors in {path} cannot be read; run: yaodian repair") from error

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
        if self._cells is None:
            return np.sort(faiss.vector_to_array(self._index.id_map)).astype(np.int64)
        lists = self._cells.invlists
        parts = [faiss.rev_swig_ptr(lists.get_ids(i), lists.list_size(i)) for i in range(_CELLS) if lists.list_size(i)]
        return np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.int64)

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

    def search(
        self, vector: EmbeddingMatrix, k: int, among: Sequence[int] | Ids | None = None
    ) -> list[tuple[int, float]]:
        """The k nearest ids with their cosines, best first, ties by id; `among` restricts the ids searched."""
        count = min(k, len(self))
        if count <= 0:
            return []
        parameters = None
        if among is not None:
            selector = faiss.IDSelectorBatch(np.asarray(among, np.int64))
            if self._cells is None:
                parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
            else:  # they may lie in any cell
                parameters = faiss.SearchParametersIVF(sel=selector, nprobe=_CELLS)  # type: ignore[call-arg]
        scores, ids = self._index.search(vector.reshape(1, -1), count, params=parameters)
        found = [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def vectors(self, ids: Sequence[int] | Ids) -> EmbeddingMatrix:
        """The vectors of known ids, shape (len(ids), dimension)."""
        if not len(ids):
            return np.zeros((0, self.dimension), np.float32)
        matrix: EmbeddingMatrix = self._index.reconstruct_batch(np.asarray(ids, np.int64))
        return matrix

    def keys(self, ids: Ids) -> Keys:
        """Where the vectors of known ids lie, for `asked`; no longer true once vectors were added or removed."""
        if self._cells is not None:
            return ids
        there = faiss.vector_to_array(self._index.id_map)
        order = np.argsort(there)
        return np.asarray(order[np.searchsorted(there, ids, sorter=order)], np.int64)

    def asked(self, vector: EmbeddingMatrix) -> "Asked":
        """The cosines of a vector with those of the index."""
        if self._cells is not None or not len(self):
            return Asked(lambda keys: self.vectors(keys) @ vector)
        flat: Any = faiss.downcast_index(self._index.index)
        matrix = faiss.rev_swig_ptr(flat.get_xb(), len(self) * self.dimension).reshape(len(self), -1)
        scores = matrix @ vector
        return Asked(lambda keys: scores[keys])

    @property
    def is_exact(self) -> bool:
        """Whether a search looks at every vector."""
        return self._cells is None

    @property
    def _cells(self) -> Any:
        return self._index if isinstance(self._index, faiss.IndexIVFFlat) else None

    def divided(self) -> "VectorIndex":
        """This index, in cells where it has grown beyond `EXACT` vectors, without them where it has shrunk again.

        The same vectors give the same cells.
        """
        if len(self) <= EXACT:
            return self if self._cells is None else self._whole()
        if self._cells is not None:
            return self
        ids = self.ids()
        vectors = self.vectors(ids)
        centres: Any = faiss.IndexFlatIP(self.dimension)
        index: Any = faiss.IndexIVFFlat(centres, self.dimension, _CELLS, faiss.METRIC_INNER_PRODUCT)
        index.own_fields = True
        centres.this.disown()  # the index frees its centres
        index.cp.niter = _ROUNDS
        index.nprobe = _LOOKED_INTO
        index.train(vectors[:: max(1, len(vectors) // (_CELLS * _LEARNT_FROM))])
        index.set_direct_map_type(_HASHED)
        index.add_with_ids(vectors, ids)
        return VectorIndex(index)

    def _whole(self) -> "VectorIndex":
        """The same vectors, not in cells."""
        index, ids = VectorIndex.empty(self.dimension), self.ids()
        index.add(ids.tolist(), self.vectors(ids))
        return index


@dataclass(frozen=True, slots=True)
class Asked:
    """The cosines of one vector, by the keys of others."""

    of: Callable[[Keys], npt.NDArray[np.float32]]
