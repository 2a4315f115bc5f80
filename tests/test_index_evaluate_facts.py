"""Scores of facts against an annotated plan: those of the project's scorer, and every difference told."""

import contextlib
import importlib.util
import io
import json
import re
import shutil
from argparse import Namespace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from corpus.errors import ReadError
from corpus.parse import parse_file
from corpus.sample import SAMPLE
from graph.extract import extract
from graph.facts import to_json
from graph.lexicon import Lexicon
from index.evaluate import Score, Share
from index.evaluate_facts import FactsReport, Statement, evaluate_annotated, matched
from index.evaluate_judged import evaluate_facts


@pytest.fixture(scope="module")
def gold() -> Path:
    folder = Path(__file__).parents[2] / "shared" / "gold"
    if not folder.is_dir():
        pytest.skip("the annotated plan is not beside this checkout")
    return folder


@pytest.fixture(scope="module")
def report(gold: Path) -> FactsReport:
    return evaluate_annotated(gold, SAMPLE)


# ---- as the scorer has it


def scorer(shared: Path) -> ModuleType:
    """The project's scorer, which finds facts in this process."""
    spec = importlib.util.spec_from_file_location("score", shared / "score" / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def found_in(_: str, file: Path) -> dict[str, Any]:
    document = parse_file(Path(file))
    return to_json(document, extract(document, Lexicon.load()))


@pytest.fixture(scope="module")
def scored(gold: Path) -> str:
    """What the scorer prints for the bundled plan."""
    module = scorer(gold.parent)
    module.run_json = found_in  # type: ignore[attr-defined]
    with contextlib.redirect_stdout(io.StringIO()) as printed, pytest.warns(ResourceWarning):
        module.score_facts(Namespace(gold=gold, text=SAMPLE, cmd=""))
    return printed.getvalue()


def figures(score: Score) -> dict[str, Any]:
    """A score as the scorer writes it; of relations its `p` counts the wanted that were reached."""
    reached = score.right if score.reached is None else score.reached
    p, r = reached / score.found if score.found else 0.0, score.recall
    f1 = 2 * p * r / (p + r) if p + r else 0.0
    return {"p": round(p, 4), "r": round(r, 4), "f1": round(f1, 4), "gold": score.wanted, "found": score.found}


def test_classes_and_predicates_have_the_figures_of_the_scorer(report: FactsReport, scored: str) -> None:
    table = json.loads(scored[: scored.index("\n}") + 2])
    assert {name: figures(score) for name, score in report.classes.items() if score.wanted} == table["mentions"]
    assert {name: figures(score) for name, score in report.predicates.items()} == table["relations"]


def test_the_whole_has_the_figures_of_the_scorer(report: FactsReport, scored: str) -> None:
    told = {name: float(value) for name, value in re.findall(r"(\w+_(?:f1|p|r))=([\d.]+)", scored)}
    right, of = map(int, re.findall(r"right=(\d+) of=(\d+)", scored)[0])
    assert told == {
        "themes_f1": figures(report.predicates["concerns"])["f1"],
        **{f"mentions_{k}": round(v, 4) for k, v in shares(report.mentions).items()},
        **{f"relations_{k}": round(v, 4) for k, v in shares(report.relations).items()},
    }
    assert report.claims == Share(right, of)


def shares(score: Score) -> dict[str, float]:
    return {"f1": score.f1, "p": score.precision, "r": score.recall}


# ---- what else is told


def test_every_difference_is_told_with_its_characters(report: FactsReport, gold: Path) -> None:
    raw, plan = SAMPLE.read_text(encoding="utf-8"), (gold / "plan.txt").read_text(encoding="utf-8")
    kinds = [fault.kind for fault in report.faults]
    assert kinds.count("missing mention") == report.mentions.wanted - report.mentions.right
    assert kinds.count("false mention") == report.mentions.found - report.mentions.right
    assert kinds.count("missing relation") == report.relations.wanted - (report.relations.reached or 0)
    assert kinds.count("false relation") == report.relations.found - report.relations.right
    assert kinds.count("grade") == report.grades.of - report.grades.right
    assert kinds.count("missing claim") + kinds.count("trap taken") == report.claims.of - report.claims.right
    for fault in report.faults:
        text = plan if fault.kind.startswith("missing") else raw
        assert fault.start is None or text[fault.start : fault.end] == fault.quote
        assert (fault.rule is None) == (fault.kind.startswith("missing") or fault.kind == "trap taken")


def test_every_fact_that_is_judged_counts_for_the_calibration(report: FactsReport) -> None:
    found = report.calibration
    assert found.facts >= report.mentions.found + report.relations.found
    assert sum(group.facts for group in found.rules) == found.facts
    assert sum(group.right * group.facts for group in found.bins) == pytest.approx(
        sum(group.right * group.facts for group in found.rules)
    )


def test_gold_data_that_say_otherwise_are_told(gold: Path, tmp_path: Path) -> None:
    for file in ("relations.jsonl", "entity_registry.jsonl", "themes.tsv", "plan.txt"):
        shutil.copyfile(gold / file, tmp_path / file)
    rows = [json.loads(line) for line in (gold / "entities.jsonl").read_text(encoding="utf-8").splitlines()]
    changed = next(row for row in rows if row["mention"] == "群众" and row["item"] == 7)
    kept = [row for row in rows if row is not changed]
    invented = changed | {"class": "Body", "mention": "碧水局"}
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [*kept, invented])
    (tmp_path / "entities.jsonl").write_text(lines, encoding="utf-8")
    before, after = evaluate_annotated(gold, gold / "plan.txt"), evaluate_annotated(tmp_path)
    assert (after.mentions.right, after.mentions.wanted) == (before.mentions.right - 1, before.mentions.wanted)
    new = {fault for fault in after.faults if "mention" in fault.kind} - set(before.faults)
    assert {(fault.kind, fault.item, fault.quote) for fault in new} == {
        ("missing mention", "7", "碧水局"),
        ("false mention", "三/7", "群众"),
    }
    assert (after.claims, after.themes, after.grades) == (Share(0, 0), Score(0, before.themes.found, 0), Share(0, 0))


