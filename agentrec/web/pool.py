"""Things that are costly to open and serve one at a time: lent, given back, and closed in the end."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Closable(Protocol):
    def close(self) -> None: ...


T = TypeVar("T", bound=Closable)


class Pool(Generic[T]):
    """At most ``limit`` idle things by name; the one that was idle longest goes first.

    ``make`` opens one, ``fits`` says whether an idle one may still be used. For several threads.
    """

    def __init__(self, make: Callable[[str], T], fits: Callable[[T], bool], limit: int) -> None:
        self._make, self._fits, self._limit = make, fits, limit
        self._lock = threading.Lock()
        self._idle: list[tuple[str, T]] = []
        self._closed = False

    @contextmanager
    def lend(self, name: str) -> Iterator[T]:
        """The thing called ``name``. Whoever fails with it does not give it back."""
        thing = self._take(name) or self._make(name)
        try:
            yield thing
        except BaseException:
            thing.close()
            raise
        self._give(name, thing)

    def close(self) -> None:
        """Close what is idle now, and the rest when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for _, thing in idle:
            thing.close()

    def _take(self, name: str) -> T | None:
        with self._lock:
            place = next((n for n, (it, _) in enumerate(self._idle) if it == name), None)
            thing = self._idle.pop(place)[1] if place is not None else None
        if thing is None or self._fits(thing):
            return thing
        thing.close()
        return self._take(name)

    def _give(self, name: str, thing: T) -> None:
        with self._lock:
            self._idle.append((name, thing))
            keep = 0 if self._closed else self._limit
            gone = [self._idle.pop(0)[1] for _ in range(len(self._idle) - keep)]
        for it in gone:
            it.close()
