"""`DELETE /documents/{id}`: taking documents out, where `serve` is writable."""

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from api import present
from api.routes import ONCE, Identifier
from api.settings import Settings
from api.writes import may_write
from index.library import Library
from index.types import RemoveReport

router = APIRouter(dependencies=[ONCE], tags=["Resources"])


@router.delete("/documents/{id}", response_model=RemoveReport)
async def remove(request: Request, id: Identifier) -> Response:
    """Take a document out, with all that came only from it and what users asserted about it."""
    may_write(request)
    library: Library = request.app.state.library
    settings: Settings = request.app.state.settings
    report = await to_thread.run_sync(lambda: library.remove(id, aliases=settings.aliases))
    return Response(present.dumps(report), media_type="application/json")
