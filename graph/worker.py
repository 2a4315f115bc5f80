"""Queries and exports in processes that can be killed: pyoxigraph cannot cancel, and exporting holds the GIL.

`Workers` keeps a few processes `python -m graph.worker STORE`. They import what a request needs when it comes, and
talk over their pipes in frames: eight bytes of length, then a JSON header, and after each header of an answer a frame
with the result; an export goes into a file. A worker that runs past the time limit, or out of memory, is killed; the
next request gets a fresh one.
"""

import contextlib
import faulthandler
import json
import os
import queue
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple

from corpus.errors import BaseError, FormatError, NotFoundError, PlanError, QueryError

_LENGTH = struct.Struct(">Q")
_ROOT = Path(__file__).resolve().parent.parent  # where `graph` is importable from
# A worker on a read-only store takes 32 MB; a cross join would fill a small machine well within the time limit.
MEMORY = 2 * 1024**3
_ORPHAN_GRACE = 5.0  # seconds after which a worker whose owner was killed ends by itself
_FAULT = 1  # the exit status of a Python process that ended with a traceback
_LARGE = 16 * 1024**2  # bytes of an export that took several hundred MB to make; its process gives them back by ending


class _Work(NamedTuple):
    """A kind of request, as its errors name it, and what to do about one that asks too much."""

    name: str
    advice: str

    @property
    def no_memory(self) -> str:
        return f"the {self.name} needs more memory than it may use; {self.advice}"


_QUERY = _Work("query", "narrow it down or add a LIMIT")
_EXPORT = _Work("export", "choose one document or a focus, or use the command line: yaodian export")


class QueryTimeout(QueryError):
    """A query or an export that ran into the time limit, or waited that long for its turn."""


class ResultTooLarge(QueryError):
    """A result above the size limit; it is never cut short in silence."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A query's result: `kind` is select, ask or graph; `format` is None where no format that was asked for fits."""

    kind: str
    format: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Export:
    """What to export: see `graph.export.export`; `document` is an IRI."""

    format: str
    document: str | None = None
    focus: str | None = None
    depth: int = 1


class Stopped(PlanError):
    """A request that was called off while it ran."""


class Stop:
    """Calls a request off, from any thread: before it runs, it never will; while it runs, its process is killed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._called = False
        self._kill: Callable[[], None] | None = None

    @property
    def called(self) -> bool:
        """Whether the request was called off."""
        return self._called

    def __call__(self) -> None:
        """Call the request off."""
        with self._lock:
            self._called = True
            if self._kill:
                self._kill()

    @contextlib.contextmanager
    def killing(self, kill: Callable[[], None]) -> Iterator[None]:
        """While a request runs, `kill` ends it; raises Stopped where it was called off before."""
        with self._lock:
            if self._called:
                raise Stopped("the request was called off")
            self._kill = kill
        try:
            yield
        finally:
            with self._lock:
                self._kill = None


class Workers:
    """A pool of evaluating processes. Thread-safe: as many requests run at once as there are workers."""

    def __init__(
        self, size: int = 2, seconds: float = 10.0, max_bytes: int = 64 * 1024**2, memory: int = MEMORY
    ) -> None:
        self.size = size
        self._memory = memory
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(size):
            self._idle.put(None)  # a place without a process: it is started when a request comes

    def query(self, store: Path, text: str, formats: Mapping[str, str | None], stop: Stop | None = None) -> Reply:
        """Evaluate `text` on the store at `store`; `formats` names the format wanted for each kind of result.

        Raises QueryError for a query that cannot be evaluated, FormatError, QueryTimeout, ResultTooLarge,
        and Stopped where `stop` was called.
        """
        request = {"query": text, "formats": dict(formats), "max_bytes": self._max_bytes}
        with self._worker(store) as worker:
            return worker.ask(request, self._seconds, _QUERY, stop or Stop())

    def export(self, store: Path, wanted: Export, file: Path, stop: Stop | None = None) -> None:
        """Write an export of the store at `store` to `file`.

        Raises FormatError, NotFoundError or QueryError for what cannot be exported, QueryTimeout, Stopped.
        """
        with self._worker(store) as worker:
            request = {"export": asdict(wanted), "file": str(file.resolve())}
            worker.ask(request, self._seconds, _EXPORT, stop or Stop())
            if file.stat().st_size > _LARGE:
                worker.stop()

    @contextlib.contextmanager
    def _worker(self, store: Path) -> "Iterator[_Worker]":
        """A worker on a store, for one request at a time."""
        try:
            place = self._idle.get(timeout=self._seconds)
        except queue.Empty:
            raise QueryTimeout("all workers are busy; try again in a moment") from None
        worker = None
        try:
            worker = self._ready(place, store)
            yield worker
        finally:
            self._idle.put(worker)

    def _ready(self, place: "_Worker | None", store: Path) -> "_Worker":
        if place and place.alive and place.store == store:
            return place
        if place:
            place.stop()
        return _Worker(store, self._seconds, self._memory)

    def close(self) -> None:
        """End the idle processes; to be called when no request is running."""
        with contextlib.suppress(queue.Empty):
            while True:
                worker = self._idle.get_nowait()
                if worker:
                    worker.stop()


class _Worker:
    """One process and its pipes."""

    def __init__(self, store: Path, seconds: float, memory: int) -> None:
        self.store = store
        limits = (str(seconds + _ORPHAN_GRACE), str(memory))
        command = [sys.executable, "-m", "graph.worker", str(store.resolve()), *limits]
        self._process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: Mapping[str, Any], seconds: float, work: _Work, stop: Stop) -> Reply:
        """Send a request and wait for its answer, killing the process when `seconds` are over."""
        expired = threading.Event()

        def kill() -> None:
            expired.set()
            self._process.kill()

        timer = threading.Timer(seconds, kill)
        timer.start()
        try:
            with stop.killing(self._process.kill):
                header, body = self._exchange(request)
        except (OSError, EOFError) as error:
            status = self._process.wait()  # its pipes are closed: it has ended, or is about to
            if stop.called:
                raise Stopped("the request was called off") from None
            if expired.is_set():
                raise QueryTimeout(f"the {work.name} ran longer than {seconds:g} s; {work.advice}") from None
            if status == _FAULT:
                raise RuntimeError("a worker ended by a fault of its own; its traceback is in the log") from error
            raise QueryError(work.no_memory) from error  # the engine aborts, or the system kills
        finally:
            timer.cancel()
            if expired.is_set() or stop.called or not self.alive:
                self.stop()  # the answer may have come in the same moment; the process is lost all the same
        return _reply(header, body)

    def _exchange(self, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise EOFError
        _write(stdin, json.dumps(request).encode("ascii"))
        return json.loads(_read(stdout)), _read(stdout)

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


# What a worker may answer instead of a result; an error of another kind travels as the nearest class above it.
_ERRORS = {cls.__name__: cls for cls in (PlanError, QueryError, ResultTooLarge, NotFoundError, FormatError, BaseError)}


def _reply(header: Mapping[str, Any], body: bytes) -> Reply:
    if "message" not in header:
        return Reply(header["kind"], header["format"], body)
    cls = _ERRORS[header["error"]]
    if issubclass(cls, QueryError):
        raise cls(header["message"], header["line"], header["column"])
    raise cls(header["message"])


def _write(pipe: IO[bytes], frame: bytes) -> None:
    pipe.write(_LENGTH.pack(len(frame)) + frame)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes:
    """The next frame; raises EOFError where the other side is gone."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    frame = pipe.read(length)
    if len(frame) < length:
        raise EOFError
    return frame


