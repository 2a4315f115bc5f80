"""`Library`: the one core object behind the command line, the server and Python users."""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from corpus.errors import BaseError, NotFoundError, QueryError
from graph import views
from graph.aliases import FILE, Aliases
from graph.assertions import Journal, Note, Standing
from graph.ingest import SCHEMES
from graph.links import Likeness, likenesses, same_as
from graph.model import CLASSES
from graph.store import QueryResult, Store, written
from index import answer, base, conditions, facts, filters, structured
from index.alignment import alignment
from index.catalogue import Catalogue, DocumentRow, ItemRow
from index.columns import Columns
from index.dense import VectorIndex
from index.embed import Encoder, load_encoder
from index.filters import Filter, Limits
from index.known import Known
from index.other_names import OtherNames
from index.query import language_of, understand
from index.related import Kinship
from index.requests import Request
from index.search import Sources, rank
from index.slips import Slips
from index.structured import Reading
from index.types import (
    Answer,
    AssertionView,
    BackupReport,
    BuildReport,
    CheckReport,
    Comparison,
    DocumentRef,
    DocumentView,
    EntityView,
    ItemSummary,
    ItemView,
    Page,
    Progress,
    RelatedItem,
    RemoveReport,
    RepairReport,
    Reversal,
    ThemeSummary,
)
from ontology.namespace import Names, local, number
from ontology.tables import themes

if TYPE_CHECKING:
    from graph.validate import Report

_LONGEST_QUESTION = 1000  # characters; longer is not a question but a text