def test_the_plan_is_the_one_that_the_gold_data_name(gold: Path, report: FactsReport, tmp_path: Path) -> None:
    assert evaluate_facts(gold) == report  # structure.json names its source
    shutil.copyfile(gold / "entities.jsonl", tmp_path / "entities.jsonl")
    with pytest.raises(ReadError, match=r"neither plan\.txt nor the source"):
        evaluate_facts(tmp_path)


# ---- how statements are compared


def said(subject: str, object_: str, *names: str) -> Statement:
    return Statement("onTopic", subject, object_, frozenset({subject}), frozenset({object_, *names}))


def test_a_relation_found_serves_one_that_is_wanted() -> None:
    one, other, found = said("Item 1", "a", "x"), said("Item 1", "b", "x"), said("Item 1", "x")
    assert matched([one, other], [found]) == ({one}, {found})
    assert matched([one], [said("Item 2", "x")]) == (set(), set())


def test_a_relation_of_an_activity_serves_all_activities_of_its_item() -> None:
    one = Statement("onTopic", "activity:1", "a", frozenset({"activity@4"}), frozenset({"a"}))
    other = one._replace(subject="activity:2")
    found = said("activity@4", "a")
    assert matched([one, other], [found]) == ({one, other}, {found})


def test_a_folder_without_gold_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"neither entities.jsonl nor verdicts\*.jsonl"):
        evaluate_facts(tmp_path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "entities.jsonl, line 2: no JSON"),
        ("[]", "entities.jsonl, line 2: not a JSON object"),
        ("{}", "the gold data lack 'class'"),
    ],
)
def test_damaged_gold_data_are_told(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "plan.txt").write_text("一、工作\n1.开展调研。\n", encoding="utf-8")
    (tmp_path / "entities.jsonl").write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(ReadError, match=message):
        evaluate_facts(tmp_path)
