"""Which items answer a question, and why: candidates, features, one calibrated score.

A question meets an item in six ways, each a number from 0 to 1: meaning (cosine of the embeddings), alignment (each
piece of the question with its nearest in a sentence, `index.alignment`), words (share of the question's words that
stand in the item, rare ones counting more), terms (the same through the bilingual glossary), themes (links from the
graph) and names (entities that the graph found in the item). Their weighted sum ranks. Two logistic models make a
probability of it: that the question has an answer here at all, from how the best item meets it, how far that stands
out, and how long the question is; and that an item answers if anything does, from its features and its distance to
the best.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graph.store import Store
from graph.views import ThemeLink, theme_links
from index.alignment import Alignment
from index.catalogue import Catalogue, ItemRow, NameRow, SentenceRow
from index.dense import VectorIndex
from index.embed import EmbeddingMatrix, Encoder
from index.other_names import OtherName, OtherNames
from index.query import NamedTerm, NamedTheme, Place, Question, names_in
from index.tokens import fingerprint, query_tokens
from index.weights import (
    ALIGNED,
    ANSWERABLE,
    BELONGING,
    BELONGS,
    CANDIDATES,
    GATE,
    GRADE_SHARE,
    LONG,
    NEAR,
    RANKING,
    SATURATION,
    STANDING_OUT,
    TOKEN_WEIGHT,
)
from ontology.namespace import local, number


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


@dataclass(slots=True)
class Scored:
    """A candidate with its features, what was found in it, and its probability of answering."""

    row: ItemRow
    features: Features
    strength: float
    covered: float = 0.0  # share of the question that its terms and themes cover together
    probability: float = 0.0
    answers: bool = False
    near: bool = False
    sentences: list[tuple[SentenceRow, float]] = field(default_factory=list)  # with their cosines
    links: list[tuple[NamedTheme, ThemeLink]] = field(default_factory=list)
    names: list[NameRow] = field(default_factory=list)
    terms: list[NamedTerm] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sources:
    """What a search reads: all of one snapshot."""

    store: Store
    catalogue: Catalogue
    vectors: VectorIndex
    encoder: Encoder
    alignment: Alignment
    other_names: OtherNames = field(default_factory=OtherNames)


def rank(question: Question, sources: Sources, *, documents: Collection[str] | None = None) -> list[Scored]:
    """All candidates for a question, most probable first, of all documents or of some (ids)."""
    vector = sources.encoder.encode_questions([question.focus])[0]
    links = _links(question, sources.store)
    names, synonyms = _named(names_in(question), sources)
    question = replace(question, terms=(*question.terms, *synonyms))
    numbers = _candidates(question, vector, links, names, sources, documents)
    rows = sources.catalogue.items(numbers)
    if documents is not None:
        rows = {n: row for n, row in rows.items() if row.document in documents}
    found = _score(question, vector, rows, links, names, synonyms, sources)
    found = sorted(found, key=_order)[:ALIGNED]
    pieces = sources.alignment.pieces(question.focus)
    sentences = {candidate.row.number: [sentence for sentence, _ in candidate.sentences] for candidate in found}
    aligned = sources.alignment.best(pieces, sentences)
    scored = sorted((_aligned(question, one, aligned.get(one.row.number, 0.0)) for one in found), key=_order)
    gate = answerable(question, scored, len(pieces))
    for candidate, value in zip(scored, belonging(question, scored, len(pieces)), strict=True):
        candidate.probability = gate * value
        whole = candidate.features.themes == 1.0  # the question is a theme, and the item's main line is linked to it
        candidate.answers = whole or (gate >= ANSWERABLE[question.language] and value >= BELONGS)
        candidate.near = not candidate.answers and candidate.probability >= NEAR
    return sorted(scored, key=lambda s: (-s.probability, *_order(s)))


def _order(scored: Scored) -> tuple[float, str, int]:
    return -scored.strength, scored.row.document, scored.row.position


def _aligned(question: Question, scored: Scored, value: float) -> Scored:
    features = replace(scored.features, aligned=value)
    return replace(scored, features=features, strength=strength(question, features))


# ---- candidates


def _candidates(
    question: Question,
    vector: EmbeddingMatrix,
    links: Mapping[int, Sequence[tuple[NamedTheme, ThemeLink]]],
    names: Mapping[int, Sequence[NameRow]],
    sources: Sources,
    documents: Collection[str] | None,
) -> list[int]:
    """The numbers of the items worth scoring: near in meaning, sharing words or terms, linked, or named."""
    among = None
    if documents is not None:
        among = [number for document in documents for number in sources.catalogue.vector_ids(document)]
    near = [n for n, _ in sources.vectors.search(vector, CANDIDATES, among)]
    found = dict.fromkeys(sources.catalogue.owners(near).values())
    wanted = list(question.tokens)
    for term in question.terms:
        wanted += [token for form in term.forms for token in query_tokens(form)]
    found |= dict.fromkeys(sources.catalogue.match(list(dict.fromkeys(wanted)), CANDIDATES, documents))
    by_grade = sorted(links, key=lambda n: (-max(link.grade for _, link in links[n]), n))
    found |= dict.fromkeys(by_grade[:CANDIDATES]) | dict.fromkeys(sorted(names)[:CANDIDATES])
    return list(found)


def _links(question: Question, store: Store) -> dict[int, list[tuple[NamedTheme, ThemeLink]]]:
    by_theme = {named.theme.iri: named for named in question.themes}
    found: dict[int, list[tuple[NamedTheme, ThemeLink]]] = defaultdict(list)
    for link in theme_links(store, by_theme) if by_theme else ():
        found[number(local(link.item))].append((by_theme[link.theme], link))
    return found


def _named(
    places: Mapping[str, Place], sources: Sources
) -> tuple[dict[int, list[NameRow]], dict[NamedTerm, OtherName]]:
    """The items that mention what the question names; and what users say is another name of it, as a term with it.

    An item that mentions it under the other name counts as if it stood there under the question's.
    """
    rows = sources.catalogue.named(places)
    meant = sources.other_names.of_question(places, rows)
    others = sources.catalogue.named({other.key for _, other in meant})
    rows += [replace(row, name=name) for row in others for name, other in meant if other.names(row)]
    found: dict[int, list[NameRow]] = defaultdict(list)
    for row in dict.fromkeys(rows):
        found[row.item].append(row)
    synonyms = {
        NamedTerm(other.label, (other.label,), (), places[name]): other for name, other in meant if other.key != name
    }
    return found, synonyms


# ---- features


def _score(
    question: Question,
    vector: EmbeddingMatrix,
    rows: Mapping[int, ItemRow],
    links: Mapping[int, Sequence[tuple[NamedTheme, ThemeLink]]],
    names: Mapping[int, Sequence[NameRow]],
    synonyms: Mapping[NamedTerm, OtherName],
    sources: Sources,
) -> list[Scored]:
    sentences = sources.catalogue.sentences(rows)
    tokens = sources.catalogue.tokens_of(rows)
    words = _Words(question, sources.catalogue)
    places = names_in(question)
    terms_wanted = [(term, _token_sets(term)) for term in question.terms]
    scored = []
    for n, row in rows.items():
        cosines = _cosines(vector, [s.number for s in sentences.get(n, [])], sources.vectors)
        whole = float(_cosines(vector, [n], sources.vectors)[0])
        held = set(tokens.get(n, []))
        linked, named = list(links.get(n, ())), list(names.get(n, ()))
        mentioned = {term for term, other in synonyms.items() if any(other.is_of(name) for name in named)}
        terms = [t for t, forms in terms_wanted if t in mentioned or any(form <= held for form in forms)]
        found = words.found(tokens.get(n, []), words.profile(row.document))
        features = Features(
            sentence=max(cosines, default=whole),
            item=whole,
            words=words.share(found, row.document),
            terms=question.share(term.place for term in terms),
            themes=_theme_share(question, linked),
            names=question.share(places[name.name] for name in named),
        )
        scored.append(
            Scored(
                row=row,
                features=features,
                strength=strength(question, features),
                covered=question.share([*(t.place for t in terms), *(named.place for named, _ in linked)]),
                sentences=list(zip(sentences.get(n, []), cosines, strict=True)),
                links=linked,
                names=named,
                terms=terms,
                words=[token[1:] for token in found if token.startswith("w")],
            )
        )
    return scored


def _cosines(vector: EmbeddingMatrix, ids: Sequence[int], vectors: VectorIndex) -> list[float]:
    return [float(x) for x in vectors.vectors(ids) @ vector] if ids else []


def _token_sets(term: NamedTerm) -> list[frozenset[str]]:
    """The fingerprint of each form of a term: an item that has all of one holds the form."""
    return [fingerprint(form) for form in term.forms]


def _theme_share(question: Question, linked: Sequence[tuple[NamedTheme, ThemeLink]]) -> float:
    """The share of the question that linked themes cover, each place counted at its best grade."""
    best: dict[Place, float] = {}
    for named, link in linked:
        best[named.place] = max(best.get(named.place, 0.0), GRADE_SHARE[link.grade])
    return sum(question.share([place]) * share for place, share in best.items())


class _Words:
    """The question's tokens with their weights: rare ones count more, words more than bare bigrams.

    A token that stands in a document's profile (its place, its year) says which document is meant, not which
    item: for that document it is left out of the reckoning.
    """

    def __init__(self, question: Question, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        items = catalogue.counts()[1]
        self._profiles: dict[str, frozenset[str]] = {}
        frequencies = catalogue.frequencies(question.tokens)
        self._weights = {
            token: _rarity(frequencies.get(token, 0), items) * TOKEN_WEIGHT[token[0] if token[0] in "wc" else ""]
            for token in question.tokens
        }

    def profile(self, document: str) -> frozenset[str]:
        """The question's tokens in what says whose plan a document is."""
        if document not in self._profiles:
            row = self._catalogue.document(document)
            text = set(query_tokens(row.profile)) if row else set()
            self._profiles[document] = frozenset(text & self._weights.keys())
        return self._profiles[document]

    def found(self, tokens: Sequence[str], profile: frozenset[str]) -> dict[str, float]:
        """The question's tokens in an item, each with the part of its weight that it earns there."""
        counts = Counter(token for token in tokens if token in self._weights and token not in profile)
        return {token: self._weights[token] * count / (count + SATURATION) for token, count in counts.items()}

    def share(self, found: Mapping[str, float], document: str) -> float:
        """The share of the weight that was earned; a single occurrence of everything earns 1."""
        profile = self.profile(document)
        total = sum(weight for token, weight in self._weights.items() if token not in profile)
        return min(1.0, sum(found.values()) * (1 + SATURATION) / total) if total else 0.0


def _rarity(frequency: int, items: int) -> float:
    """Inverse document frequency as in BM25 (Robertson and Spärck Jones), never below zero."""
    return math.log1p((items - frequency + 0.5) / (frequency + 0.5)) if items >= frequency else 0.0


# ---- the score


def strength(question: Question, features: Features) -> float:
    """The weighted sum of the features: what ranks the items of one question."""
    return _dot(RANKING[question.language], features.row())


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
