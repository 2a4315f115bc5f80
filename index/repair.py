"""Making anew what a base derives from its originals: `repair(root, encoder)`."""

import time
from contextlib import closing
from pathlib import Path

from corpus.errors import BaseError
from index import base
from index.build import Builder
from index.embed import Encoder
from index.types import Progress, RepairReport
from ontology.namespace import Names


def repair(
    root: Path,
    encoder: Encoder,
    names: Names | None = None,
    progress: Progress | None = None,
    aliases: Path | None = None,
) -> RepairReport:
    """Make store, catalogue and vectors anew from the originals and from what users asserted, sound or not.

    A document whose original is gone or damaged cannot be read again: where the snapshot is sound it stays as it is,
    else it is lost to the base until it is built again from its file; its original is never thrown away. Raises
    BaseError where there is no base, or nothing to make it from; then the base is as it was.
    """
    started = time.perf_counter()
    if not base.exists(root) and not base.listed(root):
        base.read_manifest(root)  # says that there is none, and how to make one
    faults = base.faults(root)
    torn = base.torn_originals(root, base.listed(root))
    on_what_is_there = bool(torn) and base.is_sound(root)
    with (
        base.writing(root, blank=not on_what_is_there) as stage,
        closing(Builder(stage, encoder, names, aliases)) as builder,
    ):
        refused = builder.take_in(base.originals(root), progress)
        if not builder.added:
            raise BaseError("no original of this base is whole; build it again from its files: yaodian build FILE")
        manifest = builder.finish()
        stage.commit(manifest)
    return RepairReport(
        faults=tuple(faults),
        refused=tuple(refused),
        documents=manifest.documents,
        items=manifest.items,
        triples=manifest.triples,
        seconds=round(time.perf_counter() - started, 3),
    )
