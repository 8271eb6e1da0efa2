"""One stream of bytes on its way to the file: searched for secrets as it comes, masked as it goes."""

from __future__ import annotations

from agentrec.redact.screen.mask import Spans
from agentrec.redact.screen.masker import Masker, Sighting

# Columns and rows of the line in which typing is looked at.
INPUT_SIZE = (2000, 2)
# What the backspace key sends, as what a terminal shows.
BACKSPACE = bytes.maketrans(b"\x7f", b"\b")


class MaskedStream:
    """``where``: "terminal" or "input", as events report it. ``cols``, ``rows``: the size it shows in;
    ``keys``: a table of bytes that show as others."""

    def __init__(self, where: str, cols: int, rows: int, keys: bytes | None = None) -> None:
        self.where = where
        self._keys = keys
        self._masker = Masker(cols, rows)
        self._undrawn: list[bytes] = []
        self._offset = self._marked_until = 0
        self._spans = Spans(())

    def append(self, data: bytes) -> int:
        """Take more of it; returns its offset in the stream."""
        start = self._offset
        self._undrawn.append(data.translate(self._keys) if self._keys else data)
        self._offset += len(data)
        return start

    def resize(self, cols: int, rows: int) -> None:
        self._draw()
        self._masker.resize(cols, rows)

    def scan(self) -> None:
        """Find the secrets that are complete."""
        if self._undrawn:
            self._draw()
            self._masker.scan()

    def take_sightings(self) -> list[Sighting]:
        """The secrets that were found since the last call."""
        sightings, self._masker.sightings = self._masker.sightings, []
        return sightings

    def mark_until(self, until: int) -> None:
        """Everything before ``until`` is about to be written: mark also what may become a secret."""
        self._masker.scan_unfinished(until)
        self._spans = Spans(self._masker.spans)
        self._marked_until = until

    def mask(self, data: bytes, start: int) -> bytes:
        """``data``, which stands at the offset ``start``, without what was marked in it."""
        return self._spans.mask(data, start)

    def forget(self) -> None:
        """What was marked is written: drop its marks."""
        if self._marked_until > self._masker.forgotten:
            self._masker.forgotten = self._marked_until
            self._masker.spans = {s for s in self._masker.spans if s.stop > self._marked_until}

    def _draw(self) -> None:
        data, self._undrawn = b"".join(self._undrawn), []
        self._masker.feed(data)
