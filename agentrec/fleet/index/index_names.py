"""What the objects of the index are called.

Layout::

    index/v1/dt=2026-01-31/ID-0000000412-IDENTITY.parquet   one version of a recording
    index/v1/dt=2026-01-31/day-SHA256.parquet               many recordings that began on that day (UTC)

Nothing in the folder of a day is more than a copy of what is in recordings.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.fleet.bucket.object_names import VersionName

INDEX = "index/v1"
SUFFIX = ".parquet"
_KEY = re.compile(rf"{INDEX}/dt=(\d{{4}}-\d\d-\d\d)/[^/]+{re.escape(SUFFIX)}")


def index_key(version: VersionName) -> str:
    """The object with the rows of a version."""
    day = datetime.fromtimestamp(version.created // NS_PER_SECOND, UTC).date()
    return f"{day_folder(day)}/{version.id}-{version.events:010d}-{version.identity}{SUFFIX}"


def day_folder(day: date) -> str:
    """Where the rows of recordings are that began on a day."""
    return f"{INDEX}/dt={day.isoformat()}"


def compacted_key(day: date, sources: Iterable[str]) -> str:
    """The object with all rows of ``sources``: the same ones always have the same name."""
    names = hashlib.sha256("\n".join(sorted(sources)).encode()).hexdigest()
    return f"{day_folder(day)}/day-{names}{SUFFIX}"


def day_of(key: str) -> date | None:
    """The day of an object of the index; None for any other object."""
    match = _KEY.fullmatch(key)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None
