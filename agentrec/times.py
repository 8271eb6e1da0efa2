"""Times: positions on a timeline, lengths, dates as people write them, and RFC 3339.

A leaf on the start path of `record`: what needs more than ``time`` imports it where it is used.
Positions, lengths and wall-clock times are nanoseconds; wall-clock times count from 1970.
"""

import time

from agentrec.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

NS_PER_SECOND: "Final" = 1_000_000_000
NS_PER_MS: "Final" = 1_000_000

_LONGEST_SECONDS = 1e9  # a position beyond this is a typing error
_UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
_DATE_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m")
_LATEST_NS = 1 << 62
_AGO_DIGITS = 6  # of so many units ago


def format_clock(ns: int, *, fraction: bool = False) -> str:
    """``0:05``, ``1:02:03``, with ``fraction`` ``1:02:03.400``: a position on the timeline."""
    seconds, rest = divmod(max(0, ns), NS_PER_SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{text}.{rest // NS_PER_MS:03}" if fraction else text


def format_duration(ns: int) -> str:
    """``3.2 s``, ``1 min 20 s``, ``2 h 5 min``: a length."""
    seconds = ns / NS_PER_SECOND
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def parse_clock(text: str) -> int | None:
    """``90``, ``1:30``, ``1:02:03.5`` as a position in ns; None for anything else, as for ``9:99``."""
    parts = text.strip().split(":")
    if len(parts) > 3:
        return None
    total = 0.0
    for number, part in enumerate(parts):
        if not part.replace(".", "", 1).isdecimal() or not part.isascii():
            return None
        if number and float(part) >= 60:
            return None
        total = total * 60 + float(part)
    return round(total * NS_PER_SECOND) if total < _LONGEST_SECONDS else None


def parse_date(text: str, now: float, *, end: bool = False) -> int:
    """A date or time in words as wall-clock ns; with ``end``, the last one that is meant.

    ``2h`` is two hours before ``now`` (seconds), dates and times are local. Raises UsageError.
    """
    if text[-1:] in _UNIT_SECONDS and text[:-1].isdecimal() and len(text) <= _AGO_DIGITS + 1:
        return max(0, round((now - int(text[:-1]) * _UNIT_SECONDS[text[-1]]) * NS_PER_SECOND))
    today = time.strftime("%Y-%m-%d", time.localtime(now))
    yesterday = time.strftime("%Y-%m-%d", time.localtime(now - _UNIT_SECONDS["d"]))
    date = {"today": today, "yesterday": yesterday}.get(text, text).replace("T", " ")
    if ":" in date and "-" not in date:
        date = f"{today} {date}"
    for known in _DATE_FORMATS:
        try:
            first, last = _stretch(time.strptime(date, known), known)
        except (ValueError, OverflowError):
            continue
        return min(max(0, last if end else first), _LATEST_NS)
    raise UsageError(
        f"invalid date {text!r}",
        "use 2026-01-31, 2026-01-31T14:30, 14:30, today, or an age such as 2h",
    )


def _stretch(start: time.struct_time, known: str) -> tuple[int, int]:
    """First and last ns of the day, minute, second or month."""
    fields = [*start[:6]]
    fields[{"%Y-%m": 1, "%Y-%m-%d": 2, "%Y-%m-%d %H:%M": 4}.get(known, 5)] += 1
    first, after = time.mktime((*start[:6], 0, 0, -1)), time.mktime((*fields, 0, 0, -1))  # type: ignore[arg-type]
    return round(first * NS_PER_SECOND), round(after * NS_PER_SECOND) - 1


def parse_rfc3339(text: object, *, need_zone: bool = False) -> int | None:
    """Nanoseconds since 1970 of an RFC 3339 time; None when it is none.

    A time that names no zone is UTC, or with ``need_zone`` none.
    """
    import re
    from datetime import UTC, datetime, timedelta

    pattern = r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?\s?(Z|z|[+-]\d\d:?\d\d)?"
    match = re.fullmatch(pattern, text) if isinstance(text, str) else None
    if not match or (need_zone and not match[4]):
        return None
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        date = datetime.fromisoformat(f"{day}T{clock}{zone}")
    except ValueError:  # February 31, 25:61
        return None
    seconds = (date - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return seconds * NS_PER_SECOND + int((fraction or "").ljust(9, "0"))


def format_rfc3339(ns: int) -> str:
    """``2026-01-31T13:30:00.123Z``, for JSON and headers of answers."""
    seconds, rest = divmod(ns, NS_PER_SECOND)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{stamp}.{rest // NS_PER_MS:03}Z"


def format_rfc3339_exact(ns: int) -> str | None:
    """The same with nine decimals; None when ``ns`` is outside the years 1000 to 9999."""
    from datetime import UTC, datetime, timedelta

    seconds, fraction = divmod(ns, NS_PER_SECOND)
    try:
        date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return f"{date:%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z" if date.year >= 1000 else None
