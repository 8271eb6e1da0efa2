"""What was on screen: the transcript's lines in blocks that can be found, from bounded work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.library.index.entries import HEAD, TAIL, Entry
from agentrec.library.index.texts import Ends
from agentrec.recording.format.header import DEFAULT_SIZE
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.recording.events import Event
    from agentrec.terminal.screen_lines import TimedLine
    from agentrec.terminal.screen_transcript import ScreenTranscript

# Bytes of output that are looked at, of the beginning and of the end.
FIRST, LAST = 24 << 20, 4 << 20
_BLOCK, _LINES = 1500, 40  # characters and lines of an entry
_LINE = 1000  # characters; a longer line is cut


class Shown:
    """Feed it output and resizes, then take ``items``.

    ``size`` is the terminal's at the start, ``tail`` when the last part to look at begins (ns).
    """

    def __init__(self, size: tuple[int, int], tail: int) -> None:
        self._size, self._tail = size, tail
        self._fed = 0
        self._transcript: ScreenTranscript | None = None
        self._last_part = False
        self._t = 0
        self._kept: Ends[Entry] = Ends(HEAD, TAIL)
        self._block: list[TimedLine] = []
        self._weight = 0
        self.skipped = 0  # bytes that were not looked at

    @property
    def left_out(self) -> int:
        """Characters that were too many."""
        return self._kept.left_out

    def feed(self, event: Event) -> None:
        """One ``term`` event, in order."""
        if event.kind == "resize" and isinstance(event.data, dict):
            self._t = event.t
            self._size = (event.data["cols"], event.data["rows"])
            if self._transcript:
                self._take(self._transcript.resize(event.t, *self._size))
        elif event.kind == "output" and isinstance(event.data, bytes):
            if self._enough(event.t):
                self.skipped += len(event.data)
                return
            self._t = event.t  # of the last output: what it left on screen was there from then on
            self._fed += len(event.data)
            self._take(self._screen(event.t).feed(event.t, event.data))

    def items(self) -> list[Entry]:
        """The blocks, in order."""
        self._finish()
        self._close()
        return self._kept.items()

    def _enough(self, t: int) -> bool:
        """Whether what comes now is between the beginning and the end that are looked at."""
        if self._last_part:
            return False
        if self._fed < FIRST and not self._kept.full:
            return False
        if t < self._tail:
            self._finish()
            return True
        # From here to the end; without a gap the screen is still the right one.
        self._last_part = True
        return False

    def _screen(self, t: int) -> ScreenTranscript:
        if self._transcript is None:
            from agentrec.terminal.screen_transcript import ScreenTranscript

            self._transcript = ScreenTranscript(*DEFAULT_SIZE)
            self._transcript.resize(t, *self._size)  # to a size that can be shown
        return self._transcript

    def _finish(self) -> None:
        if self._transcript:
            self._take(self._transcript.finish(self._t))
            self._transcript = None

    def _take(self, lines: Iterable[TimedLine]) -> None:
        for t, whole in lines:
            text = whole.strip()[:_LINE]
            if not text:
                continue
            self._block.append((t, text))
            self._weight += len(text) + 1
            if self._weight >= _BLOCK or len(self._block) >= _LINES:
                self._close()

    def _close(self) -> None:
        if not self._block:
            return
        start = min(t for t, _ in self._block)
        entry = Entry(start, "screen", "\n".join(text for _, text in self._block))
        entry.offsets = [(t - start) // NS_PER_MS for t, _ in self._block]
        self._kept.add(self._weight, entry)
        self._block, self._weight = [], 0
