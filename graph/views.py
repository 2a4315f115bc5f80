"""What the graph says about an item or an entity, as plain values: one query per kind of thing.

Offsets are raw, and so are the texts of evidence: what stands in the file between them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from graph.model import CLASSES
from graph.store import Store, written
from graph.terms import Literal, Term
from ontology.namespace import expand, local, term


@dataclass(frozen=True, slots=True)
class Evidence:
    """Characters that state something: `text` is what stands in the file at raw offsets `start` to `end`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class NodeView:
    """A node of the graph by its IRI, class and labels."""

    id: str
    iri: str
    cls: str
    name: str
    name_en: str | None = None


@dataclass(frozen=True, slots=True)
class FactView:
    """A relation with its evidence, as shown beside an item or an entity; `item` and `document` are IRIs.

    `id` is what a correction names it by.
    """

    id: str
    subject: NodeView
    predicate: str
    object: NodeView
    evidence: Evidence
    item: str | None
    document: str
    rule: str
    confidence: float
    grade: int | None


@dataclass(frozen=True, slots=True)
class MentionView:
    """A mention with its place; `item` and `document` are IRIs, `id` is what a correction names it by."""

    id: str
    entity: NodeView
    evidence: Evidence
    item: str | None
    document: str
    rule: str
    confidence: float


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """An entity in a list, with the number of its mentions and of the documents that name it."""

    id: str
    iri: str
    cls: str
    name: str
    name_en: str | None
    mentions: int
    documents: int


_QUOTE = "?place yao:quote ?quote ; yao:rawStart ?start . OPTIONAL { ?place yao:rawQuote ?printed }"
_PLACE = f"{_QUOTE} OPTIONAL {{ ?place yao:inItem ?item }} ?place yao:inItem?/yao:inDocument ?document ."
_RULE = "?x yao:rule ?rule . ?rule yao:confidence ?confidence ."
_FACT = f"""
  ?x rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; yao:evidence ?place . OPTIONAL {{ ?x yao:grade ?grade }}
  {_PLACE} {_RULE}
"""
_MENTION = f"?x yao:mentionOf ?e . {_PLACE.replace('?place', '?x')} {_RULE}"  # a mention is its own evidence


def facts_of_item(store: Store, item: str) -> tuple[FactView, ...]:
    """The facts stated in an item, in the text's order."""
    return _facts(store, f"{{ ?place yao:inItem {written(item)} . {_FACT} }}")


def facts_of_entity(store: Store, entity: str) -> tuple[FactView, ...]:
    """The facts that an entity takes part in, as subject or object."""
    here = written(entity)
    return _facts(store, f"{{ {{ ?x rdf:subject {here} }} UNION {{ ?x rdf:object {here} }} {_FACT} }}")


def mentions_in_item(store: Store, item: str) -> tuple[MentionView, ...]:
    """The mentions in an item, in the text's order."""
    return _mentions(store, f"{{ ?x yao:inItem {written(item)} . {_MENTION} }}")


def mentions_of_entity(store: Store, entity: str) -> tuple[MentionView, ...]:
    """The mentions of an entity, by document and place."""
    return _mentions(store, f"{{ ?x yao:mentionOf {written(entity)} . {_MENTION} }}")


def theme_counts(store: Store) -> dict[str, tuple[int, int]]:
    """By theme IRI: the items linked to it, and those of them with grade 2."""
    rows = store.query(
        "SELECT ?o (COUNT(DISTINCT ?s) AS ?all) (COUNT(DISTINCT ?main) AS ?mains) WHERE { "
        "?fact rdf:predicate yao:concerns ; rdf:object ?o ; rdf:subject ?s ; yao:grade ?g "
        "BIND(IF(?g = 2, ?s, ?unbound) AS ?main) } GROUP BY ?o"
    ).rows()
    return {_text(row["o"]): (int(_text(row["all"])), int(_text(row["mains"]))) for row in rows}


def entity(store: Store, iri: str) -> tuple[NodeView, tuple[str, ...]] | None:
    """An entity and its classes (local names, sorted), None where the base does not hold it."""
    classes = sorted(
        local(_text(row["c"])) for row in store.query(f"SELECT DISTINCT ?c {{ {written(iri)} a ?c }}").rows()
    )
    if not classes:
        return None
    return _nodes(store, [iri])[iri], tuple(classes)


def entities(
    store: Store, cls: str | None, text: str | None, limit: int, offset: int
) -> tuple[int, list[EntitySummary]]:
    """Entities by class and by a part of their name, most mentioned first; with the number of all that match."""
    of_class = f"?e a {written(term(cls))} ." if cls else ""
    filter_ = f"FILTER(CONTAINS(LCASE(?name), {written(Literal(text.lower()))}))" if text else ""
    where = f"{{ ?m yao:mentionOf ?e ; yao:inItem?/yao:inDocument ?d . {of_class} ?e rdfs:label ?name {filter_} }}"
    total = next(store.query(f"SELECT (COUNT(DISTINCT ?e) AS ?n) {where}").rows())
    rows = store.query(
        f"SELECT ?e (COUNT(DISTINCT ?m) AS ?mentions) (COUNT(DISTINCT ?d) AS ?documents) {where} "
        f"GROUP BY ?e ORDER BY DESC(?mentions) ?e LIMIT {int(limit)} OFFSET {int(offset)}"
    )
    counts = {_text(row["e"]): (int(_text(row["mentions"])), int(_text(row["documents"]))) for row in rows.rows()}
    nodes = _nodes(store, counts)
    found = [
        EntitySummary(n.id, iri, n.cls, n.name, n.name_en, *counts[iri]) for iri, n in ((i, nodes[i]) for i in counts)
    ]
    return int(_text(total["n"])), found


