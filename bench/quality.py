"""How good the answers are, on the development, calibration and validation questions."""

import json
import math
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePath

from bench.table import Row
from corpus.tables import rows as rows_of
from index.library import Library
from index.query import understand
from index.search import Scored, rank

SHARED = Path(__file__).parents[2] / "shared"
QUESTIONS = Path(__file__).parent / "questions"
FLOORS = {"zh answered": 0.90, "en answered": 0.84, "zh silent": 1.0, "en silent": 1.0}


@dataclass(frozen=True, slots=True)
class Set:
    """Graded questions over a few plans in one base."""

    name: str
    questions: Path
    plans: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's candidates, best first, with their grades; borderline ones left out."""

    set: str
    language: str
    pieces: int  # of the question
    candidates: tuple[tuple[Scored, int], ...]
    grades: tuple[int, ...]  # of everything relevant, candidates or not


def sets() -> list[Set]:
    """Development, calibration and validation sets; empty where the shared material is not beside the checkout."""
    if not SHARED.is_dir():
        return []
    sample = SHARED / "corpus" / "jinhua-cppcc-2022.txt"
    texts = tuple(sorted((SHARED / "gold-plans" / "texts").glob("*.txt")))
    ours = [
        Set(
            row["set"].replace("_", " "),
            QUESTIONS / f"{row['set']}.jsonl",
            tuple(SHARED / "corpus" / f"{plan}.txt" for plan in row["plans"].split()),
        )
        for row in rows_of("questions/sets.tsv", "bench")
    ]
    return [
        Set("development, the sample plan", SHARED / "gold" / "queries_dev.jsonl", (sample,)),
        Set("development, five plans", SHARED / "gold-plans" / "queries.jsonl", (sample, *texts)),
        *ours,
    ]


def judge(chosen: Set) -> list[Judged]:
    """Rank every question of a set."""
    with tempfile.TemporaryDirectory() as folder:
        Library.build(Path(folder) / "kb", chosen.plans)
        with Library.open(Path(folder) / "kb") as library:
            stems = {ref.id: PurePath(ref.source).stem for ref in library.documents()}
            lines = chosen.questions.read_text(encoding="utf-8").splitlines()
            return [_judge_one(json.loads(line), chosen.name, library, stems) for line in lines if line.strip()]


def _judge_one(question: dict[str, object], name: str, library: Library, stems: dict[str, str]) -> Judged:
    relevant, borderline = _gold(question)
    understood = understand(str(question["query"]))
    ranked = rank(understood, library.sources).scored
    rows = library.sources.catalogue.items(scored.number for scored in ranked)
    pieces = len(library.sources.alignment.pieces(understood.focus))

    def key(scored: Scored) -> str:
        row = rows[scored.number]
        by_number = isinstance(question["relevant"], dict)
        return str(row.ordinal) if by_number else f"{stems[row.document]}|{row.path}"

    candidates = tuple((s, relevant.get(key(s), 0)) for s in ranked if key(s) not in borderline)
    return Judged(name, str(question["lang"]), pieces, candidates, tuple(relevant.values()))


def _gold(question: dict[str, object]) -> tuple[dict[str, int], set[str]]:
    """Grades by item number (one plan) or `file|path`, and the borderline items."""
    relevant = question["relevant"]
    if isinstance(relevant, dict):
        return {str(number): int(grade) for number, grade in relevant.items()}, set()
    assert isinstance(relevant, list)
    rows: list[dict[str, str]] = question.get("borderline") or []  # type: ignore[assignment]
    return {f"{r['doc']}|{r['path']}": int(r["grade"]) for r in relevant}, {f"{r['doc']}|{r['path']}" for r in rows}


def ndcg(grades: list[int], ideal: tuple[int, ...], k: int = 5) -> float:
    """Normalised discounted cumulative gain, gains 2^grade - 1."""

    def dcg(values: list[int]) -> float:
        return sum(float(2**grade - 1) / math.log2(position + 2) for position, grade in enumerate(values[:k]))

    return float(dcg(grades) / dcg(sorted(ideal, reverse=True)))


def measure() -> list[Row]:
    """nDCG@5 of what is answered and of the bare ranking, and the share of silence where nothing answers."""
    rows = []
    for chosen in sets():
        figures: dict[str, list[float]] = defaultdict(list)
        for judged in judge(chosen):
            answered = [grade for scored, grade in judged.candidates if scored.answers]
            if judged.grades:
                figures[f"{judged.language} answered"].append(ndcg(answered, judged.grades))
                figures[f"{judged.language} ranked"].append(ndcg([g for _, g in judged.candidates], judged.grades))
            else:
                figures[f"{judged.language} silent"].append(float(not answered))
        for name, values in sorted(figures.items()):
            floor = FLOORS.get(name, 0.0) if chosen.name.endswith("sample plan") else 0.0
            figure = "silence" if name.endswith("silent") else "nDCG@5"
            value = sum(values) / len(values)
            shown = f"{value:.3f} ({len(values)})"
            wanted = f">= {floor:.2f}" if floor else ""
            rows.append(Row(f"{figure}, {chosen.name}, {name}", shown, wanted=wanted, met=value >= floor))
    if not rows:
        print("bench: quality left out: the shared material is not beside this checkout", file=sys.stderr)
    return rows
