"""SHACL: a sound base conforms, and every seeded fault is found where it lies."""

from pathlib import Path

import pyshacl
import pytest
from rdflib import RDF, SH, Graph

from corpus.parse import parse_file
from graph import rdf
from graph.extract import extract
from graph.ingest import install_schemes
from graph.lexicon import Lexicon
from graph.model import PREDICATES
from graph.store import Store
from graph.terms import Literal, Quad, Term, decimal, en, integer, zh
from graph.validate import Report, Violation, validate
from index.library import Library
from ontology.namespace import expand, rule, term, theme
from tests.graph_samples import (
    CLEAR_WATER,
    EDUCATION,
    NAMES,
    QUARTERLY,
    RESIDENTS,
    RIVER_CHIEFS,
    RULES,
    SURVEY,
    WATER,
    edited,
    found,
    graph_of,
    item_iri,
    plan_a,
    plan_b,
    sample_store,
    vocabulary_quads,
    with_value,
)

SHAPES = Path(__file__).parent.parent / "ontology" / "shapes.ttl"
PLAN = NAMES.document(plan_a().text.raw)
ITEM, OTHER_ITEM = item_iri(plan_a(), "一/1"), item_iri(plan_b(), "一/1")
TASK = NAMES.task(ITEM.rsplit("/", 1)[-1])


def fact(predicate: str) -> str:
    return found(sample_store(), expand("rdf:predicate"), term(predicate))


def place(predicate: str) -> str:
    """Where a fact with a predicate is stated."""
    return next(str(q.object) for q in sample_store().quads() if q[:2] == (fact(predicate), term("evidence")))


def mention() -> str:
    return found(sample_store(), term("mentionOf"), CLEAR_WATER.iri)


def repair() -> str:
    return found(sample_store(), expand("rdf:type"), term("Repair"))


def faults(report: Report) -> set[tuple[str, str]]:
    """Who has which fault, without the offending value."""
    return {(one.focus, one.message.partition(": ")[0]) for one in report.violations}


def test_the_samples_conform() -> None:
    assert validate(sample_store()) == Report(True, ())


def test_the_samples_conform_beside_the_published_schemes() -> None:
    store = edited(sample_store(), drop=[quad for quad in sample_store().quads() if "graph/themes" in quad.graph])
    install_schemes(store, NAMES)
    store.add(quad for quad in sample_store().quads() if quad.graph == RULES)
    store.add([Quad(WATER.iri, expand("skos:prefLabel"), label, "urn:x") for label in (zh("水务"), en("Water"))])
    store.add([Quad(WATER.iri, expand("rdf:type"), expand("skos:Concept"), "urn:x")])
    assert validate(store) == Report(True, ())


def test_the_bundled_plan_conforms(sample: Library) -> None:
    assert sample.validate() == Report(True, ())


def test_an_empty_store_conforms() -> None:
    assert validate(Store.in_memory()) == Report(True, ())


