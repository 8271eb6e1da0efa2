"""Limits: background work to a small share of one processor core, looks and events to so many a second."""

from __future__ import annotations

import time


class CpuThrottle:
    """Asks its thread to rest when it has used more than ``share`` of a core.

    ``burst_seconds`` may be used at once, after idle time or at the start. One thread uses it.
    """

    def __init__(self, share: float, burst_seconds: float) -> None:
        self._share, self._burst = share, burst_seconds
        self._debt = 0.0
        self._cpu, self._clock = time.thread_time(), time.monotonic()

    def rest_seconds(self) -> float:
        """How long to rest before working again; 0 when there is no need."""
        cpu, clock = time.thread_time(), time.monotonic()
        allowed = (clock - self._clock) * self._share
        self._debt = max(0.0, self._debt - allowed) + max(0.0, cpu - self._cpu)
        self._cpu, self._clock = cpu, clock
        return max(0.0, (self._debt - self._burst) / self._share)


class LookPace:
    """How long to wait between looks: ``seconds``, and twice as long after CALM_LOOKS without news.

    What wakes an idle core costs more than what it then does.
    """

    CALM_LOOKS = 20

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._calm = 0

    def after_look(self, *, news: bool) -> float:
        """Seconds until the next look."""
        self._calm = 0 if news else self._calm + 1
        return self._seconds * (2 if self._calm > self.CALM_LOOKS else 1)


class TokenBucket:
    """So much at once (``burst``) and so much a second (``rate``). Times are in seconds."""

    def __init__(self, rate: float, burst: float, now: float = 0.0) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._filled_at = burst, now

    def take(self, amount: float, now: float) -> bool:
        """Whether ``amount`` is within the limit; if so, it is used up."""
        self._refill(now)
        if self._tokens < amount:
            return False
        self._tokens -= amount
        return True

    def take_up_to(self, count: int, now: float) -> int:
        """How many of ``count`` are within the limit; they are used up."""
        self._refill(now)
        taken = min(count, int(self._tokens))
        self._tokens -= taken
        return taken

    def _refill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
