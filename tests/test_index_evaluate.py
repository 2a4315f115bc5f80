"""Scores against gold data: right where all is right, and every difference is told."""

import json
import shutil
from pathlib import Path

import pytest

from corpus.errors import ReadError
from corpus.sample import SAMPLE
from index.evaluate import Fault, Score, Share, evaluate_structure

GOLD = Path(__file__).parent / "gold" / "jinhua-cppcc-2022.structure.json"


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    (tmp_path / "structure").mkdir()
    (tmp_path / "texts").mkdir()
    shutil.copyfile(GOLD, tmp_path / "structure" / GOLD.name)
    shutil.copyfile(SAMPLE, tmp_path / "texts" / "jinhua-cppcc-2022.txt")
    return tmp_path


def test_the_bundled_plan_is_read_as_the_gold_data_have_it(gold: Path) -> None:
    report = evaluate_structure(gold)
    assert report.items == Score(20, 20, 20)
    assert (report.headings, report.texts, report.metadata) == (Share(20, 20), Share(20, 20), Share(5, 5))
    assert report.faults == ()


def test_every_difference_is_told(gold: Path) -> None:
    file = gold / "structure" / GOLD.name
    wanted = json.loads(file.read_text(encoding="utf-8"))
    wanted["items"][0]["heading"] = "另一个标题"
    wanted["items"][1]["text"] += "多出来的话。"
    wanted["items"][2]["path"] = "一/99"
    wanted["metadata"]["document_number"] = None
    file.write_text(json.dumps(wanted, ensure_ascii=False), encoding="utf-8")
    report = evaluate_structure(gold)
    assert report.items == Score(19, 20, 20)
    assert [(f.kind, f.place) for f in report.faults] == [
        ("missed item", "一/99"),
        ("false item", "一/3"),
        ("heading", "一/1"),
        ("text", "一/2"),
        ("metadata", "document_number"),
    ]
    assert report.faults[-1] == Fault(
        "jinhua-cppcc-2022", "metadata", "document_number", "(not stated)", "金政协党组〔2022〕2号"
    )


def test_frames_are_compared_unit_by_unit(gold: Path) -> None:
    rows = [
        {"doc": "jinhua-cppcc-2022", "path": "一/1", "lead": ["市政协办公室"], "participants": [], "deadline": None},
        {
            "doc": "jinhua-cppcc-2022",
            "path": "一/2",
            "lead": [],
            "participants": [],
            "units_status": "not stated",
            "deadline": {"iso": "../2022-12-31"},
        },
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (gold / "frames.jsonl").write_text(lines, encoding="utf-8")
    report = evaluate_structure(gold)
    assert (report.lead, report.deadlines, report.invented_units) == (Score(0, 0, 1), Score(0, 0, 1), 0)
    assert [(f.kind, f.place, f.wanted) for f in report.faults] == [
        ("units", "一/1 lead", "市政协办公室"),
        ("deadline", "一/2", "../2022-12-31"),
    ]


def test_scores_of_nothing_are_perfect() -> None:
    assert (Score(0, 0, 0).f1, Score(0, 0, 0).precision, Share(0, 0).value) == (1, 1, 1)
    assert (Score(1, 2, 4).precision, Score(1, 2, 4).recall) == (0.5, 0.25)
    assert Score(1, 2, 4).f1 == pytest.approx(1 / 3)


def test_a_folder_without_gold_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no structure"):
        evaluate_structure(tmp_path)


def test_a_missing_text_is_told(gold: Path) -> None:
    (gold / "texts" / "jinhua-cppcc-2022.txt").unlink()
    with pytest.raises(ReadError, match="jinhua-cppcc-2022"):
        evaluate_structure(gold)


def test_the_floors_of_the_development_plans(shared: Path) -> None:
    report = evaluate_structure(shared / "gold-plans")
    assert report.items.f1 >= 0.99
    assert report.headings.value >= 0.98
    assert report.texts.value >= 0.97
    assert report.metadata.value >= 0.95
    assert report.lead.f1 >= 0.97
    assert report.units.f1 >= 0.97
    assert report.deadlines.f1 >= 0.90
    assert report.invented_units == 0
