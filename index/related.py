"""Items related to an item: by the facts they share and by what they mean, across all documents of a base.

Three parts, each from 0 to 1 and the same from either side, are weighed into one score (`index.weights.RELATED`):

- *meaning*: each sentence finds its nearest in the other item; the mean cosine of both directions;
- *entity*: the entities that both name, rare ones counting more; what users say is the same counts as one;
- *theme*: the cosine of the items' theme links, rare themes and main lines counting more.

An item is related if it shares a fact, or is nearer in meaning than items of different plans are as a rule.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from graph.views import Evidence, theme_counts
from index.catalogue import ItemRow, LinkRow, NameRow, SentenceRow
from index.embed import EmbeddingMatrix
from index.query import name_key
from index.search import Sources
from index.types import DocumentRef, RelatedItem, Tie
from index.weights import CANDIDATES, COMPARED, GRADE_SHARE, MEANING_ALONE, NAMES_SATURATION, RELATED
from ontology.tables import themes

_PLAIN = frozenset({"Time", "Quantity"})  # they are what they say: two items of 2022 have nothing else in common
_MEANING = "语义相近"
_DIGITS = 4


@dataclass(slots=True)
class _Candidate:
    """An item with what it shares: entities and themes by IRI, each with its weight and its places."""

    row: ItemRow
    names: dict[str, tuple[float, list[NameRow]]] = field(default_factory=dict)
    links: dict[str, tuple[float, list[LinkRow]]] = field(default_factory=dict)
    meaning: float = 0.0
    sentence: SentenceRow | None = None  # the nearest; None where the item is not cut into sentences

    @property
    def related(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.names or self.links) or self.meaning >= MEANING_ALONE

    @property
    def place(self) -> tuple[str, int]:
        """Document and position: what decides between equals."""
        return self.row.document, self.row.position

    def score(self) -> float:
        """The weighted sum of the three parts, from 0 to 1."""
        named = _saturated(sum(rarity for rarity, _ in self.names.values()))
        linked = sum(part for part, _ in self.links.values())
        return RELATED["meaning"] * self.meaning + RELATED["entity"] * named + RELATED["theme"] * linked


class Kinship:
    """How the items of one snapshot are related; what it needs of the whole base is counted once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    @cached_property
    def _items(self) -> int:
        return self._sources.catalogue.counts()[1]

    @cached_property
    def _theme_rarity(self) -> dict[str, float]:
        return {iri: self._rarity(count) for iri, (count, _) in theme_counts(self._sources.store).items()}

    def _rarity(self, frequency: int) -> float:
        """Inverse document frequency; above zero also for what every item has."""
        return math.log((self._items + 1) / frequency)

    def related(self, item: ItemRow, reference: Callable[[str], DocumentRef], limit: int) -> tuple[RelatedItem, ...]:
        """At most `limit` items related to an item, best first; `reference` gives the document of an id."""
        candidates = self._candidates(item)
        self._compare_sentences(item, candidates)
        # Themes add least: they are compared where they can still matter.
        compared = dict(sorted(candidates.items(), key=lambda pair: _order(pair[1]))[: COMPARED + limit])
        self._compare_themes(item, compared)
        best = sorted((one for one in compared.values() if one.related), key=_order)[:limit]
        return tuple(_told(one, reference(one.row.document)) for one in best)

    def _candidates(self, item: ItemRow) -> dict[int, _Candidate]:
        """The items nearest to the item as a whole, and those that share most names with it, by number."""
        named = self._named(item)
        worth: dict[int, float] = defaultdict(float)
        for rarity, by_item in named.values():
            for n in by_item:
                worth[n] += rarity
        sharing = sorted(worth, key=lambda n: (-worth[n], n))[: CANDIDATES + 1]
        rows = self._sources.catalogue.items({*self._nearest(item), *sharing} - {item.number})
        candidates = {n: _Candidate(row) for n, row in sorted(rows.items())}
        for iri, (rarity, by_item) in sorted(named.items()):
            for n in by_item.keys() & rows.keys():
                candidates[n].names[iri] = (rarity, by_item[n])
        return candidates

    def _nearest(self, item: ItemRow) -> Iterable[int]:
        """The items that the vectors (of items and of sentences) nearest to the item belong to."""
        vector = self._sources.vectors.vectors([item.number])[0]
        near = [n for n, _ in self._sources.vectors.search(vector, CANDIDATES)]
        return self._sources.catalogue.owners(near).values()

    def _named(self, item: ItemRow) -> dict[str, tuple[float, dict[int, list[NameRow]]]]:
        """The entities that the item names, with their rarity and the rows that name them, by item."""
        catalogue, same = self._sources.catalogue, self._sources.other_names.by_iri
        one_of: dict[str, str] = {}  # entities that are one for the users, by one of them
        keys: set[str] = set()
        for row in catalogue.names_of([item.number]):
            if row.cls not in _PLAIN:
                group = {row.iri: name_key(row.label)} | {str(m.iri): m.key for m in same.get(row.iri, ())}
                one_of |= dict.fromkeys(group, min(group))
                keys |= set(group.values())
        found: dict[str, dict[int, list[NameRow]]] = defaultdict(lambda: defaultdict(list))
        for row in catalogue.named(sorted(keys)):
            if row.iri in one_of:
                found[one_of[row.iri]][row.item].append(row)
        return {iri: (self._rarity(len(by_item)), by_item) for iri, by_item in found.items()}

    def _compare_themes(self, item: ItemRow, candidates: Mapping[int, _Candidate]) -> None:
        """Each shared theme with its part of the cosine of the two items' links."""
        links: dict[int, dict[str, list[LinkRow]]] = defaultdict(lambda: defaultdict(list))
        for n, found in self._sources.catalogue.links([item.number, *candidates]).items():
            for link in found:
                links[n][link.theme].append(link)
        ours = _shares(links[item.number])
        for n, one in candidates.items():
            theirs = _shares(links[n])
            length = math.sqrt(self._product(ours, ours) * self._product(theirs, theirs))
            for theme in sorted(ours.keys() & theirs.keys()):
                part = self._theme_rarity[theme] * ours[theme] * theirs[theme] / length
                one.links[theme] = (part, links[n][theme])

    def _product(self, ours: Mapping[str, float], theirs: Mapping[str, float]) -> float:
        return sum(self._theme_rarity[theme] * ours[theme] * theirs[theme] for theme in ours)

    def _compare_sentences(self, item: ItemRow, candidates: Mapping[int, _Candidate]) -> None:
        """How near the sentences of the item and of each candidate are, and the candidate's nearest sentence."""
        sentences = self._sources.catalogue.sentences([item.number, *candidates])
        ids = {n: [s.number for s in sentences.get(n, [])] or [n] for n in (item.number, *candidates)}
        ours = self._sources.vectors.vectors(ids[item.number])
        for n, one in candidates.items():
            cosines = self._sources.vectors.vectors(ids[n]) @ ours.T
            one.meaning = _mutual(cosines)
            if n in sentences:
                one.sentence = sentences[n][int(cosines.max(axis=1).argmax())]


