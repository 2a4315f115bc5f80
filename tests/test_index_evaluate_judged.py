"""Scores of a judged sample: verdicts as they stand, facts of today, and recall on items annotated in full."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from corpus.errors import ReadError
from corpus.parse import parse_file
from graph.extract import extract
from graph.facts import to_json
from graph.lexicon import Lexicon
from index.evaluate import Score
from index.evaluate_judged import JudgedReport, Verdicts, evaluate_facts

ITEM = "1.开展“清河行”活动。围绕农村饮水安全，每季度组织专项视察，服务群众。"
PLAN = f"政协青田市委员会2023年工作要点\n一、主要任务\n{ITEM}\n"
SHA = hashlib.sha256(PLAN.encode("utf-8")).hexdigest()


def write(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def drawn() -> list[dict[str, Any]]:
    """Facts of the plan in the form of a draw: three mentions and two relations, one of which is no longer stated."""
    start = PLAN.index("清河行")
    common = {"file": "plans/plan.txt", "sha256": SHA, "item": "一/1"}
    item = ["Item", "一/1"]
    return [
        common | row
        for row in (
            {"n": 0, "kind": "mention", "class": "Initiative", "name": "清河行", "start": start, "end": start + 3,
             "rule": "quote-head", "confidence": 0.92, "context": "开展“⟦清河行⟧”活动"},
            {"n": 1, "kind": "mention", "class": "Group", "name": "群众", "start": PLAN.index("群众"),
             "end": PLAN.index("群众") + 2, "rule": "group", "confidence": 0.5, "context": "服务⟦群众⟧。"},
            {"n": 2, "kind": "mention", "class": "Body", "name": "水务局", "start": 0, "end": 3, "rule": "body",
             "confidence": 0.9, "context": "⟦水务局⟧"},
            {"n": 3, "kind": "relation", "subject": item, "predicate": "implements", "object": ["Initiative", "清河行"],
             "grade": None, "start": start, "end": start + 3, "rule": "verb", "confidence": 0.8},
            {"n": 4, "kind": "relation", "subject": item, "predicate": "involves", "object": ["Group", "群众"],
             "grade": None, "start": start, "end": start + 3, "rule": "group", "confidence": 0.9},
        )
    ]  # fmt: skip


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    (tmp_path / "texts" / "plans").mkdir(parents=True)
    (tmp_path / "texts" / "plans" / "plan.txt").write_text(PLAN, encoding="utf-8")
    write(tmp_path / "facts1.jsonl", drawn())
    said = ["right", "doubtful", "wrong", "right", "wrong"]
    write(tmp_path / "verdicts1.jsonl", [{"n": n, "verdict": v, "why": v[:1]} for n, v in enumerate(said)])
    return tmp_path


def annotate(sample: Path) -> None:
    """The plan's one item as a reader sees it: one mention and two relations are not found."""
    at = PLAN.index(ITEM)
    place = {"file": "plans/plan.txt", "sha256": SHA, "path": "一/1", "start": at, "end": at + len(ITEM), "text": ITEM}
    write(sample / "items1.jsonl", [{"n": 0, **place}])
    item, visit = ["Item", "一/1"], ["Activity", "组织专项视察"]
    named = [
        ("Initiative", "“清河行”活动", "清河行"),
        ("Topic", "农村饮水安全", "农村饮水安全"),
        ("Time", "每季度", "每季度"),
        ("Activity", "组织专项视察", "组织专项视察"),
        ("ActivityForm", "专项视察", "专项视察"),
        ("Group", "群众", "群众"),
        ("Role", "服务", "服务员"),
        ("Theme", "饮水", "饮水"),
    ]
    relations: list[dict[str, Any]] = [
        {"subject": item, "predicate": "implements", "object": ["Initiative", "清河行"]},
        {"subject": item, "predicate": "implements", "object": visit},
        {"subject": visit, "predicate": "hasForm", "object": ["ActivityForm", "专项视察"]},
        {"subject": visit, "predicate": "onTopic", "object": ["Topic", "农村饮水安全"]},
        {"subject": item, "predicate": "involves", "object": ["Role", "服务员"]},
        {"subject": item, "predicate": "concerns", "object": ["Theme", "海洋"], "grade": 2},
    ]
    mentions = [{"class": cls, "text": text, "name": name} for cls, text, name in named]
    write(sample / "items1.gold.jsonl", [{"n": 0, "mentions": mentions, "relations": relations}])


def scores(sample: Path, texts: Path | None = None) -> JudgedReport:
    report = evaluate_facts(sample, texts)
    assert isinstance(report, JudgedReport)
    return report


def test_verdicts_are_counted_with_the_doubtful_half_and_strictly(sample: Path) -> None:
    found = scores(sample).drawn
    assert (found.mentions, found.relations) == (Verdicts(1, 1, 1), Verdicts(1, 1, 0))
    assert found.mentions.precision == 0.5
    assert found.mentions.strict == pytest.approx(1 / 3)
    assert found.classes["Group"] == Verdicts(0, 0, 1)
    assert found.predicates == {"implements": Verdicts(1, 0, 0), "involves": Verdicts(0, 1, 0)}
    error = abs(0.92 + 0.9 + 0.9 - 1) + abs(0.5 - 0.5) + abs(0.8 - 1)
    assert found.calibration.error == pytest.approx(error / 5)


