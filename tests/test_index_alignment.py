"""Every piece of a question is looked for: what is missing counts, in either language."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.alignment import Alignment, Texts, alignment
from index.embed import BUNDLED, EmbeddingMatrix, StaticEncoder

PLAN = ("大力发展装备制造业，培育先进制造业集群。", "加快飞机研制，支持航空产业园建设。", "办好老年食堂和托育机构。")
MODEL = StaticEncoder(BUNDLED)


class Torch:
    """An encoder without pieces of its own."""

    name, dimension, digest = "other", 3, "0"

    def encode(self, texts: Sequence[str]) -> EmbeddingMatrix:
        return np.zeros((len(texts), 3), np.float32)

    encode_questions = encode


def reader(*texts: str) -> Texts:
    """Sentences numbered from 0."""
    return lambda numbers: {number: texts[number] for number in numbers}


def scores(question: str, *texts: str) -> list[float]:
    """Each text an item of one sentence."""
    matcher = Alignment(MODEL, reader(*texts))
    return list(matcher.best(matcher.pieces(question), [[i] for i in range(len(texts))]))


def by_hand(question: str, text: str) -> float:
    """The definition, one piece after the other."""
    total = earned = 0.0
    for piece in MODEL.pieces([question])[0]:
        row = MODEL.rows(np.array([piece]))[0]
        others = [MODEL.rows(np.array([other]))[0] for other in MODEL.pieces([text])[0]]
        near = max(float(row @ other / np.linalg.norm(row) / np.linalg.norm(other)) for other in others)
        total += float(row @ row)
        earned += near * float(row @ row)
    return earned / total


@pytest.mark.parametrize(
    "question", ["飞机制造", "aircraft manufacturing", "老人吃饭", "食堂", "meals for the elderly"]
)
def test_scores_are_those_of_the_definition(question: str) -> None:
    found = scores(question, *PLAN)
    assert found == pytest.approx([by_hand(question, text) for text in PLAN], abs=1e-5)


@pytest.mark.parametrize(
    ("question", "best"), [("航空产业园", 1), ("aviation park", 1), ("托育机构", 2), ("childcare", 2)]
)
def test_the_sentence_that_speaks_of_every_piece_is_best(question: str, best: int) -> None:
    found = scores(question, *PLAN)
    assert found.index(max(found)) == best


def test_what_stands_there_word_for_word_scores_one() -> None:
    assert scores(PLAN[1], *PLAN)[1] == pytest.approx(1, abs=1e-5)


def test_the_best_sentence_of_an_item_counts() -> None:
    matcher = Alignment(MODEL, reader(*PLAN))
    alone, whole = matcher.best(matcher.pieces("老年食堂"), [[2], [0, 1, 2]])
    assert whole == pytest.approx(alone)


def test_nothing_to_look_for_and_nothing_to_look_in() -> None:
    matcher = Alignment(MODEL, reader(*PLAN, " "))
    assert len(matcher.pieces("")) == 0
    assert matcher.best(matcher.pieces(""), [[0, 1]]).tolist() == [0]
    assert matcher.best(matcher.pieces("民生"), []).tolist() == []
    assert matcher.best(matcher.pieces("民生"), [[], [3]]).tolist() == [0, 0]
    assert matcher.best(matcher.pieces("托育"), [[], [3], [2]]).tolist() == [0, 0, scores("托育", *PLAN)[2]]


def test_of_a_long_text_the_weightiest_pieces_are_looked_for() -> None:
    text = "".join(chr(0x4E00 + 7 * i) for i in range(900))
    pieces = Alignment(MODEL, reader()).pieces(text)
    rows = MODEL.rows(MODEL.pieces([text])[0])
    heaviest = sorted((float(row @ row) for row in rows), reverse=True)[:64]
    assert len(pieces) == 64
    assert float(pieces.weights.sum()) == pytest.approx(1, abs=1e-5)
    assert sorted(pieces.weights * sum(heaviest), reverse=True) == pytest.approx(heaviest, rel=1e-4)


def test_what_is_remembered_is_bounded_and_changes_no_score(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.alignment._KEPT", 2)
    matcher = Alignment(MODEL, reader(*PLAN))
    pieces = matcher.pieces("老年食堂")
    assert [matcher.best(pieces, [[0], [1], [2]]).tolist() for _ in range(3)] == [scores("老年食堂", *PLAN)] * 3
    assert len(matcher._seen) <= 3


def test_another_model_is_aligned_by_the_bundled_one() -> None:
    by_other = alignment(Torch(), reader(*PLAN))
    assert by_other.best(by_other.pieces("托育"), [[2]]).tolist() == [scores("托育", *PLAN)[2]]


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_texts_give_cosines(question: str, text: str) -> None:
    assert all(-1.0001 <= score <= 1.0001 for score in scores(question, text))
