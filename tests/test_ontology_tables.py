"""The tables of `ontology/`: they read strictly, hold together, and give a sound SKOS scheme."""

from pathlib import Path

import pytest
import rdflib

from corpus.errors import PlanError
from corpus.tables import parse
from graph.lexicon import Lexicon
from ontology import schemes, tables
from ontology.namespace import FORM, THEME, expand


def test_a_table_is_read_by_column() -> None:
    text = "# a comment\nword\tkind\n村\tplace\n\n市\t\n"
    assert parse(text, "x.tsv") == [{"word": "村", "kind": "place"}, {"word": "市", "kind": ""}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("word\tkind\n村\n", "x.tsv, line 2: 1 cells where the header has 2; mend the row"),
        ("# only a comment\n", "x.tsv: no header line; the table is empty"),
    ],
)
def test_a_damaged_table_says_where(text: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        parse(text, "x.tsv")


def test_every_table_of_the_folder_reads() -> None:
    names = sorted(path.stem for path in Path(tables.__file__).parent.glob("*.tsv"))
    assert {"themes", "forms", "glossary", "triggers", "places"} <= set(names)
    assert all(tables.rows(name) for name in names)


def test_themes_are_ten_fields_with_their_subthemes() -> None:
    top = [theme.notation for theme in tables.themes() if theme.level == 1]
    assert top == ["LV", "EC", "EN", "UG", "CU", "UF", "PB", "CD", "DG", "SD"]
    assert all(theme.broader == theme.notation.partition(".")[0] for theme in tables.themes() if theme.level == 2)
    assert all(theme.label_zh and theme.label_en and theme.definition for theme in tables.themes())


def test_no_theme_word_names_a_theme_that_does_not_exist() -> None:
    known = {theme.notation for theme in tables.themes()}
    named = {n for row in tables.rows("theme_words") for n in tables.alternatives(row["themes"])}
    assert named <= known
    assert {row["theme"] for row in tables.rows("theme_scopes")} <= known
    assert {term.theme for term in tables.glossary() if term.theme} <= known


def test_no_word_stands_twice_in_a_lexicon() -> None:
    for name, key in (
        ("strategies", "word"),
        ("groups", "word"),
        ("heads", "word"),
        ("triggers", "verb"),
        ("rules", "rule"),
    ):
        words = tables.column(name, key)
        assert [word for word in words if words.count(word) > 1] == [], name


def test_every_term_belongs_to_a_theme_of_the_scheme_or_to_none() -> None:
    known = {theme.notation for theme in tables.themes()}
    assert {term.theme for term in tables.glossary()} - {None} <= known


def graph(triples: list[schemes.Triple]) -> rdflib.Graph:
    made = rdflib.Graph()
    for subject, predicate, value in triples:
        node = rdflib.URIRef(value) if isinstance(value, str) else rdflib.Literal(value.value, lang=value.language)
        made.add((rdflib.URIRef(subject), rdflib.URIRef(predicate), node))
    return made


def test_the_theme_scheme_survives_turtle() -> None:
    made = graph(list(schemes.theme_triples()))
    again = rdflib.Graph().parse(data=made.serialize(format="turtle"), format="turtle")
    assert set(again) == set(made)


def test_every_theme_has_one_label_in_each_language_and_a_place_in_the_scheme() -> None:
    made = graph(list(schemes.theme_triples()))
    label, broader, top = (rdflib.URIRef(expand(f"skos:{n}")) for n in ("prefLabel", "broader", "topConceptOf"))
    for theme in tables.themes():
        concept = rdflib.URIRef(THEME + theme.notation)
        languages = sorted(str(o.language) for o in made.objects(concept, label) if isinstance(o, rdflib.Literal))
        assert languages == ["en", "zh"]
        assert len(list(made.objects(concept, broader))) + len(list(made.objects(concept, top))) == 1


def test_activity_forms_are_concepts() -> None:
    made = graph(list(schemes.form_triples()))
    research = rdflib.URIRef(FORM + "research")
    assert (research, rdflib.URIRef(expand("skos:prefLabel")), rdflib.Literal("调研", lang="zh")) in made


def test_every_rule_has_a_confidence_between_nought_and_one_and_a_reason() -> None:
    assert all(0 < value <= 1 for value in Lexicon.load().confidence.values())
    assert [rule.id for rule in tables.rules().values() if not (rule.reason and rule.sentence and rule.example)] == []
