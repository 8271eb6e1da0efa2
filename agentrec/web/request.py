"""What a handler is given, and what it may answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agentrec.web.catalog import Catalog
    from agentrec.web.recording_pool import Shelf

T = TypeVar("T")
PATIENCE = 60.0  # seconds that the work for one request may take
_LOOK = 256  # things after which the clock is looked at


class Service(NamedTuple):
    """What all requests share. ``env`` is the process environment."""

    catalog: Catalog
    shelf: Shelf
    env: Mapping[str, str]


class Deadline:
    """When the work for a request has to be done."""

    def __init__(self, patience: float | None = None) -> None:
        self._end = time.monotonic() + (PATIENCE if patience is None else patience)

    def check(self) -> None:
        """Raises ProblemError when it is too late."""
        if time.monotonic() > self._end:
            raise ProblemError(503, "this takes too long", "ask for less of it")

    def watch(self, things: Iterable[T]) -> Iterator[T]:
        """``things``, as long as there is time. Raises ProblemError."""
        for number, thing in enumerate(things):
            if number % _LOOK == 0:
                self.check()
            yield thing


class Asked(NamedTuple):
    """A request that makes sense: ``params`` of path and query, ``body`` where there is one.

    Every declared name is there; what was not given is None, or its default.
    """

    service: Service
    params: dict[str, Any]
    body: dict[str, Any]
    deadline: Deadline

    @property
    def row(self) -> dict[str, Any]:
        """The list's row of the recording in the path. Raises ProblemError."""
        return self.service.catalog.row(self.params["id"])


class Answer(NamedTuple):
    """JSON with another status than 200."""

    value: Any
    status: int


class Download(NamedTuple):
    """Bytes that are made as they are taken; ``name`` of the file they would be, ``length`` where it is
    known."""

    pieces: Iterator[bytes]
    name: str
    length: int | None = None
