"""The steps of the training on a few pairs: the same twice, nearer to what it should be, readable by both loaders."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from corpus.errors import NotFoundError, ReadError
from index.embed import EmbeddingMatrix, SentenceTransformerEncoder, StaticEncoder
from ontology import tables
from training.export import export, read_table
from training.learn import Source, _not_wrong, learn, source_of
from training.pairs import Asked, Pair, read_data
from training.recipe import Recipe
from training.table import align, first_table, frequencies, translate
from training.teacher import projection
from training.validate import recall
from training.vocabulary import Vocabulary, build_tokenizer, read_tokenizer

RECIPE = replace(
    Recipe(),
    steps=30,
    batch=32,
    dimension=16,
    vocabulary=4_000,
    english_words=500,
    shares={"terms": 1.0, "questions": 1.0},
)
TERMS = tables.glossary()[:50]
PAIRS = [Pair(term.en, term.zh) for term in TERMS]
ASKED = [Pair(term.plain_en[0], term.zh, near=TERMS[i - 1].zh) for i, term in enumerate(TERMS) if term.plain_en]


def tokenizer() -> dict[str, object]:
    english, chinese = [pair.left for pair in PAIRS + ASKED], [pair.right for pair in PAIRS]
    return build_tokenizer(english, chinese, chinese, ["education", "school"], RECIPE)


def trained() -> tuple[EmbeddingMatrix, EmbeddingMatrix, list[float]]:
    vocabulary = Vocabulary(tokenizer())
    teacher = np.random.default_rng(1).normal(size=(len(PAIRS), 16)).astype(np.float32)
    teacher /= np.linalg.norm(teacher, axis=1, keepdims=True)
    taught = {pair.left: place for place, pair in enumerate(PAIRS)}
    sources = [source_of("terms", PAIRS, vocabulary, taught), source_of("questions", ASKED, vocabulary, {})]
    table = first_table({}, {}, len(vocabulary), 16, seed=0)
    losses: list[float] = []
    ones = np.ones(len(vocabulary), np.float32)
    result = learn(sources, table, ones, teacher, vocabulary.split, RECIPE, lambda _, loss: losses.append(loss))
    return *result, losses


def test_training_twice_gives_the_same_numbers_and_a_smaller_loss() -> None:
    table, weights, losses = trained()
    again, weights_again, _ = trained()
    np.testing.assert_array_equal(table, again)
    np.testing.assert_array_equal(weights, weights_again)
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    assert (weights > 0).all()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_what_is_exported_reads_the_same_with_and_without_torch(tmp_path: Path) -> None:
    table, weights, _ = trained()
    export(tmp_path, tokenizer(), table, weights)
    texts = [*(text for pair in PAIRS for text in (pair.left, pair.right)), "", "unheard-of 龘", "2022年"]
    plain = StaticEncoder(tmp_path)
    assert plain.dimension == 16
    np.testing.assert_allclose(SentenceTransformerEncoder(tmp_path).encode(texts), plain.encode(texts), atol=1e-5)


def test_the_tokenizer_knows_terms_words_and_characters() -> None:
    vocabulary = Vocabulary(tokenizer())
    assert len(set(vocabulary.pieces)) == len(vocabulary) <= RECIPE.vocabulary
    (whole,) = vocabulary.ids(["双减"])
    assert [vocabulary.pieces[i] for i in whole] == ["双减"]
    assert [vocabulary.pieces[i] for i in vocabulary.split(whole)] == ["双", "减"]
    assert vocabulary.ids([""])[0].tolist() == [1]


def test_words_are_aligned_with_what_they_are_translated_by() -> None:
    # left 1 goes with right 11 and 2 with 12; 3 stands with all
    pairs = [((1, 3), (11,)), ((1, 2), (11, 12)), ((2, 3), (12,)), ((1,), (11,)), ((2,), (12,))]
    arrays = [(np.array(a, np.int32), np.array(b, np.int32)) for a, b in pairs]
    left, right, probability = align(arrays, 20)
    best = {r: int(left[right == r][probability[right == r].argmax()]) for r in (11, 12)}
    assert best == {11: 1, 12: 2}
    rows = translate(arrays, {1: np.array([1.0, 0.0], np.float32), 2: np.array([0.0, 1.0], np.float32)}, 20)
    assert rows[11][0] > rows[11][1] and rows[12][1] > rows[12][0]


@given(st.lists(st.tuples(*[st.lists(st.integers(1, 9), min_size=1, max_size=5)] * 2), max_size=6))
def test_alignment_gives_each_right_token_a_distribution(pairs: list[tuple[list[int], list[int]]]) -> None:
    arrays = [(np.array(a, np.int32), np.array(b, np.int32)) for a, b in pairs]
    _, right, probability = align(arrays, 10)
    sums = np.bincount(right, probability, minlength=10)
    assert {int(token) for _, b in pairs for token in b} == set(np.flatnonzero(sums).tolist())
    np.testing.assert_allclose(sums[sums > 0], 1)


def test_training_goes_on_from_what_was_exported_and_from_older_models(tmp_path: Path) -> None:
    table = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    export(tmp_path, tokenizer(), table, np.ones(40, np.float32))
    rows, weights = read_table(tmp_path)
    np.testing.assert_allclose(rows * weights[:, None], table, atol=2e-3)
    save_file({"embedding.weight": table.astype(np.float16)}, tmp_path / "model.safetensors")
    rows, weights = read_table(tmp_path)
    np.testing.assert_allclose(rows, table, atol=2e-3)
    assert set(weights.tolist()) == {1.0}
    assert read_tokenizer(tmp_path) == tokenizer()


def test_a_folder_without_a_static_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="holds no static model"):
        read_table(tmp_path)
    save_file({"other": np.zeros(2, np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(ReadError, match="holds no static model"):
        read_table(tmp_path)


def test_frequencies_sum_to_one_and_projection_keeps_lengths_in_its_plane() -> None:
    share = frequencies([[np.array([1, 1, 2], np.int32)], []], 4)
    np.testing.assert_allclose(share, np.array([1, 3, 2, 1]) / 7)
    vectors = np.array([[3, 0, 0], [0, 2, 0], [1, 1, 0]], np.float32)
    np.testing.assert_allclose(
        np.linalg.norm(vectors @ projection(vectors, 2), axis=1), np.linalg.norm(vectors, axis=1), rtol=1e-5
    )


def test_equal_texts_and_sentences_on_the_subject_are_no_wrong_answers() -> None:
    pairs = [
        Pair("a", "x"),
        Pair("b", "x"),
        Pair("a", "y"),
        Pair("c", "z", about="S", holds=frozenset({"S"})),
        Pair("d", "u", about="T", holds=frozenset({"S", "T"})),
    ]
    source: Source = source_of("terms", pairs, Vocabulary(tokenizer()), {})
    wrong_not = _not_wrong(source, np.arange(5)).numpy()
    assert {(int(i), int(j)) for i, j in np.argwhere(wrong_not)} == {(0, 1), (1, 0), (0, 2), (2, 0), (3, 4)}


class Letters:
    """An encoder in which a text is its first letter."""

    name = "letters"
    dimension = 26
    digest = ""

    def encode(self, texts: Sequence[str]) -> EmbeddingMatrix:
        return np.array([[float(ord(text[0]) - 97 == i) for i in range(26)] for text in texts], np.float32)

    encode_questions = encode


def test_recall_is_the_share_of_questions_whose_sentence_comes_among_the_first_ten() -> None:
    pool = [*("bcdefghijklm"), "a"]
    found = recall(Letters(), [Asked("a", "", ("a?", "z?"), ("a", "a")), Asked("b", "", ("b", "b"), ("c", "c"))], pool)
    assert (found.questions, found.pool, found.zh, found.en) == (4, 13, 1.0, 1.0)
    crowd = recall(Letters(), [Asked("a", "", ("b",), ("a",))], ["a", *(f"b{i}" for i in range(10))])
    assert (crowd.zh, crowd.en) == (0.0, 1.0)


def test_absent_data_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="--shared"):
        read_data(tmp_path, RECIPE)
