"""Twins of the sample plan: every local name, topic, number and date replaced by another of the same length and kind.

What finds names by what stands around them does as well on a twin as on the plan; what has learnt them by heart does
not. A table of `tests/data/twins` has a row for each thing replaced (old, new). Both are equally long, so the offsets
of the gold data hold for the twin too; names are made anew from its text. National terms stay (`kept.txt`).

`python -m tests.twins GOLD` prints the scores of the plan and of its twins, and what the twins lost.
"""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corpus.tables import parse
from index.evaluate import read_jsonl
from index.evaluate_facts import FactFault, FactsReport, evaluate_annotated

DATA = Path(__file__).parent / "data" / "twins"
TABLES = sorted(DATA.glob("*.tsv"))
KEPT = frozenset(line for line in (DATA / "kept.txt").read_text(encoding="utf-8").split("\n") if line[:1] not in "#")
_COPIED = ("themes.tsv", "item_themes.tsv", "facts.jsonl")  # they name things by their id


def pairs(table: Path) -> dict[str, str]:
    """What a table replaces; each old name stands once, and the new one is as long."""
    rows = parse(table.read_text(encoding="utf-8"), table.name)
    found = {row["old"]: row["new"] for row in rows}
    assert len(found) == len(rows), f"{table.name}: a name stands twice"
    assert all(len(old) == len(new) and old != new for old, new in found.items()), f"{table.name}: not as long"
    return found


def replacer(table: Path) -> Callable[[str], str]:
    """Replaces all names of a table at once, the longest first."""
    new = pairs(table)
    names = re.compile("|".join(map(re.escape, sorted(new, key=lambda name: (-len(name), name)))))
    return lambda text: names.sub(lambda found: new[found[0]], text)


def make_twin(gold: Path, table: Path, folder: Path) -> str:
    """Writes the twin and its gold data into a folder; returns its text."""
    change = replacer(table)
    text = change((gold / "plan.txt").read_text(encoding="utf-8"))
    (folder / "plan.txt").write_text(text, encoding="utf-8")
    for name, quote in (("entities", "mention"), ("relations", "evidence")):
        rows = read_jsonl(gold / f"{name}.jsonl")
        _write(folder / f"{name}.jsonl", [row | {quote: text[row["start"] : row["end"]]} for row in rows])
    registry = read_jsonl(gold / "entity_registry.jsonl")
    renamed = [
        row | {"zh": change(row["zh"]), "aliases": [change(name) for name in row["aliases"]]} for row in registry
    ]
    _write(folder / "entity_registry.jsonl", renamed)
    for name in _COPIED:
        shutil.copyfile(gold / name, folder / name)
    return text


def _write(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def score_twin(gold: Path, table: Path | None) -> FactsReport:
    """The scores of a twin; of the plan itself where no table is given."""
    if table is None:
        return evaluate_annotated(gold, gold / "plan.txt")
    with tempfile.TemporaryDirectory() as folder:
        make_twin(gold, table, Path(folder))
        return evaluate_annotated(Path(folder))


def _kind(fault: FactFault) -> tuple[str, str, int | None, str]:
    """What a fault has in common with that of another twin: its kind, its place, and the class or the predicate."""
    predicate = re.search("--(.+?)-->", fault.what)
    return fault.kind, fault.item or "", fault.start, predicate[1] if predicate else fault.what.partition(" ")[0]


def _main() -> None:
    gold = Path(sys.argv[1])
    own = score_twin(gold, None)
    told = set(map(_kind, own.faults))
    print(f"{'plan':<10} mentions {own.mentions.f1:.4f}  relations {own.relations.f1:.4f}")
    for table in TABLES:
        report = score_twin(gold, table)
        mentions, relations = report.mentions.f1, report.relations.f1
        lost = f"{mentions - own.mentions.f1:+.4f} {relations - own.relations.f1:+.4f}"
        print(f"{table.stem:<10} mentions {mentions:.4f}  relations {relations:.4f}  {lost}")
        for fault in report.faults:
            if _kind(fault) not in told:
                print(f"    {fault.kind}: {fault.what} “{fault.quote[:40]}” {fault.rule or ''}")


if __name__ == "__main__":
    _main()
