"""Graded questions: the measures against figures worked out by hand, a base made for the run, and bad gold data."""

import json
import math
from pathlib import Path

import pytest

from api.cli import main
from corpus.errors import ReadError
from corpus.sample import SAMPLE
from index.evaluate_search import Estimate, Outcome, evaluate_search
from index.library import Library


def outcome(grades: tuple[int, ...], wanted: dict[str, int], scores: tuple[float, ...] = ()) -> Outcome:
    found = tuple(f"f{place}" for place in range(len(grades)))
    return Outcome("q", "zh", "问", found, tuple(wanted.items()), grades, scores or (0.5,) * len(grades))


def test_gains_are_discounted_by_place() -> None:
    asked = outcome((1, 0, 2), {"a": 2, "b": 1})
    best = 3 + 1 / math.log2(3)
    assert asked.ndcg(5) == pytest.approx((1 + 3 / math.log2(4)) / best)
    assert asked.ndcg(1) == pytest.approx(1 / 3)
    assert (asked.recall(1), asked.recall(10), asked.reciprocal_rank()) == (0.5, 1.0, 1.0)


def test_what_was_not_found_earns_nothing() -> None:
    asked = outcome((), {"a": 2})
    assert (asked.silent, asked.ndcg(5), asked.recall(10), asked.reciprocal_rank()) == (True, 0.0, 0.0, 0.0)
    assert outcome((0, 1), {"a": 1}).reciprocal_rank() == 0.5


QUESTIONS = [
    {"id": "1", "lang": "zh", "query": "哪些条目涉及民生", "relevant": {"7": 2, "8": 2, "9": 2}, "pair": "livelihood"},
    {
        "id": "2",
        "lang": "en",
        "query": "which items concern livelihood",
        "relevant": {"7": 2, "8": 2},
        "pair": "livelihood",
    },
    {"id": "3", "lang": "en", "query": "stock market", "relevant": {}},
]


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    folder = tmp_path / "gold"
    folder.mkdir()
    lines = "\n".join(json.dumps(question, ensure_ascii=False) for question in QUESTIONS)
    (folder / "queries.jsonl").write_text(lines + "\n", encoding="utf-8")
    return folder


def test_a_plan_is_asked_and_every_question_listed(gold: Path) -> None:
    report = evaluate_search(gold, SAMPLE)
    assert [(o.id, o.silent) for o in report.outcomes] == [("1", False), ("2", False), ("3", True)]
    assert {"7", "8", "9"} <= set(report.outcomes[0].found)
    assert report.languages["zh"].ndcg_5 == Estimate(1.0, 1.0, 1.0, 1)
    assert report.languages["en"].abstention == Estimate(1.0, 1.0, 1.0, 1)
    assert report.languages["en"].silenced == Estimate(0.0, 0.0, 0.0, 1)
    one, other = (set(o.found) for o in report.outcomes[:2])
    assert report.overlap.mean == pytest.approx(len(one & other) / len(one | other))


def test_a_base_gives_the_same_as_its_texts(gold: Path, tmp_path: Path) -> None:
    Library.build(tmp_path / "kb", [SAMPLE])
    assert evaluate_search(gold, base=tmp_path / "kb") == evaluate_search(gold, SAMPLE)


def test_borderline_items_count_neither_way(gold: Path) -> None:
    stem = SAMPLE.stem
    question = {
        "lang": "zh", "query": "哪些条目涉及民生",
        "relevant": [{"doc": stem, "path": "三/7", "grade": 2}],
        "borderline": [{"doc": stem, "path": "三/8"}, {"doc": stem, "path": "三/9"}],
    }  # fmt: skip
    (gold / "queries.jsonl").write_text(json.dumps(question, ensure_ascii=False), encoding="utf-8")
    (asked,) = evaluate_search(gold, SAMPLE).outcomes
    assert asked.found[0] == f"{stem}|三/7"
    assert not {f"{stem}|三/8", f"{stem}|三/9"} & set(asked.found)


def test_bad_gold_data_get_one_line(gold: Path, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"no queries\*\.jsonl there"):
        evaluate_search(tmp_path / "nowhere", SAMPLE)
    with pytest.raises(ReadError, match="name the texts with --texts, or a base with --kb"):
        evaluate_search(gold)
    (gold / "queries.jsonl").write_text('{"lang": "zh", "query": "民生"}\n', encoding="utf-8")
    with pytest.raises(ReadError, match=r"queries\.jsonl: a question not in the form of graded questions"):
        evaluate_search(gold, SAMPLE)


def test_the_command_tells_every_question(gold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["evaluate", "search", "--gold", str(gold), "--texts", str(SAMPLE), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert [(q["id"], q["silent"]) for q in told["questions"]] == [("1", False), ("2", False), ("3", True)]
    assert told["languages"]["zh"]["ndcg_5"] == {"mean": 1.0, "interval": [1.0, 1.0], "questions": 1}
