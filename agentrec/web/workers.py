"""Threads for work that would hold up everybody else, and never more of it than they can do."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

T = TypeVar("T")

THREADS = 8
WAITING = 64  # pieces of work that may wait for one


class Workers:
    """Runs functions in threads, for coroutines of one event loop."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="agentrec-web")
        self._room = threads + waiting

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """What ``function(*args)`` returns. Raises ProblemError when too much is waiting already."""
        if self._room <= 0:
            raise ProblemError(503, "too much is asked at once", "try again in a moment")
        self._room -= 1
        work = asyncio.get_running_loop().run_in_executor(self._pool, partial(function, *args))
        # Also when nobody waits any more, the thread is taken until it is done.
        work.add_done_callback(self._done)
        return await asyncio.shield(work)

    def _done(self, work: asyncio.Future[T]) -> None:
        self._room += 1
        if not work.cancelled():
            work.exception()  # somebody has seen it, or has gone

    async def each(self, things: Iterator[T]) -> AsyncIterator[T]:
        """What an iterator gives, each taken in a thread. It is closed in the end, whatever that is."""
        taken = _Taken(things)
        try:
            while (found := await self.run(taken.some)) is not None:
                yield found[0]
        finally:
            try:
                self._pool.submit(taken.close)  # a thread may still be inside it
            except RuntimeError:  # there are no threads any more
                taken.close()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Taken(Generic[T]):
    """An iterator for several threads."""

    def __init__(self, things: Iterator[T]) -> None:
        self._things, self._lock = things, threading.Lock()

    def some(self) -> tuple[T] | None:
        with self._lock:
            for thing in self._things:
                return (thing,)
        return None

    def close(self) -> None:
        close = getattr(self._things, "close", None)
        if close:
            with self._lock:
                close()
