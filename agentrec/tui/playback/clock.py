"""The position of the player in a recording and how it moves: decisions only, no timers, no input.

The owner of a :class:`Clock` tells it the time (``now``: any monotonic nanoseconds) before each frame.
Everything else is a position on the recording's timeline, in nanoseconds from its start.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from agentrec.times import NS_PER_SECOND, parse_clock

if TYPE_CHECKING:
    from collections.abc import Sequence

SPEEDS = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0)
IDLE_LIMITS_SECONDS = (10.0, 5.0, 3.0, 2.0, 1.0, 0.5)
# A player that was suspended or starved continues where it was instead of jumping ahead.
MAX_STEP_NS = 1_000_000_000


class Clock:
    """Play, pause, seek, speed, idle skipping, and the live edge of a recording that still grows.

    ``t``          the position
    ``duration``   the end of what is known of the recording
    ``playing``    whether :meth:`advance` moves
    ``growing``    the recording is still being written
    ``live``       the position follows the growing end
    ``idle``       spans ``(start, end)`` in which nothing happens, in order; longer ones are cut to
                   ``idle_limit`` (ns, or None) while playing
    """

    def __init__(
        self,
        duration: int = 0,
        *,
        speed: float = 1.0,
        idle_limit: int | None = None,
        growing: bool = False,
    ) -> None:
        self.t = 0
        self.duration = duration
        self.speed = speed
        self.idle_limit = idle_limit
        self.growing = growing
        self.playing = False
        self.live = False
        self.idle: Sequence[tuple[int, int]] = ()
        self._now: int | None = None

    @property
    def at_end(self) -> bool:
        return self.t >= self.duration

    def advance(self, now: int) -> int:
        """Move to the time ``now`` if playing; returns the position."""
        before, self._now = self._now, now
        if self.live:
            self.t = self.duration
        elif self.playing and before is not None:
            elapsed = min(max(0, now - before), MAX_STEP_NS)
            self.t = self._after(self.t, round(elapsed * self.speed))
            if self.t >= self.duration:
                self._reach_end()
        return self.t

    def play(self) -> None:
        """Play; from the end of a finished recording, from the start again."""
        if self.at_end and not self.growing:
            self.t = 0
        if not self.playing:
            self._now = None  # the time while paused does not count
        self.playing = self.duration > 0 or self.growing
        self.live = self.growing and self.at_end

    def pause(self) -> None:
        self.playing = self.live = False

    def toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def seek(self, t: int) -> int:
        """Go to ``t``, within the recording; playing continues."""
        self.t = min(max(0, t), self.duration)
        self.live = self.growing and self.playing and self.at_end
        return self.t

    def skip(self, seconds: float) -> int:
        """Move by seconds of the recording, back when negative."""
        return self.seek(self.t + round(seconds * NS_PER_SECOND))

    def skip_share(self, share: float) -> int:
        """Move by a share of the whole duration, back when negative."""
        return self.seek(self.t + round(share * self.duration))

    def seek_share(self, share: float) -> int:
        """Go to a share of the whole: 0.5 is the middle."""
        return self.seek(round(share * self.duration))

    def to_end(self) -> int:
        """Go to the end; of a recording that still grows, to its live edge, and follow it."""
        self.playing = self.growing
        self._now = None
        return self.seek(self.duration)

    def faster(self) -> float:
        self.speed = next((s for s in SPEEDS if s > self.speed), self.speed)
        return self.speed

    def slower(self) -> float:
        self.speed = next((s for s in reversed(SPEEDS) if s < self.speed), self.speed)
        return self.speed

    def cut_more(self) -> int | None:
        """Cut idle time to the next shorter limit; returns it (ns)."""
        now = self.idle_limit
        limits = [round(seconds * NS_PER_SECOND) for seconds in IDLE_LIMITS_SECONDS]
        self.idle_limit = next((limit for limit in limits if now is None or limit < now), now)
        return self.idle_limit

    def cut_less(self) -> int | None:
        """Allow the next longer idle time; returns the limit (ns), None when there is none."""
        now = self.idle_limit
        limits = [round(seconds * NS_PER_SECOND) for seconds in reversed(IDLE_LIMITS_SECONDS)]
        self.idle_limit = next((limit for limit in limits if now is not None and limit > now), None)
        return self.idle_limit

    def extend(self, duration: int) -> None:
        """More of the recording is known."""
        self.duration = max(self.duration, duration)
        if self.live:
            self.t = self.duration

    def finish(self) -> None:
        """The recording has ended."""
        self.growing = self.live = False
        if self.at_end:
            self.playing = False

    def _reach_end(self) -> None:
        self.t = self.duration
        self.live = self.growing
        self.playing = self.growing

    def _after(self, t: int, delta: int) -> int:
        """The position ``delta`` after ``t``, not counting what is cut of idle spans."""
        if self.idle_limit is None:
            return t + delta
        first = bisect_right(self.idle, t, key=lambda span: span[1])
        for start, end in self.idle[first:]:
            cut = max(start + self.idle_limit, t)
            if t + delta < cut or cut >= end:
                if t + delta < end:
                    break
                continue
            delta -= cut - t
            t = end
        return t + delta


def parse_position(text: str, duration: int) -> int | None:
    """``90``, ``1:30``, ``1:02:03.5``, ``50%`` as a position in ns; None for anything else."""
    text = text.strip()
    percent = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*%", text)
    if percent:
        return round(min(float(percent[1]), 100) / 100 * duration)
    return parse_clock(text.removesuffix("s"))
