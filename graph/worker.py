"""SPARQL evaluated in processes that can be killed: pyoxigraph can neither time out nor cancel a query.

`Workers` keeps a few processes `python -m graph.worker STORE`. They import `graph.store` and nothing else heavy, and
talk over their pipes in frames: four bytes of length, then a JSON header, and after each header of an answer a frame
with the result. A worker that runs past the time limit, or out of memory, is killed; the next query gets a fresh one.
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
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from corpus.errors import BaseError, FormatError, QueryError

_LENGTH = struct.Struct(">Q")
_ROOT = Path(__file__).resolve().parent.parent  # where `graph` is importable from
# A worker on a read-only store takes 32 MB; a cross join would fill a small machine well within the time limit.
MEMORY = 2 * 1024**3
_ORPHAN_GRACE = 5.0  # seconds after which a worker whose owner was killed ends by itself


_FAULT = 1  # the exit status of a Python process that ended with a traceback
_NO_MEMORY = "the query needs more memory than it may use; narrow it down or add a LIMIT"


class QueryTimeout(QueryError):
    """A query that ran into the time limit, or waited that long for its turn."""


class ResultTooLarge(QueryError):
    """A result above the size limit; it is never cut short in silence."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A query's result: `kind` is select, ask or graph; `format` is None where no format that was asked for fits."""

    kind: str
    format: str | None
    body: bytes


class Workers:
    """A pool of evaluating processes. Thread-safe: as many queries run at once as there are workers."""

    def __init__(
        self, size: int = 2, seconds: float = 10.0, max_bytes: int = 64 * 1024**2, memory: int = MEMORY
    ) -> None:
        self.size = size
        self._memory = memory
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(size):
            self._idle.put(None)  # a place without a process: it is started when a query comes

    def query(self, store: Path, text: str, formats: Mapping[str, str | None]) -> Reply:
        """Evaluate `text` on the store at `store`; `formats` names the format wanted for each kind of result.

        Raises QueryError for a query that cannot be evaluated, QueryTimeout, ResultTooLarge.
        """
        try:
            place = self._idle.get(timeout=self._seconds)
        except queue.Empty:
            raise QueryTimeout("all SPARQL workers are busy; try again in a moment") from None
        worker = None
        try:
            worker = self._ready(place, store)
            return worker.ask({"query": text, "formats": dict(formats), "max_bytes": self._max_bytes}, self._seconds)
        finally:
            self._idle.put(worker)

    def _ready(self, place: "_Worker | None", store: Path) -> "_Worker":
        if place and place.alive and place.store == store:
            return place
        if place:
            place.stop()
        return _Worker(store, self._seconds, self._memory)

    def close(self) -> None:
        """End the idle processes; to be called when no query is running."""
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

    def ask(self, request: Mapping[str, Any], seconds: float) -> Reply:
        """Send a request and wait for its answer, killing the process when `seconds` are over."""
        expired = threading.Event()

        def kill() -> None:
            expired.set()
            self._process.kill()

        timer = threading.Timer(seconds, kill)
        timer.start()
        try:
            header, body = self._exchange(request)
        except (OSError, EOFError) as error:
            status = self._process.wait()  # its pipes are closed: it has ended, or is about to
            if expired.is_set():
                raise QueryTimeout(f"the query ran longer than {seconds:g} s; narrow it down or add a LIMIT") from None
            if status == _FAULT:
                raise RuntimeError(
                    "a SPARQL worker ended by a fault of its own; its traceback is in the log"
                ) from error
            raise QueryError(_NO_MEMORY) from error  # the engine aborts, or the system kills
        finally:
            timer.cancel()
            if expired.is_set() or not self.alive:
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


_REFUSALS = {"QueryError": QueryError, "ResultTooLarge": ResultTooLarge}


def _reply(header: Mapping[str, Any], body: bytes) -> Reply:
    if "message" not in header:
        return Reply(header["kind"], header["format"], body)
    if header["error"] == "BaseError":
        raise BaseError(header["message"])
    raise _REFUSALS[header["error"]](header["message"], header["line"], header["column"])


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
    """Answer queries from standard input until it closes. Arguments: the store's path, seconds and bytes of memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends its workers
    _limit_memory(int(sys.argv[3]))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    path, seconds = Path(sys.argv[1]), float(sys.argv[2])
    with Path(os.devnull).open("w", encoding="ascii") as nowhere, contextlib.suppress(EOFError):
        while True:
            request = json.loads(_read(requests))
            # The watchdog needs no GIL: it ends a runaway query even if the server was killed and cannot do so.
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
    try:
        return _evaluate(path, request)
    except (BaseError, QueryError, FormatError) as error:
        name = type(error).__name__ if type(error).__name__ in (*_REFUSALS, "BaseError") else "QueryError"
        line, column = getattr(error, "line", None), getattr(error, "column", None)
        return {"error": name, "message": str(error), "line": line, "column": column}, b""
    except MemoryError:
        return {"error": "QueryError", "message": _NO_MEMORY, "line": None, "column": None}, b""
    except (OSError, RuntimeError, ValueError) as error:  # found only while the rows are being made
        return {"error": "QueryError", "message": f"the query failed: {error}", "line": None, "column": None}, b""


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
    """The store, opened with the first query, so that a failure to open it becomes that query's answer."""
    from graph.store import Store  # not on the asking side, which needs no RDF engine

    return Store.read(path)


if __name__ == "__main__":
    main()
