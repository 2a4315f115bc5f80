"""How well plans are read, against gold data: `yaodian evaluate structure --gold DIR`.

DIR holds `structure/*.structure.json` (outline, items and metadata by document), the texts in `texts/`, and, where
task frames are judged, `frames.jsonl`. The measures are those of the project's scorer: items by path, headings and
texts of the items found, metadata fields, and units and deadlines of the frames.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import ReadError
from corpus.parse import parse_file
from corpus.types import Document
from graph.extract import extract
from graph.facts import to_json as facts_json
from graph.lexicon import Lexicon

JUDGED_METADATA = ("title", "document_number", "addressee", "date_of_issue_iso", "printing_date")


@dataclass(frozen=True, slots=True)
class Share:
    """Right out of all; 1 where there was nothing to judge."""

    right: int
    of: int

    @property
    def value(self) -> float:
        """From 0 to 1."""
        return self.right / self.of if self.of else 1.0


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of a set found against a set wanted.

    `right` of those found are right; `reached` of those wanted were found, where that is another number (one find may
    serve two that are wanted).
    """

    right: int
    found: int
    wanted: int
    reached: int | None = None

    @property
    def precision(self) -> float:
        """Of what was found, the share that is right; 1 where nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Of what was wanted, the share that was found; 1 where nothing was wanted."""
        reached = self.right if self.reached is None else self.reached
        return reached / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 1 where nothing was wanted and nothing found."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A difference from the gold data; `kind`: missed item, false item, heading, text, metadata, units, deadline."""

    document: str
    kind: str
    place: str
    wanted: str
    found: str


@dataclass(frozen=True, slots=True)
class StructureReport:
    """Scores over all documents, and every difference."""

    documents: int
    items: Score
    headings: Share
    texts: Share
    metadata: Share
    lead: Score
    units: Score
    deadlines: Score
    invented_units: int
    faults: tuple[Fault, ...]


def evaluate_structure(gold: Path, texts: Path | None = None) -> StructureReport:
    """Read every text that the gold data judge and compare.

    Raises ReadError where there are no gold data, or a text that they judge is missing.
    """
    files = sorted((gold / "structure").glob("*.structure.json")) or sorted(gold.glob("*.structure.json"))
    if not files:
        raise ReadError(f"{gold}: no structure/*.structure.json there; name the folder with the gold data")
    frames = _frames(gold)
    total: Counter[str] = Counter()
    faults: list[Fault] = []
    for file in files:
        name = file.name.removesuffix(".structure.json")
        document = parse_file((texts or gold / "texts") / f"{name}.txt")
        wanted = json.loads(file.read_text(encoding="utf-8"))
        for comparison in (
            _compare_items(name, document, wanted, total),
            _compare_metadata(name, document, wanted, total),
            _compare_frames(name, document, frames.get(name, []), total),
        ):
            faults.extend(comparison)
    return _report(len(files), total, faults)


def _report(documents: int, total: Mapping[str, int], faults: list[Fault]) -> StructureReport:
    def share(name: str) -> Share:
        return Share(total[f"{name} right"], total[f"{name} of"])

    def score(name: str) -> Score:
        return Score(total[f"{name} right"], total[f"{name} found"], total[f"{name} wanted"])

    return StructureReport(
        documents=documents,
        items=score("item"),
        headings=share("heading"),
        texts=share("text"),
        metadata=share("metadata"),
        lead=score("lead"),
        units=score("units"),
        deadlines=score("deadline"),
        invented_units=total["invented"],
        faults=tuple(faults),
    )


# ---- items


def _compare_items(name: str, document: Document, gold: Mapping[str, Any], total: Counter[str]) -> Iterator[Fault]:
    optional = {n["path"] for n in gold.get("outline", []) if n.get("role") == "optional" or n.get("kind") == "box"}
    wanted = {item["path"]: item for item in gold["items"] if item["path"] not in optional}
    found = {node.path: node for node in document.items if node.path not in optional}
    same = [path for path in wanted if path in found]
    total.update({"item right": len(same), "item found": len(found), "item wanted": len(wanted)})
    yield from (
        Fault(name, "missed item", path, _start(wanted[path]["text"]), "") for path in wanted if path not in found
    )
    extra = (path for path in found if path not in wanted)
    yield from (Fault(name, "false item", path, "", _start(document.raw(found[path].span))) for path in extra)
    for path in same:
        yield from _compare_item(name, document, path, wanted[path], total)


