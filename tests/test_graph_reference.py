"""The reference page: well-formed, complete, and asking nobody else for anything."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rdflib import OWL, RDF, Graph

from graph import reference
from graph.ingest import VOCABULARY_FILE
from graph.model import CLASSES, PREDICATES
from graph.picture import text_width
from ontology.namespace import VOCABULARY, local

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def page() -> ElementTree.Element:
    return ElementTree.fromstring(reference.page())


def text(element: ElementTree.Element) -> str:
    return "".join(element.itertext())


def sections(page: ElementTree.Element) -> dict[str, str]:
    """By id: what the page says of a term."""
    found = {}
    for section in page.iter(f"{HTML}section"):
        heading = section.find(f"{HTML}h3")
        assert heading is not None
        found[heading.attrib["id"]] = text(section)
    return found


def test_every_class_and_property_is_described_once(page: ElementTree.Element) -> None:
    vocabulary = Graph().parse(VOCABULARY_FILE, format="turtle")
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
    declared = [local(str(term)) for kind in kinds for term in vocabulary.subjects(RDF.type, kind)]
    headings = [heading.attrib["id"] for heading in page.iter(f"{HTML}h3")]
    assert sorted(headings) == sorted(declared)
    said = sections(page)
    for subject, _, value in vocabulary:
        name = local(str(subject))
        if name in said and str(value).startswith("http"):
            shown = local(str(value)) if str(value).startswith(VOCABULARY) else reference.curie(str(value))
            assert shown in said[name] or reference.curie(str(value)).startswith("owl:"), (name, value)
        elif name in said:
            assert str(value) in said[name], (name, value)


def test_examples_come_from_the_bundled_plan(page: ElementTree.Element) -> None:
    said = sections(page)
    assert "金华市" in said["City"]
    assert all(re.search(r"例 example.+ → .+", said[relation]) for relation in ("launches", "concerns", "partOf"))
    assert sum("none in the bundled plan" in one for one in said.values()) < len(said) / 3


def test_the_picture_shows_the_classes_and_the_relations_between_them(page: ElementTree.Element) -> None:
    (picture,) = page.iter(f"{SVG}svg")
    names = {link.attrib["href"].removeprefix("#") for link in picture.iter(f"{SVG}a")}
    assert names == {*CLASSES, *PREDICATES, "WorkPlan", "Section", "Item"}
    titles = {text(title) for title in picture.iter(f"{SVG}title")}
    assert {"Item → launches", "launches → Initiative", "launches → Body", "concerns → Theme"} <= titles
    boxes = [
        [float(rect.attrib[name]) for name in ("x", "y", "width", "height")] for rect in picture.iter(f"{SVG}rect")
    ]
    for n, (x, y, width, height) in enumerate(boxes):
        for x2, y2, width2, height2 in boxes[:n]:
            assert x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y


def test_no_line_of_writing_leaves_its_box(page: ElementTree.Element) -> None:
    for link in page.iter(f"{SVG}a"):
        (rect,) = link.iter(f"{SVG}rect")
        for line in link.iter(f"{SVG}text"):
            assert text_width(text(line), 12) <= float(rect.attrib["width"]) - 8, text(line)


def test_the_page_asks_nobody_else(page: ElementTree.Element) -> None:
    for element in page.iter():
        assert element.tag.rpartition("}")[2] not in ("script", "link", "img", "iframe", "object")
        for name in ("href", "src"):
            assert element.attrib.get(name, "#").startswith("#")
    ids = {element.attrib["id"] for element in page.iter() if "id" in element.attrib}
    assert {element.attrib["href"].removeprefix("#") for element in page.iter() if "href" in element.attrib} <= ids
    assert not re.search(r"url\(|@import", reference.page())


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    file = tmp_path / "ontology.html"
    reference.main(["-o", str(file)])
    assert file.read_bytes() == reference.page().encode("utf-8")


def test_the_command_asks_for_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        reference.main([])
    assert "-o" in capsys.readouterr().err
