"""Taking documents into a base: store, catalogue and vectors move together, or not at all."""

import hashlib
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from corpus.errors import BaseError, PlanError, ReadError
from corpus.parse import parse_text
from corpus.read import Survey, find_files, read_text
from corpus.sample import SAMPLE
from corpus.types import Document
from graph.extract import extract
from graph.ingest import document_quads, install_schemes
from graph.lexicon import Lexicon
from graph.model import Facts
from graph.rdf import node_iri
from graph.store import Store
from graph.terms import Quad
from index import base
from index.catalogue import Catalogue, NameRow
from index.dense import VectorIndex
from index.embed import Encoder
from index.passages import document_row, node_rows, sentence_rows
from index.query import name_key
from index.types import BuildReport, DocumentRef, Progress, Refusal
from ontology.namespace import Names, local, number

_BATCH = 200_000  # statements loaded at once


def build(
    root: Path, sources: Sequence[Path], encoder: Encoder, names: Names | None, progress: Progress | None
) -> BuildReport:
    """Add or refresh the documents of files and folders (none: the bundled plan) in the base at `root`.

    Raises ReadError or BaseError where nothing was taken in; then the base is as it was.
    """
    started = time.perf_counter()
    with base.writing(root) as stage, closing(_Builder(stage, encoder, names)) as builder:
        survey = find_files(sources, leave_out=root) if sources else Survey((SAMPLE,), ())
        kept = base.originals(root) if stage.damaged else []
        refused = [Refusal(_source(path), reason) for path, reason in survey.refused]
        refused += builder.take_in([*kept, *survey.files], progress)
        if not builder.added:
            raise _nothing_taken_in(refused)
        builder.keep_originals()
        manifest = builder.finish()
        stage.commit(manifest)
    return BuildReport(
        added=tuple(builder.added.values()),
        refused=tuple(refused),
        documents=manifest.documents,
        items=manifest.items,
        triples=manifest.triples,
        seconds=round(time.perf_counter() - started, 3),
    )


class _Builder:
    """Takes documents into a stage: store, catalogue and vectors move together."""

    def __init__(self, stage: base.Stage, encoder: Encoder, names: Names | None) -> None:
        self._stage = stage
        self._encoder = encoder
        current = stage.current
        if current and names and names.base != current.base:
            raise BaseError(f"the base uses IRIs under {current.base}, not {names.base}; build a new base for that")
        self._names = Names(current.base) if current else names or Names()
        if current and current.model.digest != encoder.digest:
            raise BaseError(
                f"the base's vectors were made by {current.model.name}, not by {encoder.name}; "
                "name that model or build a new base"
            )
        folder = stage.path
        self._store = Store.create(folder / "store")
        catalogue = folder / "catalogue.sqlite"
        self._catalogue = Catalogue.edit(catalogue) if current else Catalogue.create(catalogue)
        vectors = folder / "vectors.faiss"
        self._vectors = VectorIndex.load(vectors) if current else VectorIndex.empty(encoder.dimension)
        self._lexicon = Lexicon.load()
        self._originals: dict[str, Path] = {}
        self._statements: list[Quad] = []
        self._closed = False
        self.added: dict[str, DocumentRef] = {}

    def take_in(self, files: Sequence[Path], progress: Progress | None) -> list[Refusal]:
        """Every file that can be read; returns those that cannot, with the reason."""
        install_schemes(self._store, self._names)
        refused = []
        for done, file in enumerate(files):
            if progress:
                progress(file.name, done, len(files))
            try:
                document = parse_text(read_text(file), _source(file))
            except ReadError as error:
                refused.append(Refusal(_source(file), str(error)))
                continue
            self._put(document, file)
        if progress:
            progress("", len(files), len(files))
        return refused

    def _put(self, document: Document, file: Path) -> None:
        row = document_row(document, self._names)
        known = self._catalogue.document(row.id)
        if known and known.source < row.source:  # the same text under two names keeps the first in the alphabet
            document = parse_text(document.text.raw, known.source)
            row = document_row(document, self._names)
        facts = extract(document, self._lexicon, self._names)
        self._statements += document_quads(document, facts, self._names)
        self._store.drop(self._names.graph(row.id))
        if len(self._statements) >= _BATCH:
            self._write_statements()
        self._vectors.remove(self._catalogue.vector_ids(row.id))
        sentences = sentence_rows(document, self._names)
        nodes = node_rows(document, self._names)
        self._catalogue.put(row, nodes, sentences, _name_rows(document, facts, self._names))
        texts = [(node.number, node.text) for node in nodes if node.is_item] + [(s.number, s.text) for s in sentences]
        self._vectors.add([n for n, _ in texts], self._encoder.encode([text for _, text in texts]))
        self._originals[row.id] = file
        self.added[row.id] = DocumentRef(id=row.id, iri=row.iri, title=row.title, source=row.source)

    def _write_statements(self) -> None:
        """Many documents in one bulk load: each load costs a tenth of a second, however small it is."""
        self._store.add(self._statements)
        self._statements = []

    def finish(self) -> base.Manifest:
        """Write everything down and say what is there."""
        self._write_statements()
        self._store.flush()
        triples = len(self._store)
        self._catalogue.finish()
        documents, items = self._catalogue.counts()
        ids = sorted(row.id for row in self._catalogue.documents())
        self.close()
        self._vectors.save(self._stage.path / "vectors.faiss")
        return base.Manifest(
            format=base.FORMAT,
            snapshot=self._stage.name,
            base=self._names.base,
            model=base.Model(self._encoder.name, self._encoder.dimension, self._encoder.digest),
            digest=hashlib.sha256("\n".join(ids).encode("ascii")).hexdigest(),
            documents=documents,
            items=items,
            triples=triples,
            files=base.digests(self._stage.path),
        )

    def close(self) -> None:
        """Let go of the files, whether all went well or not."""
        if not self._closed:
            self._closed = True
            self._store.close()
            self._catalogue.close()

    def keep_originals(self) -> None:
        """Keep the files as they came, before the snapshot that rests on them is committed."""
        for identifier, file in self._originals.items():
            base.keep_original(self._stage.root, identifier, file)


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
    return rows


def _source(file: Path) -> str:
    """A file's name as text: bytes that are no UTF-8, as old archives leave them, become question marks."""
    return file.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _nothing_taken_in(refused: Sequence[Refusal]) -> PlanError:
    if len(refused) == 1:
        return ReadError(refused[0].reason)
    return ReadError(f"none of {len(refused)} files could be read; the first: {refused[0].reason}")
