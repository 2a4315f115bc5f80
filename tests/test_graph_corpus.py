"""Every fact of real documents is pinned to its characters: a sample of the collection, all with YAODIAN_LONG=1."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.layout import split_lines
from corpus.parse import parse_file, parse_text
from corpus.tasktable import task_rows
from corpus.types import Document, Span
from graph.extract import extract
from graph.lexicon import Lexicon
from graph.model import CLASSES, PREDICATES, Facts, Node
from ontology.tables import rules

_PARTS = 4  # so that several processes share the work
_ONE_IN = 1 if os.environ.get("YAODIAN_LONG") == "1" else 16
_IRI = re.compile(r"https://w3id\.org/yaodian/[a-z]+(?:/[a-z]+)*[/#][A-Za-z0-9._~-]+")
_NODES = (*CLASSES, "Item", "Section")


def drawn(folder: Path, part: int) -> list[Path]:
    """The files of one part of the sample; which ones follows from their names alone."""
    numbers = {
        file: int(hashlib.sha256(file.name.encode()).hexdigest(), 16)
        for kind in ("plans", "other")
        for file in sorted((folder / "corpus" / kind).glob("*.txt"))
    }
    return [f for f, number in numbers.items() if number % _ONE_IN == 0 and number // _ONE_IN % _PARTS == part]


def repaired(document: Document, start: int, end: int) -> str:
    """The raw characters with the logged repairs that lie in them, applied one after another.

    What a repair puts in at the very border (a line end before the next item) lies between this stretch and the next.
    """
    text, at = "", start
    for repair in document.text.repairs:
        at_border = not repair.before and repair.start in (start, end)
        if start <= repair.start and repair.end <= end and not at_border:
            assert document.text.raw[repair.start : repair.end] == repair.before
            text += document.text.raw[at : repair.start] + repair.after
            at = repair.end
    return text + document.text.raw[at:end]


def places(facts: Facts) -> Iterator[tuple[str | None, Span]]:
    """Every place that a fact is pinned to, with the item that it is said to lie in."""
    yield from ((mention.item, mention.span) for mention in facts.mentions)
    yield from ((relation.item, relation.span) for relation in facts.relations)
    yield from ((task.path, span) for task in facts.tasks for span in task.evidence)


def nodes(facts: Facts) -> Iterator[Node]:
    yield from (mention.entity for mention in facts.mentions)
    yield from (node for relation in facts.relations for node in (relation.subject, relation.object))


def faults(document: Document, facts: Facts) -> Iterator[str]:
    """What is wrong with the facts of a document; nothing, it is hoped."""
    rows = {row.span.start for row in task_rows(split_lines(document.text.clean))}
    for item, span in set(places(facts)):
        raw = document.text.raw_span(span)
        if not document.clean(span) or repaired(document, *raw) != document.clean(span):
            yield f"{span} {document.clean(span)!r} is not {repaired(document, *raw)!r}"
        if item is not None:
            whole = document.by_path[item].span
            in_cells = whole.start in rows  # other cells of a table's row state the units and the deadline of its task
            if not (whole.start <= span.start and span.end <= whole.end) and not in_cells:
                yield f"{span} {document.clean(span)!r} is not in item {item}"
    for node in set(nodes(facts)):
        if not _IRI.fullmatch(node.iri) or node.cls not in _NODES or not node.name:
            yield f"{node} is no node"
    trusted = {(m.rule, m.confidence) for m in facts.mentions} | {(r.rule, r.confidence) for r in facts.relations}
    for rule, confidence in trusted:
        if rules()[rule].confidence != confidence:
            yield f"{confidence} is not the confidence of {rule}"
    yield from (f"{r.predicate} is no predicate" for r in facts.relations if r.predicate not in PREDICATES)


@pytest.mark.parametrize("part", range(_PARTS))
def test_every_fact_of_the_collection_is_pinned_to_its_characters(shared: Path, part: int) -> None:
    files = drawn(shared, part)
    assert files
    wrong = []
    for file in files:
        document = parse_file(file)
        wrong += [f"{file.name}: {fault}" for fault in faults(document, extract(document, Lexicon.load()))]
    assert wrong == []


def test_a_fact_with_a_wrong_place_is_found_out() -> None:
    document = parse_text("工作要点\n一、工作\n1.开展专题调\n\n研。\n2.每季度组织专项视察。\n", "plan.txt")
    facts = extract(document, Lexicon.load())
    assert document.text.repairs and list(faults(document, facts)) == []
    first = facts.mentions[0]
    moved = replace(first, item="一/1", span=Span(0, 4))
    assert list(faults(document, Facts((moved,), ()))) == ["Span(start=0, end=4) '工作要点' is not in item 一/1"]
    unnamed = replace(first, entity=replace(first.entity, iri="https://w3id.org/yaodian/id/a b"), confidence=0.1)
    assert len(list(faults(document, Facts((unnamed,), ())))) == 2
