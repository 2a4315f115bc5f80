"""Trains the table: contrast within a batch, near misses, and nearness to the teacher. The only file that knows torch.

A text's vector is the sum of its tokens' rows, each with its weight, scaled to unit length. Pairs of a batch are each
other's wrong answers, except where their texts are equal or their subjects the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from index.embed import EmbeddingMatrix
from training.pairs import Pair
from training.recipe import Recipe
from training.vocabulary import Ids, Vocabulary

_NEVER = -1e4


@dataclass(frozen=True, slots=True)
class Source:
    """Pairs as numbers. `taught[i]` is the row of the teacher's vector of the left text, -1 where there is none."""

    name: str
    left: Sequence[Ids]
    right: Sequence[Ids]
    near: Sequence[Ids]  # empty arrays where a pair has no near miss
    labels: Sequence[tuple[int, int, int]]  # of the left text, the right text and the subject (0: none)
    holds: Sequence[frozenset[int]]  # subjects of the right text
    taught: npt.NDArray[np.int64]


def source_of(name: str, pairs: Sequence[Pair], vocabulary: Vocabulary, taught: dict[str, int]) -> Source:
    """The pairs of one source as numbers."""
    numbers: dict[str, int] = {"": 0}

    def number(key: str) -> int:
        return numbers.setdefault(key, len(numbers))

    nothing = np.zeros(0, np.int32)
    near = [p.near for p in pairs if p.near]
    near_ids = dict(zip(near, vocabulary.ids(near), strict=True))
    return Source(
        name=name,
        left=vocabulary.ids([p.left for p in pairs]),
        right=vocabulary.ids([p.right for p in pairs]),
        near=[near_ids.get(p.near, nothing) for p in pairs],
        labels=[(number(p.left), number(p.right), number("about " + p.about) if p.about else 0) for p in pairs],
        holds=[frozenset(number("about " + subject) for subject in p.holds) for p in pairs],
        taught=np.array([taught.get(p.left, -1) for p in pairs], np.int64),
    )


class _Model(torch.nn.Module):
    def __init__(self, table: EmbeddingMatrix, weights: EmbeddingMatrix) -> None:
        super().__init__()
        self.table = torch.nn.Parameter(torch.from_numpy(table.copy()))
        self.weight = torch.nn.Parameter(torch.from_numpy(np.log(weights)))

    def forward(self, texts: Sequence[Ids]) -> Tensor:
        lengths = np.array([len(text) for text in texts])
        flat = torch.from_numpy(np.concatenate(texts).astype(np.int64))
        starts = torch.from_numpy(np.concatenate([[0], np.cumsum(lengths)[:-1]]))
        weights = self.weight[flat].exp()
        return F.normalize(F.embedding_bag(flat, self.table, starts, mode="sum", per_sample_weights=weights), dim=1)


class _Batches:
    """Batches of one source, in an order that is shuffled anew when it is through."""

    def __init__(self, source: Source, recipe: Recipe, random: np.random.Generator) -> None:
        self.source, self._random = source, random
        self._size = min(recipe.batch, len(source.left))
        self._order = random.permutation(len(source.left))
        self._at = 0

    def next(self) -> npt.NDArray[np.int64]:
        if self._at + self._size > len(self._order):
            self._order, self._at = self._random.permutation(len(self._order)), 0
        self._at += self._size
        return self._order[self._at - self._size : self._at]


def learn(
    sources: Sequence[Source],
    table: EmbeddingMatrix,
    weights: EmbeddingMatrix,
    teacher: EmbeddingMatrix,
    split: Callable[[Ids], Ids],
    recipe: Recipe,
    progress: Callable[[int, float], None] = lambda step, loss: None,
) -> tuple[EmbeddingMatrix, EmbeddingMatrix]:
    """The trained table and weights. One thread, so that the same input gives the same numbers."""
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    random = np.random.default_rng(recipe.seed)
    model = _Model(table, weights)
    groups = [{"params": [model.table], "lr": 1.0}, {"params": [model.weight], "lr": 3.0}]
    optimizer = torch.optim.Adam(groups, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, recipe))
    batches = [_Batches(source, recipe, random) for source in sources]
    shares = np.array([recipe.shares[source.name] for source in sources])
    goal = torch.from_numpy(teacher)
    for step in range(recipe.steps):
        batch = batches[random.choice(len(batches), p=shares / shares.sum())]
        loss = _loss(model, batch.source, batch.next(), goal, split, recipe, random)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        progress(step, float(loss.detach()))
    return model.table.detach().numpy(), model.weight.detach().exp().numpy()


def _rate(step: int, recipe: Recipe) -> float:
    return recipe.learning_rate * min(1.0, (step + 1) / recipe.warm_up) * max(0.02, 1 - step / recipe.steps)


def _loss(
    model: _Model,
    source: Source,
    chosen: npt.NDArray[np.int64],
    goal: Tensor,
    split: Callable[[Ids], Ids],
    recipe: Recipe,
    random: np.random.Generator,
) -> Tensor:
    def texts(side: Sequence[Ids]) -> list[Ids]:
        return [_disturbed(side[i], split, recipe, random) for i in chosen]

    left, right = model(texts(source.left)), model(texts(source.right))
    scores = (left @ right.T / recipe.temperature).masked_fill(_not_wrong(source, chosen), _NEVER)
    here = torch.arange(len(chosen))
    forward = scores
    near = [source.near[i] for i in chosen if len(source.near[i])]
    if recipe.near_misses and near:
        forward = torch.cat([scores, left @ model(near).T / recipe.temperature], dim=1)
    loss = (F.cross_entropy(forward, here) + F.cross_entropy(scores.T, here)) / 2
    shown = np.flatnonzero(source.taught[chosen] >= 0)
    if len(shown) > 8:
        wanted = goal[source.taught[chosen][shown]]
        apart = 2 - (left[shown] * wanted).sum(1) - (right[shown] * wanted).sum(1)
        loss = loss + recipe.distillation * len(shown) / len(chosen) * apart.mean()
    return loss


def _disturbed(text: Ids, split: Callable[[Ids], Ids], recipe: Recipe, random: np.random.Generator) -> Ids:
    """The text as it is met in life: some words read by their characters, some tokens missing."""
    if random.random() < recipe.split_share:
        text = split(text)
    if len(text) < 4:
        return text
    kept = text[random.random(len(text)) > recipe.token_dropout]
    return kept if len(kept) else text


def _not_wrong(source: Source, chosen: npt.NDArray[np.int64]) -> Tensor:
    """Cells of other pairs that are right as well: equal texts, or a sentence that holds the subject asked for."""
    labels = np.array([source.labels[i] for i in chosen])
    mask = (labels[:, None, 0] == labels[None, :, 0]) | (labels[:, None, 1] == labels[None, :, 1])
    if labels[:, 2].any():
        subjects, of_left = np.unique(labels[:, 2], return_inverse=True)
        column = {int(subject): place for place, subject in enumerate(subjects)}
        holds = np.zeros((len(chosen), len(subjects)), bool)
        for row, i in enumerate(chosen):
            holds[row, [column[subject] for subject in source.holds[i] if subject in column]] = True
        mask |= holds[:, of_left].T
    np.fill_diagonal(mask, False)
    return torch.from_numpy(mask)
