"""The command line: `yaodian COMMAND`. Contract in DESIGN.md; each command calls one method of the `Library`.

Heavy modules are imported inside the commands that need them, so that a search starts quickly.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from enum import StrEnum
from errno import EISDIR
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from api import present
from api.errors import line, meaning
from api.settings import Settings, version
from corpus.errors import PlanError, ReadError
from graph.assertions import note
from index.requests import Add, Merge, Reject, Request, SetFrame, SetTheme, Undo

if TYPE_CHECKING:
    from index.library import Library

app = typer.Typer(
    name="yaodian",
    help="Yaodian (要点): Chinese work plans as a knowledge graph, searched in Chinese and English.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,  # usage errors stay plain lines, and rich is not imported for them
    pretty_exceptions_enable=False,
)


def _path(text: str) -> Path:
    """An argument as a path; the empty one is a slip, not the folder where one happens to be."""
    if not text:
        raise typer.BadParameter("the path is empty; name a file or a folder")
    return Path(text)


Kb = Annotated[
    Path | None,
    typer.Option("--kb", parser=_path, metavar="DIR", help="Folder of the knowledge base [env: YAODIAN_KB]."),
]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help="Embedding model, by name or path [env: YAODIAN_MODEL]."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to standard output.")]
Document = Annotated[str | None, typer.Option("--document", metavar="D", help="A document's id, IRI or source name.")]


def _version(wanted: bool) -> None:
    if wanted:
        _print([f"yaodian {version()}"])
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    kb: Kb = None,
    model: Model = None,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Options that may also stand before the command."""
    context.obj = (kb, model)


@app.command()
def build(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(parser=_path, metavar="[PATH]...", help="Files and folders.")
    ] = None,
    reembed: Annotated[
        bool, typer.Option("--reembed", help="Make the vectors of the base anew; with no path, take nothing in.")
    ] = False,
    model: Model = None,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Add or refresh documents (files, folders); with no path, the bundled plan."""
    from index.library import Library

    settings = _settings(context, kb, model)
    with _progress() as progress:
        report = Library.build(
            settings.kb,
            paths or (),
            model=settings.model,
            names=settings.names,
            progress=progress,
            aliases=settings.aliases,
            reembed=reembed,
        )  # raises where not one document was taken in
    _show(report, present.build(report), as_json)


@app.command()
def parse(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(parser=_path, metavar="FILE")],
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Read one file and print its structure: metadata, sections, items, repairs."""
    from corpus.parse import parse_file, to_json

    found = to_json(parse_file(file))
    _show({"source": file.name, "documents": [found]}, present.outline(found), as_json)


@app.command()
def facts(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(parser=_path, metavar="FILE")],
    explain: Annotated[bool, typer.Option(help="Name the rule behind every fact, with an example.")] = False,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Read one file and print what it states: mentions, relations, tasks, each with its characters."""
    from corpus.parse import parse_file
    from graph.extract import extract
    from graph.facts import to_json
    from graph.lexicon import Lexicon
    from ontology.namespace import Names

    document, names = parse_file(file), _settings(context, kb).names or Names()
    found = to_json(document, extract(document, Lexicon.load(), names), names)
    if explain:
        from api.explain import explained, explained_lines

        found = explained(found)
        _show(found, explained_lines(found), as_json)
    else:
        _show(found, present.facts(found), as_json)


@app.command()
def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="A question or words, in Chinese or English.")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most this many results.")] = 10,
    document: Document = None,
    theme: Annotated[str | None, typer.Option(metavar="T", help="A theme's IRI, notation or label.")] = None,
    issuer: Annotated[str | None, typer.Option(metavar="NAME", help="Only documents issued by this body.")] = None,
    place: Annotated[str | None, typer.Option(metavar="NAME", help="Only documents of this place.")] = None,
    year: Annotated[int | None, typer.Option(min=1900, max=2199, help="Only documents for this year.")] = None,
    unit: Annotated[str | None, typer.Option(metavar="NAME", help="Only tasks of this unit.")] = None,
    explain: Annotated[bool, typer.Option(help="Weigh every reason.")] = False,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Ask in plain Chinese or English which items answer."""
    names = {name: _text(value) for name, value in (("issuer", issuer), ("place", place), ("unit", unit)) if value}
    with _library(context, kb) as library:
        found = library.search(
            _text(query), limit=limit, document=document, theme=theme, explain=explain, year=year, **names
        )
    _show(found, present.answer(found), as_json)


@app.command()
def related(
    context: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="An item's id or IRI, as answers show it.")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most this many items.")] = 10,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Show the items that share facts with an item or mean alike, of all documents."""
    with _library(context, kb) as library:
        found = library.related(_text(item), limit)
    _show(present.related(found), present.related_lines(found), as_json)


