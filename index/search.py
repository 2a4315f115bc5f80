"""Which items answer a question, and why: candidates, features, one calibrated score.

A question meets an item in seven ways, each a number from 0 to 1: meaning (cosine of the embeddings, of the item and of
its best sentence), words (share of the question's words that stand in the item, rare ones counting more), terms (the
same through the bilingual glossary), themes (links from the graph), names (entities that the graph found in the item)
and alignment (each piece of the question with its nearest in a sentence, `index.alignment`). They are measured for many
items at once, as arrays (`index.columns`); the best are aligned. The weighted sum ranks. Two logistic models make a
probability of it: that the question has an answer here at all, from how the best item meets it, how far that stands
out, and how long the question is; and that an item answers if anything does, from its features and its distance to
the best.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from graph.store import Store
from index.alignment import Alignment
from index.catalogue import Catalogue, ItemRow, LinkRow, NameRow, SentenceRow
from index.columns import Columns
from index.dense import VectorIndex
from index.embed import EmbeddingMatrix, Encoder
from index.other_names import OtherName, OtherNames
from index.postings import Rows, Values
from index.query import NamedTerm, NamedTheme, Place, Question, names_in
from index.tokens import fingerprint, number, query_tokens
from index.weights import (
    ALIGNED,
    ALIGNED_SENTENCES,
    ANSWERABLE,
    BELONGING,
    BELONGS,
    CANDIDATES,
    EVERY,
    GATE,
    GRADE_SHARE,
    LONG,
    NEAR,
    PROPER,
    RANKING,
    SATURATION,
    STANDING_OUT,
    TOKEN_WEIGHT,
)

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Features:
    """How a question meets an item, each from 0 to 1 (cosines may fall below 0)."""

    sentence: float
    item: float
    words: float
    terms: float
    themes: float
    names: float
    aligned: float = 0.0

    def row(self) -> tuple[float, ...]:
        """The features in the order of the weights."""
        return (self.sentence, self.item, self.words, self.terms, self.themes, self.names, self.aligned)


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate with its features and its probability of answering.

    `number` is that of its item, `row` its place among all items; `names` is where it names what the question names.
    """

    number: int
    row: int
    features: Features
    strength: float
    covered: float = 0.0  # share of the question that its terms and themes cover together
    names: tuple[NameRow, ...] = ()
    probability: float = 0.0
    answers: bool = False
    near: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in an item: its sentences with their cosines, and what they share with the question."""

    scored: Scored
    row: ItemRow
    sentences: tuple[tuple[SentenceRow, float], ...]
    links: tuple[tuple[NamedTheme, LinkRow], ...]
    terms: tuple[NamedTerm, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What a search reads: all of one snapshot."""

    store: Store
    catalogue: Catalogue
    vectors: VectorIndex
    columns: Columns
    encoder: Encoder
    alignment: Alignment
    other_names: OtherNames = field(default_factory=OtherNames)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates for a question, most probable first; `question` has what users call by another name as a term."""

    question: Question
    scored: tuple[Scored, ...]
    vector: EmbeddingMatrix
    synonyms: Mapping[NamedTerm, OtherName]


def rank(question: Question, sources: Sources, *, documents: Collection[str] | None = None) -> Ranking:
    """The best candidates for a question, of all documents or of some (ids)."""
    names, synonyms = _named(names_in(question), sources)
    question = replace(question, terms=(*question.terms, *synonyms))
    vector = sources.encoder.encode_questions([question.focus])[0]
    met = _Meeting(question, vector, names, synonyms, sources, documents)
    best = met.best(ALIGNED)
    pieces = sources.alignment.pieces(question.focus)
    aligned = sources.alignment.best(pieces, met.sentences(best))
    strengths = met.values[best] @ np.array(RANKING[question.language][:-1]) + aligned * RANKING[question.language][-1]
    order = np.lexsort((met.rows[best], -strengths))
    scored = [met.scored(best[i], float(aligned[i]), float(strengths[i])) for i in order]
    return Ranking(question, tuple(_told(question, scored, len(pieces))), vector, synonyms)


def _told(question: Question, ordered: Sequence[Scored], pieces: int) -> list[Scored]:
    """The candidates, strongest first, with their probabilities and whether they answer; most probable first."""
    gate = answerable(question, ordered, pieces)
    told = []
    for one, value in zip(ordered, belonging(question, ordered, pieces), strict=True):
        whole = one.features.themes == 1.0 or _is_named(one)
        answers = whole or (gate >= ANSWERABLE[question.language] and value >= BELONGS[question.language])
        near = not answers and gate * value >= NEAR
        told.append(
            Scored(one.number, one.row, one.features, one.strength, one.covered, one.names, gate * value, answers, near)
        )
    return sorted(told, key=lambda one: -one.probability)


def _is_named(one: Scored) -> bool:
    """Whether the question is a name and the item names what bears it: that never loses to likeness.

    A word for a kind of people or a year is no name in this sense. (Likewise the question may be a theme, to which the
    item's main line is linked.)
    """
    return one.features.names == 1.0 and any(name.cls in PROPER for name in one.names)


def found_in(ranking: Ranking, chosen: Sequence[Scored], sources: Sources) -> list[Found]:
    """What was found in some of the candidates."""
    catalogue, question = sources.catalogue, ranking.question
    numbers = [one.number for one in chosen]
    rows, sentences, links = catalogue.items(numbers), catalogue.sentences(numbers), catalogue.links(numbers)
    themes = {named.theme.iri: named for named in question.themes}
    terms = _holding(question.terms, ranking.synonyms, [one.names for one in chosen], _rows(chosen), sources.columns)
    counts = sources.columns.postings.counts(question.tokens, _rows(chosen))
    found = []
    for at, one in enumerate(chosen):
        profile = sources.columns.profiles.get(rows[one.number].document, frozenset())
        told = sentences.get(one.number, [])
        cosines = sources.vectors.vectors([s.number for s in told]) @ ranking.vector
        found.append(
            Found(
                scored=one,
                row=rows[one.number],
                sentences=tuple(zip(told, cosines.tolist(), strict=True)),
                links=tuple((themes[link.theme], link) for link in links.get(one.number, ()) if link.theme in themes),
                terms=tuple(term for term, mask in terms if mask[at]),
                words=tuple(
                    token[1:]
                    for token, count in zip(question.tokens, counts[:, at], strict=True)
                    if count and token.startswith("w") and number(token) not in profile
                ),
            )
        )
    return found


def _rows(chosen: Sequence[Scored]) -> Rows:
    return np.array([one.row for one in chosen], np.int64)


# ---- what the question names


def _named(
    places: Mapping[str, Place], sources: Sources
) -> tuple[dict[int, list[NameRow]], dict[NamedTerm, OtherName]]:
    """The items that mention what the question names; and what users say is another name of it, as a term with it.

    An item that mentions it under the other name counts as if it stood there under the question's.
    """
    rows = sources.catalogue.named(places)
    meant = sources.other_names.of_question(places, rows)
    if meant:
        others = sources.catalogue.named({other.key for _, other in meant})
        rows += [replace(row, name=name) for row in others for name, other in meant if other.names(row)]
    found: dict[int, list[NameRow]] = defaultdict(list)
    for row in dict.fromkeys(rows):
        found[row.item].append(row)
    synonyms = {
        NamedTerm(other.label, (other.label,), (), places[name]): other for name, other in meant if other.key != name
    }
    return found, synonyms


def _holding(
    terms: Iterable[NamedTerm],
    synonyms: Mapping[NamedTerm, OtherName],
    names: Sequence[Sequence[NameRow]],
    rows: Rows,
    columns: Columns,
) -> list[tuple[NamedTerm, Mask]]:
    """Which items hold a term: the fingerprint of one of its forms, or, of another name, the entity itself."""
    forms = {form: sorted(fingerprint(form)) for term in terms for form in term.forms}
    wanted = list(dict.fromkeys(token for held in forms.values() for token in held))
    there = dict(zip(wanted, columns.postings.counts(wanted, rows) > 0, strict=True))
    holds = {form: np.logical_and.reduce([there[token] for token in held]) for form, held in forms.items() if held}
    found = []
    for term in terms:
        mask = np.logical_or.reduce([np.zeros(len(rows), bool), *(holds[f] for f in term.forms if f in holds)])
        if other := synonyms.get(term):
            mask |= [any(other.is_of(name) for name in named) for named in names]
        found.append((term, mask))
    return found


# ---- features


class _Meeting:
    """A question with its candidates: `rows` are their places among all items, `values` their features.

    Alignment is not among these: it is measured for the best.
    """

    def __init__(
        self,
        question: Question,
        vector: EmbeddingMatrix,
        names: Mapping[int, Sequence[NameRow]],
        synonyms: Mapping[NamedTerm, OtherName],
        sources: Sources,
        documents: Collection[str] | None,
    ) -> None:
        self._question, self._columns, self._names = question, sources.columns, names
        self._asked = sources.vectors.asked(vector)
        self._links = [(named, *self._columns.linked(named.theme.iri)) for named in question.themes]
        named_rows = self._columns.rows(names)
        self.rows = self._candidates(vector, named_rows, sources.vectors, documents)
        self._numbers = self._columns.numbers[self.rows]
        here = [names.get(int(n), ()) for n in self._numbers] if names else [()] * len(self.rows)
        terms = _holding(question.terms, synonyms, here, self.rows, self._columns)
        linked = self._linked()
        places = names_in(question)
        named = [(places[name], mask) for name, mask in self._naming().items()]
        in_terms = [(term.place, mask) for term, mask in terms]
        sentence, item = self._cosines()
        self.values: Values = np.column_stack(
            [
                sentence,
                item,
                self._words(),
                self._cover(in_terms),
                sum((question.share([p]) * best for p, best in linked.items()), np.zeros(len(self.rows))),
                self._cover(named),
            ]
        )
        self.covered = self._cover([*in_terms, *((place, best > 0) for place, best in linked.items())])
        self.strengths: Values = self.values @ np.array(RANKING[question.language][:-1])

    def best(self, most: int) -> Rows:
        """The strongest candidates, and those whose main line is linked to the theme that the question is."""
        order = np.lexsort((self.rows, -self.strengths))
        chosen: Rows = order[(np.arange(len(order)) < most) | (self.values[order, 4] == 1.0)]
        return chosen

    def scored(self, at: int, aligned: float, strength: float) -> Scored:
        """A candidate by its place among them."""
        item = int(self._numbers[at])
        sentence, whole, words, terms, themes, names = self.values[at].tolist()
        return Scored(
            number=item,
            row=int(self.rows[at]),
            features=Features(sentence, whole, words, terms, themes, names, aligned),
            strength=strength,
            covered=float(self.covered[at]),
            names=tuple(self._names.get(item, ())),
        )

    def sentences(self, chosen: Rows) -> list[list[int]]:
        """The numbers of the sentences of some candidates, of long ones of those nearest in meaning."""
        return self._columns.nearest(self.rows[chosen], ALIGNED_SENTENCES, self._asked.of)

    # ---- candidates

    def _candidates(
        self, vector: EmbeddingMatrix, named: Rows, vectors: VectorIndex, documents: Collection[str] | None
    ) -> Rows:
        """All items where they are few, else those near in meaning, sharing words or terms, linked, or named."""
        columns, question = self._columns, self._question
        within = None if documents is None else columns.of_documents(documents)
        size = len(columns) if within is None else len(within)
        if size <= EVERY:
            return np.arange(size) if within is None else within
        among = None
        if within is not None:
            among = np.concatenate([columns.numbers[within], columns.sentences(within).numbers])
        near = np.array([n for n, _ in vectors.search(vector, CANDIDATES, among)], np.int64)
        wanted = list(question.tokens)
        for term in question.terms:
            wanted += [token for form in term.forms for token in query_tokens(form)]
        parts = [columns.owners(near), columns.postings.best(wanted, CANDIDATES, within)]
        for rows in [*(rows[np.argsort(-grades, kind="stable")] for _, rows, grades in self._links), np.sort(named)]:
            parts.append((rows if within is None else rows[np.isin(rows, within)])[:CANDIDATES])
        return np.unique(np.concatenate(parts))

    # ---- the features

    def _cosines(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Of the best sentence of each candidate, and of the whole."""
        item = self._asked.of(self._columns.keys[self.rows])
        sentences = self._columns.sentences(self.rows)
        return sentences.best(self._asked.of(sentences.keys), item), item

    def _linked(self) -> dict[Place, Values]:
        """What each place of the question that names themes is worth to each candidate, by its best link."""
        found: dict[Place, Values] = {}
        for named, rows, grades in self._links:
            share = np.zeros(len(self._columns))
            share[rows] = np.array([0.0, *(GRADE_SHARE[grade] for grade in (1, 2))])[grades]
            best = found.setdefault(named.place, np.zeros(len(self.rows)))
            np.maximum(best, share[self.rows], out=best)
        return found

    def _naming(self) -> dict[str, Mask]:
        """The candidates that mention something of a name, by the names of the question."""
        holding: dict[str, list[int]] = defaultdict(list)
        for item, rows in self._names.items():
            for name in {row.name for row in rows}:
                holding[name].append(item)
        return {name: np.isin(self._numbers, items) for name, items in holding.items()}

    def _cover(self, parts: Iterable[tuple[Place, Mask]]) -> Values:
        """For each candidate the share of the question's subject that is covered by the places whose mask holds it."""
        units = self._question.units
        counted = [i for i, unit in enumerate(units) if unit != " "]
        covered = np.zeros((len(units), len(self.rows)), bool)
        for place, mask in parts:
            covered[place.start : place.end] |= mask
        share: Values = covered[counted].sum(axis=0) / max(1, len(counted))
        return share

    def _words(self) -> Values:
        """The share of the weight of the question's tokens that an item earns; one occurrence of each earns it all.

        Rare tokens count more, words more than bare bigrams. A token that stands in a document's profile (its place,
        its year) says which document is meant, not which item: for that document it is left out of the reckoning.
        """
        wanted, columns = self._question.tokens, self._columns
        counts = columns.postings.counts(wanted, self.rows)
        weights = np.array([columns.postings.rarity(t) * TOKEN_WEIGHT[t[0] if t[0] in "wc" else ""] for t in wanted])
        codes, of = np.unique(columns.document_of[self.rows], return_inverse=True)
        numbers = [number(token) for token in wanted]
        profiles = [columns.profiles.get(columns.documents[code], frozenset()) for code in codes]
        told = np.array([[n not in profile for n in numbers] for profile in profiles], bool)
        counted = told.reshape(len(codes), len(wanted)) * weights
        total = counted.sum(axis=1)[of]
        earned = (counted[of].T * counts / (counts + SATURATION)).sum(axis=0) * (1 + SATURATION)
        share: Values = np.divide(np.minimum(earned, total), total, out=np.zeros(len(total)), where=total > 0)
        return share


# ---- the score


def answerable(question: Question, ordered: Sequence[Scored], pieces: int) -> float:
    """The calibrated probability that a question has an answer here, from its candidates, best first."""
    if not ordered:
        return 0.0
    *weights, bias = GATE[question.language]
    return _logistic(_dot(weights, gate_row(ordered, pieces)) + bias)


def gate_row(ordered: Sequence[Scored], pieces: int) -> tuple[float, ...]:
    """What the gate goes by: the best strength, its distance to the mean of the next five, the best item's words,
    alignment and cover, and the pieces of the question (in a longer one each item meets a smaller part by chance).
    """
    best, *others = ordered[: 1 + STANDING_OUT]
    apart = best.strength - (sum(one.strength for one in others) / len(others) if others else 0.0)
    return (
        *(best.strength, apart, best.features.words, best.features.aligned, best.covered),
        float(min(pieces, LONG)),
    )


def belonging(question: Question, ordered: Sequence[Scored], pieces: int) -> list[float]:
    """The calibrated probability of each item, best first, that it answers if anything does."""
    *weights, bias = BELONGING[question.language]
    return [_logistic(_dot(weights, row) + bias) for row in belonging_rows(ordered, pieces)]


def belonging_rows(ordered: Sequence[Scored], pieces: int) -> list[tuple[float, ...]]:
    """What belonging goes by: strength against the best one's, rank, words, names, alignment, cover, and the pieces."""
    best = max((one.strength for one in ordered), default=0.0)
    return [
        (
            one.strength / max(best, 0.1),
            one.strength - best,
            one.strength,
            math.log(rank),
            *(one.features.words, one.features.names, one.features.aligned, one.covered),
            float(min(pieces, LONG)),
        )
        for rank, one in enumerate(ordered, 1)
    ]


def _dot(weights: Sequence[float], row: Sequence[float]) -> float:
    return sum(w * x for w, x in zip(weights, row, strict=True))


def contributions(question: Question, features: Features) -> dict[str, float]:
    """Each way's share of the evidence for an item, summing to 1 (ways that speak against it count 0)."""
    names = ("meaning", "meaning", "term", "term", "theme", "entity", "meaning")
    parts: dict[str, float] = dict.fromkeys(names, 0.0)
    for name, weight, value in zip(names, RANKING[question.language], features.row(), strict=True):
        parts[name] += max(0.0, weight * value)
    total = sum(parts.values())
    return {name: part / total if total else 0.0 for name, part in parts.items()}


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))