Change = tuple[str, str, Term | None]  # subject, property, the one value it gets (None: no value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((PLAN, term("digest"), Literal("abc")), "a document needs one SHA-256 digest of its text; build it again"),
        ((PLAN, expand("rdfs:label"), None), "a document without a label"),
        ((PLAN, term("printedOn"), Literal("2月")), "the date of printing must be one xsd:date"),
        ((PLAN, term("year"), integer(2023)), "the year must be one xsd:gYear"),
        ((ITEM, expand("rdfs:label"), None), "a section or item without a label"),
        ((ITEM, term("path"), None), "a section or item needs one path"),
        ((ITEM, term("position"), integer(0)), "a section or item needs one position from 1"),
        ((ITEM, term("inDocument"), ITEM), "a section or item lies in exactly one document"),
        ((ITEM, term("partOf"), None), "a section or item that hangs on nothing"),
        ((ITEM, term("partOf"), item_iri(plan_b(), "一")), "a section or item that is part of another document's"),
        (
            (ITEM, term("partOf"), item_iri(plan_a(), "二")),
            "a section or item that reaches beyond the one it is part of",
        ),
        ((ITEM, term("start"), None), "start must be one offset from 0, below end"),
        ((ITEM, term("start"), integer(10**6)), "start must be one offset from 0, below end"),
        ((ITEM, term("rawEnd"), integer(0)), "rawStart must be one offset from 0, below rawEnd"),
        ((ITEM, term("end"), Literal("x")), "end must be one offset"),
        ((ITEM, term("text"), zh("短")), "an item whose text is not as long as its offsets say"),
        ((mention(), term("mentionOf"), None), "a mention names exactly one entity"),
        ((mention(), term("mentionOf"), "urn:nameless"), "a mention of something without a label"),
        ((mention(), term("quote"), None), "evidence needs one quote"),
        ((mention(), term("quote"), zh("绿水行动")), "a quote that its item does not hold at this offset"),
        ((mention(), term("start"), integer(3)), "a quote that its item does not hold at this offset"),
        ((mention(), term("start"), None), "evidence starts at one offset of the repaired text"),
        ((mention(), term("rawStart"), integer(-1)), "evidence starts at one offset of the text as read"),
        ((mention(), term("inItem"), None), "evidence lies in exactly one document, by its item or by itself"),
        ((mention(), term("rule"), None), "a mention or fact needs the rule that found it"),
        ((mention(), term("rule"), "urn:x"), "a mention or fact by a rule that says nothing of its confidence"),
        ((rule("lexicon"), term("confidence"), decimal(1.5)), "confidence must be one decimal between 0 and 1"),
        ((rule("lexicon"), term("confidence"), decimal(-0.1)), "confidence must be one decimal between 0 and 1"),
        ((rule("lexicon"), term("confidence"), Literal("hoch")), "confidence must be one decimal between 0 and 1"),
        ((place("onTopic"), term("inItem"), OTHER_ITEM), "a quote that its item does not hold at this offset"),
        ((place("onTopic"), term("inItem"), PLAN), "evidence lies in one item at most"),
        ((fact("onTopic"), term("evidence"), None), "a fact has one place that states it"),
        ((fact("onTopic"), term("evidence"), "urn:x"), "a fact whose evidence quotes nothing"),
        ((fact("onTopic"), expand("rdf:predicate"), term("likes")), "a fact has one predicate of the fourteen"),
        ((fact("onTopic"), expand("rdf:predicate"), term("involves")), "a fact whose direct triple is missing"),
        ((fact("onTopic"), expand("rdf:object"), zh("水")), "a fact has one object"),
        ((fact("onTopic"), expand("rdf:object"), "urn:nameless"), "a fact whose object has no label"),
        ((fact("onTopic"), expand("rdf:subject"), "urn:nameless"), "a fact about something without a label"),
        ((fact("onTopic"), term("grade"), integer(2)), "a grade on a fact that concerns no theme"),
        ((fact("concerns"), term("grade"), integer(3)), "a grade is 1 or 2"),
        ((fact("concerns"), term("grade"), None), "an item concerns a theme without a grade"),
        ((RIVER_CHIEFS.iri, expand("rdfs:label"), None), "an entity without a label"),
        ((EDUCATION.iri, expand("skos:prefLabel"), zh("教育")), "a theme or form without an English label"),
        ((theme("LV"), expand("skos:prefLabel"), en("Livelihood")), "a theme or form without a Chinese label"),
        ((TASK, term("frameOf"), OTHER_ITEM), "a task frame whose item lies in another document"),
        ((TASK, term("frameOf"), None), "a task frame belongs to one item"),
        ((TASK, term("deadlineKind"), Literal("soon")), "an unknown kind of deadline"),
        ((TASK, term("deadlineISO"), Literal("2023年底")), "a deadline is an ISO 8601 date or interval"),
        ((TASK, term("deadlineISO"), Literal("2023-13")), "a deadline is an ISO 8601 date or interval"),
        ((TASK, term("deadlineISO"), Literal("../2023-12-32")), "a deadline is an ISO 8601 date or interval"),
        ((TASK, term("deadlineISO"), Literal("2023-06-30/2023-01-01")), "a deadline that ends before it begins"),
        ((ITEM, term("partOf"), ITEM), "a thing that is part of itself, directly or through others"),
        (
            (ITEM, term("path"), zh("一/2")),
            "a section or item with the path or the position of another of its document",
        ),
        (
            (ITEM, term("position"), integer(3)),
            "a section or item with the path or the position of another of its document",
        ),
        ((RIVER_CHIEFS.iri, expand("rdfs:label"), en("river chiefs")), "an entity without a Chinese label"),
        ((TASK, term("deadlinePrinted"), None), "a deadline without the words that state it"),
        ((repair(), term("repairKind"), Literal("magic")), "an unknown kind of repair"),
        ((repair(), term("line"), integer(0)), "a repair needs its line, from 1"),
        ((repair(), term("reason"), None), "a repair without a reason"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_seeded_fault_is_found(change: Change, message: str) -> None:
    subject, predicate, value = change
    report = validate(with_value(sample_store(), subject, predicate, value))
    assert (subject, message) in faults(report)
    assert not report.conforms


@pytest.mark.parametrize(
    ("subject", "predicate", "value", "message"),
    [
        (ITEM, term("text"), zh("又一个"), "an item needs one text"),
        (ITEM, term("inDocument"), NAMES.document(plan_b().text.raw), "a section or item lies in exactly one document"),
        (mention(), term("quote"), zh("又一个"), "evidence needs one quote"),
        (CLEAR_WATER.iri, expand("rdfs:label"), en("Blue Water Drive"), "an entity with two labels in one language"),
        (
            SURVEY.iri,
            expand("skos:prefLabel"),
            zh("又一个"),
            "a theme or form with two preferred labels in one language",
        ),
        (theme("LV"), expand("skos:notation"), Literal("ZZ"), "a theme or form with two notations"),
        (TASK, term("deadlinePrinted"), zh("年内"), "a task frame with two deadlines"),
    ],
)
def test_one_value_too_many_is_found(subject: str, predicate: str, value: Term, message: str) -> None:
    store = edited(sample_store(), add=[Quad(subject, predicate, value, graph_of(plan_a()))])
    assert (subject, message) in faults(validate(store))


def test_evidence_in_an_item_says_so() -> None:
    quads = [quad for quad in sample_store().quads() if quad[:2] == (mention(), term("inItem"))]
    store = edited(sample_store(), drop=quads, add=[Quad(mention(), term("inDocument"), PLAN, graph_of(plan_a()))])
    assert faults(validate(store)) == {(mention(), "evidence that lies in an item but does not say so")}


def test_a_mention_of_something_without_a_class_is_found() -> None:
    gone = [quad for quad in sample_store().quads() if quad[:2] == (RIVER_CHIEFS.iri, expand("rdf:type"))]
    found_there = {message for _, message in faults(validate(edited(sample_store(), drop=gone)))}
    assert found_there == {"a mention of something without a class"}


@pytest.mark.parametrize(
    ("relation", "thing", "is_subject"),
    [
        ("launches", RESIDENTS.iri, False),
        ("continues", RESIDENTS.iri, False),
        ("implements", RESIDENTS.iri, False),
        ("hasForm", RESIDENTS.iri, False),
        ("onTopic", RESIDENTS.iri, False),
        ("alignedWith", RESIDENTS.iri, False),
        ("performedBy", QUARTERLY.iri, False),
        ("involves", QUARTERLY.iri, False),
        ("targetsGroup", QUARTERLY.iri, False),
        ("hasTime", RESIDENTS.iri, False),
        ("hasQuantity", RESIDENTS.iri, False),
        ("locatedIn", RESIDENTS.iri, False),
        ("concerns", RESIDENTS.iri, False),
        ("partOf", RESIDENTS.iri, False),
        ("launches", RESIDENTS.iri, True),
        ("continues", RESIDENTS.iri, True),
        ("implements", RESIDENTS.iri, True),
        ("alignedWith", RESIDENTS.iri, True),
        ("hasForm", RESIDENTS.iri, True),
        ("onTopic", RESIDENTS.iri, True),
        ("partOf", RESIDENTS.iri, True),
    ],
)
def test_a_relation_between_the_wrong_classes_is_found(relation: str, thing: str, is_subject: bool) -> None:
    subject, object_ = (thing, CLEAR_WATER.iri) if is_subject else (ITEM, thing)
    wrong = Quad(subject, term(relation), object_, graph_of(plan_a()))
    message = "a relation of something of a class that has no such relation" if is_subject else (
        "a relation with something of a class that it does not lead to"
    )  # fmt: skip
    assert (subject, message) in faults(validate(edited(sample_store(), add=[*vocabulary_quads(), wrong])))


def test_every_relation_says_what_it_joins() -> None:
    stated = {quad.subject for quad in vocabulary_quads() if quad.predicate == "https://schema.org/rangeIncludes"}
    assert {term(predicate) for predicate in PREDICATES} <= stated


def test_an_early_date_of_printing_is_a_warning() -> None:
    late = Literal("2024-01-01", datatype=expand("xsd:date"))
    message = "printed before it was issued: a slip in the file or a date read wrongly"
    assert validate(with_value(sample_store(), PLAN, expand("dcterms:issued"), late)) == Report(
        True, (Violation(PLAN, expand("dcterms:issued"), message, "Warning"),)
    )


def test_a_violation_says_where_it_lies() -> None:
    store = with_value(sample_store(), ITEM, term("path"), None)
    assert validate(store).violations == (
        Violation(ITEM, term("path"), "a section or item needs one path", "Violation"),
    )
    wrong = with_value(sample_store(), mention(), term("quote"), zh("绿水行动"))
    message = "a quote that its item does not hold at this offset: 绿水行动"
    assert validate(wrong).violations == (Violation(mention(), "", message, "Violation"),)
    nameless = with_value(sample_store(), mention(), term("mentionOf"), "urn:nameless")
    _, found = sorted(validate(nameless).violations, key=lambda one: one.message)
    assert found.path == f"{term('mentionOf')}/{expand('rdfs:label')}|{expand('skos:prefLabel')}"


def test_pyshacl_alone_finds_the_same_faults() -> None:
    """The whole shapes file over a copy in rdflib, the slow and plain way, against what `validate` makes of it."""
    store = edited(sample_store(), drop=[q for q in sample_store().quads() if q.predicate == expand("rdfs:label")])
    for subject, predicate, value in (
        (mention(), term("quote"), zh("绿水行动")),
        (fact("onTopic"), term("grade"), integer(2)),
        (fact("concerns"), term("grade"), None),
        (fact("hasForm"), expand("rdf:predicate"), term("involves")),
        (ITEM, term("text"), zh("短")),
        (ITEM, term("partOf"), item_iri(plan_b(), "一")),
        (fact("targetsGroup"), term("inItem"), OTHER_ITEM),
    ):
        store = with_value(store, subject, predicate, value)
    copy = Graph().parse(data=store.dump("ntriples"), format="nt")
    _, results, _ = pyshacl.validate(copy, shacl_graph=Graph().parse(SHAPES, format="turtle"))
    plain = {
        (str(results.value(result, SH.focusNode)), str(results.value(result, SH.resultMessage)))
        for result in results.subjects(RDF.type, SH.ValidationResult)
    }
    assert len({message for _, message in plain}) > 10
    assert faults(validate(store)) == plain


def test_violations_are_sorted_whatever_the_order_of_statements() -> None:
    def broken(reverse: bool) -> Store:
        quads = [quad for quad in sample_store().quads() if quad.predicate != expand("rdfs:label")]
        store = Store.in_memory()
        store.add(reversed(quads) if reverse else quads)
        return store

    one, other = validate(broken(False)), validate(broken(True))
    assert one == other
    assert list(one.violations) == sorted(one.violations)
    assert len(one.violations) > 10


def test_validation_changes_nothing() -> None:
    store = with_value(sample_store(), ITEM, term("path"), None)
    before = store.dump("nquads")
    validate(store)
    assert store.dump("nquads") == before


def test_an_entity_in_two_documents_is_one() -> None:
    shared = [quad for quad in sample_store().quads() if quad.subject == CLEAR_WATER.iri]
    assert {quad.graph for quad in shared} == {graph_of(plan_a()), graph_of(plan_b())}


def test_every_shape_has_a_target_and_every_constraint_a_message() -> None:
    shapes = Graph().parse(SHAPES, format="turtle")
    targets = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
    for shape in shapes.subjects(RDF.type, SH.NodeShape):
        assert any(shapes.value(shape, target) for target in targets), shape
    for property_shape in {*shapes.objects(None, SH.property), *shapes.objects(None, SH.sparql)}:
        assert shapes.value(property_shape, SH.message), property_shape


def test_every_query_names_what_it_finds() -> None:
    shapes = Graph().parse(SHAPES, format="turtle")
    queries = [str(query) for query in shapes.objects(None, SH.select)]
    assert len(queries) > 5
    assert all(query.startswith("SELECT $this ?value WHERE {") for query in queries)


def test_the_shapes_name_only_terms_of_the_vocabulary() -> None:
    vocabulary = Graph().parse(SHAPES.with_name("yaodian.ttl"), format="turtle")
    declared = {str(subject) for subject in vocabulary.subjects(RDF.type)}
    shapes = Graph().parse(SHAPES, format="turtle")
    used = {
        str(node) for triple in shapes for node in triple if str(node).startswith(term("")) and str(node) != term("")
    }
    assert used <= declared


@pytest.mark.parametrize("name", ["for_121.txt", "mk_f2.txt", "odkg_arch3_120.txt", "xv_s022.txt"])
def test_the_gold_plans_conform(shared: Path, name: str) -> None:
    """Real plans of other bodies, with their facts, beside the published schemes."""
    store, document = Store.in_memory(), parse_file(shared / "gold-plans" / "texts" / name)
    install_schemes(store, NAMES)
    store.add(rdf.quads(document, extract(document, Lexicon.load(), NAMES), NAMES))
    assert validate(store) == Report(True, ())