class Library:
    """A knowledge base, open for reading: `Library.open(path).search("哪些条目涉及民生")`.

    Every method may be called from several threads. A snapshot that another process swaps in is picked up by `refresh`.
    """

    def __init__(self, root: Path, encoder: Encoder) -> None:
        self._root = root
        self._encoder = encoder
        self._swap = threading.Lock()
        self._writing = threading.Lock()  # the writers of this process wait for each other; others are told
        self._open: _Open = _Open.current(root, encoder)

    @classmethod
    def open(cls, path: Path | str, model: Path | str | None = None) -> "Library":
        """Open a base; raises BaseError where it is absent, damaged, or made by another model or format."""
        root = Path(path)
        base.read_manifest(root)  # before the model is loaded, so that a wrong path is told at once
        return cls(root, load_encoder(model))

    @classmethod
    def build(
        cls,
        path: Path | str,
        sources: Sequence[Path] = (),
        *,
        model: Path | str | None = None,
        names: Names | None = None,
        progress: Progress | None = None,
        aliases: Path | None = None,
        reembed: bool = False,
    ) -> BuildReport:
        """Add or refresh documents (files and folders; none: the bundled plan) in a base, made if absent.

        `model` must be the base's, but with `reembed`: then the vectors of all that the base holds are made anew with
        `model`, before the documents of `sources` (none: none) are taken in. `aliases` is the users' alias table
        (default: `aliases.tsv` in the base's folder, where there is one). Raises ReadError or BaseError where nothing
        was done; then the base is as it was.
        """
        from index.build import build  # readers and extraction: not needed to answer a question

        files = [Path(source) for source in sources]
        return build(Path(path), files, load_encoder(model), names, progress, aliases, reembed=reembed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the snapshot back."""
        self._open.close()

    def refresh(self) -> bool:
        """Pick up the snapshot that is current now; True where it is another one."""
        with self._swap:
            if base.read_manifest(self._root) == self._open.manifest:
                return False
            fresh = _Open.current(self._root, self._encoder)
            fresh.sources.columns.load()
            self._open = fresh  # the old one closes when its last user lets go of it
            return True

    @property
    def snapshot(self) -> str:
        """The name of the snapshot that is read."""
        return self._open.manifest.snapshot

    @property
    def digest(self) -> str:
        """The same for the same documents."""
        return self._open.manifest.digest

    @property
    def names(self) -> Names:
        """The maker of the base's IRIs."""
        return self._open.names

    @property
    def store_path(self) -> Path:
        """The folder of the snapshot's RDF store, for processes that only evaluate SPARQL."""
        return self._open.path / "store"

    @property
    def sources(self) -> Sources:
        """What a search reads, for those who measure or explain it (`index.search.rank`)."""
        return self._open.sources

    # ---- asking

    def search(
        self,
        query: str,
        limit: int = 10,
        document: str | None = None,
        theme: str | None = None,
        explain: bool = False,
        *,
        issuer: str | None = None,
        place: str | None = None,
        year: int | None = None,
        unit: str | None = None,
    ) -> Answer:
        """The items that answer a question in Chinese or English, each with its reasons; nothing where nothing fits.

        `document` is an id, an IRI or a unique source name; `theme` an IRI, a notation or a label. `issuer`, `place`
        and `year` choose documents by who issued them, by place (a province with its cities) and by year; `unit` the
        tasks that a unit leads or takes part in. Names stand in Chinese or English. `explain` adds all reasons.
        Raises QueryError for an empty or overlong question, NotFoundError for an unknown filter.
        """
        started = time.perf_counter()
        text = query.encode("utf-8", "replace").decode("utf-8").strip()  # half a surrogate pair is no character
        if not text:
            raise QueryError("the question is empty; ask something, such as 哪些条目涉及民生")
        if len(text) > _LONGEST_QUESTION:
            raise QueryError(f"the question has {len(text)} characters; at most {_LONGEST_QUESTION} are read")
        if limit < 1:
            raise QueryError(f"limit is {limit}; ask for at least one result")
        now = self._open
        chosen = filters.find(Limits(document, theme, issuer, place, year, unit), now.known, now.document_row)
        corrected = now.slips.corrected(text)
        composed = now.answer(corrected or text, chosen, limit, explain)
        took = round((time.perf_counter() - started) * 1000, 2)
        return replace(composed, query=text, corrected=corrected, took_ms=took)

    def sparql(self, query: str) -> QueryResult:
        """Evaluate a SPARQL 1.1 query over the union of all graphs; raises QueryError with line and column."""
        return self._open.store.query(query)

    # ---- looking up

    def documents(self) -> tuple[DocumentRef, ...]:
        """Every document, by title."""
        return tuple(map(_reference, self._open.catalogue.documents()))

    def document(self, identifier: str) -> DocumentView:
        """A document with its outline; raises NotFoundError."""
        now = self._open
        row = now.document_row(identifier)
        nodes = now.catalogue.nodes(row.id)
        return DocumentView(
            id=row.id,
            iri=row.iri,
            title=row.title,
            source=row.source,
            metadata=row.metadata,
            items=tuple(_summary(node) for node in nodes if node.is_item),
            sections=tuple(_summary(node) for node in nodes if not node.is_item),
            repairs=row.repairs,
        )

    def item(self, identifier: str) -> ItemView:
        """An item (or section) with its facts, mentions and task frame; raises NotFoundError."""
        now = self._open
        row = now.item_row(identifier)
        facts = views.facts_of_item(now.store, row.iri)
        about_theme = [fact for fact in facts if fact.predicate == "concerns" and fact.object.cls == "Theme"]
        return ItemView(
            id=row.id,
            iri=row.iri,
            document=now.reference(row.document),
            path=row.path,
            number=row.ordinal,
            heading=row.heading,
            section=row.section,
            text=row.text,
            printed=row.printed,
            start=row.start,
            end=row.end,
            themes=tuple(about_theme),
            facts=tuple(fact for fact in facts if fact not in about_theme),
            mentions=views.mentions_in_item(now.store, row.iri),
            task=views.task_of_item(now.store, row.iri),
        )

    def related(self, identifier: str, limit: int = 10) -> tuple[RelatedItem, ...]:
        """The items of all documents that share facts with an item or come near in meaning, best first, with reasons.

        Raises NotFoundError for an unknown item and for a section, which has no text of its own to compare; QueryError
        for a limit below one.
        """
        if limit < 1:
            raise QueryError(f"limit is {limit}; ask for at least one result")
        now = self._open
        row = now.item_row(identifier)
        if not row.is_item:
            raise NotFoundError(f"{identifier} is a section; ask for one of its items, listed with its document")
        return now.kinship.related(row, now.reference, limit)

    def compare(self, a: str, b: str) -> Comparison:
        """What changed from document `a` to document `b` (each an id, an IRI or a unique source name).

        Items new, dropped and reworded, with the words that changed, and themes gained and lost. Raises NotFoundError.
        """
        from index.compare import compare

        now = self._open
        return compare(now.document_row(a), now.document_row(b), now.sources)

    def entities(self, cls: str | None = None, q: str | None = None, limit: int = 50, offset: int = 0) -> Page:
        """Entities by class and by a part of their name, most mentioned first; QueryError for an unknown class."""
        if cls is not None and not cls.isalnum():
            raise QueryError(f"no class {cls}; known are {', '.join(CLASSES)} and their subclasses")
        total, found = views.entities(self._open.store, cls, q, limit, offset)
        return Page(total=total, offset=offset, entities=tuple(found))

    def entity(self, identifier: str) -> EntityView:
        """An entity with its mentions and facts; raises NotFoundError."""
        now = self._open
        kinds = ("entity", "document")  # a plan is an entity too, under its document IRI
        candidates = [identifier, *(f"{now.names.base}id/{kind}/{identifier}" for kind in kinds)]
        iris = (iri for iri in candidates if _is_iri(iri))
        iri, found = next(((i, e) for i in iris if (e := views.entity(now.store, i))), ("", None))
        if found is None:
            raise NotFoundError(f"no entity {identifier} in this base; look for it with /entities?q=")
        node, classes = found
        return EntityView(
            id=node.id,
            iri=node.iri,
            cls=node.cls,
            subclasses=tuple(name for name in classes if name != node.cls),
            name=node.name,
            name_en=node.name_en,
            mentions=views.mentions_of_entity(now.store, iri),
            facts=views.facts_of_entity(now.store, iri),
            same_as=tuple(same_as(now.store, iri)),
        )

    def themes(self) -> tuple[ThemeSummary, ...]:
        """The theme scheme with the number of items linked to each."""
        counts = views.theme_counts(self._open.store)
        return tuple(
            ThemeSummary(
                id=theme.notation,
                iri=theme.iri,
                notation=theme.notation,
                label=theme.label_zh,
                label_en=theme.label_en,
                broader=theme.broader,
                definition=theme.definition,
                items=counts.get(theme.iri, (0, 0))[0],
                items_main=counts.get(theme.iri, (0, 0))[1],
            )
            for theme in themes()
        )

    def describe(self, iri: str) -> QueryResult:
        """What the base says about an IRI, as triples; raises NotFoundError where it says nothing."""
        store = self._open.store
        if not _is_iri(iri) or not store.query(f"ASK {{ {written(iri)} ?p ?o }}"):
            raise NotFoundError(f"nothing is known of {iri} in this base")
        return store.query(f"CONSTRUCT WHERE {{ {written(iri)} ?p ?o }}")

    # ---- taking out

    def remove(self, *documents: str, aliases: Path | None = None) -> RemoveReport:
        """Take documents out (each by id, IRI or unique source name), and read the base as it then is.

        All that came only from them goes: facts, rows, vectors, originals, what users asserted about them. Raises
        NotFoundError for an unknown name, BaseError while another process writes; then the base is as it was.
        """
        from index.remove import remove  # readers and extraction: not needed to answer a question

        with self._writing:
            report = remove(self._root, documents, self._encoder, aliases)
        self.refresh()
        return report

    # ---- kept and mended

    @classmethod
    def backup(cls, path: Path | str, file: Path | str) -> BackupReport:
        """Write a base with its originals to one file, whole or not at all; writers and readers need not wait.

        Raises BaseError for a damaged base, ReadError where the file cannot be written.
        """
        from index.backup import backup

        return backup(Path(path), Path(file))

    @classmethod
    def restore(cls, path: Path | str, file: Path | str, *, force: bool = False) -> BackupReport:
        """Make the base at `path` what a backup holds; over one that holds documents only by `force`.

        Raises ReadError or BaseError, naming what is wrong; then the base is as it was.
        """
        from index.backup import restore

        return restore(Path(file), Path(path), force=force)

    @classmethod
    def repair(
        cls,
        path: Path | str,
        *,
        model: Path | str | None = None,
        names: Names | None = None,
        progress: Progress | None = None,
        aliases: Path | None = None,
    ) -> RepairReport:
        """Make all that a base derives anew from its originals and from what users asserted; arguments as in `build`.

        Raises BaseError where there is nothing to make it from; then the base is as it was.
        """
        from index.repair import repair  # readers and extraction: not needed to answer a question

        return repair(Path(path), load_encoder(model), names, progress, aliases)

    # ---- what users assert

    def amend(self, request: Request, note: Note, aliases: Path | None = None) -> AssertionView:
        """Put something right, or take it back, and read the base as it then is; what stands so already stays.

        Raises NotFoundError for what the base does not hold, PlanError for what cannot be so, BaseError while another
        process writes; then the base is as it was. `aliases` as for `build`.
        """
        from index.amend import amend  # readers and extraction: not needed to answer a question

        with self._writing:
            standing = amend(self._root, request, note, self._encoder, aliases)
        self.refresh()
        return _assertion(standing, self.names)

    def assertions(self) -> tuple[AssertionView, ...]:
        """What users assert, oldest first, with what was taken back."""
        now = self._open
        found = [_assertion(standing, now.names) for standing in now.journal.standing().values()]
        return tuple(sorted(found, key=lambda a: (a.date, a.id)))

    def proposals(self) -> tuple[Likeness, ...]:
        """Pairs of entities that may be one, as the base proposes, the surest first."""
        return tuple(likenesses(self._open.store))

    # ---- out and in order

    def export(self, format: str, document: str | None = None, focus: str | None = None, depth: int = 1) -> bytes:
        """The base, a document or an entity's neighbourhood in a format; raises FormatError, NotFoundError."""
        from graph.export import export  # networkx: not needed to answer a question

        now = self._open
        within = now.document_row(document).iri if document else None
        return export(now.store, format, document=within, focus=focus, depth=depth)

    def validate(self) -> "Report":
        """SHACL: whether the graph keeps the shapes of `ontology/shapes.ttl`."""
        from graph.validate import validate  # pyshacl and rdflib: only here

        return validate(self._open.store)

    @classmethod
    def inspect(cls, path: Path | str, model: Path | str | None = None) -> CheckReport:
        """`check` for a base that may be too damaged to be opened: every damaged file is named.

        Of such a base the counts are the manifest's, and no vectors are counted. Raises BaseError where there is none.
        """
        root = Path(path)
        manifest = base.read_manifest(root)
        faults = base.faults(root)
        if faults:
            return CheckReport(False, tuple(faults), manifest.documents, manifest.items, 0, manifest.triples)
        with cls.open(root, model) as library:
            return library.check()

    def check(self) -> CheckReport:
        """Whether files, store, vectors and catalogue agree with the manifest and with each other."""
        now = self._open
        documents, items = now.catalogue.counts()
        return CheckReport(
            sound=not (faults := [*base.original_faults(self._root, base.listed(self._root)), *_faults(now)]),
            faults=tuple(faults),
            documents=documents,
            items=items,
            vectors=len(now.vectors),
            triples=len(now.store),
        )


class _Open:
    """One snapshot with everything in it open. It closes itself when nobody holds it any more."""

    def __init__(self, snapshot: base.Snapshot, encoder: Encoder) -> None:
        self._snapshot = snapshot
        self.manifest = snapshot.manifest
        self.path = snapshot.path
        self.names = Names(self.manifest.base)
        self.store = Store.read(self.path / "store")
        self.catalogue = Catalogue.read(self.path / "catalogue.sqlite")
        self.vectors = VectorIndex.load(self.path / "vectors.faiss")
        self.encoder = encoder
        self._check_agreement()
        self.journal = Journal.parse((self.path / base.JOURNAL).read_text(encoding="utf-8"), base.JOURNAL)
        aliases = Aliases.parse((self.path / FILE).read_text(encoding="utf-8"), FILE)
        other_names = OtherNames.of(self.journal, aliases)
        self.sources = Sources(
            self.store,
            self.catalogue,
            self.vectors,
            Columns(self.catalogue, self.vectors),
            encoder,
            alignment(encoder, self.catalogue.texts),
            other_names,
        )
        self.known = Known(self.store, self.catalogue)
        self.kinship = Kinship(self.sources)
        self._references: dict[str, DocumentRef] = {}
        self.slips = Slips(self.catalogue, self.sources.columns)

    @classmethod
    def current(cls, root: Path, encoder: Encoder) -> "_Open":
        snapshot = base.Snapshot.open(root)
        try:
            return cls(snapshot, encoder)
        except BaseException:
            snapshot.close()
            raise

    def answer(self, text: str, chosen: Filter, limit: int, explain: bool) -> Answer:
        """The answer to a question, by facts where it asks for facts, else by likeness; none to marks without words."""
        if not any(character.isalnum() for character in text):
            return facts.silence(text, language_of(text))
        reading = structured.read(text)
        if reading.asked and (found := self._by_facts(text, reading, chosen, limit, explain)):
            return found
        scope = self.known.scope(reading)
        documents = chosen.documents
        if scope is not None and reading.rest:
            text = reading.rest
            documents = frozenset(row.id for row in scope if documents is None or row.id in documents)
        return self._by_likeness(text, replace(chosen, documents=documents), limit, explain)

    def _by_facts(self, text: str, reading: Reading, chosen: Filter, limit: int, explain: bool) -> Answer | None:
        """What the facts answer; None where they do not, and it may be asked in another way."""
        wanted = self.known.conditions(reading)
        if wanted is not None:
            among = [*chosen.all_conditions(self.known), *wanted]
            found = facts.answer(
                text, reading.language, among, self.store, self.catalogue, self.reference, limit=limit, explain=explain
            )
            if found.answered or self.known.is_plain(reading, wanted):
                return found
        return facts.silence(text, reading.language) if self.known.is_silent_on(reading) else None

    def _by_likeness(self, text: str, chosen: Filter, limit: int, explain: bool) -> Answer:
        ranking = rank(understand(text), self.sources, documents=chosen.documents)
        if chosen.conditions:
            kept = {number(local(iri)) for iri in conditions.items(self.store, chosen.conditions)}
            ranking = replace(ranking, scored=tuple(one for one in ranking.scored if one.number in kept))
        return answer.compose(ranking, self.sources, self.reference, limit=limit, explain=explain)

    def _check_agreement(self) -> None:
        """What must be told before the first answer: another model's vectors, files changed on disk."""
        base.refuse_another_model(self._snapshot.root, self.manifest.model, base.Model.of(self.encoder))
        for name in (
            "vectors.faiss",
            "catalogue.sqlite",
            base.JOURNAL,
            FILE,
        ):  # RocksDB checks its own files as it reads them
            path = self.path / name
            if not path.is_file() or base.sha256(path) != self.manifest.files.get(name):
                raise BaseError(
                    f"{self.path / name} is damaged (its SHA-256 is not the manifest's); run: yaodian repair"
                )

    def document_row(self, identifier: str) -> DocumentRow:
        """A document by id, IRI or unique source name; raises NotFoundError."""
        return self.catalogue.find(identifier)

    def item_row(self, identifier: str) -> ItemRow:
        """An item or section by id or IRI; raises NotFoundError."""
        row = self.catalogue.item(_last_segment(identifier))
        if row is None:
            raise NotFoundError(f"no item {identifier} in this base; ids are listed with each document")
        return row

    def reference(self, identifier: str) -> DocumentRef:
        if identifier not in self._references:
            row = self.catalogue.document(identifier)
            if row is None:
                raise BaseError(f"the catalogue names no document {identifier}; run: yaodian check")
            self._references[identifier] = _reference(row)
        return self._references[identifier]

    def close(self) -> None:
        self.catalogue.close()
        self._snapshot.close()

    def __del__(self) -> None:
        if hasattr(self, "catalogue"):
            self.close()


def _faults(now: _Open) -> Iterable[str]:
    """Every disagreement, one line each."""
    damaged = base.damage(now.path, now.manifest)
    yield from (f"{name} is not as the manifest has it; run: yaodian repair" for name in damaged)
    if damaged:
        return
    kept = {name.partition("/")[0] for name in now.manifest.originals}
    for row in now.catalogue.documents():
        if row.id not in kept:
            yield f"no original of the document {row.id} ({row.source}) is kept; build it again from its file"
    for name in sorted(now.manifest.originals):
        if now.catalogue.document(name.partition("/")[0]) is None:
            yield f"originals/{name} is of no document; build it again from that file, or look why it is refused"
    yield from now.catalogue.integrity()
    if now.catalogue.vector_ids() != now.vectors.ids().tolist():
        yield "vectors and catalogue do not hold the same items and sentences; run: yaodian repair"
    graphs = set(now.store.graphs())
    documents = {now.names.graph(row.id) for row in now.catalogue.documents()}
    derived = {now.names.graph(name) for name in (*SCHEMES, "links", "corrections")}
    for graph in sorted(documents - graphs):
        yield f"the store lacks the graph {graph}; build its document again"
    for graph in sorted(graph for graph in graphs - documents - derived if graph.startswith(now.names.base + "graph/")):
        yield f"the store holds the graph {graph} of a document that the catalogue does not know; run: yaodian repair"
    if len(now.store) != now.manifest.triples:
        yield f"the store holds {len(now.store)} statements, not {now.manifest.triples}; run: yaodian repair"
    in_store = {row["i"] for row in now.store.query("SELECT ?i { ?i a yao:Item }").rows()}
    in_catalogue = {n.iri for row in now.catalogue.documents() for n in now.catalogue.nodes(row.id) if n.is_item}
    if in_store != in_catalogue:
        yield "store and catalogue do not hold the same items; run: yaodian repair"


def _reference(row: DocumentRow) -> DocumentRef:
    return DocumentRef(id=row.id, iri=row.iri, title=row.title, source=row.source)


def _assertion(standing: Standing, names: Names) -> AssertionView:
    last, made = standing.last, standing.made
    first = made or last  # a refused proposal: who refused it is all there is
    reversal = None if standing.holds else Reversal(last.note.author, last.note.reason, last.note.date)
    return AssertionView(
        id=last.id,
        iri=names.assertion(last.id),
        kind=last.kind,
        state=last.state,
        says=last.says,
        what=dict(last.what),
        author=first.note.author,
        reason=first.note.reason,
        date=first.note.date,
        undone=reversal,
    )


def _summary(row: ItemRow) -> ItemSummary:
    return ItemSummary(row.id, row.iri, row.path, row.ordinal, row.heading, row.section)


def _last_segment(identifier: str) -> str:
    return local(identifier) if "/" in identifier else identifier


def _is_iri(text: str) -> bool:
    try:
        written(text)
    except ValueError:
        return False
    return True