def test_facts_of_today_are_those_still_stated_with_the_confidence_of_today(sample: Path) -> None:
    report = scores(sample)
    assert report.today is not None
    assert (report.today.mentions, report.today.relations) == (Verdicts(1, 0, 1), Verdicts(1, 0, 0))
    trusted = Lexicon.load().confidence
    assert {group.name: group.confidence for group in report.today.calibration.rules} == {
        rule: pytest.approx(trusted[rule]) for rule in ("quote-head", "group", "verb")
    }


def test_what_is_not_right_is_told_with_the_reason(sample: Path) -> None:
    told = [(f.kind, f.file, f.item, f.what, f.quote, f.rule, f.why) for f in scores(sample).faults]
    assert told == [
        ("doubtful mention", "plans/plan.txt", "一/1", "Group 群众", "群众", "group", "d"),
        ("wrong mention", "plans/plan.txt", "一/1", "Body 水务局", "水务局", "body", "w"),
        ("wrong relation", "plans/plan.txt", "一/1", "一/1 --involves--> 群众", "", "group", "w"),
    ]


def test_recall_is_measured_on_items_annotated_in_full(sample: Path) -> None:
    annotate(sample)
    items = scores(sample).items
    assert items is not None
    found = to_json(document := parse_file(sample / "texts" / "plans" / "plan.txt"), extract(document, Lexicon.load()))
    mentions = [m for m in found["mentions"] if m["item"] == "一/1"]
    relations = [r for r in found["relations"] if r["item"] == "一/1" and r["rule"] != "outline"]
    assert (items.items, items.mentions) == (1, Score(6, len(mentions), 7, 6))  # a theme is no mention
    assert items.classes["Role"] == Score(0, 0, 1, 0)
    keys = {(r["subject"]["name"], r["predicate"], r["object"]["name"]) for r in relations}
    assert items.relations == Score(4, len(keys), 6, 4)
    assert items.predicates["hasForm"] == Score(1, 1, 1, 1)


def test_what_an_item_lacks_is_told_with_its_place(sample: Path) -> None:
    annotate(sample)
    missing = [(f.kind, f.item, f.what, f.start) for f in scores(sample).faults if f.kind.startswith("missing")]
    assert missing == [
        ("missing mention", "一/1", "Role 服务员", PLAN.index("服务")),
        ("missing relation", "一/1", "Item 一/1 --involves--> 服务员", None),
        ("missing relation", "一/1", "Item 一/1 --concerns--> 海洋", None),
    ]


def test_without_texts_there_is_precision_alone(sample: Path, tmp_path: Path) -> None:
    annotate(sample)
    (sample / "texts").rename(sample / "elsewhere")
    report = scores(sample)
    assert (report.today, report.items, report.plans) == (None, None, 1)
    assert scores(sample, sample / "elsewhere").items is not None
    with pytest.raises(ReadError, match="texts is no folder"):
        evaluate_facts(sample, sample / "texts")


def test_a_fact_that_nobody_judged_does_not_count(sample: Path) -> None:
    write(sample / "verdicts1.jsonl", [{"n": 3, "verdict": "right"}])
    assert scores(sample).drawn.mentions == Verdicts(0, 0, 0)
    assert scores(sample).drawn.relations == Verdicts(1, 0, 0)
    assert (Verdicts(0, 0, 0).precision, Verdicts(0, 0, 0).strict) == (1.0, 1.0)


@pytest.mark.parametrize(
    "verdict", [{"n": 99, "verdict": "right"}, {"n": 1, "verdict": "perhaps"}, {"verdict": "right"}]
)
def test_a_verdict_on_nothing_or_of_no_known_kind_is_told(sample: Path, verdict: dict[str, Any]) -> None:
    write(sample / "verdicts1.jsonl", [verdict])
    with pytest.raises(ReadError, match=r"verdicts1.jsonl, line 1: no fact with this n, or a verdict"):
        evaluate_facts(sample)


def test_another_text_than_the_one_that_was_judged_is_told(sample: Path) -> None:
    (sample / "texts" / "plans" / "plan.txt").write_text(PLAN + "续", encoding="utf-8")
    with pytest.raises(ReadError, match="not the text that was judged"):
        evaluate_facts(sample)
    (sample / "texts" / "plans" / "plan.txt").unlink()
    with pytest.raises(ReadError, match="is not there; name with --texts"):
        evaluate_facts(sample)


def test_an_annotation_of_an_item_that_was_not_drawn_is_told(sample: Path) -> None:
    annotate(sample)
    write(sample / "items1.jsonl", [])
    with pytest.raises(ReadError, match="no item with this n was drawn"):
        evaluate_facts(sample)


def test_a_missing_file_of_facts_is_told(sample: Path) -> None:
    (sample / "facts1.jsonl").unlink()
    with pytest.raises(ReadError, match=r"facts1.jsonl cannot be read"):
        evaluate_facts(sample)
