"""Times as people write them, and as JSON has them."""

from __future__ import annotations

import time

from agentrec.errors import UsageError

_NS = 1_000_000_000
_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m")
_LATEST = 1 << 62  # ns
_LONGEST = 6  # digits of so many units ago


def moment(text: str, now: float, *, end: bool = False) -> int:
    """A time in words as ns of Unix time; with ``end``, the last one that is meant.

    ``2h`` is two hours before ``now`` (seconds), dates and times are local.
    """
    if text[-1:] in _UNITS and text[:-1].isdecimal() and len(text) <= _LONGEST + 1:
        return max(0, round((now - int(text[:-1]) * _UNITS[text[-1]]) * _NS))
    today = time.strftime("%Y-%m-%d", time.localtime(now))
    yesterday = time.strftime("%Y-%m-%d", time.localtime(now - _UNITS["d"]))
    said = {"today": today, "yesterday": yesterday}.get(text, text).replace("T", " ")
    if ":" in said and "-" not in said:
        said = f"{today} {said}"
    for known in _FORMATS:
        try:
            first, last = _stretch(time.strptime(said, known), known)
        except (ValueError, OverflowError):
            continue
        return min(max(0, last if end else first), _LATEST)
    raise UsageError(
        f"{text!r} is no time", "write 2026-01-31, 2026-01-31T14:30, 14:30, today, or 2h"
    )


def _stretch(start: time.struct_time, known: str) -> tuple[int, int]:
    """First and last ns of the day, minute, second or month."""
    fields = [*start[:6]]
    fields[{"%Y-%m": 1, "%Y-%m-%d": 2, "%Y-%m-%d %H:%M": 4}.get(known, 5)] += 1
    first, after = time.mktime((*start[:6], 0, 0, -1)), time.mktime((*fields, 0, 0, -1))  # type: ignore[arg-type]
    return round(first * _NS), round(after * _NS) - 1


def rfc3339(ns: int) -> str:
    """``2026-01-31T13:30:00.123Z``."""
    seconds, rest = divmod(ns, _NS)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{stamp}.{rest // 1_000_000:03}Z"
