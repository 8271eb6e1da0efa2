"""Threads for blocking work, a limited number of them, with a limited queue."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread

from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator

    from starlette.requests import Request

    from agentrec.web.request import Deadline

T = TypeVar("T")

THREADS = 8
MAX_WAITING = 64


class Workers:
    """Runs functions in threads, for coroutines of one event loop."""

    def __init__(self, threads: int = THREADS, max_waiting: int = MAX_WAITING) -> None:
        self._limiter = CapacityLimiter(threads)
        self._max_waiting = max_waiting

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """Return what ``function(*args)`` returns. Raises ProblemError if too much work is waiting.

        A canceled caller waits for the thread all the same: nothing runs that is not counted.
        """
        if self._limiter.statistics().tasks_waiting >= self._max_waiting:
            raise ProblemError(503, "too many requests at once", "try again in a moment")
        return await to_thread.run_sync(partial(function, *args), limiter=self._limiter)

    async def each(self, items: Generator[T]) -> AsyncIterator[T]:
        """Yield ``items``, each produced in a thread, and close the generator at the end."""
        try:
            while taken := await self.run(_next, items):
                yield taken[0]
        finally:
            with suppress(ValueError):  # its thread is still in it: the server is being stopped
                items.close()


def _next(items: Generator[T]) -> tuple[T] | None:
    for item in items:
        return (item,)
    return None


@asynccontextmanager
async def abandoned_with(http_request: Request, deadline: Deadline) -> AsyncIterator[None]:
    """Abandon the work meanwhile if the client closes its connection."""

    async def watch() -> None:
        while (await http_request.receive())["type"] != "http.disconnect":
            pass
        deadline.abandon()

    watching = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        watching.cancel()
