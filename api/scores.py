"""How scores of facts are shown: `evaluate facts` as JSON and as lines of text."""

from __future__ import annotations  # the types of the layers below are named here, and not imported at run time

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from api.present import figures, printable

if TYPE_CHECKING:
    from index.calibration import Calibration
    from index.evaluate import Score, Share
    from index.evaluate_facts import FactFault, FactsReport
    from index.evaluate_judged import ItemScores, JudgedReport, Sample, Verdicts
    from index.evaluate_search import Estimate, LanguageReport, Outcome, SearchReport

_Of = TypeVar("_Of")
_LONGEST_QUOTE = 60


# ---- JSON


def annotated(report: FactsReport) -> dict[str, Any]:
    """The scores against an annotated plan with the figures they rest on, the calibration, and every difference."""
    return {
        "kind": "annotated",
        "mentions": figures(report.mentions),
        "classes": _each(report.classes, figures),
        "relations": figures(report.relations),
        "predicates": _each(report.predicates, figures),
        "themes": figures(report.themes),
        "grades": _share(report.grades),
        "claims": _share(report.claims),
        "calibration": report.calibration,
        "faults": report.faults,
    }


def judged(report: JudgedReport) -> dict[str, Any]:
    """The scores of a judged sample in the same manner; `today` and `items` are null where no texts were given."""
    return {
        "kind": "judged",
        "plans": report.plans,
        "drawn": _sample(report.drawn),
        "today": report.today and _sample(report.today),
        "items": report.items and _items(report.items),
        "faults": report.faults,
    }


def _each(scores: Mapping[str, _Of], show: Callable[[_Of], dict[str, Any]]) -> dict[str, Any]:
    return {name: show(score) for name, score in scores.items()}


def _share(share: Share) -> dict[str, Any]:
    return {"share": round(share.value, 4), "right": share.right, "of": share.of}


def _verdicts(found: Verdicts) -> dict[str, Any]:
    counts = {"right": found.right, "wrong": found.wrong, "doubtful": found.doubtful}
    return {"precision": round(found.precision, 4), "strict": round(found.strict, 4), **counts}


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "mentions": _verdicts(sample.mentions),
        "relations": _verdicts(sample.relations),
        "classes": _each(sample.classes, _verdicts),
        "predicates": _each(sample.predicates, _verdicts),
        "calibration": sample.calibration,
    }


def _items(items: ItemScores) -> dict[str, Any]:
    return {
        "items": items.items,
        "mentions": figures(items.mentions),
        "classes": _each(items.classes, figures),
        "relations": figures(items.relations),
        "predicates": _each(items.predicates, figures),
    }


# ---- lines


def annotated_lines(report: FactsReport) -> Iterator[str]:
    """The differences, then the scores from the smallest to the whole."""
    yield from map(_fault, report.faults)
    yield from _calibration(report.calibration)
    yield from _score_table(report.classes)
    yield from _score_table(report.predicates)
    yield _score("mentions", report.mentions)
    yield _score("relations", report.relations)
    yield f"{_score('themes', report.themes)}; grade right {report.grades.right} of {report.grades.of}"
    yield f"{report.claims.right} of {report.claims.of} claims right, {len(report.faults)} faults"


def judged_lines(report: JudgedReport) -> Iterator[str]:
    """The same of a judged sample."""
    yield from map(_fault, report.faults)
    yield from _calibration((report.today or report.drawn).calibration)
    if report.items:
        yield from _score_table(report.items.classes)
        yield from _score_table(report.items.predicates)
    for name, verdicts in {**report.drawn.classes, **report.drawn.predicates}.items():
        yield _verdict(name, verdicts)
    for title, sample in (("as drawn", report.drawn), ("of those still stated", report.today)):
        if sample:
            yield _verdict(f"mentions {title}", sample.mentions)
            yield _verdict(f"relations {title}", sample.relations)
            yield f"calibration error {title} {sample.calibration.error:.4f}"
    if report.items:
        yield _score(f"mentions in {report.items.items} items", report.items.mentions)
        yield _score(f"relations in {report.items.items} items", report.items.relations)
    else:
        yield "recall not measured: name the folder with the plans' texts with --texts"
    yield f"{report.plans} plans, {len(report.faults)} faults"


