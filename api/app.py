"""The HTTP application, put together: `create_app(library, settings)`."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from api import corrections, documents, exports, pages, problems, protocol, routes
from api.middleware import LOOPBACK, Fresh, Gate
from api.settings import Settings, version
from api.turns import Turns
from corpus.errors import PlanError
from graph.worker import Workers
from index import base
from index.library import Library

_FIRST_QUESTIONS = ("民生", "livelyhood", "which tasks are due by June")  # by likeness, with a slip, by facts
_REFRESH_SECONDS = 1.0  # how soon a snapshot that another process swapped in is noticed
_GZIP_LEAST = 1024  # bytes; below that compression costs more than it saves
_log = logging.getLogger("yaodian")


def create_app(library: Library, settings: Settings) -> FastAPI:
    """The application over an open library. The caller closes the library."""
    program = _program_digest()

    @lru_cache(maxsize=1)
    def state(snapshot: str) -> str:  # the manifest says what the base was made from, and by what
        return f"{program} {library.names.base} {snapshot} {base.sha256(settings.kb / 'manifest.json')}"

    middleware = [
        Middleware(Gate, hosts=(*LOOPBACK, settings.host, *settings.allowed_hosts)),
        Middleware(GZipMiddleware, minimum_size=_GZIP_LEAST),
        Middleware(Fresh, state=lambda: state(library.snapshot)),
    ]
    if settings.cors_origins:
        origins = list(settings.cors_origins)
        middleware.insert(1, Middleware(CORSMiddleware, allow_origins=origins, allow_methods=["GET", "HEAD", "POST"]))
    app = FastAPI(
        title="Yaodian 要点",
        description="Chinese work plans as a knowledge graph; every fact is pinned to the characters that state it.",
        version=version(),
        docs_url=None,  # the usual pages load scripts from elsewhere; /docs is ours
        redoc_url=None,
        lifespan=_lifespan,
        middleware=middleware,
    )
    app.state.library = library
    app.state.base = library.names.base
    app.state.settings = settings
    app.state.warm = threading.Event()
    largest = settings.sparql_megabytes * 1024**2
    app.state.queries = Turns(Workers(settings.sparql_workers, settings.sparql_seconds, largest))
    app.state.exports = Turns(Workers(exports.AT_ONCE, settings.export_seconds, memory=exports.MEMORY))
    problems.install(app)
    for router in (routes.router, documents.router, corrections.router, exports.router, protocol.router, pages.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    _name_classes(app)
    return app


_PACKAGES = ("corpus", "ontology", "graph", "index", "api")


@cache
def _program_digest() -> str:
    """The SHA-256 of the program: every file of its packages, code and tables alike."""
    digest = sha256()
    root = Path(__file__).parent.parent
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and path.parent.name != "__pycache__":
                digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """While the server runs: warm up once, look for new snapshots, end the workers last."""
    async with AsyncExitStack() as stack:
        stack.callback(app.state.exports.workers.close)
        stack.callback(app.state.queries.workers.close)
        tasks = await stack.enter_async_context(anyio.create_task_group())
        tasks.start_soon(_warm_up, app)
        tasks.start_soon(_follow, app.state.library)
        yield
        tasks.cancel_scope.cancel()


async def _warm_up(app: FastAPI) -> None:
    """Ask the first questions, which load what is loaded lazily, and start a SPARQL worker."""
    library: Library = app.state.library
    for question in _FIRST_QUESTIONS:
        await to_thread.run_sync(library.search, question)
    with suppress(PlanError, HTTPException):
        formats = {"ask": "json", "select": "json", "graph": "turtle"}
        turns: Turns = app.state.queries
        await turns.run(lambda stop: turns.workers.query(library.store_path, "ASK {}", formats, stop))
    app.state.warm.set()


async def _follow(library: Library) -> None:
    """Pick up snapshots that another process swaps in; a base that cannot be read now leaves the old one in use."""
    told = ""
    while True:
        await anyio.sleep(_REFRESH_SECONDS)
        try:
            await to_thread.run_sync(library.refresh)
            told = ""
        except (PlanError, OSError) as error:
            if str(error) != told:  # once, not every second
                _log.warning("the base cannot be read again, the last snapshot stays in use: %s", error)
            told = str(error)


def _name_classes(app: FastAPI) -> None:
    """Say `class` in the API description where the answers do (see `api.present`)."""
    described = app.openapi()  # made once and kept by FastAPI
    for schema in described["components"]["schemas"].values():
        _rename(schema)


def _rename(schema: dict[str, Any]) -> None:
    properties = schema.get("properties", {})
    if "cls" in properties:
        schema["properties"] = {"class" if name == "cls" else name: value for name, value in properties.items()}
        schema["required"] = ["class" if name == "cls" else name for name in schema.get("required", [])]
