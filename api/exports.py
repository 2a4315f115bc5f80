"""`/export/{format}`: the base as a file, written by a process that can be killed, then streamed and removed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.negotiate import content_type
from api.routes import ONCE, Base, DocumentFilter
from api.turns import Turns
from corpus.errors import FormatError
from graph.export import FORMATS
from graph.worker import Export

router = APIRouter(dependencies=[ONCE])
AT_ONCE = 2  # processes that write exports: a picture need not wait for a dump of everything
MEMORY = 4 * 1024**3  # for one; Turtle of 350,000 statements takes 0.6 GiB
_CHUNK = 256 * 1024


@router.get("/export/{format}", tags=["Export"], responses={200: {"content": {"*/*": {}}}})
async def export(
    request: Request,
    library: Base,
    format: Annotated[str, InPath(max_length=40, description="turtle, nquads, jsonld, graphml, svg …")],
    document: DocumentFilter = None,
    focus: Annotated[str | None, Query(max_length=500, description="What to show: an IRI, id or label.")] = None,
    depth: Annotated[int, Query(ge=1, le=5, description="Steps around the focus.")] = 1,
) -> Response:
    """The base, one document or what surrounds one thing, as a file."""
    if format not in FORMATS:
        raise FormatError(f"unknown export format {format}; use one of {', '.join(FORMATS)}")
    media_type, suffix, _ = FORMATS[format]
    plan = (await to_thread.run_sync(library.document, document)).iri if document else None
    turns: Turns = request.app.state.exports
    folder = TemporaryDirectory(prefix="yaodian-", ignore_cleanup_errors=True)
    file = Path(folder.name) / f"export{suffix}"
    try:
        store, wanted = library.store_path, Export(format, plan, focus, depth)
        await turns.run(lambda stop: turns.workers.export(store, wanted, file, stop), request)
    except BaseException:
        folder.cleanup()
        raise
    # An attachment: a picture's or page's own styles would be held back by this server's content policy.
    disposition = f'attachment; filename="yaodian{suffix}"'
    return _Once(folder, file, {"Content-Type": content_type(media_type), "Content-Disposition": disposition})


class _Once(StreamingResponse):
    """A file that is sent in pieces; its folder goes when it was sent or the client is gone."""

    def __init__(self, folder: "TemporaryDirectory[str]", file: Path, headers: Mapping[str, str]) -> None:
        super().__init__(_pieces(file), headers={**headers, "Content-Length": str(file.stat().st_size)})
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._folder.cleanup()


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_CHUNK):
            yield piece
