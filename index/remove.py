"""Taking documents out of a base, with all that came only from them: `remove(root, names, encoder)`."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from corpus.errors import PlanError
from index import base
from index.build import Builder
from index.embed import Encoder
from index.types import DocumentRef, RemoveReport


def remove(root: Path, names: Sequence[str], encoder: Encoder, aliases: Path | None = None) -> RemoveReport:
    """Take out the documents of these names (id, IRI or unique source name), all of them or none.

    Their graphs, rows, vectors and originals go, what users asserted about them, and samenesses of entities that no
    other document names. Raises NotFoundError for a name that no document or several bear, BaseError for a base that
    cannot be written; then the base is as it was.
    """
    base.read_manifest(root)  # a base that is absent is told, not made
    with base.writing(root) as stage, closing(Builder(stage, encoder, aliases=aliases)) as builder:
        stale = builder.stale()
        refused = builder.take_in(stale, None) if stale else []
        if refused:
            raise PlanError(refused[0].reason)
        rows = {row.id: row for row in map(builder.catalogue.find, names)}
        assertions = sum(map(builder.remove, rows))
        manifest = builder.finish()
        stage.commit(manifest)
    return RemoveReport(
        removed=tuple(DocumentRef(id=row.id, iri=row.iri, title=row.title, source=row.source) for row in rows.values()),
        assertions=assertions,
        documents=manifest.documents,
        items=manifest.items,
        triples=manifest.triples,
    )
