"""What the player says: times, positions and foreign text in words that are safe to show."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.recording.markers import Point
    from agentrec.tui.playback.clock import Clock

TIMES = "\u00d7"
_NS = 1_000_000_000


def clock_text(t: int, *, fraction: bool = False) -> str:
    """``0:05``, ``1:02:03``, with ``fraction`` ``0:05.250``."""
    seconds, rest = divmod(max(0, t), _NS)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{text}.{rest // 1_000_000:03}" if fraction else text


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
    return f"pauses are cut to {limit / _NS:g} s"


def parse_time(text: str, duration: int) -> int | None:
    """``90``, ``1:30``, ``1:02:03.5``, ``50%`` as ns; None for what is no time."""
    text = text.strip()
    share = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*%", text)
    if share:
        return round(min(float(share[1]), 100) / 100 * duration)
    if not re.fullmatch(r"(?:\d{1,9}:){0,2}\d{1,9}(?:\.\d{1,9})?s?", text):
        return None
    total = 0.0
    for part in text.rstrip("s").split(":"):
        total = total * 60 + float(part)
    return round(total * _NS)


def position(clock: Clock, points: Sequence[Point], *, empty: bool = False) -> str:
    """Where we are, as one would say it; ``empty``: there is nothing to be at."""
    if empty:
        return "waiting for output" if clock.growing else "nothing was recorded"
    if clock.live:
        return "live"
    passed = bisect_right(points, clock.t, key=lambda point: point.t)
    if passed:
        last = points[passed - 1]
        word = "at" if last.t == clock.t else "after"
        return f"{word} “{printable(last.label or last.id)}”"
    if clock.at_end:
        return "at the end"
    if clock.t == 0:
        return "at the start"
    return f"before “{printable(points[0].label or points[0].id)}”" if points else ""


def printable(text: str) -> str:
    """``text`` on one line, with everything a terminal could act on made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _visible(c) for c in text)


def _visible(char: str) -> str:
    code = ord(char)
    if char in "\n\r\t":
        return " "
    if code < 32:
        return chr(0x2400 + code)  # control pictures: ␛ for escape
    return "␡" if code == 127 else "\ufffd"
