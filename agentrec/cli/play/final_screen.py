"""The final screen of a recording, with scrollback, as lines."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from agentrec.recording.events import OUTPUT, RESIZE
from agentrec.recording.format.work_limit import Cost
from agentrec.terminal.engine.screen import MAX_SCROLLBACK_LINES, Screen
from agentrec.terminal.seek.screen_feed import resize_screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.reader import Recording

# Of feeding the screen.
_COST = Cost(output_byte=12)
# Of scrollback: reading a cell of it takes about 60 bytes of memory.
_MAX_CELLS = 1_600_000


def final_screen(recording: Recording, until: int | None = None) -> Screen:
    """The screen, with scrollback, after everything up to ``until`` (ns), or the end."""
    cols, rows = recording.size
    limit = scrollback_limit(cols)
    screen = Screen(cols, rows, scrollback=limit)
    for event in recording.events(until=until, tracks=("term",), cost=_COST):
        if event.name == OUTPUT and isinstance(event.data, bytes):
            for piece in recording.work.pieces(event.data):
                screen.feed(piece)
        elif event.name == RESIZE and isinstance(event.data, dict):
            resize_screen(screen, event.data["cols"], event.data["rows"])
    return screen


def scrollback_limit(cols: int) -> int:
    """How many lines above the screen are kept."""
    return max(1, min(MAX_SCROLLBACK_LINES, _MAX_CELLS // cols))


def final_lines(screen: Screen, *, colors: bool) -> Iterator[str]:
    """Scrollback and screen as lines, without blank ones at the end."""
    from agentrec.terminal.output.sgr import render

    limit = scrollback_limit(screen.cols)  # it may have become wider
    blank: list[str] = []
    for runs in chain(screen.each_history(-limit), screen.styled_rows()):
        blank.append(render(runs, colors=colors))
        if any(run.text.strip() for run in runs):
            yield from blank
            blank = []
