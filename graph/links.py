"""The graphs of what users assert, `corrections` and `links`, and what a store says of likely samenesses.

A sameness that holds is a `skos:exactMatch` both ways, one that the base proposes a `skos:closeMatch`; IRIs are never
rewritten. What was taken back stays, with who took it back and why, and states no match.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graph.assertions import MENTIONS, Assertion, Journal, Standing
from graph.likeness import Named, Proposal
from graph.model import CLASSES, Node
from graph.store import Store, written
from graph.terms import XSD, Literal, Quad, Term, decimal, integer, zh
from graph.views import NodeView
from ontology.namespace import Names, expand, key, local, term
from ontology.namespace import theme as theme_iri

_A = expand("rdf:type")
_PROGRAM = "yaodian"  # the author of what no user asserted
Triple = tuple[str, str, Term]


@dataclass(frozen=True, slots=True)
class SameAs:
    """That an entity is, or may be (`confidence` below 1), this one; `assertion` is the id to take it back by."""

    assertion: str
    entity: NodeView
    confidence: float
    reason: str
    author: str
    date: str | None


@dataclass(frozen=True, slots=True)
class Likeness:
    """A pair of entities that may be one, as the base proposes; `assertion` is the id to refuse it by."""

    assertion: str
    first: NodeView
    second: NodeView
    confidence: float
    reason: str


# ---- writing


def correction_quads(journal: Journal, names: Names) -> Iterator[Quad]:
    """The corrections graph: every decision of a user on a document."""
    graph = names.graph("corrections")
    for identifier, standing in journal.standing().items():
        if standing.last.kind != "same":
            for triple in _correction(names.assertion(identifier), standing, names):
                yield Quad(*triple, graph)


def link_quads(journal: Journal, proposed: Iterable[Proposal], names: Names) -> Iterator[Quad]:
    """The links graph: every decision of a user on a sameness, and the proposals that nobody has decided."""
    graph, standings = names.graph("links"), journal.standing()
    for identifier, standing in standings.items():
        if standing.last.kind == "same" and standing.last.state != "open":
            for triple in _sameness(names.assertion(identifier), standing):
                yield Quad(*triple, graph)
    for proposal in proposed:
        identifier = key("assertion", "same", local(proposal.first.iri), local(proposal.second.iri))
        if identifier not in standings or standings[identifier].last.state == "open":
            for triple in _proposal(names.assertion(identifier), proposal):
                yield Quad(*triple, graph)


def _correction(iri: str, standing: Standing, names: Names) -> Iterator[Triple]:
    one = standing.last
    yield iri, _A, term("Correction")
    yield iri, term("assertionKind"), Literal(one.kind)
    yield iri, term("inDocument"), f"{names.base}id/document/{one.what['document']}"
    yield from _who(iri, standing)
    yield from _decided(iri, one, names)


def _decided(iri: str, one: Assertion, names: Names) -> Iterator[Triple]:
    what = one.what
    if one.kind == "reject":
        yield iri, term("rejects"), str(what["iri"])
        return
    yield iri, term("about"), names.node(what["document"], what["item"], item=True)
    if one.kind == "add":
        predicate = "mentionOf" if what["predicate"] == MENTIONS else what["predicate"]
        yield iri, term("assertedSubject"), one.node("subject").iri
        yield iri, term("assertedPredicate"), term(predicate)
        yield iri, term("assertedObject"), one.node("object").iri
        yield iri, term("assertedQuote"), zh(what["quote"])
    elif one.kind == "theme":
        yield iri, term("assertedObject"), theme_iri(what["theme"])
        yield iri, term("assertedGrade"), integer(what["grade"])
    else:
        yield iri, term("assertedField"), Literal(what["field"])
        deadline = [what["deadline"]["printed"]] if what["deadline"] else []
        for value in (*what["values"], *deadline):
            yield iri, term("assertedValue"), zh(value)


def _sameness(iri: str, standing: Standing) -> Iterator[Triple]:
    one, other = standing.last.node("first"), standing.last.node("second")
    yield iri, _A, term("Sameness")
    yield iri, term("about"), one.iri
    yield iri, term("about"), other.iri
    yield from _who(iri, standing)
    if standing.holds:
        yield iri, term("confidence"), decimal(1)
        yield one.iri, expand("skos:exactMatch"), other.iri
        yield other.iri, expand("skos:exactMatch"), one.iri


def _proposal(iri: str, proposal: Proposal) -> Iterator[Triple]:
    yield iri, _A, term("Sameness")
    yield iri, term("about"), proposal.first.iri
    yield iri, term("about"), proposal.second.iri
    yield iri, term("author"), Literal(_PROGRAM)
    yield iri, term("grounds"), Literal(proposal.reason)
    yield iri, term("confidence"), decimal(proposal.confidence)
    yield proposal.first.iri, expand("skos:closeMatch"), proposal.second.iri
    yield proposal.second.iri, expand("skos:closeMatch"), proposal.first.iri


def _who(iri: str, standing: Standing) -> Iterator[Triple]:
    """Who asserted it, when and why, and the same of who took it back."""
    yield iri, term("says"), Literal(standing.last.says)
    if standing.made:
        yield iri, term("author"), Literal(standing.made.note.author)
        yield iri, term("grounds"), Literal(standing.made.note.reason)
        yield iri, term("assertedOn"), _time(standing.made.note.date)
    if not standing.holds:
        yield iri, term("takenBackBy"), Literal(standing.last.note.author)
        yield iri, term("takenBackFor"), Literal(standing.last.note.reason)
        yield iri, term("takenBackOn"), _time(standing.last.note.date)


def _time(date: str) -> Literal:
    return Literal(date, datatype=XSD + "dateTime")


# ---- reading

_NAMED = f"""SELECT ?e ?c ?label WHERE {{ {{ SELECT DISTINCT ?e WHERE {{ ?m yao:mentionOf ?e }} }}
  ?e a ?c ; rdfs:label ?label . FILTER(LANG(?label) = "zh")
  VALUES ?c {{ {" ".join(f"yao:{name}" for name in CLASSES)} }} }}"""
_FORMS = "SELECT DISTINCT ?e ?quote WHERE { ?m yao:mentionOf ?e ; yao:quote ?quote }"
_LINKS = """SELECT * WHERE { ?x a yao:Sameness ; yao:about ?e, ?other ; yao:confidence ?confidence ;
  yao:author ?author ; yao:grounds ?reason . OPTIONAL { ?x yao:assertedOn ?date } FILTER(?e != ?other) %s }"""


def named_entities(store: Store) -> list[Named]:
    """Every mentioned entity with the forms of its name."""
    forms: dict[str, set[str]] = defaultdict(set)
    for row in store.query(_FORMS).rows():
        forms[_text(row["e"])].add(_text(row["quote"]))
    rows = sorted((_text(row["e"]), local(_text(row["c"])), _text(row["label"])) for row in store.query(_NAMED).rows())
    return [Named(node, frozenset(forms[iri])) for iri, node in {row[0]: Node(*row) for row in rows}.items()]


def same_as(store: Store, entity: str) -> list[SameAs]:
    """What an entity is the same as, or may be, the surest first."""
    rows = list(store.query(_LINKS % f"FILTER(?e = {written(entity)})").rows())
    others = _views(store, rows)
    found = [
        SameAs(
            assertion=local(_text(row["x"])),
            entity=others[_text(row["other"])],
            confidence=float(_text(row["confidence"])),
            reason=_text(row["reason"]),
            author=_text(row["author"]),
            date=_text(row["date"]) if "date" in row else None,
        )
        for row in rows
    ]
    return sorted(found, key=lambda same: (-same.confidence, same.entity.iri))


def likenesses(store: Store) -> list[Likeness]:
    """The samenesses that the base proposes and nobody has decided, the surest first."""
    rows = list(store.query(_LINKS % "FILTER(?confidence < 1 && STR(?e) < STR(?other))").rows())
    views = _views(store, rows)
    found = [
        Likeness(
            assertion=local(_text(row["x"])),
            first=views[_text(row["e"])],
            second=views[_text(row["other"])],
            confidence=float(_text(row["confidence"])),
            reason=_text(row["reason"]),
        )
        for row in rows
    ]
    return sorted(found, key=lambda pair: (-pair.confidence, pair.first.iri, pair.second.iri))


def _views(store: Store, rows: list[dict[str, Term]]) -> dict[str, NodeView]:
    """The entities of the rows; one whose document is gone from the base is named by its id."""
    iris = {_text(row[name]) for row in rows for name in ("e", "other")}
    known = entity_nodes(store, iris)
    nodes = {iri: known.get(iri) or Node(iri, "Entity", local(iri)) for iri in iris}
    return {iri: NodeView(local(iri), iri, node.cls, node.name, node.label_en) for iri, node in nodes.items()}


def entity_nodes(store: Store, iris: Iterable[str]) -> dict[str, Node]:
    """The entities of these IRIs that the base describes, with class, subclass and labels."""
    values = " ".join(map(written, sorted(set(iris))))
    types: dict[str, set[str]] = defaultdict(set)
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    query = f"""SELECT DISTINCT ?e ?c ?label WHERE {{ VALUES ?e {{ {values} }}
      {{ ?e a ?c }} UNION {{ ?e rdfs:label ?label }} UNION {{ ?e skos:prefLabel ?label }} }}"""
    for row in store.query(query).rows():
        label = row.get("label")
        if isinstance(label, Literal):
            labels[_text(row["e"])].setdefault(label.lang or "zh", label.value)
        elif "c" in row:
            types[_text(row["e"])].add(local(_text(row["c"])))
    return {iri: node for iri in types if (node := _node(iri, types[iri], labels[iri]))}


def _node(iri: str, types: set[str], labels: dict[str, str]) -> Node | None:
    cls = next((name for name in CLASSES if name in types), None)
    if cls is None or "zh" not in labels:
        return None
    finer = sorted(types - {cls, "WorkPlan", "Concept"})
    return Node(iri, cls, labels["zh"], finer[0] if finer else None, labels.get("en"))


def _text(value: Term) -> str:
    return value.value if isinstance(value, Literal) else value
