"""What each part of the search is worth, beside what others make of the same items: `python -m bench ablation`.

Writes bench/ablation.md. Every question is ranked once by the search (`bench.quality.judge_in`); a row without a part
has the ranking weights fitted anew as if that part were not there. What judges a fit never took part in it: weights
fitted on the other development and calibration sets judge each of these, weights fitted on all of them validation.
"""

import re
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.baselines import Baseline, Text, order, rank_all
from bench.calibrate import fit_ranking
from bench.quality import Judged, Question, Set, built, judge_in, ndcg, questions, sets, stems_of
from bench.table import Row, commit, machine
from index.calibration import Judged as Shown
from index.calibration import calibrate
from index.catalogue import ItemRow
from index.evaluate import Score
from index.evaluate_search import Estimate, SearchReport, evaluate_search
from index.library import Library
from index.query import understand

Array = npt.NDArray[np.float64]
Grades = Sequence[int]  # of what a ranking retrieves, best first

TABLE = Path(__file__).parent / "ablation.md"
GROUPS = ("development", "calibration", "validation")
LANGUAGES = ("zh", "en")
COLUMNS = ("sentence", "item", "words", "terms", "themes", "names", "aligned")  # of Features.row()
PARTS = {
    "without alignment": ("aligned",),
    "without the cosines of item and sentence": ("sentence", "item"),
    "without words": ("words",),
    "without glossary terms": ("terms",),
    "without themes": ("themes",),
    "without names": ("names",),
    "without words, terms, themes and names": ("words", "terms", "themes", "names"),
}
_K = 10
_DRAWS, _SEED = 2000, 0
_INTERVAL = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Measured:
    """All that is known of one set: its questions as the search ranks them, as others do, and the answers."""

    judged: tuple[Judged, ...]
    baselines: tuple[tuple[str, tuple[Grades, ...]], ...]
    skipped: tuple[tuple[str, str], ...]
    report: SearchReport


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way of ranking gives for each question that has an answer."""

    name: str
    ndcg: Array
    recall: Array


def measure() -> list[Row]:
    """Write the tables and print them; no row goes into the table of results."""
    measured = [_measured(chosen) for chosen in sets()]
    if not measured:
        print("bench: ablation left out: the shared material is not beside this checkout", file=sys.stderr)
        return []
    text = report(measured)
    TABLE.write_text(text, encoding="utf-8", newline="\n")
    print(text)
    return []


def _measured(chosen: Set) -> Measured:
    with built(chosen) as base:
        report = evaluate_search(chosen.questions, base=base)
        with Library.open(base) as library:
            judged = tuple(judge_in(library, chosen))
            rows, texts = _items(library)
            stems = stems_of(library)
    asked = questions(chosen)
    ranked = rank_all(texts, [understand(question.query).focus for question in asked])
    return Measured(
        judged,
        tuple((one.name, tuple(_graded(asked, one, rows, stems))) for one in ranked if one.rankings is not None),
        tuple((one.name, one.why_not) for one in ranked if one.rankings is None),
        report,
    )


def _items(library: Library) -> tuple[list[ItemRow], list[Text]]:
    """The items of a base with the texts that its vectors are made of."""
    catalogue = library.sources.catalogue
    rows = [row for ref in library.documents() for row in catalogue.nodes(ref.id) if row.is_item]
    sentences = catalogue.sentences(row.number for row in rows)
    return rows, [Text(row.text, tuple(s.text for s in sentences.get(row.number, ()))) for row in rows]


def _graded(
    asked: Sequence[Question], baseline: Baseline, rows: Sequence[ItemRow], stems: dict[str, str]
) -> Iterator[Grades]:
    """For each question the grades of what was retrieved; borderline items are left out, as the search's are."""
    for question, ranking in zip(asked, baseline.rankings or (), strict=True):
        keys = (question.key(rows[place], stems[rows[place].document]) for place in ranking)
        yield tuple(question.relevant.get(key, 0) for key in keys if key not in question.borderline)


# ---- rankings


def group_of(name: str) -> str:
    """The group of a set: the first word of its name."""
    return re.split(r"\W", name, maxsplit=1)[0]


def by_weights(question: Judged, weights: Array) -> Grades:
    """The grades of the candidates as the weights order them, equal ones in the order of the documents."""
    rows, grades = _candidates(question)
    return tuple(grades[place] for place in order(rows @ weights)) if grades else ()


def by_column(question: Judged, name: str) -> Grades:
    """The grades of the candidates by one feature alone; without it a candidate is not retrieved."""
    rows, grades = _candidates(question)
    return tuple(grades[place] for place in order(rows[:, COLUMNS.index(name)], above=0.0)) if grades else ()


