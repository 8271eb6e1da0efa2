"""Searches everything a recording ever showed, in a thread.

The first search reads the recording through the transcript and keeps its lines, compressed; hits
arrive while it does. Later searches only look through the lines. The thread and its lines live as long as
the player.
"""

from __future__ import annotations

import re
import threading
import time
import zlib
from array import array
from typing import TYPE_CHECKING

from agentrec.tui.playback.messages import HitsFound, TaskFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from textual.message import Message

_BLOCK_CHARS = 1 << 18  # compressed together
_REPORT_SECONDS = 0.1
MAX_HITS = 100_000


def pattern_of(query: str) -> re.Pattern[str]:
    """A pattern for the literal text; case counts only where the query has capitals."""
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
        """Times and newline-joined lines, from block number ``start``; the open block comes last."""
        for times, packed in self._blocks[start:]:
            yield times, zlib.decompress(packed).decode()
        if self._texts:
            yield self._times, "\n".join(self._texts)

    @property
    def full_blocks(self) -> int:
        return len(self._blocks)


def matches(pattern: re.Pattern[str], times: array[int], text: str) -> Iterator[int]:
    """The times of the lines of a block that match."""
    line = position = 0
    last = -1
    for match in pattern.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        if line != last:
            yield times[line]
            last = line


class SearchWorker:
    """Answers the newest search with :class:`HitsFound`, given to ``post`` from its own thread.

    ``read`` gives the recording's lines as ``(t, text)``; it is called again after :meth:`forget`.
    """

    def __init__(
        self, read: Callable[[], Iterable[tuple[int, str]]], post: Callable[[Message], object]
    ) -> None:
        self._read = read
        self._post = post
        self._changed = threading.Condition()
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
        """Search for ``pattern``, instead of any search before."""
        with self._changed:
            self._pattern = pattern
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="search", daemon=True)
            self._thread.start()

    def cancel(self) -> None:
        """End the search; the lines read so far are kept for the next one."""
        with self._changed:
            self._pattern = None
            self._cancelled = True

    def forget(self) -> None:
        """The recording has grown: read it again for the next search."""
        self._forget = True

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._pattern is None and not self._closing:
                    self._changed.wait()
                pattern, self._pattern = self._pattern, None
                self._cancelled = False
            if self._closing or pattern is None:
                return
            try:
                self._search(pattern)
            except Exception as error:  # noqa: BLE001 - reported; the next search may go well
                self._post(TaskFailed(str(error) or repr(error)))

    def _search(self, pattern: re.Pattern[str]) -> None:
        if self._forget:
            self._forget = self._complete = False
            self._lines, self._source, self._until = LineStore(), None, 0
        times: list[int] = []
        fresh: list[int] = []
        searched, reported = 0, -_REPORT_SECONDS
        while not self._interrupted():
            complete = self._complete
            more, searched = self._search_blocks(pattern, searched)
            fresh += more
            if complete or len(times) + len(fresh) >= MAX_HITS:
                self._post(HitsFound(pattern, _merge(times, fresh), done=True))
                return
            if time.monotonic() - reported >= _REPORT_SECONDS:
                fresh += self._search_open_block(pattern)
                times = _merge(times, fresh) if fresh else times
                fresh, reported = [], time.monotonic()
                self._post(HitsFound(pattern, times, done=False, until=self._until))
            self._read_on()

    def _search_blocks(self, pattern: re.Pattern[str], start: int) -> tuple[list[int], int]:
        """Hits in the full blocks from ``start``, and in the open one when all is read."""
        times: list[int] = []
        full = self._lines.full_blocks
        for number, (block_times, text) in enumerate(self._lines.blocks(start), start):
            if number < full or self._complete:
                times.extend(matches(pattern, block_times, text))
            if self._interrupted():
                break
        return times, full

    def _search_open_block(self, pattern: re.Pattern[str]) -> list[int]:
        """Hits in the block that is being filled; they are found again when it is full."""
        times: list[int] = []
        for block_times, text in self._lines.blocks(self._lines.full_blocks):
            times.extend(matches(pattern, block_times, text))
        return times

    def _read_on(self) -> None:
        """Read until a block is full, a report is due, or the recording ends."""
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
