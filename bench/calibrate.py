"""Fit the weights of the search: `python -m bench.calibrate` prints what belongs into `index/weights.py`.

Ranking weights by pairwise logistic regression, never negative; the gate and the belonging of items by logistic
regression on what the ranking gives. All fits are convex, so the same questions give the same weights. The lines are
drawn on questions that the fit has not seen: each set is left out in turn.
"""

import sys
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.quality import Judged, judge, ndcg, sets
from index.search import Scored, belonging_rows, gate_row

Array = npt.NDArray[np.float64]

_SILENCED = 0.03  # of the questions with an answer, the share that may go unanswered
_LENGTHS = 2  # pieces of a question in one class of lengths
_MOST_WEIGHT = 3.0


class Fit(NamedTuple):
    """The weights for one language; the bias comes last."""

    ranking: Array
    gate: Array
    belonging: Array


def fit(judged: Sequence[Judged]) -> Fit:
    """Fit the three models on questions of one language."""
    ranking = fit_ranking([question for question in judged if question.grades])
    ordered = [_ordered(question, ranking) for question in judged]
    gate = _logistic(
        np.array([gate_row([s for s, _ in of], q.pieces) for q, of in zip(judged, ordered, strict=True)]),
        np.array([float(bool(question.grades)) for question in judged]),
        _balance(judged),
    )
    rows, targets = [], []
    for question, of in zip(judged, ordered, strict=True):
        if question.grades:
            rows += belonging_rows([s for s, _ in of], question.pieces)
            targets += [float(grade > 0) for _, grade in of]
    return Fit(ranking, gate, _logistic(np.array(rows), np.array(targets), np.ones(len(targets))))


def _ordered(question: Judged, ranking: Array) -> list[tuple[Scored, int]]:
    """The candidates as these weights order them."""
    fresh = [
        (replace(scored, strength=float(np.array(scored.features.row()) @ ranking)), grade)
        for scored, grade in question.candidates
    ]
    return sorted(fresh, key=lambda pair: -pair[0].strength)


