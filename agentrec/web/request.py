"""What a handler gets, and what it may return."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from agentrec.library.index.library_db import RecordingRow
    from agentrec.web.catalogs.catalog import Catalog
    from agentrec.web.recording_pool import RecordingPool

T = TypeVar("T")

# How long the work for one request may take.
WORK_TIMEOUT_SECONDS = 60.0
# The clock is read once per this many items.
_ITEMS_PER_CHECK = 256


class Service(NamedTuple):
    """What all requests share. ``env`` is the process environment.

    ``embed_address`` gives the address at which other sites may show a recording, by its id; ``share`` makes
    a token for one, which is valid until a time (Unix). With ``is_remote`` they are not on this machine.
    """

    catalog: Catalog
    recordings: RecordingPool
    env: Mapping[str, str]
    embed_address: Callable[[str], str] | None = None
    share: Callable[[str, int], str] | None = None
    is_remote: bool = False


class Deadline:
    """When the work for a request has to be done; by default WORK_TIMEOUT_SECONDS from now. Thread-safe."""

    def __init__(self, seconds: float | None = None) -> None:
        self._end = time.monotonic() + (WORK_TIMEOUT_SECONDS if seconds is None else seconds)

    def abandon(self) -> None:
        """Let the work end soon: nobody waits for it."""
        self._end = 0.0

    def check(self) -> None:
        """Raise ProblemError if it has passed."""
        if time.monotonic() > self._end:
            raise ProblemError(503, "the request takes too long", "request less at once")

    def watch(self, items: Iterable[T]) -> Iterator[T]:
        """Yield ``items`` until the deadline. Raises ProblemError."""
        for number, item in enumerate(items):
            if number % _ITEMS_PER_CHECK == 0:
                self.check()
            yield item


class ApiRequest(NamedTuple):
    """A valid request: ``params`` of path and query, and the members of its ``body``.

    Every declared name is present; a missing one is None, or its default. ``is_shared``: it comes by a link
    to one recording, so nothing is said of others.
    """

    service: Service
    params: Mapping[str, Any]
    body: Mapping[str, Any]
    deadline: Deadline
    is_shared: bool = False

    @property
    def row(self) -> RecordingRow:
        """The library's row of the recording in the path. Raises ProblemError."""
        return self.service.catalog.row(self.params["id"])


class JsonReply(NamedTuple):
    """JSON with another status than 200."""

    value: object
    status: int


class Download(NamedTuple):
    """A file that is produced while it is sent. ``length`` is in bytes, None if unknown; ``notes`` say what
    it does not hold."""

    pieces: Generator[bytes]
    name: str
    length: int | None = None
    notes: tuple[str, ...] = ()
