"""Vectors: exact search against brute force, stable ids, torn files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import BaseError
from index.dense import VectorIndex
from index.embed import EmbeddingMatrix


def unit(rows: int, dimension: int, seed: int) -> EmbeddingMatrix:
    made = np.random.default_rng(seed).normal(size=(rows, dimension)).astype(np.float32)
    scaled: EmbeddingMatrix = made / np.linalg.norm(made, axis=1, keepdims=True)
    return scaled


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.integers(1, 80))
def test_search_agrees_with_brute_force(rows: int, seed: int, k: int) -> None:
    vectors, query = unit(rows, 16, seed), unit(1, 16, seed + 1)[0]
    ids = (np.arange(rows, dtype=np.int64) * 7 + 2**62).tolist()
    index = VectorIndex.empty(16)
    index.add(ids, vectors)
    scores = vectors @ query
    expected = [ids[i] for i in np.argsort(-scores, kind="stable")[:k]]
    assert [i for i, _ in index.search(query, k)] == expected
    among = ids[::2]
    assert [i for i, _ in index.search(query, k, among)] == [
        ids[i] for i in np.argsort(-scores, kind="stable") if ids[i] in set(among)
    ][:k]


def test_adding_an_id_again_replaces_its_vector() -> None:
    index = VectorIndex.empty(4)
    old, new = unit(2, 4, 0)
    index.add([5], old[None])
    index.add([5], new[None])
    assert len(index) == 1
    np.testing.assert_array_equal(index.vectors([5])[0], new)


def test_removing_keeps_the_other_ids_where_they_are() -> None:
    index = VectorIndex.empty(4)
    vectors = unit(5, 4, 0)
    index.add([1, 2, 3, 4, 5], vectors)
    index.remove([2, 4, 99])
    assert index.ids().tolist() == [1, 3, 5]
    np.testing.assert_array_equal(index.vectors([5, 1]), vectors[[4, 0]])


def test_saving_and_loading_changes_nothing(tmp_path: Path) -> None:
    index = VectorIndex.empty(8)
    index.add([3, 9], unit(2, 8, 1))
    index.save(tmp_path / "向量.faiss")
    again = VectorIndex.load(tmp_path / "向量.faiss")
    assert again.ids().tolist() == [3, 9]
    np.testing.assert_array_equal(again.vectors([3, 9]), index.vectors([3, 9]))


def test_an_empty_index_answers_nothing() -> None:
    assert VectorIndex.empty(4).search(unit(1, 4, 0)[0], 5) == []


@pytest.mark.parametrize("content", [b"", b"not an index", None])
def test_a_torn_or_absent_file_is_told(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "vectors.faiss"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BaseError, match="cannot be read"):
        VectorIndex.load(file)