def _balance(judged: Sequence[Judged]) -> Array:
    """Weights under which questions of every length have the same share without an answer.

    Writers make questions without an answer shorter; that is their habit and no sign of anything.
    """
    keys = [(min(q.pieces, 9) // _LENGTHS, bool(q.grades)) for q in judged]
    counts, lengths = Counter(keys), Counter(length for length, _ in keys)
    share = {True: sum(bool(q.grades) for q in judged) / len(judged)}
    share[False] = 1 - share[True]
    return np.array([min(_MOST_WEIGHT, share[has] * lengths[length] / counts[length, has]) for length, has in keys])


def _features(question: Judged) -> Array:
    return np.array([scored.features.row() for scored, _ in question.candidates])


def fit_ranking(questions: Sequence[Judged], without: Collection[int] = (), ridge: float = 0.05) -> Array:
    """Weights under which better grades come first; each question counts once, whatever its number of pairs.

    The weights of the columns `without` are 0, and the others are fitted as if those were not there.
    """
    pairs = [_pairs(question) for question in questions if question.candidates]
    d, w = np.concatenate([d for d, _ in pairs]), np.concatenate([w for _, w in pairs])
    kept = [column for column in range(d.shape[1]) if column not in without]
    weights = np.zeros(d.shape[1])
    weights[kept] = _pairwise(d[:, kept], w, ridge)
    return weights


def _pairs(question: Judged) -> tuple[Array, Array]:
    """For each two candidates of different grades: better less worse, and how much that counts."""
    rows, grades = _features(question), np.array([grade for _, grade in question.candidates], float)
    better, worse = np.nonzero(grades[:, None] > grades)
    return rows[better] - rows[worse], (grades[better] - grades[worse]) / max(len(better), 1)


def _pairwise(d: Array, w: Array, ridge: float) -> Array:
    current = np.ones(d.shape[1])
    for _ in range(400):
        wrong = 1 / (1 + np.exp(d @ current))
        gradient = -(d * (w * wrong)[:, None]).sum(axis=0) + ridge * current
        hessian = (d * (w * wrong * (1 - wrong))[:, None]).T @ d + ridge * np.eye(len(current))
        step = np.maximum(current - np.linalg.solve(hessian, gradient), 0)
        if np.abs(step - current).max() < 1e-8:
            break
        current = step
    return current


def _logistic(x: Array, y: Array, weights: Array, ridge: float = 1.0) -> Array:
    """Ridge logistic regression on standardised columns; gives the weights of the columns as they are, bias last."""
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    a = np.c_[(x - mean) / spread, np.ones(len(x))]
    shrink = ridge * np.diag([*np.ones(x.shape[1]), 1e-4])
    current = np.zeros(a.shape[1])
    for _ in range(200):
        p = 1 / (1 + np.exp(-a @ current))
        hessian = (a * (weights * p * (1 - p))[:, None]).T @ a + shrink
        gradient = a.T @ (weights * (p - y)) + shrink @ current
        current = current - np.clip(np.linalg.solve(hessian, gradient), -1, 1)
    plain = current[:-1] / spread
    whole: Array = np.r_[plain, current[-1] - plain @ mean]
    return whole


def _probability(weights: Array, row: Sequence[float]) -> float:
    return float(1 / (1 + np.exp(-(np.array(row) @ weights[:-1] + weights[-1]))))


def lines(judged: Sequence[Judged]) -> tuple[float, list[str]]:
    """The gate's line that silences as much as is allowed, and what each line of belonging gives, out of sample."""
    seen: list[tuple[Judged, float, list[tuple[float, int]]]] = []
    for name in sorted({question.set for question in judged}):
        weights = fit([question for question in judged if question.set != name])
        for question in (q for q in judged if q.set == name):
            of = _ordered(question, weights.ranking)
            gate = _probability(weights.gate, gate_row([s for s, _ in of], question.pieces))
            rows = belonging_rows([s for s, _ in of], question.pieces)
            belongs = [(_probability(weights.belonging, row), grade) for row, (_, grade) in zip(rows, of, strict=True)]
            seen.append((question, gate, belongs))
    line = float(np.quantile([gate for question, gate, _ in seen if question.grades], _SILENCED))
    silent = float(np.mean([gate < line for question, gate, _ in seen if not question.grades]))
    told = [f"gate {line:.3f}: of the questions without an answer {silent:.3f} stay silent"]
    for at in (0.1, 0.16, 0.2, 0.25):
        silenced = float(np.mean([gate < at for question, gate, _ in seen if question.grades]))
        silent = float(np.mean([gate < at for question, gate, _ in seen if not question.grades]))
        told.append(f"gate {at:.3f}: silenced {silenced:.3f}, silent {silent:.3f}")
    for cut in (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45):
        told.append(f"belonging {cut:.2f}: {_sets_of_answers(seen, line, cut)}")
    return line, told


def _sets_of_answers(seen: Sequence[tuple[Judged, float, list[tuple[float, int]]]], line: float, cut: float) -> str:
    right = found = wanted = 0
    gains: list[float] = []
    for question, gate, belongs in seen:
        if question.grades:
            kept = [g for p, g in sorted(belongs, key=lambda pair: -pair[0]) if p >= cut and gate >= line]
            right, found, wanted = right + sum(g > 0 for g in kept), found + len(kept), wanted + len(question.grades)
            gains.append(ndcg(kept, question.grades, 10))
    return f"F1 {2 * right / (found + wanted):.3f}, nDCG@10 {np.mean(gains):.3f}"


def main() -> None:
    """Print the weights for both languages."""
    judged = [question for chosen in sets() if "validation" not in chosen.name for question in judge(chosen)]
    judged = [question for question in judged if question.candidates]
    if not judged:
        sys.exit("bench: the shared material with the plans is not beside this checkout")
    for language in ("zh", "en"):
        chosen = [question for question in judged if question.language == language]
        for name, values in fit(chosen)._asdict().items():
            print(language, name, ", ".join(f"{value:.3f}" for value in values))
        print(*lines(chosen)[1], sep="\n")


if __name__ == "__main__":
    main()