@app.command()
def compare(
    context: typer.Context,
    a: Annotated[str, typer.Argument(metavar="A", help="The earlier document: id, IRI or unique source name.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The later document.")],
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Show what is new, dropped and reworded from one document to another, and themes gained and lost."""
    with _library(context, kb) as library:
        found = library.compare(_text(a), _text(b))
    _show(found, present.comparison(found), as_json)


class SparqlFormat(StrEnum):
    """How `sparql` prints its result."""

    table = "table"
    json = "json"
    xml = "xml"
    csv = "csv"
    tsv = "tsv"
    turtle = "turtle"
    ntriples = "ntriples"
    jsonld = "jsonld"


@app.command()
def sparql(
    context: typer.Context,
    query: Annotated[str | None, typer.Argument(metavar="[QUERY]", help="A SPARQL 1.1 query.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("-f", "--file", parser=_path, metavar="FILE", help="Read the query from a file; - is stdin."),
    ] = None,
    named: Annotated[
        str | None, typer.Option(metavar="NAME", help="A query of ontology/queries; list shows them all.")
    ] = None,
    format: Annotated[SparqlFormat, typer.Option("--format", help="How to print the result.")] = SparqlFormat.table,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Ask in SPARQL 1.1; the default graph is the union of all graphs."""
    if named == "list" and query is None and file is None:
        _list_queries(as_json)
        return
    text = _query_text(query, file, named)
    with _library(context, kb) as library, _interruptible():
        result = library.sparql(text)
        if as_json:
            written = result.serialize("jsonld" if result.kind == "graph" else "json")
        else:
            written = present.table(result) if format is SparqlFormat.table else result.serialize(format.value)
    _write(written if written.endswith(b"\n") else written + b"\n")


def _list_queries(as_json: bool) -> None:
    from api.queries import named_queries

    found = list(named_queries().values())
    _show({"queries": found}, present.query_lines(found), as_json)


def _query_text(query: str | None, file: Path | None, named: str | None) -> str:
    from api.queries import named_query

    if sum(source is not None for source in (query, file, named)) != 1:
        raise typer.BadParameter("give one of a query, -f FILE or --named NAME")
    if named is not None:
        return named_query(named).text
    if query is not None:
        return _text(query)
    if str(file) == "-":
        if sys.stdin is None:
            raise ReadError("standard input is closed; name a file: -f FILE")
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    from corpus.read import read_text

    return read_text(Path(str(file)))


@app.command()
def export(
    context: typer.Context,
    format: Annotated[str, typer.Argument(metavar="FORMAT", help="turtle, nquads, jsonld, graphml, svg …")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", parser=_path, metavar="FILE", help="The file to write; default or -: stdout."),
    ] = None,
    focus: Annotated[str | None, typer.Option(metavar="X", help="An entity, item or theme: IRI, id or label.")] = None,
    depth: Annotated[int, typer.Option(min=1, max=5, help="Steps around the focus.")] = 1,
    document: Document = None,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Write the base, one document or what surrounds one thing, as data or as a picture."""
    if output == Path("-"):
        output = None
    if as_json and output is None:
        raise typer.BadParameter("--json reports on a written file; name it with -o FILE")
    with _library(context, kb) as library:
        data = library.export(format, document=document, focus=focus, depth=depth)
    if output is None:
        _write(data)
        return
    _save(data, output)
    report = {"format": format, "file": str(output), "bytes": len(data)}
    _show(report, [f"{output}: {len(data)} bytes of {format}"], as_json)


def _save(data: bytes, output: Path) -> None:
    """Write a file whole or not at all; through a link to what it names; a device or a pipe as it stands."""
    target = output.resolve()
    partial = target.parent / f"{target.name}.part"
    try:
        if target.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        partial.write_bytes(data)
        partial.replace(target)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise ReadError(f"{output} cannot be written ({error.strerror}); choose another file") from error


@app.command()
def validate(context: typer.Context, kb: Kb = None, as_json: AsJson = False) -> None:
    """Check the base against its SHACL shapes; exit status 1 where it does not conform."""
    with _library(context, kb) as library:
        report = library.validate()
    lines = [present.printable(f"{v.severity}: {v.focus} {v.path}: {v.message}") for v in report.violations]
    lines.append("conforms" if report.conforms else f"does not conform: {len(report.violations)} violations")
    _show(report, lines, as_json)
    if not report.conforms:
        raise typer.Exit(1)


@app.command()
def check(context: typer.Context, kb: Kb = None, as_json: AsJson = False) -> None:
    """Check that no file is damaged and all agree; exit status 1 where they do not."""
    from index.library import Library

    settings = _settings(context, kb)
    report = Library.inspect(settings.kb, settings.model)
    _show(report, present.check(report), as_json)
    if not report.sound:
        raise typer.Exit(1)


@app.command("list")
def list_documents(context: typer.Context, kb: Kb = None, as_json: AsJson = False) -> None:
    """List the documents in the base."""
    with _library(context, kb) as library:
        found = library.documents()
    _show(present.documents(found), present.document_lines(found), as_json)


@app.command()
def remove(
    context: typer.Context,
    documents: Annotated[list[str], typer.Argument(metavar="DOC...", help="Ids, IRIs or unique source names.")],
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Take documents out, with all that came only from them and what users asserted about them."""
    settings = _settings(context, kb)
    with _library(context, kb) as library:
        report = library.remove(*map(_text, documents), aliases=settings.aliases)
    _show(report, present.removed(report), as_json)


@app.command()
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(parser=_path, metavar="FILE", help="The file to write.")],
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Write the base with its original files to one file."""
    from index.library import Library

    report = Library.backup(_settings(context, kb).kb, file)
    _show(report, present.backup(report, "written"), as_json)


@app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(parser=_path, metavar="FILE", help="A file that backup wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Also over a base that holds documents.")] = False,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Make the base what a backup holds."""
    from index.library import Library

    report = Library.restore(_settings(context, kb).kb, file, force=force)
    _show(report, present.backup(report, "restored"), as_json)


@app.command()
def repair(context: typer.Context, model: Model = None, kb: Kb = None, as_json: AsJson = False) -> None:
    """Make all that is derived anew from the original files; exit status 1 where one of them cannot be read."""
    from index.library import Library

    settings = _settings(context, kb, model)
    with _progress() as progress:
        report = Library.repair(
            settings.kb, model=settings.model, names=settings.names, progress=progress, aliases=settings.aliases
        )
    _show(report, present.repaired(report), as_json)
    if report.refused:
        raise typer.Exit(1)


class Judged(StrEnum):
    """What `evaluate` can judge."""

    structure = "structure"
    facts = "facts"
    search = "search"


@app.command()
def evaluate(
    context: typer.Context,
    what: Annotated[Judged, typer.Argument(metavar="structure|facts|search")],
    gold: Annotated[Path, typer.Option("--gold", parser=_path, metavar="DIR", help="Folder with the gold data.")],
    texts: Annotated[
        Path | None,
        typer.Option(parser=_path, metavar="PATH", help="Texts, or the one text; default: what the gold data name."),
    ] = None,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Score outline, metadata and task frames, facts, or answers against gold data, with every difference."""
    if what is Judged.facts:
        _evaluate_facts(gold, texts, as_json)
        return
    if what is Judged.search:
        _evaluate_search(gold, texts, kb, _settings(context, kb).model, as_json)
        return
    from index.evaluate import evaluate_structure

    report = evaluate_structure(gold, texts)
    _show(present.scores(report), present.score_lines(report), as_json)


def _evaluate_search(gold: Path, texts: Path | None, kb: Path | None, model: str | None, as_json: bool) -> None:
    from api import scores
    from index.evaluate_search import evaluate_search

    report = evaluate_search(gold, texts, kb, model)
    _show(scores.answers(report), scores.answer_lines(report), as_json)


def _evaluate_facts(gold: Path, texts: Path | None, as_json: bool) -> None:
    from api import scores
    from index.evaluate_facts import FactsReport
    from index.evaluate_judged import evaluate_facts

    report = evaluate_facts(gold, texts)
    if isinstance(report, FactsReport):
        _show(scores.annotated(report), scores.annotated_lines(report), as_json)
    else:
        _show(scores.judged(report), scores.judged_lines(report), as_json)


# ---- what users assert

correct = typer.Typer(
    name="correct",
    help="Put right what the base says: reject or add facts, set themes and task frames.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(correct)

Why = Annotated[str, typer.Option("--reason", metavar="R", help="Why.")]
Author = Annotated[str | None, typer.Option("--author", metavar="A", help="Who says so [env: YAODIAN_AUTHOR].")]
Date = Annotated[str | None, typer.Option("--date", metavar="DATE", help="When (ISO 8601); default: now.")]
ItemName = Annotated[str, typer.Argument(metavar="ITEM", help="An item's id or IRI, or its path with --document.")]


@correct.command("reject")
def correct_reject(
    context: typer.Context,
    fact: Annotated[str, typer.Argument(metavar="FACT", help="The id or IRI of a fact or a mention.")],
    reason: Why,
    author: Author = None,
    date: Date = None,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Take a wrong fact or mention out of the base."""
    _amend(context, kb, Reject(_text(fact)), (reason, author, date), as_json)


@correct.command("add")
def correct_add(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="An item or entity: id, IRI, path or exact name.")],
    predicate: Annotated[str, typer.Argument(metavar="PREDICATE", help="A relation, such as implements; or mentions.")],
    object_: Annotated[str, typer.Argument(metavar="OBJECT", help="An entity or item: id, IRI or exact name.")],
    reason: Why,
    quote: Annotated[str, typer.Option(metavar="Q", help="The characters of the item that state it.")],
    item: Annotated[str | None, typer.Option(metavar="ITEM", help="Where it is stated; default: SUBJECT.")] = None,
    start: Annotated[int | None, typer.Option(min=0, help="Where in the file, if it occurs twice.")] = None,
    document: Document = None,
    author: Author = None,
    date: Date = None,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Add a fact that the text states; or, as PREDICATE `mentions`, that the quote names OBJECT."""
    request = Add(
        _text(subject),
        predicate,
        _text(object_),
        _text(quote),
        item=_text(item) if item else None,
        document=document,
        start=start,
    )
    _amend(context, kb, request, (reason, author, date), as_json)


@correct.command("theme")
def correct_theme(
    context: typer.Context,
    item: ItemName,
    theme: Annotated[str, typer.Argument(metavar="THEME", help="A theme's IRI, notation or label.")],
    reason: Why,
    grade: Annotated[int, typer.Option(min=0, max=2, help="2 main line, 1 in passing, 0 not at all.")],
    quote: Annotated[str | None, typer.Option(metavar="Q", help="What shows it; default: the heading.")] = None,
    document: Document = None,
    author: Author = None,
    date: Date = None,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Say how far an item concerns a theme."""
    request = SetTheme(_text(item), _text(theme), grade, quote=_text(quote) if quote else None, document=document)
    _amend(context, kb, request, (reason, author, date), as_json)


class FrameField(StrEnum):
    """The fields of a task frame that can be set."""

    lead = "lead"
    participants = "participants"
    deadline = "deadline"


@correct.command("frame")
def correct_frame(
    context: typer.Context,
    item: ItemName,
    field: Annotated[FrameField, typer.Argument(metavar="FIELD", help="lead, participants or deadline.")],
    reason: Why,
    values: Annotated[list[str] | None, typer.Argument(metavar="[VALUE]...", help="As printed in the item.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="The text states nothing here.")] = False,
    iso: Annotated[str | None, typer.Option(metavar="DATE", help="A deadline's date or interval.")] = None,
    quote: Annotated[list[str] | None, typer.Option(metavar="Q", help="The characters that state it.")] = None,
    document: Document = None,
    author: Author = None,
    date: Date = None,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Set or clear the lead, the participants or the deadline in an item's task frame."""
    if clear == bool(values):
        raise typer.BadParameter("give the values that the field holds, or --clear")
    texts, quotes = tuple(map(_text, values or ())), tuple(map(_text, quote or ()))
    request = SetFrame(_text(item), field.value, texts, iso=iso, quotes=quotes, document=document)
    _amend(context, kb, request, (reason, author, date), as_json)


@correct.command("list")
def correct_list(context: typer.Context, kb: Kb = None, as_json: AsJson = False) -> None:
    """List what users assert, merges too, with what was taken back."""
    with _library(context, kb) as library:
        found = library.assertions()
    _show({"corrections": found}, present.assertions(found), as_json)


@correct.command("undo")
def correct_undo(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of an assertion.")],
    reason: Why = "taken back",
    author: Author = None,
    date: Date = None,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Take an assertion back, or a reversal; nothing is forgotten."""
    _amend(context, kb, Undo(_text(id)), (reason, author, date), as_json)


@app.command()
def merge(
    context: typer.Context,
    entities: Annotated[
        list[str] | None, typer.Argument(metavar="[A B]", help="Two entities: id, IRI or exact name.")
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="R", help="Why they are one.")] = None,
    proposals: Annotated[bool, typer.Option("--proposals", help="List the pairs that may be one.")] = False,
    author: Author = None,
    date: Date = None,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Say that two entities are one, or list the pairs that may be; no IRI is rewritten."""
    if proposals:
        if entities or reason:
            raise typer.BadParameter("--proposals lists pairs; give it alone")
        with _library(context, kb) as library:
            found = library.proposals()
        _show({"proposals": found}, present.proposals(found), as_json)
        return
    if len(entities or ()) != 2 or reason is None:
        raise typer.BadParameter("give two entities and --reason, or --proposals alone")
    one, other = map(_text, entities or ())
    _amend(context, kb, Merge(one, other), (reason, author, date), as_json)


@app.command()
def unmerge(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="The id of a merge or of a proposal.")],
    reason: Why = "taken back",
    author: Author = None,
    date: Date = None,
    kb: Kb = None,
    as_json: AsJson = False,
) -> None:
    """Take a merge back, or refuse a proposal for good; given again, the refusal is taken back."""
    _amend(context, kb, Undo(_text(id)), (reason, author, date), as_json)


def _amend(
    context: typer.Context, kb: Path | None, request: Request, why: tuple[str, str | None, str | None], as_json: bool
) -> None:
    """Carry a request out and print how its decision stands."""
    reason, author, date = why
    settings = _settings(context, kb)
    told = note(_text(author or settings.author), _text(reason), date)
    with _library(context, kb) as library:
        found = library.amend(request, told, settings.aliases)
    _show(found, present.assertions([found]), as_json)


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on [env: YAODIAN_HOST].")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0: any [env: YAODIAN_PORT].")] = None,
    writable: Annotated[bool, typer.Option("--writable", help="Let clients write [env: YAODIAN_WRITABLE].")] = False,
    model: Model = None,
    kb: Kb = None,
) -> None:
    """Serve the page and the API; a base that does not exist yet is made from the bundled plan."""
    from api import server
    from index.base import exists
    from index.library import Library

    settings = _settings(context, kb, model)
    settings = replace(settings, host=host or settings.host, port=settings.port if port is None else port)
    settings = replace(settings, writable=writable or settings.writable)
    server.refuse_open_writes(settings)
    with server.listen(settings.host, settings.port) as socket:  # first, for a taken port costs no build
        if not exists(settings.kb):
            _note(f"no base at {settings.kb} yet: making one from the bundled plan")
            with _progress() as progress:
                Library.build(
                    settings.kb,
                    model=settings.model,
                    names=settings.names,
                    progress=progress,
                    aliases=settings.aliases,
                )
        with Library.open(settings.kb, settings.model) as library, suppress(KeyboardInterrupt):
            zh, en = present.sample_questions(library.themes())
            _note(f"Yaodian is at {server.address(socket)}   (Ctrl-C ends it)\ntry: {zh}\n     {en}")
            server.run(library, settings, socket)