def task_of_item(store: Store, item: str) -> dict[str, object] | None:
    """The task frame of an item with what the text states, None where the base holds no frame for it."""
    fields: dict[str, list[str]] = {}
    frame = f"?t yao:frameOf {written(item)}"
    for row in store.query(f"SELECT ?p ?v {{ {frame} ; ?p ?v }}").rows():
        fields.setdefault(local(_text(row["p"])), []).append(_text(row["v"]))
    if not fields:
        return None
    several = {
        "lead": "leadUnit",
        "participants": "participatingUnit",
        "frequency": "frequency",
        "measures": "measure",
    }
    task: dict[str, object] = {name: sorted(fields.get(key, [])) for name, key in several.items()}
    printed = fields.get("deadlinePrinted", [None])[0]
    iso, kind = fields.get("deadlineISO", [None])[0], fields.get("deadlineKind", [None])[0]
    places = store.query(f"SELECT * {{ {frame} ; yao:evidence ?place . {_QUOTE} }}").rows()
    evidence = sorted({_evidence(row) for row in places}, key=lambda place: (place.start, place.end))
    deadline = {"printed": printed, "iso": iso, "kind": kind} if printed else None
    return task | {"deadline": deadline, "evidence": evidence}


def _facts(store: Store, where: str) -> tuple[FactView, ...]:
    rows = list(store.query(f"SELECT DISTINCT * WHERE {where}").rows())
    nodes = _nodes(store, {_text(row[name]) for row in rows for name in ("s", "o")})
    facts = [
        FactView(
            id=local(_text(row["x"])),
            subject=nodes[_text(row["s"])],
            predicate=local(_text(row["p"])),
            object=nodes[_text(row["o"])],
            evidence=_evidence(row),
            item=_text(row["item"]) if "item" in row else None,
            document=_text(row["document"]),
            rule=local(_text(row["rule"])),
            confidence=float(_text(row["confidence"])),
            grade=int(_text(row["grade"])) if "grade" in row else None,
        )
        for row in rows
    ]
    return tuple(sorted(facts, key=lambda f: (f.document, f.evidence.start, f.predicate, f.subject.iri, f.object.iri)))


def _mentions(store: Store, where: str) -> tuple[MentionView, ...]:
    rows = list(store.query(f"SELECT DISTINCT * WHERE {where}").rows())
    nodes = _nodes(store, {_text(row["e"]) for row in rows})
    mentions = [
        MentionView(
            id=local(_text(row["x"])),
            entity=nodes[_text(row["e"])],
            evidence=_evidence(row),
            item=_text(row["item"]) if "item" in row else None,
            document=_text(row["document"]),
            rule=local(_text(row["rule"])),
            confidence=float(_text(row["confidence"])),
        )
        for row in rows
    ]
    return tuple(sorted(mentions, key=lambda m: (m.document, m.evidence.start, m.evidence.end, m.entity.iri)))


_STANDARD_CLASS = {expand("skos:Concept"): "Theme"}
_PLAN_CLASSES = ("WorkPlan", "Item", "Section")


def _nodes(store: Store, iris: Iterable[str]) -> dict[str, NodeView]:
    """Class and labels of nodes, in one query; a class of the vocabulary's 14 wins over its subclasses."""
    wanted = sorted(set(iris))
    values = " ".join(map(written, wanted))
    classes: dict[str, set[str]] = {}
    names: dict[str, dict[str, str]] = {}
    for row in store.query(
        f"SELECT DISTINCT ?n ?c ?label WHERE {{ VALUES ?n {{ {values} }} "
        "{ ?n a ?c } UNION { ?n rdfs:label ?label } UNION { ?n skos:prefLabel ?label } }"
    ).rows():
        iri = _text(row["n"])
        if "c" in row:
            classes.setdefault(iri, set()).add(_text(row["c"]))
        label = row.get("label")
        if isinstance(label, Literal):
            names.setdefault(iri, {}).setdefault(label.lang or "zh", label.value)
    return {iri: _node(iri, classes.get(iri, set()), names.get(iri, {})) for iri in wanted}


def _node(iri: str, classes: set[str], names: dict[str, str]) -> NodeView:
    own = {_STANDARD_CLASS.get(c) or local(c) for c in classes}
    cls = next((name for name in (*_PLAN_CLASSES, *CLASSES) if name in own), "Thing")
    return NodeView(local(iri), iri, cls, names.get("zh") or names.get("en") or local(iri), names.get("en"))


def _evidence(row: dict[str, Term]) -> Evidence:
    """The characters as printed; they end where their text ends."""
    text, start = _text(row.get("printed", row["quote"])), int(_text(row["start"]))
    return Evidence(text, start, start + len(text))


def _text(value: Term) -> str:
    return value.value if isinstance(value, Literal) else value
