"""The answer to a question that asks for facts: the items that fulfil its conditions, with what states each."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph.store import Store
from graph.views import Evidence
from index import conditions, structured
from index.catalogue import Catalogue, ItemRow, SentenceRow
from index.conditions import Condition, OfDocument, Shown
from index.types import Answer, Concept, DocumentRef, Language, Reason, Result
from index.weights import REASONS
from ontology import tables
from ontology.namespace import local, number

_SORTED = 1000  # of more items than these the first, by document and place, are weighed


@dataclass(frozen=True, slots=True)
class Fact:
    """How an item fulfils one condition."""

    slot: str
    shown: Shown
    evidence: Evidence | None


def answer(
    text: str,
    language: Language,
    wanted: Sequence[Condition],
    store: Store,
    catalogue: Catalogue,
    reference: Callable[[str], DocumentRef],
    *,
    limit: int,
    explain: bool,
) -> Answer:
    """The items that fulfil all conditions, the surest first; `answered` is false where there are none."""
    found = conditions.items(store, wanted)
    first = found[: max(_SORTED, limit)]
    rows = {row.iri: row for row in catalogue.items(number(local(iri)) for iri in first).values()}
    weighed = _stated(store, wanted, rows, {}, placed=False)
    order = sorted((iri for iri in first if iri in rows), key=lambda iri: _rank(weighed[iri], rows[iri]))
    best = {iri: rows[iri] for iri in order[:limit]}
    sentences = catalogue.sentences(row.number for row in best.values())
    stated = _stated(store, wanted, best, sentences, placed=True)
    results = [_result(best[iri], stated[iri], reference, language, explain) for iri in best]
    return Answer(
        query=text,
        language=language,
        answered=bool(found),
        took_ms=0.0,
        total=len(found),
        results=tuple(results),
        near=(),
        concepts=_concepts((fact for iri in order for fact in weighed[iri]), language),
        sparql=conditions.query(wanted),
    )


def _rank(facts: Sequence[Fact], row: ItemRow) -> tuple[int, float, str, int]:
    """Main lines before what is said in passing, the surer before the less sure, then as in the documents."""
    grade = min((fact.shown.grade for fact in facts if fact.shown.grade), default=0)
    return -grade, -_score(facts), row.document, row.position


def _score(facts: Sequence[Fact]) -> float:
    """The probability that all facts hold: the product of the confidences of the rules that found them."""
    score = 1.0
    for fact in facts:
        slot = structured.slots().get(fact.slot)
        rule = tables.rules().get(slot.rule) if slot and slot.rule else None
        score *= fact.shown.confidence or (rule.confidence if rule else 1.0)
    return round(score, 4)


# ---- what states it


def _stated(
    store: Store,
    wanted: Sequence[Condition],
    rows: Mapping[str, ItemRow],
    sentences: Mapping[int, Sequence[SentenceRow]],
    *,
    placed: bool,
) -> dict[str, list[Fact]]:
    """By item, how it fulfils each condition, by what shows it best."""
    found: dict[str, list[Fact]] = {iri: [] for iri in rows}
    for condition in wanted:
        if isinstance(condition, OfDocument) and condition.asked:
            for iri in rows:
                found[iri].append(Fact(condition.slot, Shown(iri, condition.asked, None, None, None, None, None), None))
        by_item: dict[str, list[Shown]] = defaultdict(list)
        for one in conditions.shown(store, condition, list(rows), placed=placed):
            by_item[one.item].append(one)
        for iri, shown in by_item.items():
            row = rows[iri]
            best = min(shown, key=_worth)
            found[iri].append(Fact(condition.slot, best, _evidence(best, row, sentences.get(row.number, []))))
    return found


def _worth(shown: Shown) -> tuple[int, bool, float, int]:
    """A main line before one in passing, characters that hold the value before others, the surer, the shorter."""
    length = len(shown.place.text) if shown.place else 0
    return -(shown.grade or 0), not _holds(shown), -(shown.confidence or 0.0), length


def _holds(shown: Shown) -> bool:
    """Whether the characters of the evidence hold what they state; units are printed with blanks and breaks between."""
    return shown.place is not None and _close(shown.value) in _close(shown.place.text)


def _close(text: str) -> str:
    return "".join(text.split()).lower()


def _evidence(shown: Shown, row: ItemRow, sentences: Sequence[SentenceRow]) -> Evidence | None:
    """The place that the base keeps, where it states the value or where no sentence of the item does."""
    if shown.place and (_holds(shown) or shown.object):
        return shown.place
    holding = next((s for s in sentences if _close(shown.value) in _close(s.text)), None)
    if holding:
        return Evidence(holding.printed, holding.start, holding.end)
    return shown.place or Evidence(row.printed, row.start, row.end)


# ---- as shown


def _result(
    row: ItemRow,
    facts: Sequence[Fact],
    reference: Callable[[str], DocumentRef],
    language: Language,
    explain: bool,
) -> Result:
    weight = round(1 / len(facts), 4) if facts else 1.0
    document = reference(row.document)
    reasons = [_reason(fact, language, weight, document) for fact in facts]
    evidence = dict.fromkeys(fact.evidence for fact in facts if fact.evidence)
    return Result(
        id=row.id,
        iri=row.iri,
        document=document,
        path=row.path,
        number=row.ordinal,
        heading=row.heading,
        section=row.section,
        score=_score(facts),
        evidence=tuple(evidence) or (Evidence(row.printed, row.start, row.end),),
        reasons=tuple(reasons if explain else reasons[:REASONS]),
    )


def _reason(fact: Fact, language: Language, weight: float, document: DocumentRef) -> Reason:
    """What the item states, in the language of the question: 牵头单位：省大数据局, Frequency: Every quarter."""
    if fact.slot == "theme" and fact.shown.object:
        return Reason("theme", _theme(fact.shown.object, language), fact.shown.object, weight)
    if fact.slot == "words":
        return Reason("term", fact.shown.value, None, weight)
    label = structured.slots()[fact.slot].label(language)
    of_document = fact.evidence is None and fact.slot != "year"
    value = document.title if of_document else _named(fact.shown, language)
    return Reason("fact", f"{label}：{value}" if language == "zh" else f"{label}: {value}", fact.shown.object, weight)


def _named(shown: Shown, language: Language) -> str:
    if language == "zh":
        return shown.value
    often = next((row["en"] for row in tables.rows("frequencies") if row["word"] == shown.value), None)
    english = shown.label_en or often
    return f"{english} ({shown.value})" if english else shown.value


def _theme(iri: str, language: Language) -> str:
    theme = tables.theme_named(iri)
    return theme.label_zh if language == "zh" else theme.label_en


def _concepts(facts: Iterable[Fact], language: Language) -> tuple[Concept, ...]:
    """The themes and entities by which the items answer."""
    found: dict[str, Concept] = {}
    for fact in facts:
        iri = fact.shown.object
        if iri and fact.slot == "theme":
            found[iri] = Concept(iri, _theme(iri, language), "theme")
        elif iri:
            label = fact.shown.label_en if language == "en" and fact.shown.label_en else fact.shown.value
            found[iri] = Concept(iri, label, "entity")
    return tuple(found.values())


def silence(text: str, language: Language) -> Answer:
    """That nothing answers."""
    return Answer(
        query=text,
        language=language,
        answered=False,
        took_ms=0.0,
        total=0,
        results=(),
        near=(),
        concepts=(),
        sparql=None,
    )
