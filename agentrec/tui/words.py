"""The player's wording: speed, sizes, pauses, and the position in the recording."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from agentrec.text import one_line
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.recording.markers import Marker
    from agentrec.tui.playback.clock import Clock

TIMES = "\u00d7"


def speed_text(speed: float) -> str:
    """``2x``, with the sign of multiplication."""
    return f"{speed:g}{TIMES}"


def size_text(cols: int, rows: int) -> str:
    """``80x24``, with the sign of multiplication."""
    return f"{cols}{TIMES}{rows}"


def pause_text(limit: int | None) -> str:
    """How pauses are played, for the status line."""
    if limit is None:
        return "pauses are played in full"
    return f"pauses are cut to {limit / NS_PER_SECOND:g} s"


def position_text(clock: Clock, markers: Sequence[Marker], *, empty: bool = False) -> str:
    """The position in words; ``empty``: nothing was recorded (yet)."""
    if empty:
        return "waiting for output" if clock.growing else "nothing was recorded"
    if clock.live:
        return "live"
    passed = bisect_right(markers, clock.t, key=lambda marker: marker.t)
    if passed:
        last = markers[passed - 1]
        word = "at" if last.t == clock.t else "after"
        return f"{word} “{one_line(last.label or last.id)}”"
    if clock.at_end:
        return "at the end"
    if clock.t == 0:
        return "at the start"
    return f"before “{one_line(markers[0].label or markers[0].id)}”" if markers else ""


def error_text(error: Exception) -> str:
    """What is wrong, and what to do about it."""
    hint = getattr(error, "hint", "")
    return f"{error}; {hint}" if hint else str(error)
