"""Keeping background work to a small share of one processor core."""

from __future__ import annotations

import time


class Pace:
    """Asks its thread to rest when it has used more than ``share`` of a core.

    ``burst`` seconds may be used at once, after idle time or at the start. One thread uses it.
    """

    def __init__(self, share: float, burst: float) -> None:
        self._share, self._burst = share, burst
        self._debt = 0.0
        self._used, self._t = time.thread_time(), time.monotonic()

    def rest(self) -> float:
        """Seconds until there should be work again; 0 where all is well."""
        used, now = time.thread_time(), time.monotonic()
        paid = (now - self._t) * self._share
        self._debt = max(0.0, self._debt - paid) + max(0.0, used - self._used)
        self._used, self._t = used, now
        return max(0.0, (self._debt - self._burst) / self._share)
