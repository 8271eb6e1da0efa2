"""One stream of bytes on its way to the file: looked at as it comes, painted as it goes."""

from __future__ import annotations

from agentrec.redact.screen.mask import Spans
from agentrec.redact.screen.masker import Masker, Sight

INPUT_SIZE = (2000, 2)  # columns and rows of the line in which typing is looked at
BACKSPACE = bytes.maketrans(b"\x7f", b"\b")  # what the key sends, as what a terminal shows


class Stream:
    """``where``: terminal or input, as it is told. ``cols``, ``rows``: the size it shows in; ``keys``: a
    table of bytes that show as others."""

    def __init__(self, where: str, cols: int, rows: int, keys: bytes | None = None) -> None:
        self.where = where
        self._keys = keys
        self._masker = Masker(cols, rows)
        self._waiting: list[bytes] = []
        self._offset = self._written = 0
        self._spans = Spans(())

    def take(self, data: bytes) -> int:
        """More of it; returns its offset in the stream."""
        start = self._offset
        self._waiting.append(data.translate(self._keys) if self._keys else data)
        self._offset += len(data)
        return start

    def resize(self, cols: int, rows: int) -> None:
        self._feed()
        self._masker.resize(cols, rows)

    def look(self) -> None:
        """Find what is complete."""
        if self._waiting:
            self._feed()
            self._masker.scan()

    def sights(self) -> list[Sight]:
        """What was found since the last call."""
        seen, self._masker.sights = self._masker.sights, []
        return seen

    def decide(self, until: int) -> None:
        """Everything before ``until`` is about to be written: mark also what may become a secret."""
        self._masker.scan_growing(until)
        self._spans = Spans(self._masker.spans)
        self._written = until

    def painted(self, data: bytes, start: int) -> bytes:
        return self._spans.paint(data, start)

    def forget(self) -> None:
        """What was decided is written."""
        if self._written > self._masker.forgotten:
            self._masker.forgotten = self._written
            self._masker.spans = {s for s in self._masker.spans if s.stop > self._written}

    def _feed(self) -> None:
        data, self._waiting = b"".join(self._waiting), []
        self._masker.feed(data)
