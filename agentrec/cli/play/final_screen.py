"""The final screen of a recording, with scrollback, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.recording.events import OUTPUT, RESIZE
from agentrec.recording.work_limit import Cost
from agentrec.terminal.engine.screen import MAX_SCROLLBACK_LINES, Screen
from agentrec.terminal.seek.screen_feed import resize_screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.reader import Recording

# Of feeding the screen.
_COST = Cost(output_byte=8)


def final_screen(recording: Recording, until: int | None = None) -> Screen:
    """The screen, with scrollback, after everything up to ``until`` (ns), or the end."""
    cols, rows = recording.size
    screen = Screen(cols, rows, scrollback=MAX_SCROLLBACK_LINES)
    for event in recording.events(until=until, tracks=("term",), cost=_COST):
        if event.name == OUTPUT and isinstance(event.data, bytes):
            screen.feed(event.data)
        elif event.name == RESIZE and isinstance(event.data, dict):
            resize_screen(screen, event.data["cols"], event.data["rows"])
    return screen


def final_lines(screen: Screen, *, colors: bool) -> Iterator[str]:
    """Scrollback and screen as lines, without blank ones at the end."""
    from agentrec.terminal.output.sgr import render

    rows = [render(runs, colors=colors) for runs in (*screen.history(), *screen.styled_rows())]
    texts = screen.history_text() + screen.rows_text()
    last = max((n for n, text in enumerate(texts) if text), default=-1)
    yield from rows[: last + 1]
