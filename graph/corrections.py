"""What users corrected, put into the facts of a document: `corrected(document, facts, corrections, names)`.

Corrections are applied in one fixed order (additions, themes, rejections, frames; then by id), so the order in which
they were made leaves no trace. One that no longer finds its place (another program reads another outline) does nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from corpus.types import Document, Span
from corpus.types import Node as Unit
from graph.assertions import MENTIONS, Assertion
from graph.model import Deadline, Facts, Mention, Node, Relation, Task
from graph.rdf import document_iri, node_iri
from graph.zones import sentences
from ontology.namespace import Names, local
from ontology.namespace import theme as theme_iri
from ontology.tables import themes

RULE = "user"  # the rule of what a user stated
_SURE = 1.0
_ORDER = ("add", "theme", "reject", "frame")


def corrected(document: Document, facts: Facts, corrections: Sequence[Assertion], names: Names) -> Facts:
    """The facts of a document with its corrections applied."""
    rejected = frozenset(one.what["fact"] for one in corrections if one.kind == "reject")
    for one in sorted(corrections, key=lambda c: (_ORDER.index(c.kind), c.id)):
        unit = document.by_path.get(one.what.get("item", ""))
        if unit is not None:
            facts = _APPLY[one.kind](document, facts, one, unit, names)
    if rejected:
        facts = _without(document, facts, rejected, names)
    return replace(facts, mentions=tuple(sorted(facts.mentions, key=lambda m: (m.span.start, -m.span.end))))


def overruling(
    document: Document, facts: Facts, rejections: Sequence[Assertion], one: Assertion, names: Names
) -> Assertion | None:
    """The rejection that keeps out all that a correction adds, if one does; `facts` as the rules found them."""
    unit = document.by_path.get(one.what.get("item", ""))
    if unit is None or one.kind not in ("add", "theme"):
        return None
    stated = _APPLY[one.kind](document, facts if one.kind == "theme" else Facts(), one, unit, names)
    ids = [fact_id(document, relation, names) for relation in stated.relations if relation.rule == RULE]
    ids += [mention_id(document, mention, names) for mention in stated.mentions if mention.rule == RULE]
    by_fact = {rejection.what["fact"]: rejection for rejection in rejections}
    return by_fact[ids[0]] if ids and by_fact.keys() >= set(ids) else None


def fact_id(document: Document, relation: Relation, names: Names) -> str:
    """The id of a relation's fact in the graph."""
    raw = document.text.raw_span(relation.span)
    ends = local(relation.subject.iri), relation.predicate, local(relation.object.iri)
    return local(names.fact(local(document_iri(document, names)), *ends, raw.start, raw.end))


def mention_id(document: Document, mention: Mention, names: Names) -> str:
    """The id of a mention in the graph."""
    raw = document.text.raw_span(mention.span)
    return local(names.mention(local(document_iri(document, names)), local(mention.entity.iri), raw.start, raw.end))


def find_quote(document: Document, unit: Unit, quote: str, start: int | None = None) -> Span | None:
    """Where a unit holds a quote: at the raw offset `start` if it stands there, else first; None where it does not.

    The quote may be as repaired, or as printed, with the line breaks of the file.
    """
    for text in dict.fromkeys((quote, "".join(quote.split()))):
        found = list(_places(document.text.clean, text, unit.span)) if text else []
        exact = [span for span in found if document.text.raw_span(span).start == start]
        if exact or found:
            return (exact or found)[0]
    return None


def _places(text: str, quote: str, within: Span) -> list[Span]:
    spans, at = [], text.find(quote, within.start, within.end)
    while at >= 0:
        spans.append(Span(at, at + len(quote)))
        at = text.find(quote, at + 1, within.end)
    return spans


def main_line(document: Document, unit: Unit) -> Span:
    """What states the main line of an item: its heading, else its first sentence."""
    if unit.heading_span:
        return unit.heading_span
    start, end = next(iter(sentences(document.clean(unit.span))), (0, unit.span.end - unit.span.start))
    return Span(unit.span.start + start, unit.span.start + end)


# ---- additions


def _add(document: Document, facts: Facts, one: Assertion, unit: Unit, names: Names) -> Facts:
    span = find_quote(document, unit, one.what["quote"], one.what["start"])
    if span is None:
        return facts
    object_, item = one.node("object"), unit.path if unit.is_item else None
    if one.what["predicate"] == MENTIONS:
        mention = Mention(object_, span, item, RULE, _SURE)
        known = any(m.entity.iri == object_.iri and m.span == span for m in facts.mentions)
        return facts if known else replace(facts, mentions=(*facts.mentions, mention))
    relation = Relation(one.node("subject"), one.what["predicate"], object_, span, item, RULE, _SURE)
    known = any(_triple(r) == _triple(relation) and r.span == span for r in facts.relations)
    return facts if known else replace(facts, relations=(*facts.relations, relation))


