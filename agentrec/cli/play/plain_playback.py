"""Playing a recording into the user's own terminal, harmlessly, without the full-screen player."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from agentrec.recording.events import OUTPUT, RESIZE
from agentrec.terminal.engine.screen import MAX_SCROLLBACK_LINES, Screen
from agentrec.terminal.seek.screen_feed import resize_screen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.terminal.output.sanitize import Sanitizer

TimedOutput = tuple[int, bytes]  # when to write, ns after the start of playing; what
MAX_SLEEP_SECONDS = (
    1e6  # seconds of one pause; a recording may claim more than the system can sleep
)


def schedule(
    events: Iterable[Event], start: int, speed: float, idle: int | None
) -> Iterator[TimedOutput]:
    """When to write which output: times from ``start`` on, sped up, pauses cut to ``idle`` ns.

    The idle limit counts time of the recording, as one reads it on its clock.
    """
    due = 0.0
    last = start
    for event in events:
        gap = max(0, event.t - last)
        last = max(last, event.t)
        due += (gap if idle is None else min(gap, idle)) / speed
        if event.name == OUTPUT and isinstance(event.data, bytes):
            yield round(due), event.data


def play_plain(
    recording: Recording, *, start: int, end: int | None, speed: float, idle: int | None
) -> None:
    """Write the output at its times. Only what draws goes through: no clipboard, title, or query."""
    from agentrec.terminal.output.sanitize import Sanitizer

    out = sys.stdout.buffer
    sanitizer = Sanitizer()
    try:
        if start:
            out.write(sanitizer.feed(_picture(final_screen(recording, until=start - 1))))
            out.flush()
        begun = time.monotonic_ns()
        for due, data in schedule(recording.events(start, end), start, speed, idle):
            ahead = begun + due - time.monotonic_ns()
            if ahead > 0:
                out.flush()
                time.sleep(min(ahead / 1e9, MAX_SLEEP_SECONDS))
            out.write(sanitizer.feed(data))
            if ahead > 0:
                out.flush()
    finally:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        _reset(out, sanitizer)


def follow_plain(path: str) -> int:
    """Write the output of a recording as it is being made, harmlessly, until its recorder ends."""
    from agentrec.recording.follow import follow
    from agentrec.terminal.output.sanitize import Sanitizer

    out = sys.stdout.buffer
    sanitizer = Sanitizer()
    try:
        for event in follow(path):
            if event.name == OUTPUT and isinstance(event.data, bytes):
                out.write(sanitizer.feed(event.data))
                out.flush()
    finally:
        _reset(out, sanitizer)
    return 0


def _reset(out: BinaryIO, sanitizer: Sanitizer) -> None:
    """Leave the user's terminal as it was; a file or pipe gets only what was recorded."""
    if out.isatty():
        out.write(sanitizer.reset())
    out.flush()


def final_screen(recording: Recording, until: int | None = None) -> Screen:
    """The screen, with scrollback, after everything up to ``until`` (ns; all when None)."""
    cols, rows = recording.size
    screen = Screen(cols, rows, scrollback=MAX_SCROLLBACK_LINES)
    for event in recording.events(until=until, tracks=("term",)):
        if event.name == OUTPUT and isinstance(event.data, bytes):
            screen.feed(event.data)
        elif event.name == RESIZE and isinstance(event.data, dict):
            resize_screen(screen, event.data["cols"], event.data["rows"])
    return screen


def final_lines(screen: Screen, *, colors: bool) -> Iterator[str]:
    """Scrollback and screen as lines, blank ones at the end left out."""
    from agentrec.terminal.output.sgr import render

    rows = [render(runs, colors=colors) for runs in (*screen.history(), *screen.styled_rows())]
    texts = screen.history_text() + screen.rows_text()
    last = max((n for n, text in enumerate(texts) if text), default=-1)
    yield from rows[: last + 1]


def terminal_too_small(recording: Recording) -> str:
    """A line for the user when the recording needs a larger terminal than this one, else empty."""
    try:
        cols, rows = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return ""
    need_cols, need_rows = recording.size
    if cols >= need_cols and rows >= need_rows:
        return ""
    return f"recorded at {need_cols}x{need_rows}, this terminal has {cols}x{rows}: lines will be cut or wrap"


def _picture(screen: Screen) -> bytes:
    """Bytes that draw ``screen`` on an empty terminal and put the cursor in its place."""
    from agentrec.terminal.output.sgr import render

    lines = [render(runs, colors=True) for runs in screen.styled_rows()]
    x, y, *_ = screen.cursor
    return ("\x1b[H\x1b[2J" + "\r\n".join(lines) + f"\x1b[{y + 1};{x + 1}H").encode()
