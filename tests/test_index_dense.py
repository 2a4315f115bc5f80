"""Vectors: exact search against brute force, stable ids, torn files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import BaseError
from index import dense
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


@pytest.fixture
def cells(monkeypatch: pytest.MonkeyPatch) -> VectorIndex:
    """900 vectors in cells, of which a search looks into a third."""
    for name, value in {"EXACT": 500, "_CELLS": 12, "_LOOKED_INTO": 4}.items():
        monkeypatch.setattr(dense, name, value)
    index = VectorIndex.empty(16)
    index.add(range(1, 901), unit(900, 16, 3))
    return index.divided()


def test_a_large_index_is_divided_and_holds_the_same(cells: VectorIndex) -> None:
    assert not cells.is_exact
    assert (len(cells), cells.dimension, cells.ids().tolist()) == (900, 16, list(range(1, 901)))
    np.testing.assert_array_equal(cells.vectors([900, 7]), unit(900, 16, 3)[[899, 6]])
    assert cells.divided() is cells


def test_cells_find_most_of_the_nearest(cells: VectorIndex) -> None:
    vectors = unit(900, 16, 3)
    found = wanted = 0
    for query in unit(40, 16, 9):
        best = {int(i) + 1 for i in np.argsort(-(vectors @ query))[:10]}
        found, wanted = found + len(best & {i for i, _ in cells.search(query, 10)}), wanted + 10
    assert found / wanted > 0.7  # of vectors without any order; a third would be chance


def test_cells_search_among_some_exactly(cells: VectorIndex) -> None:
    vectors, query = unit(900, 16, 3), unit(1, 16, 9)[0]
    among = list(range(5, 900, 9))
    scores = vectors[np.array(among) - 1] @ query
    assert [i for i, _ in cells.search(query, 8, among)] == [among[i] for i in np.argsort(-scores)[:8]]


def test_cells_take_changes_and_survive_saving(cells: VectorIndex, tmp_path: Path) -> None:
    new = unit(1, 16, 77)
    cells.add([3, 2000], np.vstack([new, new]))
    cells.remove([4, 5, 9999])
    cells.save(tmp_path / "v.faiss")
    again = VectorIndex.load(tmp_path / "v.faiss")
    assert not again.is_exact
    assert again.ids().tolist() == [1, 2, 3, *range(6, 901), 2000]
    np.testing.assert_array_equal(again.vectors([3, 2000]), np.vstack([new, new]))
    assert {i for i, _ in again.search(new[0], 2)} == {3, 2000}


@pytest.mark.parametrize("divided", [False, True])
def test_cosines_by_key_are_those_of_the_vectors(divided: bool, cells: VectorIndex) -> None:
    index = cells if divided else VectorIndex.empty(16)
    if not divided:
        index.add(range(1, 901), unit(900, 16, 3))
        index.remove([8])
    query = unit(1, 16, 5)[0]
    ids = np.array([900, 1, 450], np.int64)
    np.testing.assert_allclose(index.asked(query).of(index.keys(ids)), index.vectors(ids) @ query, atol=1e-6)


def test_the_same_vectors_give_the_same_cells(cells: VectorIndex, tmp_path: Path) -> None:
    other = VectorIndex.empty(16)
    other.add(range(900, 0, -1), unit(900, 16, 3)[::-1])
    cells.save(tmp_path / "a")
    other.divided().save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
