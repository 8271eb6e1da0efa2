"""Times as agents write them: ISO 8601 texts."""

from __future__ import annotations

from datetime import UTC, datetime

from agentrec.json_values import amount

# A later time is not a time.
_MAX_SECONDS = 1e11


def epoch_seconds(at: str | None) -> float | None:
    """Return seconds since the epoch of an ISO 8601 time with a zone, or None."""
    if not at:
        return None
    try:
        parsed = datetime.fromisoformat(at)
    except ValueError:
        return None
    return parsed.timestamp() if parsed.tzinfo else None


def iso_time(seconds: object) -> str | None:
    """Return the ISO 8601 time of ``seconds`` since the epoch, or None if that is not a time."""
    if not isinstance(seconds, int | float) or not 0 < seconds < _MAX_SECONDS:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def iso_time_of_ms(milliseconds: object) -> str | None:
    """The same of milliseconds since the epoch."""
    at = amount(milliseconds)
    return None if at is None else iso_time(at / 1000)


def is_before(at: str | None, since: float) -> bool:
    """Return whether ``at`` is known and before ``since`` (seconds since the epoch)."""
    seconds = epoch_seconds(at)
    return seconds is not None and seconds < since


def milliseconds_between(began: str | None, ended: str | None) -> float | None:
    """Return how long something took, or None if that is unknown or impossible."""
    first, last = epoch_seconds(began), epoch_seconds(ended)
    if first is None or last is None or last < first:
        return None
    return round((last - first) * 1000, 3)
