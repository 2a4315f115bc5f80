"""Taking documents into a base: store, catalogue and vectors move together, or not at all."""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from corpus.errors import BaseError, PlanError, ReadError
from corpus.parse import parse_text
from corpus.read import Survey, find_files, read_text
from corpus.sample import SAMPLE
from corpus.types import Document
from graph.aliases import FILE, Aliases
from graph.assertions import Assertion, Journal
from graph.corrections import RULE, corrected, overruling
from graph.extract import extract
from graph.ingest import document_quads, install_schemes
from graph.likeness import proposals
from graph.links import correction_quads, entity_nodes, link_quads, named_entities
from graph.model import Facts, Relation
from graph.rdf import document_iri, node_iri
from graph.store import Store
from graph.terms import Quad
from index import base
from index.catalogue import Catalogue, ItemRow, NameRow, SentenceRow
from index.dense import VectorIndex
from index.embed import Encoder
from index.passages import document_row, link_rows, node_rows, sentence_rows
from index.query import name_key
from index.types import BuildReport, DocumentRef, Progress, Refusal
from ontology.namespace import Names, local, number

_BATCH = 200_000  # statements loaded at once


def build(
    root: Path,
    sources: Sequence[Path],
    encoder: Encoder,
    names: Names | None,
    progress: Progress | None,
    aliases: Path | None = None,
    *,
    reembed: bool = False,
) -> BuildReport:
    """Add or refresh the documents of files and folders (none: the bundled plan) in the base at `root`.

    `aliases` is the users' alias table, by default the one in the base's folder. With `reembed` the vectors of what the
    base holds are first made anew with `encoder`, from its catalogue: nothing is parsed or extracted again, and with no
    source nothing is taken in. Raises ReadError or BaseError where nothing was done, PlanError for a wrong row of that
    table; then the base is as it was.
    """
    started = time.perf_counter()
    if reembed and not base.exists(root):
        base.read_manifest(root)  # says that there is none, and how to make one
    with base.writing(root) as stage, closing(Builder(stage, encoder, names, aliases, reembed=reembed)) as builder:
        survey = find_files(sources, leave_out=root) if sources else Survey(() if reembed else (SAMPLE,), ())
        refused = [Refusal(_source(path), reason) for path, reason in survey.refused]
        reembedded = builder.embed_anew(progress) if reembed else 0
        refused += builder.take_in([*builder.stale(), *survey.files], progress)
        if not builder.added and (sources or not reembed or stage.damaged):
            raise _nothing_taken_in(refused)
        manifest = builder.finish()
        stage.commit(manifest)
    return BuildReport(
        added=tuple(builder.added.values()),
        refused=tuple(refused),
        documents=manifest.documents,
        items=manifest.items,
        triples=manifest.triples,
        seconds=round(time.perf_counter() - started, 3),
        reembedded=reembedded,
        model=manifest.model.name,
    )


