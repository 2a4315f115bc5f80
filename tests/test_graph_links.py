"""The graphs of corrections and links: declared terms, sound shapes, the same for the same decisions in any order."""

from dataclasses import replace
from itertools import permutations

import pytest
from rdflib import RDF, RDFS, Graph, URIRef

from graph import links
from graph.assertions import MENTIONS, Assertion, Journal, Note, node_to, same_as
from graph.likeness import Proposal
from graph.links import correction_quads, likenesses, link_quads, named_entities
from graph.model import Node
from graph.store import Store
from graph.terms import Literal, Quad, Term, decimal, integer
from graph.validate import validate
from ontology import schemes
from ontology.namespace import PREFIXES, VOCABULARY, Names, expand, term
from tests.graph_samples import edited, item_iri, plan_a, sample_store, with_value

NAMES = Names()
WHY = Note("甲", "读过原文", "2024-05-01T00:00:00Z")
BACK = Note("乙", "看错了", "2024-05-02T00:00:00Z")
DOCUMENT = NAMES.document(plan_a().text.raw).rsplit("/", 1)[-1]
ONE, OTHER = (Node(NAMES.entity("Body", name), "Body", name) for name in ("甲市水务局", "甲市水利局"))
ITEM = Node(item_iri(plan_a(), "一/1"), "Item", "一/1")


def decisions() -> list[Assertion]:
    here = {"document": DOCUMENT, "item": "一/1"}
    fact = "a" * 16
    added = {**here, "subject": node_to(ITEM), "object": node_to(ONE), "quote": "碧水行动", "start": 30}
    deadline = {"printed": "6月底前", "iso": None, "kind": "relative"}
    return [
        Assertion("reject", {"document": DOCUMENT, "fact": fact, "iri": f"{NAMES.base}id/fact/{fact}"}, "一", WHY),
        Assertion("add", added | {"predicate": "involves"}, "二", WHY),
        Assertion("add", added | {"predicate": MENTIONS}, "三", WHY),
        Assertion("theme", {**here, "theme": "LV", "grade": 2, "quote": "", "start": -1}, "四", WHY),
        Assertion("frame", {**here, "field": "lead", "values": ["甲"], "deadline": None, "quotes": []}, "五", WHY),
        Assertion("frame", {**here, "field": "deadline", "values": [], "deadline": deadline, "quotes": []}, "六", WHY),
        same_as(ONE, OTHER, WHY),
    ]


def quads(journal: Journal, *proposed: Proposal) -> list[Quad]:
    return [*correction_quads(journal, NAMES), *link_quads(journal, proposed, NAMES)]


def proposal() -> Proposal:
    first, second = sorted((ONE, OTHER), key=lambda node: node.iri)
    return Proposal(first, second, "marks", 0.9, "the names differ in marks only")


def samples() -> list[list[Quad]]:
    """All decisions as they stand, half of them taken back, and a proposal."""
    taken_back = [replace(one, state="undone", note=BACK) for one in decisions()[::2]]
    return [
        quads(Journal(tuple(decisions()))),
        quads(Journal((*decisions(), *taken_back))),
        quads(Journal(), proposal()),
    ]


def test_every_term_is_declared_with_its_datatype() -> None:
    vocabulary = Graph().parse(schemes.__file__.replace("schemes.py", "yaodian.ttl"), format="turtle")
    for quad in (quad for sample in samples() for quad in sample):
        for used in (quad.predicate, quad.object):
            if isinstance(used, str) and used.startswith(VOCABULARY):
                assert list(vocabulary.objects(URIRef(used), RDF.type)), used
        if quad.predicate.startswith(VOCABULARY) and isinstance(quad.object, Literal):
            wanted = str(vocabulary.value(URIRef(quad.predicate), RDFS.range))
            plain = quad.object.datatype or PREFIXES["xsd"] + "string"
            assert (str(RDF.langString) if quad.object.lang else plain) == wanted, quad