# ---- the worker's own side


def main() -> None:
    """Answer requests from standard input until it closes. Arguments: the store's path, seconds and bytes of memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends its workers
    _limit_memory(int(sys.argv[3]))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    path, seconds = Path(sys.argv[1]), float(sys.argv[2])
    with Path(os.devnull).open("w", encoding="ascii") as nowhere, contextlib.suppress(EOFError):
        while True:
            request = json.loads(_read(requests))
            # The watchdog needs no GIL: it ends a runaway even if the server was killed and cannot do so.
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
            header, body = _answer(path, request)
            faulthandler.cancel_dump_traceback_later()
            _write(answers, json.dumps(header).encode("ascii"))
            _write(answers, body)


def _limit_memory(memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the time limit holds there too
        return
    # Data, not address space: on a machine with many cores the stacks of idle threads alone reserve gigabytes.
    with contextlib.suppress(ValueError, OSError):  # the machine's own limit is lower already
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _answer(path: Path, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    work, carry_out = (_EXPORT, _export) if "export" in request else (_QUERY, _evaluate)
    try:
        return carry_out(path, request)
    except PlanError as error:
        return _refusal(error), b""
    except MemoryError:
        return _refusal(QueryError(work.no_memory)), b""
    except (OSError, RuntimeError, ValueError) as error:  # found only while the rows are being made
        return _refusal(QueryError(f"the {work.name} failed: {error}")), b""


def _refusal(error: PlanError) -> dict[str, Any]:
    name = next(cls.__name__ for cls in type(error).__mro__ if cls.__name__ in _ERRORS)
    line, column = getattr(error, "line", None), getattr(error, "column", None)
    return {"error": name, "message": str(error), "line": line, "column": column}


def _export(path: Path, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    from graph.export import export  # networkx: not needed for a query

    wanted = dict(request["export"])
    format = wanted.pop("format")
    Path(request["file"]).write_bytes(export(_store(path), format, **wanted))
    return {"kind": "export", "format": format}, b""


def _evaluate(path: Path, request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    result = _store(path).query(request["query"])
    format = request["formats"][result.kind]
    if format is None:
        return {"kind": result.kind, "format": None}, b""
    body = result.serialize(format)
    if len(body) > request["max_bytes"]:
        size, most = len(body) / 1024**2, request["max_bytes"] / 1024**2
        raise ResultTooLarge(f"the result has {size:.0f} MiB, more than the {most:g} MiB allowed; add a LIMIT")
    return {"kind": result.kind, "format": format}, body


@cache
def _store(path: Path) -> Any:
    """The store, opened with the first request, so that a failure to open it becomes its answer."""
    from graph.store import Store  # not on the asking side, which needs no RDF engine

    return Store.read(path)


if __name__ == "__main__":
    main()
