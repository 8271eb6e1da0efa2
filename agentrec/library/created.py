"""When a recording began."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_TIME_NS = 1 << 62  # a later time counts as this


def created_at(header: Mapping[str, object]) -> int | None:
    """When a recording began according to its header, in ns of Unix time."""
    text = header.get("created")
    try:
        created = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if created is None:
        return None
    if not created.tzinfo:
        created = created.replace(tzinfo=UTC)
    ns = int(created.timestamp()) * NS_PER_SECOND + created.microsecond * 1000
    return min(max(0, ns), _MAX_TIME_NS)
