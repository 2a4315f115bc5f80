"""From scored candidates to the answer object: what answers, what came near, the sentence and the reasons."""

from collections.abc import Callable, Sequence

from graph.views import Evidence
from index.catalogue import SentenceRow
from index.query import Question
from index.search import Found, Ranking, Scored, Sources, contributions, found_in
from index.types import Answer, Concept, DocumentRef, Reason, Result
from index.weights import NEAR_LIMIT, REASONS, SENTENCES, WORD_BONUS
from ontology.namespace import PREFIXES

_MEANING = {"zh": "语义相近", "en": "close in meaning"}


def compose(
    ranking: Ranking,
    sources: Sources,
    reference: Callable[[str], DocumentRef],
    *,
    limit: int,
    explain: bool,
) -> Answer:
    """The answer to a question from its candidates; `reference` gives the document of an id."""
    question = ranking.question
    answering = [s for s in ranking.scored if s.answers]
    first, near = answering[:limit], [s for s in ranking.scored if s.near][:NEAR_LIMIT]
    told = [_result(question, found, reference, explain) for found in found_in(ranking, [*first, *near], sources)]
    return Answer(
        query=question.text,
        language=question.language,
        answered=bool(answering),
        took_ms=0.0,
        total=len(answering),
        results=tuple(told[: len(first)]),
        near=tuple(told[len(first) :]),
        concepts=_concepts(question, answering),
        sparql=_sparql(question),
    )


def _result(question: Question, found: Found, reference: Callable[[str], DocumentRef], explain: bool) -> Result:
    row = found.row
    return Result(
        id=row.id,
        iri=row.iri,
        document=reference(row.document),
        path=row.path,
        number=row.ordinal,
        heading=row.heading,
        section=row.section,
        score=round(found.scored.probability, 4),
        evidence=_evidence(found),
        reasons=_reasons(question, found, None if explain else REASONS),
    )


def _evidence(found: Found) -> tuple[Evidence, ...]:
    """The sentences that answer: near in meaning, or holding the theme, name, term or word that was found."""
    if not found.sentences:
        return (Evidence(found.row.printed, found.row.start, found.row.end),)
    places = [(link.start, link.end) for _, link in found.links]
    places += [(name.start, name.end) for name in found.scored.names]
    forms = [*(form for term in found.terms for form in term.forms), *found.words]

    def worth(pair: tuple[SentenceRow, float]) -> tuple[float, int]:
        sentence, cosine = pair
        holds = sum(sentence.start <= start and end <= sentence.end for start, end in places)
        holds += sum(form in sentence.text for form in forms)
        return cosine + WORD_BONUS * min(holds, 3), -sentence.start

    best = sorted(found.sentences, key=worth, reverse=True)[:SENTENCES]
    return tuple(Evidence(sentence.printed, sentence.start, sentence.end) for sentence, _ in best)


def _reasons(question: Question, found: Found, most: int | None) -> tuple[Reason, ...]:
    """Why an item was found, weightiest first, one reason for each thing found."""
    weights = contributions(question, found.scored.features)
    themes = {named.theme.iri: named.theme for named, _ in found.links}
    names = {name.iri: name for name in found.scored.names}
    terms = list(dict.fromkeys([*(term.label for term in found.terms), *found.words]))
    language = question.language
    reasons = [Reason("theme", t.label_zh if language == "zh" else t.label_en, iri, 0.0) for iri, t in themes.items()]
    reasons += [Reason("entity", name.label, iri, 0.0) for iri, name in names.items()]
    reasons += [Reason("term", term, None, 0.0) for term in terms]
    reasons.append(Reason("meaning", _MEANING[language], None, 0.0))
    counts = {kind: sum(r.kind == kind for r in reasons) for kind in weights}
    total = sum(weight for kind, weight in weights.items() if counts[kind]) or 1.0  # what has no name has no reason
    weighed = [
        Reason(r.kind, r.label, r.iri, round(weights[r.kind] / counts[r.kind] / total, 4))
        for r in reasons
        if weights[r.kind]
    ]
    return tuple(sorted(weighed, key=lambda r: -r.weight)[:most])


def _concepts(question: Question, answering: Sequence[Scored]) -> tuple[Concept, ...]:
    """Themes that the question names, and entities that it names and the answers mention."""
    zh = question.language == "zh"
    found = {n.theme.iri: (n.theme.label_zh if zh else n.theme.label_en, "theme") for n in question.themes}
    found |= {name.iri: (name.label, "entity") for s in answering for name in s.names}
    return tuple(Concept(iri, label, kind) for iri, (label, kind) in found.items())


def _sparql(question: Question) -> str | None:
    """The items linked to the themes that the question names: the part of the answer that SPARQL can give."""
    themes = sorted({named.theme.notation for named in question.themes})
    if not themes:
        return None
    values = " ".join(f"theme:{notation}" for notation in themes)
    return (
        f"PREFIX yao: <{PREFIXES['yao']}>\nPREFIX theme: <{PREFIXES['theme']}>\nPREFIX rdf: <{PREFIXES['rdf']}>\n"
        "SELECT DISTINCT ?item ?path ?heading ?grade WHERE {\n"
        f"  VALUES ?theme {{ {values} }}\n"
        "  ?fact rdf:subject ?item ; rdf:predicate yao:concerns ; rdf:object ?theme ; yao:grade ?grade .\n"
        "  ?item yao:path ?path . OPTIONAL { ?item yao:heading ?heading }\n"
        "} ORDER BY DESC(?grade) ?item"
    )