class Builder:
    """Takes documents into a stage: store, catalogue and vectors move together, with what users assert."""

    def __init__(
        self,
        stage: base.Stage,
        encoder: Encoder,
        names: Names | None = None,
        aliases: Path | None = None,
        *,
        reembed: bool = False,
    ) -> None:
        self._stage = stage
        self._encoder = encoder
        self._model = base.Model.of(encoder)
        made = None if reembed else base.made_by(stage.root)  # a damaged base too keeps its model, and its IRIs
        if made:
            base.refuse_another_model(stage.root, made, self._model)
        kept = base.iris_of(stage.root)
        if kept and names and names.base != kept:
            raise BaseError(f"the base uses IRIs under {kept}, not {names.base}; build a new base for that")
        self.names = Names(kept) if kept else names or Names()
        current = stage.current
        self.journal = _journal(stage)
        self._aliases = _aliases(stage.root, aliases)
        self._lexicon = self._aliases.lexicon()
        folder = stage.path
        self.store = Store.create(folder / "store")
        catalogue = folder / "catalogue.sqlite"
        self.catalogue = Catalogue.edit(catalogue) if current else Catalogue.create(catalogue)
        vectors = folder / "vectors.faiss"
        self._vectors = VectorIndex.load(vectors) if current and not reembed else VectorIndex.empty(encoder.dimension)
        self._originals: dict[str, Path] = {}
        self._statements: list[Quad] = []
        self._closed = False
        self.added: dict[str, DocumentRef] = {}

    def stale(self) -> list[Path]:
        """The originals that must be read again: all where the base is damaged or its alias table has changed."""
        kept = self._stage.path / FILE
        same = kept.is_file() and kept.read_bytes() == self._aliases.text().encode("utf-8")
        files = [] if self._stage.current and same else [self._kept(name) for name in sorted(self._stage.originals)]
        return files if any(file.is_file() for file in files) else []

    def _kept(self, name: str) -> Path:
        return self._stage.root / "originals" / name

    def original(self, identifier: str) -> Path:
        """A kept file of a document by its id; raises BaseError where it is gone or damaged."""
        for name, digest in sorted(self._stage.originals.items()):
            if name.startswith(f"{identifier}/") and base.is_whole(self._kept(name), digest):
                return self._kept(name)
        raise BaseError(
            f"the original of the document {identifier} is gone or damaged; build it again: yaodian build FILE"
        )

    def read(self, identifier: str) -> tuple[Document, Facts]:
        """A document of the base by its id, and its facts with all corrections."""
        document = self._document(identifier)
        return document, self._facts(document)

    def overruling(self, line: Assertion) -> Assertion | None:
        """The rejection in force that keeps out all that a correction adds; None where there is none."""
        identifier = line.what.get("document", "")
        rejections = [one for one in self.journal.corrections(identifier) if one.kind == "reject"]
        if not rejections or self.catalogue.document(identifier) is None:
            return None
        document = self._document(identifier)
        return overruling(document, extract(document, self._lexicon, self.names), rejections, line, self.names)

    def _document(self, identifier: str) -> Document:
        row = self.catalogue.document(identifier)
        return parse_text(read_text(self.original(identifier)), row.source if row else identifier)

    def _facts(self, document: Document) -> Facts:
        corrections = self.journal.corrections(local(document_iri(document, self.names)))
        return corrected(document, extract(document, self._lexicon, self.names), corrections, self.names)

    def take_in(self, files: Sequence[Path], progress: Progress | None) -> list[Refusal]:
        """Every file that can be read; returns those that cannot, with the reason."""
        install_schemes(self.store, self.names)
        refused = []
        for done, file in enumerate(files):
            if progress:
                progress(file.name, done, len(files))
            try:
                self._refuse_torn(file)
                document = parse_text(read_text(file), _source(file))
            except ReadError as error:
                refused.append(Refusal(_source(file), str(error)))
                continue
            self._put(document, file)
        if progress:
            progress("", len(files), len(files))
        return refused

    def _refuse_torn(self, file: Path) -> None:
        """Raise ReadError for an original that is not as it was kept: what is damaged is never taken for a plan."""
        folder = self._stage.root / "originals"
        name = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else ""
        digest = self._stage.originals.get(name)
        if digest and file.is_file() and not base.is_whole(file, digest):
            raise ReadError(
                f"{file}: the kept original is damaged (its SHA-256 is not the manifest's); "
                f"build it again from your own file: yaodian build FILE"
            )

    def remove(self, document: str) -> int:
        """Take a document out, with all that came only from it; returns the number of journal lines that went too.

        What users asserted about it goes, and a sameness of an entity that no other document names.
        """
        self.write_statements()
        self._vectors.remove(self.catalogue.vector_ids(document))
        self.catalogue.remove(document)
        ends = [node.iri for line in self.journal.lines if line.kind == "same" for node in line.ends()]
        known = set(entity_nodes(self.store, ends)) if ends else set()
        self.store.drop(self.names.graph(document))
        gone = known - set(entity_nodes(self.store, ends)) if ends else known
        before = len(self.journal.lines)
        self.journal = self.journal.without(document, gone)
        self._originals.pop(document, None)
        self.added.pop(document, None)
        self._stage.originals = _without_document(self._stage.originals, document)
        return before - len(self.journal.lines)

    def embed_anew(self, progress: Progress | None) -> int:
        """Make the vectors of all that the catalogue holds; returns the number of its documents."""
        rows = self.catalogue.documents()
        for done, row in enumerate(rows):
            if progress:
                progress(row.source, done, len(rows))
            nodes = self.catalogue.nodes(row.id)
            sentences = self.catalogue.sentences(node.number for node in nodes)
            self._embed(nodes, [sentence for node in nodes for sentence in sentences.get(node.number, ())])
        return len(rows)

    def _embed(self, nodes: Sequence[ItemRow], sentences: Sequence[SentenceRow]) -> None:
        """The vectors of a document's items and sentences, in its order: a model's batches decide the last digits."""
        texts = [(node.number, node.text) for node in nodes if node.is_item] + [(s.number, s.text) for s in sentences]
        self._vectors.add([n for n, _ in texts], self._encoder.encode([text for _, text in texts]))

    def _put(self, document: Document, file: Path) -> None:
        row = document_row(document, self.names)
        known = self.catalogue.document(row.id)
        if known and known.source < row.source:  # the same text under two names keeps the first in the alphabet
            document = parse_text(document.text.raw, known.source)
            row = document_row(document, self.names)
        facts = self._facts(document)
        self._statements += document_quads(document, facts, self.names)
        self.store.drop(self.names.graph(row.id))
        if len(self._statements) >= _BATCH:
            self.write_statements()
        self._vectors.remove(self.catalogue.vector_ids(row.id))
        sentences = sentence_rows(document, self.names)
        nodes = node_rows(document, self.names)
        self.catalogue.put(row, nodes, sentences, _name_rows(document, facts, self.names), link_rows(document, facts))
        self._embed(nodes, sentences)
        self._originals[row.id] = file
        self.added[row.id] = DocumentRef(id=row.id, iri=row.iri, title=row.title, source=row.source)

    def write_statements(self) -> None:
        """Put what was taken in into the store.

        Many documents come in one bulk load: each load costs a tenth of a second, however small it is.
        """
        self.store.add(self._statements)
        self._statements = []

    def _write_assertions(self) -> None:
        """The graphs of what users assert and of what may be the same, with the journal and the aliases themselves."""
        for name in ("corrections", "links"):
            self.store.drop(self.names.graph(name))
        proposed = proposals(named_entities(self.store), self._lexicon, self.names)
        self.store.add([*correction_quads(self.journal, self.names), *link_quads(self.journal, proposed, self.names)])
        (self._stage.path / base.JOURNAL).write_bytes(self.journal.text().encode("utf-8"))
        (self._stage.path / FILE).write_bytes(self._aliases.text().encode("utf-8"))

    def finish(self) -> base.Manifest:
        """Write everything down, with the originals that it rests on, and say what is there."""
        self._keep_originals()
        self.write_statements()
        self._write_assertions()
        self.store.flush()
        triples = len(self.store)
        self.catalogue.finish()
        documents, items = self.catalogue.counts()
        ids = sorted(row.id for row in self.catalogue.documents())
        self.close()
        self._vectors.divided().save(self._stage.path / "vectors.faiss")
        return base.Manifest(
            format=base.FORMAT,
            snapshot=self._stage.name,
            base=self.names.base,
            model=self._model,
            digest=hashlib.sha256("\n".join(ids).encode("ascii")).hexdigest(),
            documents=documents,
            items=items,
            triples=triples,
            files=base.digests(self._stage.path),
            originals=dict(sorted(self._stage.originals.items())),
        )

    def close(self) -> None:
        """Let go of the files, whether all went well or not."""
        if not self._closed:
            self._closed = True
            self.store.close()
            self.catalogue.close()

    def _keep_originals(self) -> None:
        """Keep the files as they came, before the snapshot that rests on them is committed."""
        kept, root = self._stage.originals, self._stage.root
        for identifier, file in self._originals.items():
            name = f"{identifier}/{_source(file)}"
            kept[name] = base.keep_original(root, name, file, kept.get(name))
            of_document = {other: kept[other] for other in kept if other.startswith(f"{identifier}/")}
            for torn in base.torn_originals(root, of_document):  # a whole file of the same text takes its place
                del kept[torn]
        own = {kept[name] for name in kept if name.partition("/")[0] in self._originals}
        for name in [n for n in kept if n.partition("/")[0] not in self._originals and kept[n] in own]:
            if self.catalogue.document(name.partition("/")[0]) is None:  # kept under the id of an older program
                del kept[name]