def _triple(relation: Relation) -> tuple[str, str, str]:
    return relation.subject.iri, relation.predicate, relation.object.iri


# ---- themes


def _theme(document: Document, facts: Facts, one: Assertion, unit: Unit, names: Names) -> Facts:
    """Grade 0 takes the theme from the item; else it has the grade, with its old evidence unless a new one is given."""
    concept = next((theme for theme in themes() if theme.notation == one.what["theme"]), None)
    if concept is None:
        return facts
    item = Node(node_iri(document, unit, names), "Item", unit.path)
    object_ = Node(theme_iri(concept.notation), "Theme", concept.label_zh, None, concept.label_en)
    wanted = (item.iri, "concerns", object_.iri)
    others = tuple(relation for relation in facts.relations if _triple(relation) != wanted)
    if not one.what["grade"]:
        return replace(facts, relations=others)
    spans = [relation.span for relation in facts.relations if _triple(relation) == wanted]
    if one.what["quote"]:
        given = find_quote(document, unit, one.what["quote"], one.what["start"])
        spans = [given] if given else spans
    stated = (
        Relation(item, "concerns", object_, span, unit.path, RULE, _SURE, one.what["grade"])
        for span in spans or [main_line(document, unit)]
    )
    return replace(facts, relations=(*others, *stated))


# ---- rejections


def _without(document: Document, facts: Facts, rejected: frozenset[str], names: Names) -> Facts:
    """Without the rejected facts and mentions; an item that names an entity no more states nothing of it either."""
    kept = tuple(m for m in facts.mentions if mention_id(document, m, names) not in rejected)
    gone = {(m.item, m.entity.iri) for m in facts.mentions} - {(m.item, m.entity.iri) for m in kept}

    def stands(relation: Relation) -> bool:
        if fact_id(document, relation, names) in rejected:
            return False
        ends = {(relation.item, relation.subject.iri), (relation.item, relation.object.iri)}
        return relation.rule == RULE or not ends & gone

    return replace(facts, mentions=kept, relations=tuple(filter(stands, facts.relations)))


def _unchanged(document: Document, facts: Facts, one: Assertion, unit: Unit, names: Names) -> Facts:
    return facts  # rejections are applied together, by id


# ---- task frames


def _frame(document: Document, facts: Facts, one: Assertion, unit: Unit, names: Names) -> Facts:
    before = next((task for task in facts.tasks if task.path == unit.path), None)
    task = _with_evidence(document, _with_field(before or Task(unit.path), one), before, one, unit)
    if before is None:
        return replace(facts, tasks=(*facts.tasks, task))
    return replace(facts, tasks=tuple(task if old is before else old for old in facts.tasks))


def _with_field(task: Task, one: Assertion) -> Task:
    values, deadline = tuple(one.what["values"]), one.what["deadline"]
    if one.what["field"] == "lead":
        return replace(task, lead=values)
    if one.what["field"] == "participants":
        return replace(task, participants=values)
    return replace(
        task, deadline=deadline and Deadline(deadline["printed"], deadline["iso"], deadline["kind"] or "deadline")
    )


def _with_evidence(document: Document, task: Task, before: Task | None, one: Assertion, unit: Unit) -> Task:
    """The places of what is stated now: those that held only what was replaced are gone, the given ones are there."""
    stated = _values(task)
    lost = _values(before) - stated if before else set()

    def serves(span: Span) -> bool:
        text = document.clean(span)
        return not any(value in text for value in lost) or any(value in text for value in stated)

    found = (find_quote(document, unit, quote) for quote in one.what["quotes"])
    spans = {*filter(serves, task.evidence), *(span for span in found if span)}
    return replace(task, evidence=tuple(sorted(spans)))


def _values(task: Task) -> set[str]:
    deadline = {task.deadline.printed} if task.deadline else set()
    return {*task.lead, *task.participants, *task.frequency, *task.measures} | deadline


_Apply = Callable[[Document, Facts, Assertion, Unit, Names], Facts]
_APPLY: dict[str, _Apply] = {"add": _add, "theme": _theme, "reject": _unchanged, "frame": _frame}
