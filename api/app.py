"""The HTTP application, put together: `create_app(library, settings)`."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import anyio
from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from api import pages, problems, protocol, routes
from api.middleware import LOOPBACK, Fresh, Gate
from api.settings import Settings, version
from corpus.errors import PlanError
from graph.worker import Workers
from index.base import read_manifest
from index.library import Library

_REFRESH_SECONDS = 1.0  # how soon a snapshot that another process swapped in is noticed
_GZIP_LEAST = 1024  # bytes; below that compression costs more than it saves
_log = logging.getLogger("yaodian")


def create_app(library: Library, settings: Settings) -> FastAPI:
    """The application over an open library. The caller closes the library."""
    program = version()

    def state() -> str:
        return f"{program} {library.snapshot} {library.digest}"

    app = FastAPI(
        title="Yaodian 要点",
        description="Chinese work plans as a knowledge graph; every fact is pinned to the characters that state it.",
        version=program,
        docs_url=None,  # the usual pages load scripts from elsewhere; /docs is ours
        redoc_url=None,
        lifespan=_lifespan,
        middleware=[
            Middleware(Gate, hosts=(*LOOPBACK, settings.host, *settings.allowed_hosts)),
            Middleware(
                CORSMiddleware, allow_origins=list(settings.cors_origins), allow_methods=["GET", "HEAD", "POST"]
            ),
            Middleware(GZipMiddleware, minimum_size=_GZIP_LEAST),
            Middleware(Fresh, state=state),
        ],
    )
    app.state.library = library
    app.state.base = read_manifest(settings.kb).base
    app.state.warm = threading.Event()
    workers = Workers(settings.sparql_workers, settings.sparql_seconds, settings.sparql_megabytes * 1024**2)
    app.state.evaluator = protocol.Evaluator(workers)
    problems.install(app)
    for router in (routes.router, protocol.router, pages.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    _name_classes(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """While the server runs: warm up once, look for new snapshots, end the workers last."""
    async with AsyncExitStack() as stack:
        stack.callback(app.state.evaluator.workers.close)
        tasks = await stack.enter_async_context(anyio.create_task_group())
        tasks.start_soon(_warm_up, app)
        tasks.start_soon(_follow, app.state.library)
        yield
        tasks.cancel_scope.cancel()


async def _warm_up(app: FastAPI) -> None:
    """Ask the first question, which loads what is loaded lazily, and start a SPARQL worker."""
    library: Library = app.state.library
    await to_thread.run_sync(library.search, "民生")
    with suppress(PlanError):
        formats = {"ask": "json", "select": "json", "graph": "turtle"}
        await app.state.evaluator.evaluate(library.store_path, "ASK {}", formats)
    app.state.warm.set()


async def _follow(library: Library) -> None:
    """Pick up snapshots that another process swaps in; a base that cannot be read now leaves the old one in use."""
    while True:
        await anyio.sleep(_REFRESH_SECONDS)
        try:
            await to_thread.run_sync(library.refresh)
        except (PlanError, OSError) as error:
            _log.warning("the base cannot be read again, the last snapshot stays in use: %s", error)


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