def _compare_item(
    name: str, document: Document, path: str, wanted: Mapping[str, Any], total: Counter[str]
) -> Iterator[Fault]:
    node = document.by_path[path]
    if wanted.get("heading"):
        right = (node.heading or "").strip("。：") == wanted["heading"].strip("。：")
        total.update({"heading right": right, "heading of": 1})
        if not right:
            yield Fault(name, "heading", path, wanted["heading"], node.heading or "")
    text = document.raw(node.span)
    right = _squashed(text) == _squashed(wanted.get("text"))
    total.update({"text right": right, "text of": 1})
    if not right:
        yield Fault(name, "text", path, _ends(wanted.get("text") or ""), _ends(text))


# ---- metadata


def _compare_metadata(name: str, document: Document, gold: Mapping[str, Any], total: Counter[str]) -> Iterator[Fault]:
    for field in JUDGED_METADATA:
        if field not in gold["metadata"]:
            continue
        wanted, found = gold["metadata"][field], getattr(document.metadata, field)
        right = _squashed(wanted) == _squashed(found)
        total.update({"metadata right": right, "metadata of": 1})
        if not right:
            yield Fault(name, "metadata", field, wanted or "(not stated)", found or "(not stated)")


# ---- task frames


def _frames(gold: Path) -> dict[str, list[dict[str, Any]]]:
    path = gold / "frames.jsonl"
    by_document: dict[str, list[dict[str, Any]]] = {}
    for row in read_jsonl(path) if path.is_file() else ():
        by_document.setdefault(row["doc"], []).append(row)
    return by_document


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines; raises ReadError, naming file and line, where one is missing or damaged."""
    found: list[dict[str, Any]] = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError(f"{path} cannot be read as UTF-8 text ({error}); name a folder with gold data") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise ReadError(f"{path}, line {number}: no JSON ({error.msg}); mend the line") from error
            if not isinstance(row, dict):
                raise ReadError(f"{path}, line {number}: not a JSON object; mend the line")
            found.append(row)
    return found


def _compare_frames(name: str, document: Document, rows: list[dict[str, Any]], total: Counter[str]) -> Iterator[Fault]:
    if not rows:
        return
    tasks = {task["path"]: task for task in facts_json(document, extract(document, Lexicon.load()))["tasks"]}
    for row in rows:
        task = tasks.get(row["path"], {})
        for kind, key in (("lead", "lead"), ("units", "participants")):
            wanted, found = set(map(bare_name, row[key])), set(map(bare_name, task.get(key, [])))
            total.update(
                {f"{kind} right": len(wanted & found), f"{kind} found": len(found), f"{kind} wanted": len(wanted)}
            )
            if wanted != found:
                yield Fault(name, "units", f"{row['path']} {kind}", "、".join(sorted(wanted)), "、".join(sorted(found)))
        if not row["lead"] and not row["participants"] and row.get("units_status") == "not stated":
            total.update(invented=int(bool(task.get("lead") or task.get("participants"))))
        iso, mine = (row.get("deadline") or {}).get("iso"), (task.get("deadline") or {}).get("iso")
        total.update(
            {
                "deadline right": iso is not None and iso == mine,
                "deadline found": bool(mine),
                "deadline wanted": bool(iso),
            }
        )
        if iso != mine:
            yield Fault(name, "deadline", row["path"], iso or "(not stated)", mine or "(not stated)")


_NAME_TAIL = re.compile(r"(活动|建设|工作|体系|机制|平台|精神)$")


def bare_name(text: str | None) -> str:
    """A name without quotation marks and a final general word, as the project's scorer compares names."""
    return _NAME_TAIL.sub("", re.sub(r"[“”\"'‘’《》\s]", "", text or ""))


def _squashed(text: str | None) -> str:
    return re.sub(r"\s", "", text or "")


def _start(text: str) -> str:
    return _squashed(text)[:24]


def _ends(text: str) -> str:
    plain = _squashed(text)
    return plain if len(plain) <= 40 else f"{plain[:18]}…{plain[-18:]}"
