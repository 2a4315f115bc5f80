"""Work in killable processes, awaited without blocking the event loop; dropped when its client is gone."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from anyio import CancelScope, CapacityLimiter, fail_after, to_thread
from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from graph.worker import Stop, Stopped, Workers

_WAITING_PER_WORKER = 32
_PATIENCE = 5.0  # seconds that a request waits for its turn before it is told to come again
_T = TypeVar("_T")


class Turns:
    """The turns at a pool of workers: as many requests run as it has workers; those that wait take up no thread."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self._places = CapacityLimiter(workers.size)
        self._threads = CapacityLimiter(workers.size)
        self._most_waiting = _WAITING_PER_WORKER * workers.size

    async def run(self, work: Callable[[Stop], _T], request: Request | None = None) -> _T:
        """What `work` gives in its turn; it must heed the Stop that it gets.

        Raises HTTPException 503 where too many wait already or the turn does not come soon, and ClientDisconnect
        where the client of `request` is gone: then the work is dropped, and killed if it runs already.
        """
        if self._places.statistics().tasks_waiting >= self._most_waiting:
            raise _busy()
        stop = Stop()
        with CancelScope() as wanted:
            watch = asyncio.ensure_future(_watch(request, wanted, stop)) if request else None
            try:
                return await self._in_turn(lambda: work(stop))
            except Stopped:
                raise ClientDisconnect from None
            finally:
                stop()
                if watch:
                    watch.cancel()
        raise ClientDisconnect

    async def _in_turn(self, work: Callable[[], _T]) -> _T:
        turn = object()
        try:
            with fail_after(_PATIENCE):
                await self._places.acquire_on_behalf_of(turn)
        except TimeoutError:
            raise _busy() from None
        try:
            return await to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._places.release_on_behalf_of(turn)


def _busy() -> HTTPException:
    return HTTPException(503, "Too many requests like this are at work; try again in a moment.", {"Retry-After": "5"})


async def _watch(request: Request, wanted: CancelScope, stop: Stop) -> None:
    """Drop the work when the client is gone; its request has been read, so the next news of it is that."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    stop()
    wanted.cancel()