def _candidates(question: Judged) -> tuple[Array, list[int]]:
    """Features and grades in an order that no ranking made: ties must not be broken by the whole search."""
    neutral = sorted(question.candidates, key=lambda pair: pair[0].row)
    rows = np.array([scored.features.row() for scored, _ in neutral]).reshape(-1, len(COLUMNS))
    return rows, [grade for _, grade in neutral]


def refitted(judged: Sequence[Judged], without: Collection[str] = ()) -> list[Grades]:
    """Every question ranked by weights fitted without these columns, on sets other than its own and no validation."""
    masked = [COLUMNS.index(name) for name in without]
    known = [question for question in judged if group_of(question.set) != "validation"]
    fits: dict[tuple[str, str], Array] = {}
    found = []
    for question in judged:
        key = (group_of(question.set) if question not in known else question.set, question.language)
        if key not in fits:
            others = [q for q in known if q.set != question.set and q.language == question.language]
            fits[key] = fit_ranking(others, masked)
        found.append(by_weights(question, fits[key]))
    return found


def figures(name: str, judged: Sequence[Judged], ranked: Sequence[Grades]) -> Figures:
    """nDCG@10 and recall@10; what no ranking retrieved counts as missed."""
    pairs = [(q.grades, grades) for q, grades in zip(judged, ranked, strict=True) if q.grades]
    return Figures(
        name,
        np.array([ndcg(list(grades), wanted, _K) for wanted, grades in pairs]),
        np.array([sum(grade > 0 for grade in grades[:_K]) / len(wanted) for wanted, grades in pairs]),
    )


def ways(measured: Sequence[Measured]) -> list[Figures]:
    """Every way of ranking, the whole first."""
    judged = [question for one in measured for question in one.judged]
    shipped = [tuple(grade for _, grade in question.candidates) for question in judged]
    return [
        figures(WHOLE, judged, refitted(judged)),
        figures(SHIPPED, judged, shipped),
        *(figures(name, judged, refitted(judged, without)) for name, without in PARTS.items()),
        figures("words alone (that feature of this search)", judged, [by_column(q, "words") for q in judged]),
        *(
            figures(name, judged, [grades for one in measured for grades in dict(one.baselines)[name]])
            for name, _ in measured[0].baselines
        ),
    ]


def interval(values: Array, draws: int = _DRAWS, seed: int = _SEED) -> tuple[float, float]:
    """The 95 % interval of a mean: percentile bootstrap over questions, the same for the same seed."""
    picked = np.random.default_rng(seed).integers(0, len(values), (draws, len(values)))
    low, high = np.quantile(values[picked].mean(axis=1), _INTERVAL)
    return float(low), float(high)


# ---- tables

WHOLE = "**the whole: this search**, weights fitted anew"
SHIPPED = "this search as it is shipped, by `score`"
_RANKING_HEAD = """\
| ranking by | development zh / en | calibration zh / en | validation zh | validation en \
| less the whole, zh | less the whole, en | recall@10, validation zh / en |
|---|---|---|---|---|---|---|---|
"""
_ANSWERS_HEAD = """\
| sets | language | questions with / without an answer | precision | recall | F1 | abstention | silenced | ECE \
| overlap zh / en |
|---|---|---|---|---|---|---|---|---|---|
"""
_NOTES = """\
nDCG@10 (gains 2^grade - 1), a mean over the questions that have an answer; borderline items count neither way, and
what is relevant and was not retrieved counts in the ideal and in recall. In brackets the 95 % interval of the mean, by
a bootstrap over questions; "less the whole" is the difference question by question, with its own interval. Recall@10
cannot reach 1 where more than ten items are relevant.

- Rows of this search: the weights of the ranking are fitted without the part, and judge only sets that were left out
  of the fit (each development and calibration set in turn; validation, which is in none). Candidates are those of the
  whole search, so a part that is left out may still have brought some. Parts that say the same stand in for each other,
  which is why four of them are left out together as well. What a part does for the reasons shown, for silence and for
  the cut of the answers is not measured here.
- As it is shipped, the search orders by the probability in `score`; its weights are fitted on development and
  calibration, so that only validation is out of sample in that row.
- All others rank all items of a set's plans, by the question without its question words, as the search does (on the
  calibration questions each baseline but all-MiniLM-L6-v2 is as good so as with the question as asked, or better).
- Where the rows of the prototype model equal those of the bundled one, the bundled model still has its vectors.
- BM25 (k1 1.2, b 0.75) shares nothing with an English question but digits and Latin words; an item that shares no
  token is not retrieved. The same holds for "words alone".
- all-MiniLM-L6-v2 was trained on English only; on Chinese texts its cosines mean little.
- txtai runs as it comes (Unicode word boundaries, so that each Chinese character is a token; half BM25, half cosine),
  with the bundled model by its path; nothing is downloaded.
"""
_ANSWERS_NOTES = """\
The whole system as a user asks it, facts and scopes of a question included (`yaodian evaluate search`). Sets of answers
are counted together over the questions that have one. Abstention: of the questions without an answer, the share left
unanswered; silenced: of those with one, the share left unanswered. ECE: expected calibration error of `score`. Overlap:
mean Jaccard index of the answers to a question and to its translation, over pairs.
"""


