"""Search over everything a recording ever showed, in a thread of its own.

The first search reads the recording through the transcript and keeps its lines, compressed; hits
come while that goes on. Later ones only look at the lines.
"""

from __future__ import annotations

import re
import threading
import time
import zlib
from array import array
from typing import TYPE_CHECKING, NamedTuple

from agentrec.tui.playback.screen_worker import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_BLOCK_CHARS = 1 << 18  # characters of text that are compressed together
_REPORT_SECONDS = 0.1  # seconds
MAX_HITS = 100_000


class Hits(NamedTuple):
    """Times (ns) at which something that matches was first seen, in order. ``done``: there are no more;
    until then ``until`` is how far the recording was read."""

    pattern: re.Pattern[str]
    times: list[int]
    done: bool
    until: int = 0


def pattern_of(query: str) -> re.Pattern[str]:
    """What to look for: the very text; capitals count only where the query has some."""
    return re.compile(re.escape(query), 0 if query != query.lower() else re.IGNORECASE)


class LineStore:
    """Many lines with their times, in little memory."""

    def __init__(self) -> None:
        self._blocks: list[tuple[array[int], bytes]] = []
        self._times = array("q")
        self._texts: list[str] = []
        self._size = 0

    def add(self, t: int, text: str) -> None:
        self._times.append(t)
        self._texts.append(text.replace("\n", " "))
        self._size += len(text) + 1
        if self._size >= _BLOCK_CHARS:
            joined = "\n".join(self._texts).encode("utf-8", "replace")
            self._blocks.append((self._times, zlib.compress(joined, 1)))
            self._times, self._texts, self._size = array("q"), [], 0

    def blocks(self, start: int = 0) -> Iterator[tuple[array[int], str]]:
        """Times and newline-joined lines, from block number ``start`` on; the open block last."""
        for times, packed in self._blocks[start:]:
            yield times, zlib.decompress(packed).decode()
        if self._texts:
            yield self._times, "\n".join(self._texts)

    @property
    def full_blocks(self) -> int:
        return len(self._blocks)


def matches(pattern: re.Pattern[str], times: array[int], text: str) -> Iterator[int]:
    """The times of the lines of a block that match."""
    line = place = 0
    last = -1
    for match in pattern.finditer(text):
        line += text.count("\n", place, match.start())
        place = match.start()
        if line != last:
            yield times[line]
            last = line


class SearchWorker:
    """Answers the newest search with :class:`Hits`, given to ``deliver`` in its own thread.

    ``read`` gives the recording's lines as ``(t, text)``; it is called anew after :meth:`forget`.
    """

    def __init__(
        self, read: Callable[[], Iterable[tuple[int, str]]], deliver: Callable[[object], None]
    ) -> None:
        self._read = read
        self._deliver = deliver
        self._something = threading.Condition()
        self._pattern: re.Pattern[str] | None = None
        self._lines = LineStore()
        self._source: Iterator[tuple[int, str]] | None = None
        self._complete = False
        self._until = 0  # how far it was read
        self._forget = False
        self._cancelled = False
        self._closing = False
        self._thread: threading.Thread | None = None

    def search(self, pattern: re.Pattern[str]) -> None:
        """Look for ``pattern`` instead of what was looked for before."""
        with self._something:
            self._pattern = pattern
            self._something.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="search", daemon=True)
            self._thread.start()

    def cancel(self) -> None:
        """Look for nothing any more; what was read is kept for the next search."""
        with self._something:
            self._pattern = None
            self._cancelled = True

    def forget(self) -> None:
        """The recording has grown: read it again for the next search."""
        self._forget = True

    def close(self) -> None:
        with self._something:
            self._closing = True
            self._something.notify()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._something:
                while self._pattern is None and not self._closing:
                    self._something.wait()
                pattern, self._pattern = self._pattern, None
                self._cancelled = False
            if self._closing or pattern is None:
                return
            try:
                self._answer(pattern)
            except Exception as error:  # noqa: BLE001 - said aloud; the next search may go well
                self._deliver(Trouble(str(error) or repr(error)))

    def _answer(self, pattern: re.Pattern[str]) -> None:
        if self._forget:
            self._forget = self._complete = False
            self._lines, self._source, self._until = LineStore(), None, 0
        times: list[int] = []
        fresh: list[int] = []
        looked, told = 0, -_REPORT_SECONDS
        while not self._interrupted():
            whole = self._complete
            found, looked = self._look(pattern, looked)
            fresh += found
            if whole or len(times) + len(fresh) >= MAX_HITS:
                self._deliver(Hits(pattern, _merge(times, fresh), done=True))
                return
            if time.monotonic() - told >= _REPORT_SECONDS:
                fresh += self._look_at_open(pattern)
                times = _merge(times, fresh) if fresh else times
                fresh, told = [], time.monotonic()
                self._deliver(Hits(pattern, times, done=False, until=self._until))
            self._read_on()

    def _look(self, pattern: re.Pattern[str], start: int) -> tuple[list[int], int]:
        """Hits in the full blocks from ``start`` on; in the open one too when all is read."""
        found: list[int] = []
        full = self._lines.full_blocks
        for number, (times, text) in enumerate(self._lines.blocks(start), start):
            if number < full or self._complete:
                found.extend(matches(pattern, times, text))
            if self._interrupted():
                break
        return found, full

    def _look_at_open(self, pattern: re.Pattern[str]) -> list[int]:
        """Hits in the block that is being filled; they are found again when it is full."""
        found: list[int] = []
        for times, text in self._lines.blocks(self._lines.full_blocks):
            found.extend(matches(pattern, times, text))
        return found

    def _read_on(self) -> None:
        """Read until there is a new block to look at or something to tell, or the recording ends."""
        if self._source is None:
            self._source = iter(self._read())
        full = self._lines.full_blocks
        until = time.monotonic() + _REPORT_SECONDS
        for t, text in self._source:
            self._lines.add(t, text)
            self._until = t
            if self._lines.full_blocks > full or time.monotonic() > until:
                return
        self._complete = True

    def _interrupted(self) -> bool:
        return self._closing or self._cancelled or self._pattern is not None


def _merge(times: list[int], more: list[int]) -> list[int]:
    return sorted({*times, *more})