# ---- what the commands share


def _settings(context: typer.Context, kb: Path | None, model: str | None = None) -> Settings:
    """The settings, with the base and the model named on the command line: behind the command, or else before it."""
    settings = Settings.from_env()
    kb_before, model_before = context.obj
    return replace(settings, kb=kb or kb_before or settings.kb, model=model or model_before or settings.model)


@contextmanager
def _library(context: typer.Context, kb: Path | None) -> "Iterator[Library]":
    from index.library import Library

    settings = _settings(context, kb)
    with Library.open(settings.kb, settings.model) as library:
        yield library


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def advance(source: str, done: int, total: int) -> None:
            bar.update(task, description=present.printable(source), completed=done, total=total)

        yield advance


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the process at once, whatever the RDF engine is doing; there is nothing to tidy up."""
    if threading.current_thread() is not threading.main_thread():  # only that one may say what signals do
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _text(argument: str) -> str:
    """An argument as text: bytes that are no UTF-8 (Python keeps them as lone surrogates) become question marks."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _show(value: Any, lines: Iterable[str], as_json: bool) -> None:
    if as_json:
        _write(present.dumps(value, indent=True) + b"\n")
    else:
        _print(lines)


def _print(lines: Iterable[str]) -> None:
    _write("".join(f"{text}\n" for text in lines).encode("utf-8", "replace"))


def _write(data: bytes) -> None:
    """Bytes to standard output as they are: UTF-8 whatever the terminal's code page."""
    if sys.stdout is None:
        raise PlanError("standard output is closed; leave it open, or send it to a file")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _note(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


# ---- the process


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process: 0 done, 1 failed with one clear line, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        typer.main.get_command(app).main(args=arguments, prog_name="yaodian")
    except PlanError as error:
        _fail(line(error), meaning(error).exit)
    except OSError as error:
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", 1)
    finally:
        _close_quietly()
    sys.exit(0)


def _fail(message: str, status: int) -> NoReturn:
    _note(f"yaodian: {message}")
    sys.exit(status)


def _close_quietly() -> None:
    """Flush standard output; where its reader is gone (`| head`), keep the interpreter from complaining at its end."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
