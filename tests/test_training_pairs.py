"""What the model learns from: nothing that is held back, nothing of the documents that judge it."""

import json
from pathlib import Path

import pytest

from corpus.tables import rows
from training.pairs import Data, is_chinese, read_data
from training.recipe import Recipe

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def data(shared: Path) -> Data:
    return read_data(shared, Recipe(held_back=0.15))


def test_held_back_texts_are_in_no_pair(data: Data) -> None:
    held = {asked.zh for asked_rows in data.held_back.values() for asked in asked_rows}
    assert len(held) > 200
    texts = {text for pairs in data.pairs.values() for pair in pairs for text in (pair.left, pair.right, pair.near)}
    assert not held & texts


def test_judged_questions_are_in_no_pair_of_questions(shared: Path, data: Data) -> None:
    files = [
        shared / "gold" / "queries_dev.jsonl",
        shared / "gold-plans" / "queries.jsonl",
        *(ROOT / "bench/questions").glob("*.jsonl"),
    ]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    asked = {json.loads(line)["query"] for line in lines}
    asked = {query for query in asked if len(query) > (8 if is_chinese(query) else 16)}  # shorter ones anybody uses
    assert not asked & {pair.left for pair in data.pairs["questions"]}


def test_documents_that_judge_the_search_are_reserved(shared: Path) -> None:
    reserved = {row["document"] for row in rows("reserved.tsv", "training")}
    judged = {file.stem for file in (shared / "gold-plans" / "texts").glob("*.txt")} | {"jinhua-cppcc-2022"}
    for file in (ROOT / "bench/questions").glob("*.jsonl"):
        questions = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        judged |= {row["doc"] for question in questions for row in question["relevant"]}
    assert judged <= reserved
