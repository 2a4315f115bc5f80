"""How well questions are answered, against graded questions: `yaodian evaluate search --gold DIR`.

DIR holds `queries*.jsonl`, a line for each question: `query`, `lang`, `relevant` (item number -> grade where the base
holds one plan, else a list of `{doc, path, grade}`), optionally `borderline` items, which count neither way, and
`pair`, which two questions share that ask the same in two languages. The texts are those of `texts/`, `--texts`, or the
documents of a base. Gains are 2^grade - 1 (Burges et al. 2005); an item answers where its grade is 1 or 2.
"""

import math
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from corpus.errors import ReadError
from index.calibration import Judged, calibrate
from index.evaluate import Score, read_jsonl
from index.library import Library
from index.types import Answer, Result

_MOST = 200  # results read of an answer
_DRAWS = 1000  # resamples of a bootstrap interval
_TEXTS = (".txt", ".md")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over questions with its 95% interval (percentile bootstrap, seeded); 0 questions give 0."""

    mean: float
    low: float
    high: float
    questions: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question: what was found of what is relevant, best first; `silent` where nothing was answered."""

    id: str
    language: str
    query: str
    found: tuple[str, ...]
    wanted: tuple[tuple[str, int], ...]
    grades: tuple[int, ...]  # of what was found, in its order
    scores: tuple[float, ...]
    pair: str | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing was answered."""
        return not self.found

    def ndcg(self, k: int) -> float:
        """Normalised discounted cumulative gain of the first k."""
        best = _gain(sorted((grade for _, grade in self.wanted), reverse=True)[:k])
        return _gain(self.grades[:k]) / best if best else 0.0

    def recall(self, k: int) -> float:
        """The share of what is relevant among the first k."""
        return sum(grade > 0 for grade in self.grades[:k]) / len(self.wanted) if self.wanted else 0.0

    def reciprocal_rank(self) -> float:
        """One over the place of the first relevant item."""
        return next((1 / place for place, grade in enumerate(self.grades, 1) if grade > 0), 0.0)


@dataclass(frozen=True, slots=True)
class LanguageReport:
    """Figures of one language. `abstention`: of the questions without an answer, the share left unanswered;
    `silenced`: of those with one, the share left unanswered; `answers`: the sets of answers, counted together.
    """

    ndcg_5: Estimate
    ndcg_10: Estimate
    recall_10: Estimate
    mrr: Estimate
    answers: Score
    abstention: Estimate
    silenced: Estimate


@dataclass(frozen=True, slots=True)
class SearchReport:
    """`overlap`: mean Jaccard index of the answers to a question in two languages; `calibration_error`: of `score`."""

    languages: dict[str, LanguageReport]
    overlap: Estimate
    calibration_error: float
    outcomes: tuple[Outcome, ...]


def evaluate_search(
    gold: Path, texts: Path | None = None, base: Path | None = None, model: str | None = None
) -> SearchReport:
    """Ask every question of the gold data, with a model (default: the bundled one).

    Raises ReadError where there is no question, or a line is not in their form.
    """
    files = sorted(gold.glob("queries*.jsonl")) if gold.is_dir() else [gold] if gold.is_file() else []
    if not files:
        raise ReadError(f"{gold}: no queries*.jsonl there; name the folder with the graded questions")
    rows = [(file, row) for file in files for row in read_jsonl(file)]
    with ExitStack() as stack:
        library = stack.enter_context(_base(stack, gold, texts, base, model))
        outcomes = tuple(_ask(library, file, row) for file, row in rows)
    return _report(outcomes)


def _base(stack: ExitStack, gold: Path, texts: Path | None, base: Path | None, model: str | None) -> Library:
    """The base that is asked: one made of the texts for this, or the one that was named."""
    texts = texts or (gold / "texts" if base is None and (gold / "texts").is_dir() else None)
    if texts is None:
        if base is None:
            raise ReadError(f"{gold}: no texts/ there; name the texts with --texts, or a base with --kb")
        return Library.open(base, model)
    plans = [texts] if texts.is_file() else sorted(p for p in texts.iterdir() if p.suffix in _TEXTS)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "kb"
    Library.build(folder, plans, model=model)
    return Library.open(folder, model)


def _ask(library: Library, file: Path, row: dict[str, Any]) -> Outcome:
    try:
        wanted, ignored = _graded(row)
        query, language = str(row["query"]), str(row["lang"])
    except (KeyError, TypeError, ValueError) as error:
        raise ReadError(f"{file}: a question not in the form of graded questions ({error!r}); mend it") from error
    answer: Answer = library.search(query, limit=_MOST)
    by_number = isinstance(row["relevant"], dict)
    results = [(key, result) for result in answer.results if (key := _key(result, by_number)) not in ignored]
    return Outcome(
        id=str(row.get("id", query)),
        language=language,
        query=query,
        found=tuple(key for key, _ in results),
        wanted=tuple(wanted.items()),
        grades=tuple(wanted.get(key, 0) for key, _ in results),
        scores=tuple(result.score for _, result in results),
        pair=str(row["pair"]) if row.get("pair") else None,
    )


def _graded(row: dict[str, Any]) -> tuple[dict[str, int], frozenset[str]]:
    """The grades of the relevant items, and the borderline items, by number or by document and path."""
    relevant = row["relevant"]
    if isinstance(relevant, dict):
        return {str(number): int(grade) for number, grade in relevant.items()}, frozenset()
    borderline = frozenset(f"{r['doc']}|{r['path']}" for r in row.get("borderline") or ())
    return {f"{r['doc']}|{r['path']}": int(r["grade"]) for r in relevant}, borderline


def _key(result: Result, by_number: bool) -> str:
    return str(result.number) if by_number else f"{PurePath(result.document.source).stem}|{result.path}"


# ---- figures


def _report(outcomes: tuple[Outcome, ...]) -> SearchReport:
    by_language: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_language[outcome.language].append(outcome)
    judged = (
        Judged("search", score, float(grade > 0))
        for o in outcomes
        for score, grade in zip(o.scores, o.grades, strict=True)
    )
    return SearchReport(
        languages={language: _language(found) for language, found in sorted(by_language.items())},
        overlap=_estimate(_overlaps(outcomes)),
        calibration_error=calibrate(judged).error,
        outcomes=outcomes,
    )


def _language(outcomes: Sequence[Outcome]) -> LanguageReport:
    answerable = [outcome for outcome in outcomes if outcome.wanted]
    rest = [outcome for outcome in outcomes if not outcome.wanted]

    def mean(figure: Callable[[Outcome], float]) -> Estimate:
        return _estimate(figure(outcome) for outcome in answerable)

    return LanguageReport(
        ndcg_5=mean(lambda o: o.ndcg(5)),
        ndcg_10=mean(lambda o: o.ndcg(10)),
        recall_10=mean(lambda o: o.recall(10)),
        mrr=mean(Outcome.reciprocal_rank),
        answers=Score(
            right=sum(grade > 0 for o in answerable for grade in o.grades),
            found=sum(len(o.found) for o in answerable),
            wanted=sum(len(o.wanted) for o in answerable),
        ),
        abstention=_estimate(float(o.silent) for o in rest),
        silenced=mean(lambda o: float(o.silent)),
    )


def _overlaps(outcomes: Iterable[Outcome]) -> list[float]:
    """For each pair of questions that ask the same, what both answer of what either answers."""
    pairs: dict[str, list[set[str]]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.pair:
            pairs[outcome.pair].append(set(outcome.found))
    both = [found for found in pairs.values() if len(found) == 2]
    return [len(a & b) / len(a | b) if a | b else 1.0 for a, b in both]


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def _estimate(values: Iterable[float]) -> Estimate:
    found = list(values)
    if not found:
        return Estimate(0.0, 0.0, 0.0, 0)
    chance = random.Random(0)
    means = sorted(sum(chance.choices(found, k=len(found))) / len(found) for _ in range(_DRAWS))
    return Estimate(sum(found) / len(found), means[int(0.025 * _DRAWS)], means[int(0.975 * _DRAWS) - 1], len(found))
