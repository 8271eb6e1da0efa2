"""Plays a recording into the user's own terminal, safely, without the player."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from agentrec.cli.play.final_screen import final_screen
from agentrec.recording.events import OUTPUT
from agentrec.recording.format.work_limit import Cost
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.terminal.engine.screen import Screen
    from agentrec.terminal.output.sanitize import Sanitizer

TimedOutput = tuple[int, bytes]
"""When to write, in ns after the start of playing, and what."""

# Of making output safe.
_COST = Cost(event=5000, output_byte=30)
MAX_SLEEP_SECONDS = 1e6  # a recording may claim pauses longer than the system can sleep


def schedule(
    events: Iterable[Event], start: int, speed: float, idle: int | None
) -> Iterator[TimedOutput]:
    """When to write which output: times from ``start``, at ``speed``, with pauses cut to ``idle`` ns.

    The idle limit is in time of the recording, before it is sped up.
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
    """Write the output at its times. Only what draws passes: no clipboard, title, or query."""
    from agentrec.terminal.output.sanitize import Sanitizer

    out = sys.stdout.buffer
    sanitizer = Sanitizer()
    try:
        if start:
            out.write(sanitizer.feed(_picture(final_screen(recording, until=start - 1))))
            out.flush()
        started = time.monotonic_ns()
        for due, data in schedule(recording.events(start, end, cost=_COST), start, speed, idle):
            ahead = started + due - time.monotonic_ns()
            if ahead > 0:
                out.flush()
                time.sleep(min(ahead / NS_PER_SECOND, MAX_SLEEP_SECONDS))
            for piece in recording.work.pieces(data):
                out.write(sanitizer.feed(piece))
            if ahead > 0:
                out.flush()
    finally:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        _reset(out, sanitizer)


def follow_plain(path: str) -> int:
    """Write the output of a recording while it is being made, safely, until its recorder ends."""
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
    """Restore the user's terminal; a file or pipe gets only what was recorded."""
    if out.isatty():
        out.write(sanitizer.reset())
    out.flush()


def terminal_too_small(recording: Recording) -> str:
    """A warning if the recording needs a larger terminal than this one, else an empty string."""
    try:
        cols, rows = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return ""
    need_cols, need_rows = recording.size
    if cols >= need_cols and rows >= need_rows:
        return ""
    sizes = f"recorded at {need_cols}x{need_rows}, this terminal has {cols}x{rows}"
    return f"{sizes}: lines will be cut or wrapped"


def _picture(screen: Screen) -> bytes:
    """Output that draws ``screen`` on an empty terminal, with the cursor in its place."""
    from agentrec.terminal.output.sgr import render

    lines = [render(runs, colors=True) for runs in screen.styled_rows()]
    x, y, *_ = screen.cursor
    return ("\x1b[H\x1b[2J" + "\r\n".join(lines) + f"\x1b[{y + 1};{x + 1}H").encode()