def test_the_order_of_decisions_leaves_no_trace() -> None:
    expected = {*quads(Journal(tuple(decisions())))}
    for order in list(permutations(decisions()))[::500]:
        assert {*quads(Journal(order))} == expected


def test_a_sameness_is_a_match_both_ways_while_it_holds() -> None:
    match, made = expand("skos:exactMatch"), same_as(ONE, OTHER, WHY)
    held = {(q.subject, q.object) for q in quads(Journal((made,))) if q.predicate == match}
    assert held == {(ONE.iri, OTHER.iri), (OTHER.iri, ONE.iri)}
    undone = quads(Journal((made, replace(made, state="undone", note=BACK))))
    assert not [q for q in undone if q.predicate == match]
    assert {q.object for q in undone if q.predicate == term("takenBackBy")} == {Literal("乙")}
    assert {q.object for q in undone if q.predicate == term("author")} == {Literal("甲")}


@pytest.mark.parametrize("state", ["asserted", "undone"])
def test_what_a_user_decided_is_not_proposed(state: str) -> None:
    decided = replace(same_as(ONE, OTHER, WHY), state=state)  # type: ignore[arg-type]
    assert quads(Journal((decided,)), proposal()) == quads(Journal((decided,)))
    reopened = Journal((decided, replace(decided, state="open")))
    assert quads(reopened, proposal()) == quads(Journal(), proposal())


def store_with(statements: list[Quad]) -> Store:
    return edited(sample_store(), add=statements)


def test_what_is_proposed_is_read_again() -> None:
    store = store_with(quads(Journal(), proposal()))
    (pair,) = likenesses(store)
    assert ({pair.first.iri, pair.second.iri}, pair.confidence) == ({ONE.iri, OTHER.iri}, 0.9)
    (same,) = links.same_as(store, ONE.iri)
    assert (same.assertion, same.entity.iri, same.author, same.date) == (pair.assertion, OTHER.iri, "yaodian", None)
    assert links.same_as(store, NAMES.entity("Body", "别的局")) == []


def test_entities_come_with_the_forms_of_their_names() -> None:
    entities = {named.node.name: named for named in named_entities(sample_store())}
    assert {"碧水行动", "河长制", "群众"} <= entities.keys()
    assert entities["碧水行动"].forms == {"碧水行动"}
    assert entities["碧水行动"].node.cls == "Initiative"


def test_all_kinds_of_decisions_conform() -> None:
    for sample in samples():
        assert validate(store_with(sample)).violations == ()


REJECTION, SAMENESS = (NAMES.assertion(one.id) for one in (decisions()[0], decisions()[-1]))
GRADED = NAMES.assertion(decisions()[3].id)


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "message"),
    [
        (REJECTION, "assertionKind", Literal("rename"), "an unknown kind of correction"),
        (REJECTION, "author", None, "a correction needs one author"),
        (REJECTION, "grounds", Literal(""), "a correction needs one reason"),
        (REJECTION, "assertedOn", Literal("2024"), "a correction needs one date"),
        (REJECTION, "rejects", ITEM.iri, "a rejected fact that is still in the base; build its document again"),
        (GRADED, "assertedGrade", integer(3), "an asserted grade is 0, 1 or 2"),
        (SAMENESS, "about", ONE.iri, "a sameness is about two entities"),
        (SAMENESS, "confidence", decimal(1.5), "a sameness has one confidence between 0 and 1"),
        (SAMENESS, "grounds", None, "a sameness that is neither reasoned nor taken back"),
    ],
    ids=range(9),
)
def test_a_seeded_fault_is_found(subject: str, predicate: str, value: Term | None, message: str) -> None:
    store = store_with(quads(Journal(tuple(decisions()))))
    report = validate(with_value(store, subject, term(predicate), value))
    assert (subject, message) in {(one.focus, one.message.partition(": ")[0]) for one in report.violations}
