"""Limits: background work to a small share of one processor core, events to so many a second."""

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


class TokenBucket:
    """So much at once (``burst``) and so much a second (``rate``). Times are in seconds."""

    def __init__(self, rate: float, burst: float, now: float = 0.0) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._t = burst, now

    def take(self, amount: float, now: float) -> bool:
        """Whether ``amount`` is within it; if so, it is used up."""
        self._refill(now)
        if self._left < amount:
            return False
        self._left -= amount
        return True

    def take_up_to(self, count: int, now: float) -> int:
        """How many of ``count`` are within it; they are used up."""
        self._refill(now)
        taken = min(count, int(self._left))
        self._left -= taken
        return taken

    def _refill(self, now: float) -> None:
        self._left = min(self._burst, self._left + (now - self._t) * self._rate)
        self._t = now
