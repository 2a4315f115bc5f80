"""The vocabulary declares everything that is written, in both languages, without blank nodes."""

import ast
import csv
import re
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, Namespace, URIRef

from corpus.parse import parse_file
from graph import rdf
from graph.extract import extract
from graph.ingest import document_quads, install_schemes
from graph.lexicon import Lexicon
from graph.model import CLASSES, PREDICATES
from graph.rdf import class_name
from graph.store import Store
from index.library import Library
from ontology.namespace import PREFIXES, VOCABULARY, Names
from tests.graph_samples import sample_store

ROOT = Path(__file__).parent.parent
FILE = ROOT / "ontology" / "yaodian.ttl"
YAO = Namespace(VOCABULARY)
KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)


@pytest.fixture(scope="module")
def vocabulary() -> Graph:
    return Graph().parse(FILE, format="turtle")


def own(iri: object) -> bool:
    return isinstance(iri, URIRef) and iri.startswith(VOCABULARY)


def declared(vocabulary: Graph) -> set[str]:
    return {str(term) for kind in KINDS for term in vocabulary.subjects(RDF.type, kind)}


def subclasses_in_tables() -> set[str]:
    found = set()
    for table in sorted((ROOT / "ontology").glob("*.tsv")):
        lines = [line for line in table.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        found |= {row.get("subclass") for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}
    return {name for name in found if name}


def terms_named_in(file: Path) -> set[str]:
    """The constant arguments of `term(...)`, also where the argument chooses between two."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "term"]
    constants = [c for call in calls for c in ast.walk(call.args[0]) if isinstance(c, ast.Constant)]
    return {constant.value for constant in constants if isinstance(constant.value, str)}


def test_every_term_that_the_writer_names_is_declared(vocabulary: Graph) -> None:
    names = terms_named_in(Path(rdf.__file__))
    assert len(names) > 50
    assert {VOCABULARY + name for name in names} <= declared(vocabulary)


def test_classes_relations_and_subclasses_are_declared(vocabulary: Graph) -> None:
    names = {*CLASSES, *PREDICATES, *map(class_name, subclasses_in_tables())}
    assert {VOCABULARY + name for name in names} <= declared(vocabulary)


def test_every_term_written_for_the_samples_is_declared(vocabulary: Graph) -> None:
    quads = list(sample_store().quads())
    written = {term for quad in quads for term in (quad.predicate, quad.object) if str(term).startswith(VOCABULARY)}
    assert written <= declared(vocabulary)


def test_every_term_written_for_the_bundled_plan_is_declared(vocabulary: Graph, sample: Library) -> None:
    query = 'SELECT DISTINCT ?term WHERE { { ?s a ?term } UNION { ?s ?term ?o } FILTER(STRSTARTS(STR(?term), "%s")) }'
    written = {str(row["term"]) for row in sample._open.store.query(query % VOCABULARY).rows()}
    assert len(written) > 60
    assert written <= declared(vocabulary)


def test_every_term_has_one_label_and_one_comment_in_each_language(vocabulary: Graph) -> None:
    for term in sorted(declared(vocabulary)):
        for predicate in (RDFS.label, RDFS.comment):
            texts = list(vocabulary.objects(URIRef(term), predicate))
            assert sorted(str(text.language) for text in texts if isinstance(text, Literal)) == ["en", "zh"], term


def test_labels_tell_classes_apart_and_relations_apart(vocabulary: Graph) -> None:
    for names in (CLASSES, PREDICATES):
        for language in ("zh", "en"):
            labels = [
                str(label)
                for name in names
                for label in vocabulary.objects(YAO[name], RDFS.label)
                if isinstance(label, Literal) and label.language == language
            ]
            assert len(set(labels)) == len(names)


def test_there_are_no_blank_nodes(vocabulary: Graph) -> None:
    assert not [triple for triple in vocabulary if any(isinstance(node, BNode) for node in triple)]


def test_every_own_term_that_is_used_is_declared(vocabulary: Graph) -> None:
    used = {str(node) for triple in vocabulary for node in triple if own(node)}
    assert used == declared(vocabulary)


def test_a_term_is_of_one_kind(vocabulary: Graph) -> None:
    kinds = [set(vocabulary.subjects(RDF.type, kind)) for kind in KINDS]
    assert sum(map(len, kinds)) == len(set.union(*kinds))


def test_classes_end_in_a_standard_one_or_a_root(vocabulary: Graph) -> None:
    for name in CLASSES:
        above = set(vocabulary.transitive_objects(YAO[name], RDFS.subClassOf))
        assert YAO.Entity in above, name
    foreign = {str(term) for term in vocabulary.objects(None, RDFS.subClassOf) if not own(term)}
    assert {str(SKOS.Concept), PREFIXES["org"] + "Organization", PREFIXES["prov"] + "Plan"} <= foreign
    assert "https://schema.org/Event" in foreign


def test_the_hierarchies_have_no_circle(vocabulary: Graph) -> None:
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf):
        for term in set(vocabulary.subjects(predicate)):
            above = {
                found for parent in vocabulary.objects(term, predicate)
                for found in vocabulary.transitive_objects(parent, predicate)
            }  # fmt: skip
            assert term not in above


def test_properties_have_a_range_that_fits_their_kind(vocabulary: Graph) -> None:
    for term in vocabulary.subjects(RDF.type, OWL.ObjectProperty):
        assert all(own(found) for found in vocabulary.objects(term, RDFS.range)), term
    for term in vocabulary.subjects(RDF.type, OWL.DatatypeProperty):
        ranges = [str(found) for found in vocabulary.objects(term, RDFS.range)]
        assert len(ranges) == 1, term
        assert ranges[0].startswith((PREFIXES["xsd"], str(RDF.langString))), term


def test_literals_of_the_samples_have_the_declared_datatype(vocabulary: Graph) -> None:
    for quad in sample_store().quads():
        declared_range = vocabulary.value(URIRef(quad.predicate), RDFS.range)
        if not quad.predicate.startswith(VOCABULARY) or isinstance(quad.object, str):
            continue
        datatype = str(RDF.langString) if quad.object.lang else quad.object.datatype or PREFIXES["xsd"] + "string"
        assert str(declared_range) == datatype, quad


MAPPED = {  # the vocabularies that ours is mapped to, by namespace; only their IRIs are used
    PREFIXES["skos"]: "SKOS",
    PREFIXES["org"]: "ORG",
    PREFIXES["prov"]: "PROV-O",
    PREFIXES["dcterms"]: "Dublin Core",
    PREFIXES["rdf"]: "RDF, for statements",
    "http://data.europa.eu/eli/ontology#": "ELI",
    "http://purl.org/spar/doco/": "DoCO",
    "http://www.w3.org/ns/oa#": "Web Annotation",
    "http://www.w3.org/2006/time#": "OWL-Time",
    "http://purl.org/net/p-plan#": "P-Plan",
    "https://schema.org/": "schema.org",
}
MAPPINGS = (RDFS.subClassOf, RDFS.subPropertyOf, SKOS.closeMatch)


def namespace(iri: object) -> str:
    return re.split(r"(?<=[#/])[^#/]*$", str(iri))[0]


def test_mappings_lead_to_known_vocabularies_and_to_each_of_them(vocabulary: Graph) -> None:
    foreign = {target for mapping in MAPPINGS for target in vocabulary.objects(None, mapping) if not own(target)}
    assert {namespace(target) for target in foreign} == set(MAPPED)
    assert len(foreign) > 60
    assert [target for target in foreign if not re.fullmatch(r"\w+", str(target).removeprefix(namespace(target)))] == []


def test_a_close_match_is_said_of_nothing_that_is_already_below(vocabulary: Graph) -> None:
    for term, match in vocabulary.subject_objects(SKOS.closeMatch):
        assert (term, RDFS.subClassOf, match) not in vocabulary
        assert (term, RDFS.subPropertyOf, match) not in vocabulary


def test_no_class_or_property_of_another_vocabulary_is_described_here(vocabulary: Graph) -> None:
    assert {str(subject) for subject in vocabulary.subjects() if not own(subject)} == {VOCABULARY.rstrip("#")}


UNUSED = {  # declared, and in none of the graphs below: why it stands there all the same
    "roots, which are inferred and never written": "Node Entity Passage Unit",
    "facts and their evidence are known by rdf:subject and yao:quote; a theme is a skos:Concept of its scheme": (
        "Fact Evidence Theme"
    ),
    "kinds of bodies, places and events that the plans below do not name": "Congress Court County District Exhibition",
    "what users assert: in the graphs of corrections and links, which the bases below do not have": (
        "Assertion Correction Sameness about rejects assertedSubject assertedPredicate assertedObject "
        "assertionKind assertedGrade assertedField assertedValue assertedQuote says author grounds "
        "assertedOn takenBackBy takenBackFor takenBackOn"
    ),
    "elements of GB/T 9704 that the plans below do not print": (
        "copyNumber note secrecy secrecyPeriod signer urgency validUntil"
    ),
}


def test_every_declared_term_is_used_or_has_a_reason(vocabulary: Graph, sample: Library, shared: Path) -> None:
    store, names, lexicon = Store.in_memory(), Names(), Lexicon.load()
    store.add(sample_store().quads())
    install_schemes(store, names)
    for path in sorted((shared / "gold-plans" / "texts").glob("*.txt")):
        document = parse_file(path)
        store.add(document_quads(document, extract(document, lexicon, names), names))
    written = {str(part) for quad in store.quads() if "/ontology" not in quad.graph for part in quad[1:3]}
    query = 'SELECT DISTINCT ?term WHERE { { ?s a ?term } UNION { ?s ?term ?o } FILTER(STRSTARTS(STR(?term), "%s")) }'
    written |= {str(row["term"]) for row in sample._open.store.query(query % VOCABULARY).rows()}
    written = {iri for iri in written if iri.startswith(VOCABULARY)}
    assert written <= declared(vocabulary)
    assert declared(vocabulary) - written == {
        VOCABULARY + name for names_ in UNUSED.values() for name in names_.split()
    }


def test_no_line_of_the_file_names_a_machine() -> None:
    assert not re.search(r"file:|localhost|127\.0\.0\.1|/home/", FILE.read_text(encoding="utf-8"))
