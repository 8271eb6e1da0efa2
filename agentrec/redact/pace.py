"""How much output can be searched in time: what is much work holds the program up, not what is long."""

from __future__ import annotations

# Searching may lag behind for so long.
LAG_SECONDS = 0.03
# A guess until something has been searched, and what is accepted at least.
FIRST_BYTES_PER_SECOND = 300_000.0
MIN_BYTES = 1024
# How much faster it may become from one search to the next: a busy machine slows down all of a sudden.
GROWTH = 1.25
# Less output, or less time, says nothing: each search has a cost of its own.
_MIN_SIZE = 4096


class Pace:
    """Learns from how long the last output took. It gets slower at once, and faster step by step."""

    def __init__(self) -> None:
        self._bytes_per_second = FIRST_BYTES_PER_SECOND

    @property
    def bytes_in_time(self) -> int:
        return max(MIN_BYTES, int(self._bytes_per_second * LAG_SECONDS))

    def took(self, size: int, seconds: float) -> None:
        """``size`` bytes were searched in ``seconds``."""
        if not size or (size < _MIN_SIZE and seconds < LAG_SECONDS / 2):
            return
        measured = size / max(seconds, 1e-6)
        self._bytes_per_second = min(measured, GROWTH * self._bytes_per_second)
