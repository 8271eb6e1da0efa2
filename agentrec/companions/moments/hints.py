"""Whether a short run has anything to find: it is not rendered when nothing hints at a moment."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from agentrec.recording.follow import Follower

if TYPE_CHECKING:
    from agentrec.recording.events import Event

_READ_BYTES = 64 << 10  # of the file, at once
_HINT = re.compile(
    rb"\x1b\](?:133|7501);|://|\d+ +(?:passed|failed|passing|tests?|examples?)|OK|FAIL|[Oo]k\s|[Ee]rror"
    rb"|\*\*\*|[Bb]uil[dt]|ompile|[Ff]inished|\] |->|nstalled|added|[Dd]one|listening|running"
    rb"|limit|Tests|Do you|Would you|llow "
)


def has_hints(path: str, deadline: float) -> bool:
    """Whether something in the file hints at a moment, or it could not be read by the ``deadline``."""
    follower = Follower(path)
    try:
        while time.monotonic() < deadline:
            events = follower.read(_READ_BYTES)
            if not events:
                return False
            if any(map(_is_hint, events)):
                return True
    finally:
        follower.close()
    return True


def _is_hint(event: Event) -> bool:
    if isinstance(event.data, bytes):
        return bool(_HINT.search(event.data))
    return event.track in ("agent", "tool") or event.kind == "process"
