"""What a model finds of the questions held back: the share of questions whose sentence is among the first ten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.embed import Encoder
from training.pairs import Asked

_FIRST = 10


@dataclass(frozen=True, slots=True)
class Recall:
    """Recall of the right sentence among the first ten of `pool`, by the language of the question."""

    questions: int
    pool: int
    zh: float
    en: float


def recall(encoder: Encoder, asked: Sequence[Asked], pool: Sequence[str]) -> Recall:
    """Look for each plain question's sentence among all sentences of the pool, by cosine alone."""
    place = {text: row for row, text in enumerate(pool)}
    sentences = encoder.encode(pool)

    def share(language: str) -> float:
        questions = [(q, row.zh) for row in asked for q in (row.plain_zh if language == "zh" else row.plain_en)]
        cosines = encoder.encode([question for question, _ in questions]) @ sentences.T
        right = cosines[np.arange(len(questions)), [place[text] for _, text in questions]]
        return float(((cosines > right[:, None]).sum(axis=1) < _FIRST).mean())

    return Recall(sum(len(row.plain_zh) for row in asked), len(pool), share("zh"), share("en"))


def report(encoder: Encoder, held_back: Mapping[str, Sequence[Asked]], pools: Mapping[str, Sequence[str]]) -> list[str]:
    """A line for each set."""
    found = {name: recall(encoder, rows, pools[name]) for name, rows in held_back.items() if rows}
    return [
        f"{name}: recall@10 zh {r.zh:.3f} en {r.en:.3f} ({r.questions} questions a language, {r.pool} sentences)"
        for name, r in found.items()
    ]
