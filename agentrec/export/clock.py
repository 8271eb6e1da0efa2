"""Wall-clock times: RFC 3339 text, as headers have it, and nanoseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?\s?(Z|z|[+-]\d\d:?\d\d)?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000_000


def to_ns(text: object) -> int | None:
    """Nanoseconds since 1970 of an RFC 3339 time (UTC when it names no zone); None when it is none."""
    match = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return None
    day, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{zone}")
    except ValueError:  # 31 February, 25:61
        return None
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return seconds * SECOND + int((fraction or "").ljust(9, "0"))


def to_text(ns: int) -> str | None:
    """RFC 3339 in UTC with nine decimals; None when ``ns`` since 1970 is outside the years 1-9999."""
    seconds, fraction = divmod(ns, SECOND)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z" if moment.year >= 1000 else None
