"""The SKOS schemes as triples: themes, activity forms and verb strengths, made from the tables of this folder."""

from collections.abc import Iterator
from typing import NamedTuple

from ontology.namespace import FORM, STRENGTH, THEME, expand, rule, term
from ontology.tables import Form, Strength, Theme, forms, rules, strengths, themes

THEME_SCHEME = THEME.rstrip("/")
FORM_SCHEME = FORM.rstrip("/")
STRENGTH_SCHEME = STRENGTH.rstrip("/")


class Text(NamedTuple):
    """A literal: its characters, and its language tag or else its datatype (neither: a plain string)."""

    value: str
    language: str | None
    datatype: str | None = None


Triple = tuple[str, str, str | Text]  # subject IRI, predicate IRI, object IRI or literal


def theme_triples() -> Iterator[Triple]:
    """The theme scheme: ConceptScheme, concepts, labels zh and en, definitions, broader and narrower, notations."""
    yield from _scheme(THEME_SCHEME, "工作要点主题", "Themes of work plans")
    for theme in themes():
        yield from _theme(theme)


def form_triples() -> Iterator[Triple]:
    """The scheme of activity forms."""
    yield from _scheme(FORM_SCHEME, "活动形式", "Activity forms")
    for form in forms():
        yield from _top(form, FORM_SCHEME)


def strength_triples() -> Iterator[Triple]:
    """The scheme of verb strengths; the notation of each is its rank."""
    yield from _scheme(STRENGTH_SCHEME, "用词力度", "Strengths of verbs")
    for strength in strengths():
        yield from _top(strength, STRENGTH_SCHEME)


def rule_triples() -> Iterator[Triple]:
    """The rules of extraction: name, when they fire, an example, the confidence and what it rests on."""
    for one in rules().values():
        iri = rule(one.id)
        yield iri, expand("rdf:type"), term("ExtractionRule")
        yield iri, expand("rdfs:label"), Text(one.id, "en")
        yield iri, expand("rdfs:comment"), Text(one.sentence, "en")
        yield iri, _skos("example"), Text(one.example, "zh")
        yield iri, _skos("note"), Text(one.reason, "en")
        yield iri, term("confidence"), Text(f"{one.confidence:.2f}", None, expand("xsd:decimal"))


def _skos(name: str) -> str:
    return expand(f"skos:{name}")


def _scheme(iri: str, zh: str, en: str) -> Iterator[Triple]:
    yield iri, expand("rdf:type"), _skos("ConceptScheme")
    yield iri, _skos("prefLabel"), Text(zh, "zh")
    yield iri, _skos("prefLabel"), Text(en, "en")


def _concept(iri: str, scheme: str, notation: str, zh: str, en: str) -> Iterator[Triple]:
    yield iri, expand("rdf:type"), _skos("Concept")
    yield iri, _skos("inScheme"), scheme
    yield iri, _skos("notation"), Text(notation, None)
    yield iri, _skos("prefLabel"), Text(zh, "zh")
    yield iri, _skos("prefLabel"), Text(en, "en")


def _theme(theme: Theme) -> Iterator[Triple]:
    yield from _concept(theme.iri, THEME_SCHEME, theme.notation, theme.label_zh, theme.label_en)
    yield theme.iri, _skos("definition"), Text(theme.definition, "en")
    yield from ((theme.iri, _skos("altLabel"), Text(word, "zh")) for word in theme.alt_zh)
    yield from ((theme.iri, _skos("altLabel"), Text(word, "en")) for word in theme.alt_en)
    if theme.broader is None:
        yield theme.iri, _skos("topConceptOf"), THEME_SCHEME
        yield THEME_SCHEME, _skos("hasTopConcept"), theme.iri
    else:
        yield theme.iri, _skos("broader"), THEME + theme.broader
        yield THEME + theme.broader, _skos("narrower"), theme.iri


def _top(one: Form | Strength, scheme: str) -> Iterator[Triple]:
    """A concept of a scheme without levels, its words as alternative labels."""
    yield from _concept(one.iri, scheme, one.notation, one.label_zh, one.label_en)
    yield one.iri, _skos("topConceptOf"), scheme
    yield scheme, _skos("hasTopConcept"), one.iri
    yield from ((one.iri, _skos("altLabel"), Text(word, "zh")) for word in one.words if word != one.label_zh)