def report(measured: Sequence[Measured]) -> str:
    """Both tables as Markdown, with date, commit and machine."""
    skipped = "".join(f"| {name} | skipped: {why} |  |  |  |  |  |  |\n" for name, why in measured[0].skipped)
    return (
        f"# What each part of the search is worth\n\n{date.today().isoformat()}, commit {commit()}, {machine()}; "
        "made by `python -m bench ablation`.\n\n## Rankings\n\n"
        f"{ranking_table(measured)}{skipped}\n{_NOTES}\n## Answers\n\n{answers_table(measured)}\n{_ANSWERS_NOTES}"
    )


def ranking_table(measured: Sequence[Measured]) -> str:
    """A row for each way of ranking."""
    asked = [(group_of(q.set), q.language) for one in measured for q in one.judged if q.grades]
    places = {key: np.array([key == other for other in asked]) for key in dict.fromkeys(asked)}
    whole, *others = ways(measured)
    lines = [_line(one, whole, places) for one in (whole, *others)]
    return _RANKING_HEAD + "".join(lines)


def _line(one: Figures, whole: Figures, places: dict[tuple[str, str], npt.NDArray[np.bool_]]) -> str:
    def both(values: Array, group: str) -> str:
        return " / ".join(_mean(values[places[group, language]]) for language in LANGUAGES)

    of = [places["validation", language] for language in LANGUAGES]
    cells = [
        one.name,
        both(one.ndcg, "development"),
        both(one.ndcg, "calibration"),
        *(f"{_mean(one.ndcg[at])} ({_range(one.ndcg[at], '.3f')})" for at in of),
        *("" if one is whole else _difference((one.ndcg - whole.ndcg)[at]) for at in of),
        both(one.recall, "validation"),
    ]
    return f"| {' | '.join(cells)} |\n"


def _mean(values: Array) -> str:
    return f"{values.mean():.3f}"


def _range(values: Array, form: str) -> str:
    return " to ".join(format(bound, form) for bound in interval(values))


def _difference(values: Array) -> str:
    return f"{values.mean():+.3f} ({_range(values, '+.3f')})"


def answers_table(measured: Sequence[Measured]) -> str:
    """A row for each group of sets and language."""
    lines = []
    for group in GROUPS:
        reports = [one.report for one in measured if group_of(one.judged[0].set) == group]
        overlap = pooled([one.overlap for one in reports])
        for language in LANGUAGES:
            cells = [group, language, *_answers(reports, language)]
            shown = f"{overlap.mean:.3f} ({overlap.questions} pairs)" if overlap.questions else "no pairs"
            lines.append(f"| {' | '.join([*cells, shown if language == LANGUAGES[0] else ''])} |\n")
    return _ANSWERS_HEAD + "".join(lines)


def _answers(reports: Sequence[SearchReport], language: str) -> list[str]:
    of = [report.languages[language] for report in reports]
    score = Score(*(sum(getattr(one.answers, field) for one in of) for field in ("right", "found", "wanted")))
    abstention, silenced = pooled([one.abstention for one in of]), pooled([one.silenced for one in of])
    shown = [
        Shown("search", value, float(grade > 0))
        for report in reports
        for outcome in report.outcomes
        if outcome.language == language
        for value, grade in zip(outcome.scores, outcome.grades, strict=True)
    ]
    values = (score.precision, score.recall, score.f1, abstention.mean, silenced.mean, calibrate(shown).error)
    return [f"{silenced.questions} / {abstention.questions}", *(f"{value:.3f}" for value in values)]


def pooled(estimates: Sequence[Estimate]) -> Estimate:
    """The mean over all questions of several estimates; bounds are not pooled, and say nothing."""
    count = sum(one.questions for one in estimates)
    mean = sum(one.mean * one.questions for one in estimates) / count if count else 0.0
    return Estimate(mean, 0.0, 0.0, count)
