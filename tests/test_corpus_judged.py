"""What was reached on plans that readers judged stays reached; see tests/data/README.md."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from corpus.parse import parse_file
from corpus.types import Document
from graph.extract import extract
from graph.facts import to_json
from graph.lexicon import Lexicon
from index.evaluate_judged import evaluate_judged

LEXICON = Lexicon.load()
DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    ("draw", "items", "units", "deadlines"),
    [
        ("judged", 0.99, 0.98, 0.99),
        ("judged_second", 0.99, 0.99, 0.95),
        ("judged_third", 0.97, 0.99, 0.91),
        ("judged_notices", 0.92, None, 0.84),
    ],
)
def test_items_and_frames_of_the_judged_plans(
    shared: Path, draw: str, items: float, units: float | None, deadlines: float
) -> None:
    counts = {"items": [0, 0, 0], "units": [0, 0, 0], "deadlines": [0, 0, 0]}  # right, found, true
    for file in sorted((DATA / draw).glob("*.json")):
        judged = json.loads(file.read_text(encoding="utf-8"))
        document = parse_file(shared / "corpus" / judged["file"])
        assert hashlib.sha256(document.text.raw.encode("utf-8")).hexdigest() == judged["sha256"]
        count(counts["items"], items_found(document), items_true(document, judged))
        tasks = to_json(document, extract(document, LEXICON))["tasks"]
        frames = judged.get("frames", [])
        count(counts["units"], units_of(tasks), units_of(frames))
        found = {(t["path"], t["deadline"]["iso"]) for t in tasks if t["deadline"] and t["deadline"]["iso"]}
        count(counts["deadlines"], found, {(f["path"], f["deadline"]) for f in frames if f.get("deadline")})
    assert f1(counts["items"]) >= items
    assert f1(counts["deadlines"]) >= deadlines
    if units is None:
        assert counts["units"] == [0, 0, 0]  # no unit bracket is printed, and none is invented
    else:
        assert f1(counts["units"]) >= units


def items_found(document: Document) -> set[Any]:
    return {(n.path, *extent(document.text.raw, *document.text.raw_span(n.span))) for n in document.items}


def items_true(document: Document, judged: dict[str, Any]) -> set[Any]:
    return {(i["path"], *extent(document.text.raw, i["start"], i["end"])) for i in judged["items"]}


def extent(raw: str, start: int, end: int) -> tuple[str, int]:
    """How a span begins and how much it holds, blanks apart."""
    text = "".join(raw[start:end].split())
    return text[:12], len(text)


def units_of(frames: list[dict[str, Any]]) -> set[Any]:
    return {(f["path"], unit) for f in frames for unit in [*(f.get("lead") or []), *(f.get("participants") or [])]}


def count(total: list[int], found: set[Any], true: set[Any]) -> None:
    for place, number in enumerate((len(found & true), len(found), len(true))):
        total[place] += number


def f1(total: list[int]) -> float:
    right, found, true = total
    return 2 * right / (found + true)


@pytest.mark.parametrize(
    ("draw", "mentions", "relations", "recall"),
    [("first", 0.92, 0.82, (0.36, 0.40)), ("second", 0.87, 0.86, (0.34, 0.45)), ("third", 0.89, 0.75, None)],
)
def test_facts_that_readers_judged(
    shared: Path, draw: str, mentions: float, relations: float, recall: tuple[float, float] | None
) -> None:
    """Precision of what is still stated (doubtful counted half), recall on the items annotated in full."""
    report = evaluate_judged(DATA / "facts_judged" / draw, shared / "corpus")
    assert report.today is not None
    assert report.today.mentions.precision >= mentions
    assert report.today.relations.precision >= relations
    assert report.drawn.calibration.error <= 0.07  # with the confidences of the day of the draw
    if recall is None:
        assert report.items is None
    else:
        assert report.items is not None
        assert report.items.mentions.recall >= recall[0]
        assert report.items.relations.recall >= recall[1]