def _journal(stage: base.Stage) -> Journal:
    """What users assert; of a damaged base what is left of it, for no original can give it again."""
    path = stage.path / base.JOURNAL
    found = path.read_bytes() if path.is_file() else base.salvaged(stage.root, base.JOURNAL)
    try:
        text = (found or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise BaseError(f"{base.JOURNAL} is not UTF-8 at byte {error.start}; mend it in the newest snapshot") from None
    return Journal.parse(text, base.JOURNAL)


def _without_document(kept: Mapping[str, str], document: str) -> dict[str, str]:
    """The originals without those of a document, also where the same bytes are kept in another place."""
    gone = {digest for name, digest in kept.items() if name.startswith(f"{document}/")}
    return {name: digest for name, digest in kept.items() if digest not in gone}


def _aliases(root: Path, chosen: Path | None) -> Aliases:
    """The users' alias table: the chosen one, else the one in the base's folder, else an empty one."""
    path = chosen or root / FILE
    return Aliases.read(path) if chosen or path.is_file() else Aliases()


def _name_rows(document: Document, facts: Facts, names: Names) -> list[NameRow]:
    """What the items name, under every form that a question may use: as written, in full, in English."""
    rows = []
    for mention in facts.mentions:
        node = document.by_path.get(mention.item or "")
        if node is None or not node.is_item:
            continue
        item = number(local(node_iri(document, node, names)))
        start, end = document.text.raw_span(mention.span)
        forms = {
            name_key(form)
            for form in (document.clean(mention.span), mention.entity.name, mention.entity.label_en or "")
        }
        entity = mention.entity
        rows += [NameRow(form, item, entity.iri, entity.cls, entity.name, start, end) for form in sorted(forms) if form]
    return rows + [
        row for relation in facts.relations if relation.rule == RULE for row in _added(document, relation, names)
    ]


def _added(document: Document, relation: Relation, names: Names) -> Iterator[NameRow]:
    """What a user says that an item speaks of, under its full name."""
    ends = [node for node in (relation.subject, relation.object) if node.cls not in ("Item", "Section", "Theme")]
    node = document.by_path.get(relation.item or "")
    if node is None or not node.is_item or relation.grade is not None:
        return
    start, end = document.text.raw_span(relation.span)
    item = number(local(node_iri(document, node, names)))
    for entity in ends:
        yield NameRow(name_key(entity.name), item, entity.iri, entity.cls, entity.name, start, end)


def _source(file: Path) -> str:
    """A file's name as text: bytes that are no UTF-8, as old archives leave them, become question marks."""
    return file.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _nothing_taken_in(refused: Sequence[Refusal]) -> PlanError:
    if not refused:
        return BaseError("the base is damaged and has no originals; build it again from its files: yaodian build FILE")
    if len(refused) == 1:
        return ReadError(refused[0].reason)
    return ReadError(f"none of {len(refused)} files could be read; the first: {refused[0].reason}")
