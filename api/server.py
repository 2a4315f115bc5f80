"""The real server: a listening socket, and uvicorn on it. The only file that knows uvicorn."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from api.app import create_app
from api.middleware import LOOPBACK, host_name
from api.settings import Settings
from corpus.errors import PlanError

if TYPE_CHECKING:
    from index.library import Library

_BACKLOG = 128
_CONNECTIONS = 500  # at once; each may hold a file open, and systems allow a process about 1,000
_GRACE = 5  # seconds that running requests get when the server is asked to end


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; raises PlanError, with what to do, where the address is taken or not ours."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except (OSError, ValueError) as error:  # ValueError: no host is written so (`a..b`, a null character)
        reason = error.strerror if isinstance(error, OSError) else "it is no host name"
        raise PlanError(f"cannot listen on {host!r}: {reason}; choose an address: --host 127.0.0.1") from error
    with bound:
        if os.name == "posix":  # there it lifts the wait after a restart; on Windows it would share the port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(place)
            bound.listen(_BACKLOG)
        except OSError as error:
            raise PlanError(
                f"cannot listen on {host} port {port}: {error.strerror}; end the other program or choose another "
                "port: yaodian serve --port N"
            ) from error
        yield bound


def refuse_open_writes(settings: Settings) -> None:
    """Raises PlanError where anybody on the network could write: no token, and not only this machine listens."""
    if settings.writable and not settings.token and host_name(settings.host) not in LOOPBACK:
        raise PlanError(
            f"{settings.host} is reached from other machines, so writes need a token; set YAODIAN_TOKEN, or leave "
            "--writable away"
        )


def address(bound: socket.socket) -> str:
    """The address to type into a browser."""
    host, port = bound.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}/"


def run(library: "Library", settings: Settings, bound: socket.socket) -> None:
    """Serve until a signal ends it; Ctrl-C comes out as KeyboardInterrupt."""
    config = uvicorn.Config(
        create_app(library, settings),
        log_level=settings.log_level,
        access_log=settings.log_level in ("debug", "info"),
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        limit_concurrency=_CONNECTIONS,
    )
    uvicorn.Server(config).run(sockets=[bound])
