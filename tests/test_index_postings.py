"""The inverted index against counting by hand."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import postings
from index.postings import Postings
from index.tokens import held, query_tokens, tokens

PLANS = st.lists(st.text("民生环境改善营商 abc", max_size=12), max_size=8)
WORDS = st.text("民生环境改善营商 abc", max_size=6)


def made(texts: list[str]) -> Postings:
    return Postings([held(text) for text in texts])


@given(PLANS, WORDS)
def test_counts_and_frequencies_are_those_of_the_texts(texts: list[str], asked: str) -> None:
    index, wanted = made(texts), query_tokens(asked)
    rows = np.arange(len(texts))[::2]
    expected = [[Counter(tokens(texts[row]))[token] for row in rows] for token in wanted]
    assert index.counts(wanted, rows).tolist() == expected
    assert [index.frequency(t) for t in wanted] == [sum(t in tokens(text) for text in texts) for t in wanted]


def bm25(texts: list[str], wanted: list[str], at: int) -> float:
    """Robertson and Zaragoza 2009, with the inverse document frequency that is never negative."""
    cut = [Counter(tokens(text)) for text in texts]
    mean = max(sum(c.total() for c in cut) / len(cut), 1.0)
    score = 0.0
    for token in wanted:
        holding = sum(token in c for c in cut)
        rarity = math.log1p((len(texts) - holding + 0.5) / (holding + 0.5))
        count = cut[at][token]
        score += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * cut[at].total() / mean))
    return score


@given(PLANS, WORDS, st.integers(1, 9))
def test_the_best_are_those_of_bm25(texts: list[str], asked: str, k: int) -> None:
    wanted = query_tokens(asked)
    scores = [bm25(texts, wanted, at) for at in range(len(texts))]
    found = made(texts).best(wanted, k).tolist()
    assert len(found) == min(k, sum(score > 0 for score in scores))
    best = sorted((score for score in scores if score > 0), reverse=True)[:k]
    assert [scores[at] for at in found] == pytest.approx(best)


def test_the_best_of_some_rows_and_equals_as_they_stand() -> None:
    index = made(["改善民生", "环境", "改善民生", "改善民生"])
    assert index.best(["w民生"], 9).tolist() == [0, 2, 3]
    assert index.best(["w民生"], 9, np.array([1, 2, 3])).tolist() == [2, 3]
    assert index.best(["w民生"], 1).tolist() == [0]
    assert index.best([], 9).tolist() == []
    assert made([]).best(["w民生"], 9).tolist() == []


def test_the_commonest_tokens_find_nothing_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "_MOST", 3)
    index = made(["民生", "民生", "民生", "民生 环境"])
    assert index.best(["w民生", "w环境"], 9).tolist() == [3]


def test_what_stands_there_very_often_is_counted_to_a_bound() -> None:
    index = made(["民生 " * 500])
    assert index.counts(["w民生"], np.array([0])).tolist() == [[63]]
