"""How answers are shown: one JSON encoder for every front, and plain text for the command line.

The JSON contract calls a class `class`, which Python cannot name; the dataclasses of `index.types` call it `cls`.
"""

from __future__ import annotations  # the types of the layers below are named here, and not imported at run time

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from json import dumps as plain_dumps
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import orjson

from graph.terms import Literal, Term
from ontology.namespace import PREFIXES

if TYPE_CHECKING:
    from api.queries import NamedQuery
    from graph.links import Likeness
    from graph.store import QueryResult
    from index.evaluate import Score, StructureReport
    from index.types import (
        Answer,
        AssertionView,
        BackupReport,
        BuildReport,
        CheckReport,
        Comparison,
        DocumentRef,
        Reason,
        RelatedItem,
        RemoveReport,
        RepairReport,
        Result,
        ThemeSummary,
        Tie,
    )

_UNBOUNDED = 1_000_000  # characters in a line that nobody looks at in a window


def dumps(value: Any, *, indent: bool = False) -> bytes:
    """A value of dataclasses, dictionaries and lists as UTF-8 JSON; Chinese stays readable.

    A character that is no character (half of a surrogate pair, from a broken file name) becomes `?`.
    """
    option = orjson.OPT_INDENT_2 if indent else None
    try:
        written = orjson.dumps(value, option=option)
    except TypeError:
        text = plain_dumps(value, default=_as_dict, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
        written = orjson.dumps(orjson.loads(text), option=option)
    # Safe on bytes: within JSON text a quotation mark is written \", so `"cls":` can only be a whole key.
    return written.replace(b'"cls":', b'"class":')


def _as_dict(value: Any) -> dict[str, Any]:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def printable(text: str) -> str:
    """Text as one line without control characters, which a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)


def joined(quote: str) -> str:
    """A quotation without the line breaks of the file: Chinese has no space where a line was broken."""
    return "".join(part.strip() for part in quote.splitlines())


# ---- search


def answer(found: Answer) -> Iterator[str]:
    """An answer as lines of text: what answers, best first, or plainly that nothing does; near misses apart."""
    if found.corrected:
        yield printable(f"read as: {found.corrected}")
    if found.concepts:
        yield "understood as: " + ", ".join(printable(concept.label) for concept in found.concepts)
    if found.answered:
        shown = "" if found.total == len(found.results) else f", the best {len(found.results)} shown"
        yield f"{found.total} {'item answers' if found.total == 1 else 'items answer'}{shown}"
    else:
        yield "Nothing in this base answers the question. 没有条目回答这个问题。"
    yield from _results(found.results)
    if found.near:
        yield ""
        yield "Near, but judged not to answer:"
        yield from _results(found.near)


def _results(results: Iterable[Result]) -> Iterator[str]:
    for rank, result in enumerate(results, 1):
        yield from _place(rank, result)
        for evidence in result.evidence:
            yield f"    “{printable(joined(evidence.text))}” ({evidence.start}-{evidence.end})"
        if result.reasons:
            yield "    why: " + ", ".join(map(_reason, result.reasons))


def _place(rank: int, found: Result | RelatedItem) -> Iterator[str]:
    """An item in a list: what it is about, and where it stands."""
    yield ""
    yield printable(f"{rank:>2}. {found.score:4.0%}  {found.heading or found.path}")
    yield f"    {printable(f'{found.document.title} · {found.path}')}   [{found.id}]"


def _reason(reason: Reason) -> str:
    kind = "" if reason.kind == "meaning" else f"{reason.kind} "  # the label says it: close in meaning
    return printable(f"{kind}{reason.label} {reason.weight:.0%}")


# ---- related items


def related(found: Iterable[RelatedItem]) -> dict[str, Any]:
    """`related --json` and `GET /items/{id}/related`."""
    return {"related": list(found)}


def related_lines(found: Sequence[RelatedItem]) -> Iterator[str]:
    """`related`: each item with its reasons, the weightiest first, and where each shows in it for the first time."""
    yield f"{len(found)} related {'item' if len(found) == 1 else 'items'}"
    for rank, item in enumerate(found, 1):
        yield from _place(rank, item)
        yield from map(_tie, item.reasons)


def _tie(tie: Tie) -> str:
    kind = "close in meaning" if tie.kind == "meaning" else f"{tie.kind} {tie.label}"
    first = tie.evidence[0]
    more = f" and {len(tie.evidence) - 1} more" if len(tie.evidence) > 1 else ""
    return printable(f"    {tie.weight:4.0%}  {kind}: “{joined(first.text)}” ({first.start}-{first.end}){more}")


# ---- two documents


def comparison(found: Comparison) -> Iterator[str]:
    """`compare`: new, dropped and reworded items, the words that went in [- -], those that came in {+ +}; themes."""
    yield printable(f"from  {found.a.title} ({found.a.source})")
    yield printable(f"to    {found.b.title} ({found.b.source})")
    counts = f"{len(found.new)} new, {len(found.dropped)} dropped, {len(found.reworded)} reworded"
    yield f"{counts}, {found.unchanged} unchanged"
    for name, items in (("new", found.new), ("dropped", found.dropped)):
        for item in items:
            yield printable(f"{name:<9} {item.path}  {item.heading or ''}".rstrip())
    for pair in found.reworded:
        yield printable(f"reworded  {pair.a.path} -> {pair.b.path}  {pair.score:.0%}  {pair.b.heading or ''}".rstrip())
        yield "    " + "".join(_CHANGES[change.kind].format(printable(change.text)) for change in pair.changes)
    for name, themes in (("gained", found.themes_gained), ("lost", found.themes_lost)):
        if themes:
            shown = ", ".join(f"{theme.label} {theme.label_en} ({theme.items})" for theme in themes)
            yield printable(f"themes {name}: {shown}")


_CHANGES = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}


# ---- the base


def documents(found: Iterable[DocumentRef]) -> dict[str, Any]:
    """`list --json` and `GET /documents`."""
    return {"documents": list(found)}


def document_lines(found: Sequence[DocumentRef]) -> Iterator[str]:
    """`list`: one document a line."""
    for document in found:
        yield printable(f"{document.id}  {document.source}  {document.title}")
    yield f"{len(found)} {'document' if len(found) == 1 else 'documents'}"


def query_lines(found: Iterable[NamedQuery]) -> Iterator[str]:
    """The named queries for reading: name and question in both languages, and what may be changed in the query."""
    for query in found:
        yield query.name
        yield f"    {query.question_zh}"
        yield f"    {query.question_en}"
        if query.parameter:
            yield f"    parameter: {query.parameter}"


def build(report: BuildReport) -> Iterator[str]:
    """The summary of a build, refused files with their reasons last."""
    for document in report.added:
        yield printable(f"taken in  {document.source}  {document.title}")
    for refusal in report.refused:
        yield printable(f"refused   {refusal.source}: {refusal.reason}")
    if report.reembedded:
        yield printable(f"vectors of {report.reembedded} documents made anew with {report.model}")
    yield (
        f"{len(report.added)} taken in, {len(report.refused)} refused in {report.seconds:.1f} s; "
        f"the base holds {report.documents} documents, {report.items} items, {report.triples} triples"
    )


def removed(report: RemoveReport) -> Iterator[str]:
    """What `remove` took out."""
    for document in report.removed:
        yield printable(f"removed   {document.source}  {document.title}")
    lines = f", with {_count(report.assertions, 'line')} of what users asserted" if report.assertions else ""
    yield (
        f"{_count(len(report.removed), 'document')} removed{lines}; the base holds "
        f"{_count(report.documents, 'document')}, {_count(report.items, 'item')}, {report.triples} triples"
    )


def backup(report: BackupReport, done: str) -> Iterator[str]:
    """What a backup holds, `done` saying whether it was written or restored."""
    yield printable(
        f"{done}: {report.file}, {report.bytes} bytes; {_count(report.documents, 'document')}, "
        f"{_count(report.items, 'item')}, {report.triples} triples in {_count(report.files, 'file')}"
    )


def repaired(report: RepairReport) -> Iterator[str]:
    """What `repair` found damaged and made anew, and what it could not read."""
    yield from (printable(f"was wrong  {fault}") for fault in report.faults)
    for refusal in report.refused:
        yield printable(f"refused    {refusal.source}: {refusal.reason}")
    yield (
        f"made anew in {report.seconds:.1f} s, {len(report.refused)} refused; the base holds "
        f"{_count(report.documents, 'document')}, {_count(report.items, 'item')}, {report.triples} triples"
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def check(report: CheckReport) -> Iterator[str]:
    """The outcome of `check`, each fault a line."""
    yield from map(printable, report.faults)
    state = "sound" if report.sound else f"faults: {len(report.faults)}"
    yield (
        f"{state}; {report.documents} documents, {report.items} items, {report.vectors} vectors, "
        f"{report.triples} triples"
    )


def scores(report: StructureReport) -> dict[str, Any]:
    """The scores of `evaluate` with the figures that they rest on, and every difference from the gold data."""
    sets = {name: getattr(report, name) for name in ("items", "lead", "units", "deadlines")}
    shares = {name: getattr(report, name) for name in ("headings", "texts", "metadata")}
    return {
        "documents": report.documents,
        **{name: figures(score) for name, score in sets.items()},
        **{name: {"share": round(s.value, 4), "right": s.right, "of": s.of} for name, s in shares.items()},
        "invented_units": report.invented_units,
        "faults": report.faults,
    }


def figures(score: Score) -> dict[str, Any]:
    """A score with the figures that it rests on."""
    shares = {"precision": round(score.precision, 4), "recall": round(score.recall, 4), "f1": round(score.f1, 4)}
    counts = {"right": score.right, "found": score.found, "wanted": score.wanted}
    return shares | counts | ({} if score.reached in (None, score.right) else {"reached": score.reached})


def score_lines(report: StructureReport) -> Iterator[str]:
    """The scores as lines, each difference before them."""
    for fault in report.faults:
        yield printable(f"{fault.document} {fault.kind} {fault.place}: wanted {fault.wanted}, found {fault.found}")
    for name in ("items", "lead", "units", "deadlines"):
        s = getattr(report, name)
        yield f"{name:<10}F1 {s.f1:.4f}   precision {s.precision:.4f}, recall {s.recall:.4f} of {s.wanted}"
    for name in ("headings", "texts", "metadata"):
        share = getattr(report, name)
        yield f"{name:<10}   {share.value:.4f}   {share.right} of {share.of}"
    invented = f"{report.invented_units} items with invented units"
    yield f"{report.documents} documents, {invented}, {len(report.faults)} faults"


def sample_questions(themes: Sequence[ThemeSummary]) -> tuple[str, str]:
    """A question in Chinese and in English that the base can answer: about its first top theme with items."""
    top = next((theme for theme in themes if theme.broader is None and theme.items_main), None)
    if top is None:
        return "哪些条目写明了期限？", "Which items state a deadline?"
    return f"哪些条目涉及{top.label}？", f"Which items concern {top.label_en.lower()}?"


# ---- what users assert


def assertions(found: Iterable[AssertionView]) -> Iterator[str]:
    """Each assertion as its decision, then who made it and how it stands."""
    for one in found:
        yield printable(f"{one.id}  {one.kind:<6}  {one.says}")
        yield printable(f"    {one.date[:10]} {one.author}: {one.reason}")
        if one.undone:
            done = "taken back" if one.state == "undone" else "open again"
            yield printable(f"    {done} {one.undone.date[:10]} {one.undone.author}: {one.undone.reason}")


def proposals(found: Iterable[Likeness]) -> Iterator[str]:
    """Each pair of entities that may be one, with how sure that is and why."""
    for pair in found:
        yield printable(f"{pair.assertion}  {pair.confidence:.0%}  {pair.first.cls}")
        yield printable(f"    {pair.first.name} [{pair.first.id}] = {pair.second.name} [{pair.second.id}]")
        yield printable(f"    {pair.reason}")


# ---- rows and triples


def table(result: QueryResult) -> bytes:
    """A query's result for reading: rows as a table whose columns stay aligned, yes or no, or triples as Turtle.

    On a terminal long cells wrap to its width; elsewhere each row is one line, however wide.
    """
    if result.kind == "graph":
        return result.serialize("turtle")
    if result.kind == "ask":
        return b"true\n" if result else b"false\n"
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table  # 0.1 s, and only needed here
    from rich.text import Text

    rows = Table(*map(escape, result.variables), box=box.SIMPLE_HEAD, pad_edge=False)
    for row in result.rows():
        rows.add_row(*(Text(cell(row.get(name))) for name in result.variables))
    width = get_terminal_size().columns if sys.stdout.isatty() else _UNBOUNDED
    console = Console(width=width, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(rows)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    shown = "\n".join(line for line in lines if line)
    return f"{shown}\n({rows.row_count} {'row' if rows.row_count == 1 else 'rows'})\n".encode("utf-8", "replace")


def cell(term: Term | None) -> str:
    """A term as it stands in a table: an IRI prefixed where a prefix is known, a literal without tag or type."""
    if term is None:
        return ""
    if isinstance(term, Literal):
        return printable(term.value)
    for prefix, start in PREFIXES.items():
        if term.startswith(start):
            return f"{prefix}:{term.removeprefix(start)}"
    return term if term.startswith("_:") else f"<{term}>"


# ---- one document


def outline(document: dict[str, Any]) -> Iterator[str]:
    """One entry of `documents` of `parse --json` as lines: metadata, then the outline, then the repairs."""
    for name, value in document["metadata"].items():
        if value is not None:
            yield printable(f"{name}: {'; '.join(value) if isinstance(value, list) else value}")
    units = sorted([*document["sections"], *document["items"]], key=lambda unit: (unit["start"], -unit["end"]))
    for unit in units:
        kind = "item" if "text" in unit else "section"
        yield printable(f"{kind:<8}{unit['path']}  {unit['heading'] or ''}")
    yield f"{len(document['items'])} items, {len(document['repairs'])} repairs"


def facts(found: dict[str, Any]) -> Iterator[str]:
    """`facts` as lines: relations with the characters that state them, then counts."""
    for relation in found["relations"]:
        subject, object_, evidence = relation["subject"], relation["object"], relation["evidence"]
        yield printable(
            f"{subject['name']} --{relation['predicate']}--> {object_['name']}   "
            f"“{evidence['text']}” ({evidence['start']}-{evidence['end']})"
        )
    stated = sum(1 for task in found["tasks"] if task["lead"] or task["participants"] or task["deadline"])
    yield (
        f"{len(found['mentions'])} mentions, {len(found['relations'])} relations, "
        f"{stated} of {len(found['tasks'])} tasks with a stated unit or deadline"
    )
