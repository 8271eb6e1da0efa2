"""What the player says: times, positions and foreign text in words that are safe to show."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from agentrec.text import one_line
from agentrec.times import NS_PER_SECOND, parse_clock

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


def limit_text(limit: int | None) -> str:
    """What is done with idle time, in words."""
    if limit is None:
        return "pauses are played in full"
    return f"pauses are cut to {limit / NS_PER_SECOND:g} s"


def parse_time(text: str, duration: int) -> int | None:
    """``90``, ``1:30``, ``1:02:03.5``, ``50%`` as a position in ns; None for anything else."""
    text = text.strip()
    share = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*%", text)
    if share:
        return round(min(float(share[1]), 100) / 100 * duration)
    return parse_clock(text.removesuffix("s"))


def position(clock: Clock, points: Sequence[Marker], *, empty: bool = False) -> str:
    """Where we are, as one would say it; ``empty``: there is nothing to be at."""
    if empty:
        return "waiting for output" if clock.growing else "nothing was recorded"
    if clock.live:
        return "live"
    passed = bisect_right(points, clock.t, key=lambda point: point.t)
    if passed:
        last = points[passed - 1]
        word = "at" if last.t == clock.t else "after"
        return f"{word} “{one_line(last.label or last.id)}”"
    if clock.at_end:
        return "at the end"
    if clock.t == 0:
        return "at the start"
    return f"before “{one_line(points[0].label or points[0].id)}”" if points else ""