def _fault(fault: FactFault) -> str:
    place = " ".join(part for part in (fault.file, fault.item and f"item {fault.item}") if part)
    quote = fault.quote if len(fault.quote) <= _LONGEST_QUOTE else f"{fault.quote[:_LONGEST_QUOTE]}…"
    at = "" if fault.start is None else f" ({fault.start}-{fault.end})"
    rule = f" [{fault.rule}]" if fault.rule else ""
    why = f": {fault.why}" if fault.why else ""
    return printable(f"{fault.kind}{f' in {place}' if place else ''}: {fault.what}   “{quote}”{at}{rule}{why}")


def _calibration(found: Calibration) -> Iterator[str]:
    for name, groups in (("rule", found.rules), ("confidence", found.levels)):
        yield f"{name:<22}{'facts':>6}{'confidence':>12}{'right':>8}"
        for group in groups:
            yield f"{group.name:<22}{group.facts:>6}{group.confidence:>12.2f}{group.right:>8.2f}"
    by_rule = f"{found.rule_error:.4f} by rule"
    yield f"expected calibration error {found.error:.4f} (ten bins), {by_rule}, over {found.facts} facts"


def _score_table(scores: Mapping[str, Score]) -> Iterator[str]:
    return (_score(name, score) for name, score in scores.items())


def _score(name: str, score: Score) -> str:
    figures = f"F1 {score.f1:.4f}   precision {score.precision:.4f} of {score.found}"
    return f"{name:<22}{figures}, recall {score.recall:.4f} of {score.wanted}"


def _verdict(name: str, found: Verdicts) -> str:
    counts = f"{found.right} right, {found.doubtful} doubtful, {found.wrong} wrong"
    return f"{name:<32}precision {found.precision:.4f}, strict {found.strict:.4f}   {counts}"


# ---- answers


def answers(report: SearchReport) -> dict[str, Any]:
    """The figures of each language with their intervals, and every question with what it found and missed."""
    return {
        "languages": {language: _language(found) for language, found in report.languages.items()},
        "overlap": _estimated(report.overlap),
        "calibration_error": round(report.calibration_error, 4),
        "questions": [_question(outcome) for outcome in report.outcomes],
    }


def _language(found: LanguageReport) -> dict[str, Any]:
    names = ("ndcg_5", "ndcg_10", "recall_10", "mrr", "abstention", "silenced")
    return {name: _estimated(getattr(found, name)) for name in names} | {"answers": figures(found.answers)}


def _estimated(estimate: Estimate) -> dict[str, Any]:
    interval = [round(estimate.low, 4), round(estimate.high, 4)]
    return {"mean": round(estimate.mean, 4), "interval": interval, "questions": estimate.questions}


def _question(outcome: Outcome) -> dict[str, Any]:
    grades = dict(outcome.wanted)
    return {
        "id": outcome.id,
        "lang": outcome.language,
        "query": outcome.query,
        "silent": outcome.silent,
        "ndcg_10": round(outcome.ndcg(10), 4) if outcome.wanted else None,
        "found": list(outcome.found),
        "missed": [key for key in grades if key not in outcome.found],
        "false": [key for key in outcome.found if key not in grades],
    }


def answer_lines(report: SearchReport) -> Iterator[str]:
    """The questions that were not answered perfectly, then the figures."""
    for outcome in report.outcomes:
        shown = _question(outcome)
        if shown["missed"] or shown["false"]:
            missed, false = ", ".join(shown["missed"]) or "-", ", ".join(shown["false"]) or "-"
            yield printable(f"{outcome.id} {outcome.language} {outcome.query}: missed {missed}; false {false}")
    for language, found in report.languages.items():
        for name in ("ndcg_5", "ndcg_10", "recall_10", "mrr", "abstention", "silenced"):
            estimate = getattr(found, name)
            if estimate.questions:
                shown_interval = f"{estimate.low:.3f} to {estimate.high:.3f}"
                yield f"{language} {name:<10} {estimate.mean:.3f} ({shown_interval}, {estimate.questions} questions)"
        s = found.answers
        yield f"{language} answers    F1 {s.f1:.3f}   precision {s.precision:.3f}, recall {s.recall:.3f}"
    if report.overlap.questions:
        yield f"overlap of both languages {report.overlap.mean:.3f} ({report.overlap.questions} pairs)"
    yield f"calibration error of the scores {report.calibration_error:.3f}"