def _shares(links: Mapping[str, Sequence[LinkRow]]) -> dict[str, float]:
    """How far an item concerns its themes, by its best link to each."""
    return {theme: max(GRADE_SHARE[link.grade] for link in found) for theme, found in links.items()}


def _mutual(cosines: EmbeddingMatrix) -> float:
    """The mean of the best cosine of every row and of every column, both counting alike; not below 0."""
    return max(0.0, float(cosines.max(axis=0).mean() + cosines.max(axis=1).mean()) / 2)


def _saturated(rarity: float) -> float:
    """What shared names of this rarity in all are worth: the more there are, the less each adds."""
    return rarity / (rarity + NAMES_SATURATION)


def _order(one: _Candidate) -> tuple[float, tuple[str, int]]:
    """Best first; equal scores, as they are shown, by document and position."""
    return -round(one.score(), _DIGITS), one.place


# ---- telling it


def _told(one: _Candidate, document: DocumentRef) -> RelatedItem:
    row, score = one.row, one.score()
    ties = [*_entity_ties(one), *_theme_ties(one), *_meaning_tie(one)]
    return RelatedItem(
        id=row.id,
        iri=row.iri,
        document=document,
        path=row.path,
        number=row.ordinal,
        heading=row.heading,
        section=row.section,
        score=round(min(1.0, score), _DIGITS),
        reasons=tuple(sorted((_share(tie, score) for tie in ties), key=lambda tie: (-tie.weight, tie.iri or ""))),
    )


def _entity_ties(one: _Candidate) -> Iterator[Tie]:
    row, total = one.row, sum(rarity for rarity, _ in one.names.values())
    for rarity, found in one.names.values():
        places = sorted({(name.start, name.end) for name in found})
        quotes = tuple(Evidence(row.printed[start - row.start : end - row.start], start, end) for start, end in places)
        weight = RELATED["entity"] * _saturated(total) * rarity / total
        yield Tie("entity", found[0].label, found[0].iri, weight, quotes)


def _theme_ties(one: _Candidate) -> Iterator[Tie]:
    for theme in themes():
        if theme.iri in one.links:
            part, found = one.links[theme.iri]
            quotes = sorted(
                {Evidence(o.text, o.start, o.end) for o in found}, key=lambda quote: (quote.start, quote.end)
            )
            yield Tie("theme", theme.label_zh, theme.iri, RELATED["theme"] * part, tuple(quotes))


def _meaning_tie(one: _Candidate) -> Iterator[Tie]:
    if one.meaning:
        nearest = one.sentence or one.row
        quote = Evidence(nearest.printed, nearest.start, nearest.end)
        yield Tie("meaning", _MEANING, None, RELATED["meaning"] * one.meaning, (quote,))


def _share(tie: Tie, score: float) -> Tie:
    """A tie with its share of the score as its weight."""
    return Tie(tie.kind, tie.label, tie.iri, round(tie.weight / score, _DIGITS), tie.evidence)
