"""What a search ranks by, against the catalogue and the graph that it was read from."""

from collections.abc import Iterator

import numpy as np
import pytest

from graph.terms import Literal
from index import search
from index.embed import load_encoder
from index.library import Library
from index.query import understand
from index.search import rank
from ontology.namespace import local, number
from ontology.tables import themes

QUESTIONS = ("哪些条目涉及民生", "养老和托育方面有什么安排", "数字化改革", "elderly care", "local culture", "足球联赛")
PLAN = "某市2023年工作要点\n\n一、改善民生\n1．办好老年食堂和托育机构。增加养老床位。\n2．治理污水。\n"
LINKS = """SELECT ?theme ?item ?grade ?quote ?printed ?start {
  ?fact rdf:predicate yao:concerns ; rdf:object ?theme ; rdf:subject ?item ; yao:grade ?grade ; yao:evidence ?place .
  ?item a yao:Item . ?place yao:quote ?quote ; yao:rawStart ?start . OPTIONAL { ?place yao:rawQuote ?printed } }"""


@pytest.fixture(scope="module")
def library(sample: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The bundled plan and a second one, so that there are documents to choose from."""
    folder = tmp_path_factory.mktemp("two")
    other = folder / "b.txt"
    other.write_text(PLAN, encoding="utf-8")
    Library.build(folder / "kb", [])
    Library.build(folder / "kb", [other])
    with Library.open(folder / "kb") as opened:
        yield opened


def test_rows_stand_in_the_order_of_documents_and_places(library: Library) -> None:
    columns, catalogue = library.sources.columns, library.sources.catalogue
    rows = catalogue.items(columns.numbers.tolist())
    placed = [(rows[n].document, rows[n].position) for n in columns.numbers.tolist()]
    assert len(placed) == catalogue.counts()[1]
    assert placed == sorted(placed)
    assert columns.rows(columns.numbers[::-1].tolist()).tolist() == list(range(len(columns)))[::-1]
    assert columns.rows([5, 7]).tolist() == []
    for document in columns.documents:
        held = [rows[n].number for n in columns.numbers.tolist() if rows[n].document == document]
        assert columns.numbers[columns.of_documents({document})].tolist() == held


def test_sentences_and_vectors_are_those_of_the_catalogue(library: Library) -> None:
    columns, catalogue, vectors = library.sources.columns, library.sources.catalogue, library.sources.vectors
    chosen = np.arange(len(columns))[1::3]
    told = catalogue.sentences(columns.numbers[chosen].tolist())
    of = columns.sentences(chosen)
    expected = [s.number for n in columns.numbers[chosen].tolist() for s in told.get(n, [])]
    assert of.numbers.tolist() == expected
    asked = vectors.vectors(columns.numbers[:1])[0]
    cosines = vectors.asked(asked).of
    np.testing.assert_allclose(cosines(of.keys), vectors.vectors(of.numbers) @ asked, atol=1e-6)
    np.testing.assert_allclose(cosines(columns.keys), vectors.vectors(columns.numbers) @ asked, atol=1e-6)
    owners = catalogue.owners(of.numbers.tolist())
    assert columns.numbers[columns.owners(of.numbers)].tolist() == [owners[n] for n in of.numbers.tolist()]
    for row, numbers in zip(chosen, columns.nearest(chosen, 2, cosines), strict=True):
        here = [s.number for s in told.get(int(columns.numbers[row]), [])]
        values = dict(zip(here, (vectors.vectors(here) @ asked).tolist(), strict=True))
        assert sorted(values[n] for n in numbers) == sorted(values.values())[-2:]


def test_theme_links_are_those_of_the_graph(library: Library) -> None:
    columns, catalogue = library.sources.columns, library.sources.catalogue
    by_theme: dict[str, dict[int, int]] = {}
    places: set[tuple[str, int, int, str, int]] = set()
    for row in library.sparql(LINKS).rows():
        values = {name: value.value if isinstance(value, Literal) else value for name, value in row.items()}
        theme, item, grade = values["theme"], number(local(values["item"])), int(values["grade"])
        by_theme.setdefault(theme, {})[item] = max(by_theme.get(theme, {}).get(item, 0), grade)
        places.add((theme, item, grade, values.get("printed", values["quote"]), int(values["start"])))
    found = {}
    for known in themes():
        rows, best = columns.linked(known.iri)
        found[known.iri] = dict(zip(columns.numbers[rows].tolist(), best.tolist(), strict=True))
    assert {iri: grades for iri, grades in found.items() if grades} == by_theme
    kept = [link for of in catalogue.links(columns.numbers.tolist()).values() for link in of]
    assert {(k.theme, k.item, k.grade, k.text, k.start) for k in kept} == places
    assert all(k.end - k.start == len(k.text) for k in kept)


@pytest.mark.parametrize("question", QUESTIONS)
def test_candidates_of_a_large_base_answer_as_all_items_do(
    library: Library, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [(s.number, round(s.probability, 6)) for s in rank(understand(question), library.sources).scored]
    monkeypatch.setattr(search, "EVERY", 0)
    chosen = [(s.number, round(s.probability, 6)) for s in rank(understand(question), library.sources).scored]
    assert chosen == [one for one in every if one in chosen]
    assert chosen[:3] == every[:3]


@pytest.mark.parametrize("every", [0, 3000])
def test_a_search_within_a_document_finds_only_its_items(
    library: Library, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "EVERY", every)
    for document in library.documents():
        found = rank(understand("养老和托育"), library.sources, documents={document.id}).scored
        rows = library.sources.catalogue.items([one.number for one in found])
        assert {row.document for row in rows.values()} == {document.id}
    assert rank(understand("养老和托育"), library.sources, documents=set()).scored == ()


def test_a_theme_named_twice_covers_both_places(library: Library) -> None:
    (best, *_) = rank(understand("养老和托育"), library.sources).scored
    assert (best.features.themes, best.covered) == (1.0, 1.0)


def test_features_do_not_depend_on_the_other_candidates(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_encoder()
    question = "增加养老床位"
    every = {one.number: one.features for one in rank(understand(question), library.sources).scored}
    monkeypatch.setattr(search, "EVERY", 0)
    monkeypatch.setattr(search, "CANDIDATES", 3)
    some = {one.number: one.features for one in rank(understand(question), library.sources).scored}
    assert 0 < len(some) < len(every)
    for item, features in some.items():
        assert features.row() == pytest.approx(every[item].row(), abs=1e-6)
        text = library.sources.catalogue.items([item])[item].text
        whole = float(encoder.encode([text])[0] @ encoder.encode([understand(question).focus])[0])
        assert features.item == pytest.approx(whole, abs=1e-5)
