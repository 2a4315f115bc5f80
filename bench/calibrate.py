"""Fit the weights of the search: `python -m bench.calibrate` prints what belongs into `index/weights.py`.

Ranking weights by pairwise logistic regression, never negative; the gate and the belonging of items by logistic
regression on what the ranking gives. All fits are convex, so the same questions give the same weights.
"""

import sys
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.quality import Judged, judge, sets
from index.weights import STANDING_OUT

Array = npt.NDArray[np.float64]

_TARGET = {0: 0.0, 1: 0.7, 2: 1.0}  # what an item of each grade should score
_NEAR_MISS_WEIGHT = 0.3  # half of the calibration questions without an answer are near misses by design


class Fit(NamedTuple):
    """The weights for one language."""

    ranking: Array
    gate: Array
    belonging: Array


def fit(judged: list[tuple[Judged, float]]) -> Fit:
    """Fit the three models on questions of one language, each with the weight of its silence."""
    ranking = _fit_ranking([question for question, _ in judged])
    gate_rows, gate_targets, gate_weights, rows, targets = [], [], [], [], []
    for question, silence in judged:
        strengths = _features(question) @ ranking
        best = strengths.max()
        others = np.sort(strengths)[::-1][1 : 1 + STANDING_OUT]
        gate_rows.append((best, best - (others.mean() if len(others) else 0.0)))
        gate_targets.append(float(bool(question.grades)))
        gate_weights.append(1.0 if question.grades else silence)
        if question.grades:
            rows += [(s / max(best, 0.1),) for s in strengths]
            targets += [_TARGET[grade] for _, grade in question.candidates]
    gate = _logistic(np.array(gate_rows), np.array(gate_targets), np.array(gate_weights), ridge=0.3)
    belonging = _logistic(np.array(rows), np.array(targets), np.ones(len(targets)), ridge=0.1)
    return Fit(ranking, gate, belonging)


def _features(question: Judged) -> Array:
    return np.array([scored.features.row() for scored, _ in question.candidates])


def _fit_ranking(questions: list[Judged], ridge: float = 0.05) -> Array:
    """Weights under which better grades come first; each question counts once, whatever its number of pairs."""
    differences, weights = [], []
    for question in questions:
        rows = _features(question)
        grades = [grade for _, grade in question.candidates]
        pairs = [(i, j) for i, a in enumerate(grades) for j, b in enumerate(grades) if a > b]
        differences += [rows[i] - rows[j] for i, j in pairs]
        weights += [(grades[i] - grades[j]) / len(pairs) for i, j in pairs]
    d, w = np.array(differences), np.array(weights)
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


def _logistic(x: Array, y: Array, weights: Array, ridge: float) -> Array:
    """Ridge logistic regression with soft targets; the bias comes last and is not shrunk."""
    a = np.c_[x, np.ones(len(x))]
    shrink = ridge * np.diag([*np.ones(x.shape[1]), 1e-4])
    current = np.zeros(a.shape[1])
    for _ in range(200):
        p = 1 / (1 + np.exp(-a @ current))
        hessian = (a * (weights * p * (1 - p))[:, None]).T @ a + shrink
        gradient = a.T @ (weights * (p - y)) + shrink @ current
        current = current - np.clip(np.linalg.solve(hessian, gradient), -1, 1)
    return current


def main() -> None:
    """Print the weights for both languages."""
    judged = [
        (question, _NEAR_MISS_WEIGHT if chosen.name == "calibration" else 1.0)
        for chosen in sets()
        if chosen.name != "validation"
        for question in judge(chosen)
    ]
    if not judged:
        sys.exit("bench: the shared material with the plans is not beside this checkout")
    for language in ("zh", "en"):
        fitted = fit([(question, weight) for question, weight in judged if question.language == language])
        for name, values in fitted._asdict().items():
            print(language, name, ", ".join(f"{value:.2f}" for value in values))


if __name__ == "__main__":
    main()
