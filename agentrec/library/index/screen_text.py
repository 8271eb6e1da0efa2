"""What was on screen: lines of the terminal's transcript as entries, with bounded work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.library.index.entries import ENTRY_CHARS, HEAD_CHARS, TAIL_CHARS, IndexEntry
from agentrec.library.index.texts import HeadAndTail, pieces
from agentrec.recording.format.header import DEFAULT_SIZE
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.recording.events import Event
    from agentrec.terminal.screen_lines import TimedLine
    from agentrec.terminal.screen_transcript import ScreenTranscript

# How much output is read, at the beginning and at the end.
HEAD_BYTES, TAIL_BYTES = 256 << 20, 16 << 20
_ENTRY_CHARS, _ENTRY_LINES = 1500, 40


class ScreenText:
    """Collects the text of output and resizes as entries.

    ``size`` is the terminal's initial size, ``tail_start`` (ns) when the last part to read begins.
    """

    def __init__(self, size: tuple[int, int], tail_start: int) -> None:
        self._size, self._tail_start = size, tail_start
        self._fed_bytes = 0
        self._transcript: ScreenTranscript | None = None
        self._in_tail = False
        self._t = 0
        self._entries: HeadAndTail[IndexEntry] = HeadAndTail(HEAD_CHARS, TAIL_CHARS)
        self._block: list[TimedLine] = []
        self._block_chars = 0
        self.skipped_bytes = 0

    @property
    def left_out(self) -> int:
        """How many characters exceeded the limits."""
        return self._entries.left_out

    def feed(self, event: Event) -> None:
        """Take one ``term`` event, in order."""
        if event.kind == "resize" and isinstance(event.data, dict):
            self._t = event.t
            self._size = (event.data["cols"], event.data["rows"])
            if self._transcript:
                self._add_lines(self._transcript.resize(event.t, *self._size))
        elif event.kind == "output" and isinstance(event.data, bytes):
            if self._is_skipped(event.t):
                self.skipped_bytes += len(event.data)
                return
            # What the last output left on screen was there from then on.
            self._t = event.t
            self._fed_bytes += len(event.data)
            self._add_lines(self._screen(event.t).feed(event.t, event.data))

    def items(self) -> list[IndexEntry]:
        """The entries, in order."""
        self._finish()
        self._end_block()
        return self._entries.items()

    def _is_skipped(self, t: int) -> bool:
        """Whether output at ``t`` is after the beginning and before the end that are read."""
        if self._in_tail:
            return False
        if self._fed_bytes < HEAD_BYTES and not self._entries.full:
            return False
        if t < self._tail_start:
            self._finish()
            return True
        # Everything from here on is read. If nothing was skipped, the screen is still correct.
        self._in_tail = True
        return False

    def _screen(self, t: int) -> ScreenTranscript:
        if self._transcript is None:
            from agentrec.terminal.screen_transcript import ScreenTranscript

            self._transcript = ScreenTranscript(*DEFAULT_SIZE)
            self._transcript.resize(t, *self._size)  # clamped to a size the engine supports
        return self._transcript

    def _finish(self) -> None:
        if self._transcript:
            self._add_lines(self._transcript.finish(self._t))
            self._transcript = None

    def _add_lines(self, lines: Iterable[TimedLine]) -> None:
        for t, line in lines:
            for text in pieces(line.strip(), ENTRY_CHARS):
                if text:
                    self._add_line(t, text)

    def _add_line(self, t: int, text: str) -> None:
        self._block.append((t, text))
        self._block_chars += len(text) + 1
        if self._block_chars >= _ENTRY_CHARS or len(self._block) >= _ENTRY_LINES:
            self._end_block()

    def _end_block(self) -> None:
        if not self._block:
            return
        start = min(t for t, _ in self._block)
        entry = IndexEntry(start, "screen", "\n".join(text for _, text in self._block))
        entry.offsets = [(t - start) // NS_PER_MS for t, _ in self._block]
        self._entries.add(self._block_chars, entry)
        self._block, self._block_chars = [], 0
