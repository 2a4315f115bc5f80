"""What is new, dropped and reworded between two documents of a base: `compare(one, other, sources)`.

Items with the same words, but for their labels, are unchanged. Of the others those two are one, reworded, that are
each other's nearest in meaning (every sentence finds its nearest in the other item; the mean cosine of both
directions) and nearer than items of unrelated plans are (`index.weights.REWORDED`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt

from corpus.numbering import match_label
from graph.zones import sentences
from index.catalogue import DocumentRow, ItemRow
from index.embed import EmbeddingMatrix
from index.search import Sources
from index.tokens import dictionary_words
from index.types import Change, Comparison, DocumentRef, ItemSummary, Reworded, ThemeChange
from index.weights import REWORDED
from ontology.tables import themes

_DIGITS = 4
_MOST_COMPARED = 1_000_000  # pairs of words; the difference of longer items is told by sentences, or as a whole

Pair = tuple[int, int, float]


def compare(one: DocumentRow, other: DocumentRow, sources: Sources) -> Comparison:
    """From `one` to `other`: items new, dropped and reworded, in the order of the documents, and themes."""
    before, after = _items(one, sources), _items(other, sources)
    same = _unchanged(before, after)
    old = [row for i, row in enumerate(before) if i not in same]
    new = [row for i, row in enumerate(after) if i not in same.values()]
    pairs = _aligned(_vectors(old, sources), _vectors(new, sources))
    gone, come = {i for i, _, _ in pairs}, {j for _, j, _ in pairs}
    gained, lost = _themes(before, after, sources)
    return Comparison(
        a=_reference(one),
        b=_reference(other),
        new=tuple(_summary(row) for j, row in enumerate(new) if j not in come),
        dropped=tuple(_summary(row) for i, row in enumerate(old) if i not in gone),
        reworded=tuple(_told(old[i], new[j], score) for i, j, score in pairs),
        unchanged=len(same),
        themes_gained=gained,
        themes_lost=lost,
    )


def _items(document: DocumentRow, sources: Sources) -> list[ItemRow]:
    return [row for row in sources.catalogue.nodes(document.id) if row.is_item]


def _said(row: ItemRow) -> str:
    """What an item says: its text without the label, which changes with its place."""
    label = match_label(row.text)
    return row.text[label.end :].strip() if label else row.text.strip()


def _unchanged(before: Sequence[ItemRow], after: Sequence[ItemRow]) -> dict[int, int]:
    """The places of items with the same words; of several alike the first belongs to the first."""
    waiting: dict[str, list[int]] = {}
    for j, row in reversed(list(enumerate(after))):
        waiting.setdefault("".join(_said(row).split()), []).append(j)
    found = {}
    for i, row in enumerate(before):
        alike = waiting.get("".join(_said(row).split()))
        if alike:
            found[i] = alike.pop()
    return found


# ---- by meaning


@dataclass(frozen=True, slots=True)
class _Vectors:
    """The sentence vectors of some items, one item's after the other's, and where each item's begin."""

    matrix: EmbeddingMatrix
    starts: npt.NDArray[np.int64]

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        return np.diff(np.append(self.starts, len(self.matrix)))


def _vectors(rows: Sequence[ItemRow], sources: Sources) -> _Vectors:
    """Those of each item's sentences; of an item that is not cut into sentences its own."""
    found = sources.catalogue.sentences(row.number for row in rows)
    ids = [[s.number for s in found.get(row.number, ())] or [row.number] for row in rows]
    starts = np.cumsum([0, *map(len, ids)])[:-1].astype(np.int64)
    return _Vectors(sources.vectors.vectors([number for part in ids for number in part]), starts)


def _aligned(one: _Vectors, other: _Vectors) -> list[Pair]:
    """The pairs that are each other's nearest and near enough, with their nearness, in the order of the first."""
    if not len(one.starts) or not len(other.starts):
        return []
    cosines = one.matrix @ other.matrix.T
    near = np.round((_nearness(cosines, one, other) + _nearness(cosines.T, other, one).T) / 2, _DIGITS)
    to, back = near.argmax(axis=1), near.argmax(axis=0)
    return [
        (i, int(j), float(near[i, j])) for i, j in enumerate(to.tolist()) if back[j] == i and near[i, j] >= REWORDED
    ]


def _nearness(cosines: EmbeddingMatrix, one: _Vectors, other: _Vectors) -> npt.NDArray[np.float64]:
    """How near each item's sentences come, in the mean, to their nearest in each of the other items."""
    nearest = np.maximum.reduceat(cosines, other.starts, axis=1)
    means: npt.NDArray[np.float64] = np.add.reduceat(nearest, one.starts, axis=0) / one.sizes[:, None]
    return means


# ---- word by word


def difference(before: str, after: str) -> tuple[Change, ...]:
    """The words that stay, go and come, in order: those that are `same` or `gone` give `before`, the others `after`."""
    old, new = _pieces(before, after)
    found: list[Change] = []
    for kind, i, k, j, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Change("same", "".join(old[i:k])))
            continue
        found += [Change("gone", "".join(old[i:k]))] if k > i else []
        found += [Change("new", "".join(new[j:m]))] if m > j else []
    return tuple(found)


def _pieces(before: str, after: str) -> tuple[list[str], list[str]]:
    """Both texts cut into words; where that were too many to compare, into sentences, or not at all."""
    for cut in (dictionary_words, _sentences):
        old, new = cut(before), cut(after)
        if len(old) * len(new) <= _MOST_COMPARED:
            return old, new
    return [before], [after]


def _sentences(text: str) -> list[str]:
    ends = [end for _, end in sentences(text)]
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True) if end > start]


# ---- themes


def _themes(
    before: Sequence[ItemRow], after: Sequence[ItemRow], sources: Sources
) -> tuple[tuple[ThemeChange, ...], tuple[ThemeChange, ...]]:
    """The themes that only the second document's items are linked to, and only the first's, most items first."""
    old, new = _linked(before, sources), _linked(after, sources)
    return _only_in(new, old), _only_in(old, new)


def _linked(rows: Sequence[ItemRow], sources: Sources) -> dict[str, int]:
    """How many items are linked to each theme (IRI)."""
    counts: dict[str, int] = {}
    for links in sources.catalogue.links(row.number for row in rows).values():
        for theme in {link.theme for link in links}:
            counts[theme] = counts.get(theme, 0) + 1
    return counts


def _only_in(ours: dict[str, int], theirs: dict[str, int]) -> tuple[ThemeChange, ...]:
    found = [
        ThemeChange(theme.notation, theme.iri, theme.label_zh, theme.label_en, ours[theme.iri])
        for theme in themes()
        if theme.iri in ours and theme.iri not in theirs
    ]
    return tuple(sorted(found, key=lambda theme: (-theme.items, theme.id)))


# ---- telling it


def _told(old: ItemRow, new: ItemRow, score: float) -> Reworded:
    return Reworded(_summary(old), _summary(new), round(min(1.0, score), _DIGITS), difference(_said(old), _said(new)))


def _summary(row: ItemRow) -> ItemSummary:
    return ItemSummary(row.id, row.iri, row.path, row.ordinal, row.heading, row.section)


def _reference(row: DocumentRow) -> DocumentRef:
    return DocumentRef(id=row.id, iri=row.iri, title=row.title, source=row.source)
