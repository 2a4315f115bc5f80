"""How good the answers are, on the development, calibration and validation questions."""

import json
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from bench.table import Row
from corpus.tables import rows as rows_of
from index.catalogue import ItemRow
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
class Question:
    """A graded question: what is relevant with its grade, and what counts neither way, by key.

    The key of an item is its printed number where the base holds one plan, else `file|path`.
    """

    query: str
    language: str
    relevant: dict[str, int]
    borderline: frozenset[str]
    by_number: bool

    def key(self, row: ItemRow, stem: str) -> str:
        """The key of an item of the plan in the file `stem`."""
        return str(row.ordinal) if self.by_number else f"{stem}|{row.path}"


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


@contextmanager
def built(chosen: Set) -> Iterator[Path]:
    """A base of a set's plans, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "kb"
        Library.build(base, chosen.plans)
        yield base


def judge(chosen: Set) -> list[Judged]:
    """Rank every question of a set."""
    with built(chosen) as base, Library.open(base) as library:
        return judge_in(library, chosen)


def judge_in(library: Library, chosen: Set) -> list[Judged]:
    """Rank every question of a set in an open base of its plans."""
    stems = stems_of(library)
    return [_judge_one(question, chosen.name, library, stems) for question in questions(chosen)]


def stems_of(library: Library) -> dict[str, str]:
    """The name of each document's file, without its suffix, by the document's id."""
    return {ref.id: PurePath(ref.source).stem for ref in library.documents()}


def questions(chosen: Set) -> list[Question]:
    """The questions of a set, in their order."""
    lines = chosen.questions.read_text(encoding="utf-8").splitlines()
    return [_question(json.loads(line)) for line in lines if line.strip()]


def _question(row: dict[str, object]) -> Question:
    relevant, borderline = _gold(row)
    by_number = isinstance(row["relevant"], dict)
    return Question(str(row["query"]), str(row["lang"]), relevant, frozenset(borderline), by_number)


def _judge_one(question: Question, name: str, library: Library, stems: dict[str, str]) -> Judged:
    understood = understand(question.query)
    ranked = rank(understood, library.sources).scored
    pieces = len(library.sources.alignment.pieces(understood.focus))
    rows = library.sources.catalogue.items(scored.number for scored in ranked)
    keyed = [(question.key(row, stems[row.document]), scored) for scored in ranked for row in [rows[scored.number]]]
    candidates = tuple((s, question.relevant.get(key, 0)) for key, s in keyed if key not in question.borderline)
    return Judged(name, question.language, pieces, candidates, tuple(question.relevant.values()))


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
