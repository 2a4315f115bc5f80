"""How well facts are drawn, and what they cost in statements and on disk."""

import sys
import tempfile
from pathlib import Path

from bench.quality import SHARED
from bench.table import Row
from corpus.read import read_text
from corpus.sample import SAMPLE
from index.evaluate_facts import FactsReport
from index.evaluate_judged import JudgedReport, evaluate_facts
from index.library import Library

_MOST = 8000  # statements that the bundled plan may take
_DRAWS = Path(__file__).parents[1] / "tests" / "data" / "facts_judged"


def measure() -> list[Row]:
    """Scores on the annotated plan and on the judged draws; statements and bytes for each 1,000 characters."""
    if not SHARED.is_dir():
        print("bench: facts left out: the shared material is not beside this checkout", file=sys.stderr)
        return [*_cost()]
    rows = [*_cost(), *_annotated()]
    for draw in ("first", "second", "third", "fourth"):
        rows += _judged(draw)
    return rows


def _cost() -> list[Row]:
    characters = len(read_text(SAMPLE))
    with tempfile.TemporaryDirectory() as folder:
        kb = Path(folder) / "kb"
        Library.build(kb, [SAMPLE])
        statements, one = _size(kb)
        rows = [
            Row("statements of the bundled plan", f"{statements:,}", wanted=f"< {_MOST:,}", met=statements < _MOST),
            Row("statements for each 1,000 characters", f"{1000 * statements / characters:,.0f}"),
        ]
        plans = sorted((SHARED / "corpus" / "plans").glob("xv_s*.txt"))
        if plans:
            Library.build(kb, plans)
            _, many = _size(kb)
            added = sum(len(read_text(plan)) for plan in plans)
            figure = f"bytes of the store for each 1,000 characters added ({len(plans)} plans)"
            rows.append(Row(figure, f"{1000 * (many - one) / added:,.0f}"))
    return rows


def _size(kb: Path) -> tuple[int, int]:
    """Statements of a base's documents, and bytes of its store."""
    with Library.open(kb) as library:
        query = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?d a yao:WorkPlan . ?s ?p ?o } }"
        row = next(iter(library.sparql(query).rows()))
        return int(row["n"][0]), sum(file.stat().st_size for file in library.store_path.rglob("*") if file.is_file())


def _annotated() -> list[Row]:
    report = evaluate_facts(SHARED / "gold")
    assert isinstance(report, FactsReport)
    mentions, relations = report.mentions.f1, report.relations.f1
    return [
        Row("mentions F1, the annotated plan", f"{mentions:.4f}", wanted=">= 0.93", met=mentions >= 0.93),
        Row("relations F1, the annotated plan", f"{relations:.4f}", wanted=">= 0.82", met=relations >= 0.82),
    ]


def _judged(draw: str) -> list[Row]:
    """Of a draw: precision and calibration on its day, precision and recall today (doubtful counted half)."""
    report = evaluate_facts(_DRAWS / draw, SHARED / "corpus")
    assert isinstance(report, JudgedReport) and report.today is not None
    drawn, today, items = report.drawn, report.today, report.items
    rows = [
        Row(
            f"precision of mentions, {draw} draw", f"{today.mentions.precision:.3f}", f"{drawn.mentions.precision:.3f}"
        ),
        Row(
            f"precision of relations, {draw} draw",
            f"{today.relations.precision:.3f}",
            f"{drawn.relations.precision:.3f}",
        ),
        Row(f"calibration error, {draw} draw", f"{today.calibration.error:.3f}", f"{drawn.calibration.error:.3f}"),
    ]
    if items is not None:
        rows += [
            Row(f"recall of mentions, {draw} draw ({items.items} items)", f"{items.mentions.recall:.3f}"),
            Row(f"recall of relations, {draw} draw ({items.items} items)", f"{items.relations.recall:.3f}"),
        ]
    return rows
