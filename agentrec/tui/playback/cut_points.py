"""The start and the end of the stretch that the user wants to cut out."""

from __future__ import annotations

from typing import NamedTuple


class CutPoints(NamedTuple):
    """Times in ns; without one, the stretch begins or ends with the recording."""

    start: int | None = None
    end: int | None = None

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None

    def starting_at(self, t: int) -> CutPoints:
        """An end that is not later is dropped."""
        return CutPoints(t, self.end if self.end is not None and self.end > t else None)

    def ending_at(self, t: int) -> CutPoints:
        """A start that is not earlier is dropped."""
        return CutPoints(self.start if self.start is not None and self.start < t else None, t)

    def stretch(self, duration: int) -> tuple[int, int]:
        """Start and end in a recording that lasts ``duration``."""
        return self.start or 0, duration if self.end is None else min(self.end, duration)
