"""Everything a terminal ever showed, as linear text with times.

A screen does not keep what it showed: ``clear`` wipes it, full-screen programs paint over it, and what
they painted is not in any scrollback. :class:`ScreenTranscript` follows the screen and returns each line
once it is lost: scrolled off the top, erased, or painted over. What is still on screen comes at the end.

It reads the screen only when somebody may have read it or something is about to be lost: when output
pauses, at the end of a synchronized frame, and right before a sequence that erases the screen. That is
what makes it fast.

The same line painted again is one line. So is a line that grows while it is typed or streamed, and one
that only counts or spins, unless it stood still long enough to be read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.terminal.engine.screen import MAX_SCROLLBACK_LINES, Screen
from agentrec.terminal.screen_lines import ScreenLines
from agentrec.terminal.seek.screen_feed import resize_screen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.recording.events import Event
    from agentrec.terminal.screen_lines import TimedLine

_PAUSE_NS = 15_000_000  # without output, after which the screen counts as shown
_READ_INTERVAL_NS = 100_000_000  # after which the screen is read even if output never pauses
_CHUNK_BYTES = 1 << 15  # of bulk output between two reads
_MAX_LINE_CHARS = 1 << 16  # a longer line comes in pieces
# Reads that escape sequences cause are limited: each takes a credit, and output earns them.
_MAX_CREDIT = 1000
_BYTES_PER_CREDIT = 400

# What may erase the screen (read before it), and the end of a frame (read after it).
_ERASES = re.compile(
    rb"\x1b(?:c|\[[0-3]?J|\[\?[0-9;]*(?:47|1047|1049)[0-9;]*[hl]|(?P<frame>\[\?2026l))"
)
# How Ink draws more than fits: erase everything, print the whole conversation again.
_REPRINT = b"\x1b[2J\x1b[3J\x1b[H"
# Output that changes no text: it moves the cursor, sets colors or a title, begins and ends a frame. Agents
# that wait print little else, many times a second.
_STILL = re.compile(
    rb"(?:\x1b(?:\[[0-9;:]*[A-DGHdfm]|\[\?(?:25|2026)[hl]|\][012];[^\0-\x1f\x7f]*(?:\x07|\x1b\\))|\r)*"
)
_MAX_STILL_BYTES = 256
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]{0,32})?\Z")
_SEQUENCES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")


def transcript_lines(
    events: Iterable[Event], cols: int, rows: int, *, early: int = 0
) -> Iterator[TimedLine]:
    """The lines of a recording, given its events and its first size.

    A line comes once it is lost, which may be late. With ``early``, the lines on screen also come after
    every so many bytes of output, and again, with the same time, when they are lost.
    """
    transcript_lines = ScreenTranscript(cols, rows)
    t = fed = 0
    for event in events:
        if event.name == ("term", "output") and isinstance(event.data, bytes):
            t = event.t  # of the last output: what it left on screen was there from then on
            yield from transcript_lines.feed(t, event.data)
            fed += len(event.data)
            if early and fed >= early:
                fed = 0
                yield from transcript_lines.shown(t)
        elif event.name == ("term", "resize") and isinstance(event.data, dict):
            t = event.t
            yield from transcript_lines.resize(t, event.data["cols"], event.data["rows"])
    yield from transcript_lines.finish(t)


class ScreenTranscript:
    """Feed output with its times (ns, never decreasing), get the lines that are lost by then."""

    def __init__(self, cols: int, rows: int) -> None:
        self._screen = Screen(cols, rows, MAX_SCROLLBACK_LINES)
        self._main = ScreenLines(alternate=False)
        self._alternate: ScreenLines | None = None
        self._head = ""  # the part that has scrolled off of the line that the first row continues
        self._carry = b""
        self._out: list[TimedLine] = []
        self._t = self._read_at = 0
        self._fed = 0  # bytes since the screen was last read
        self._is_still = True  # they change no text
        self._reprinting = False
        self._credit = _MAX_CREDIT

    def feed(self, t: int, data: bytes) -> list[TimedLine]:
        """Take output written at ``t``."""
        if self._fed and (t - self._t >= _PAUSE_NS or t - self._read_at >= _READ_INTERVAL_NS):
            self._read_screen()
            self._reprinting = False
        self._t = t
        data = self._carry + data
        unfinished = _UNFINISHED.search(data, max(0, len(data) - 40))
        self._carry = data[unfinished.start() :] if unfinished else b""
        self._feed_screen(data[: len(data) - len(self._carry)])
        return self._drain()

    def shown(self, t: int, *, complete: bool = False) -> list[TimedLine]:
        """The lines on screen at ``t`` that were not returned yet, if there was no output until then.

        The other methods return them again once they are lost, with the same times. With ``complete``,
        the output is taken as complete, however short the pause.
        """
        if complete or t - self._t >= _PAUSE_NS:
            self._read_screen()
        return (self._alternate or self._main).shown()

    def resize(self, t: int, cols: int, rows: int) -> list[TimedLine]:
        """The terminal has a new size from ``t`` on."""
        self._read_screen()
        self._t = t
        resize_screen(self._screen, cols, rows)
        self._fed += 1
        self._is_still = False
        self._read_screen()
        return self._drain()

    def finish(self, t: int) -> list[TimedLine]:
        """The recording ends: return what is still on screen."""
        self._t = max(t, self._t)
        self._is_still = False
        self._feed_screen(self._carry)
        self._read_screen(last=True)
        if self._alternate:
            self._alternate.close(self._out)
        self._main.close(self._out)
        return self._drain()

    def _drain(self) -> list[TimedLine]:
        lines, self._out = self._out, []
        return lines

    def _feed_screen(self, data: bytes) -> None:
        at = 0
        for match in _ERASES.finditer(data):
            stop = match.end() if match["frame"] else match.start()
            self._feed_part(data, at, stop)
            if self._worth_reading(data[at:stop]):
                self._read_screen()
            at = stop
            if data.startswith(_REPRINT, at):
                self._reprinting = True
        self._feed_part(data, at, len(data))

    def _feed_part(self, data: bytes, start: int, stop: int) -> None:
        for at in range(start, stop, _CHUNK_BYTES):
            part = data[at : min(at + _CHUNK_BYTES, stop)]
            self._screen.feed(part)
            self._fed += len(part)
            self._is_still = self._is_still and _is_still(part)
            self._credit = min(_MAX_CREDIT, self._credit + len(part) // _BYTES_PER_CREDIT)
            if self._fed >= _CHUNK_BYTES:
                self._read_screen()

    def _worth_reading(self, last: bytes) -> bool:
        """Not for output that only erases, nor before each of many sequences that erase nothing."""
        if not self._fed or self._credit <= 0:
            return False
        if self._fed == len(last) < 256 and not _SEQUENCES.sub(b"", last).strip(b"\r\n\b\0 "):
            return False
        self._credit -= 1
        return True

    def _read_screen(self, *, last: bool = False) -> None:
        """Compare the screen with how it was last read."""
        if not self._fed:
            return
        if self._is_still:
            self._fed, self._read_at = 0, self._t
            return
        scrolled = self._screen.scrolled_lines()
        if scrolled and not self._screen.forget_scrollback() and not last:
            return  # in the middle of a sequence: later
        self._fed, self._read_at, self._is_still = 0, self._t, True
        screen_lines = self._active_lines()
        lines = self._screen.lines()
        if screen_lines is self._main:
            scrolled, lines = self._join_top(scrolled, lines)
        screen_lines.update(self._t, scrolled, lines, self._out, reprint=self._reprinting)

    def _active_lines(self) -> ScreenLines:
        alternate = self._screen.modes.alt_screen
        if alternate and not self._alternate:
            self._main.leave(self._out)
            self._alternate = ScreenLines(alternate=True)
        elif not alternate and self._alternate:
            self._alternate.close(self._out)
            self._alternate = None
        return self._alternate or self._main

    def _join_top(self, scrolled: list[str], lines: list[str]) -> tuple[list[str], list[str]]:
        """Join the line that the top of the screen cuts."""
        continues = bool(lines) and self._screen.top_continues
        if scrolled:
            scrolled[0] = self._head + scrolled[0]
            self._head = scrolled.pop() if continues else ""
        if self._head and (not continues or len(self._head) > _MAX_LINE_CHARS):
            scrolled.append(self._head)
            self._head = ""
        if self._head:
            lines[0] = self._head + lines[0]
        return scrolled, lines


def _is_still(data: bytes) -> bool:
    return len(data) <= _MAX_STILL_BYTES and bool(_STILL.fullmatch(data))
