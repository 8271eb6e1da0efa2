"""How a recording ends: when a dead child's terminal is drained, and who dies when. Decisions only."""

from __future__ import annotations

from agentrec.times import NS_PER_MS

GRACE = 2000 * NS_PER_MS  # between asking the child to end and killing it
QUIET = 100 * NS_PER_MS  # silence after which a dead child's PTY counts as drained
LONGEST = 2000 * NS_PER_MS  # draining takes at most this when somebody else goes on writing
MOST = 1 << 20  # bytes, and at most this much
LOOK = 20 * NS_PER_MS  # how often to look meanwhile


class Ending:
    """Fed with what happens and when; says when to kill and when it is over."""

    def __init__(self) -> None:
        self.stopped_by: int | None = None  # the signal that ended the recording
        self.child_ended = False
        self.abandoned = False  # nothing can be waited for any longer
        self._act_at: int | None = None  # when patience with the child is over
        self._kills = 0
        self._since = self._active = 0
        self._drained = 0

    def ended(self, now: int) -> None:
        """The child has ended; others may still hold its terminal."""
        self.child_ended = True
        self._since = self._active = now

    def output(self, now: int, size: int) -> None:
        """Output was read."""
        if self.child_ended:
            self._active = now
            self._drained += size

    def held_up(self, now: int) -> None:
        """Nothing is read now because the user or the disk is slow: that is not silence."""
        self._since = self._active = now

    def drained(self, now: int) -> bool:
        """Whether a dead child's terminal, still open elsewhere, has nothing more for us."""
        return now - self._active >= QUIET or now - self._since >= LONGEST or self._drained >= MOST

    def fresh(self, now: int) -> bool:
        """Whether output was read at or after ``now``, and more of it is still welcome."""
        return self._active >= now and now - self._since < LONGEST and self._drained < MOST

    def stop(self, number: int, now: int) -> bool:
        """The recorder was told to stop; false when it was told before (a hang-up comes twice)."""
        if self.stopped_by is not None:
            return False
        self.stopped_by = number
        self._act_at = now + GRACE
        return True

    def kill(self, now: int) -> bool:
        """Whether to kill the child now. After that it is waited for only once more."""
        if self._act_at is None or now < self._act_at:
            return False
        self._act_at = now + GRACE
        self._kills += 1
        self.abandoned = self._kills > 1 or self.child_ended
        return not self.child_ended

    def deadline(self, now: int) -> int | None:
        """When to look again even if nothing happens."""
        times = [] if self._act_at is None else [self._act_at]
        if self.child_ended:
            times.append(now + LOOK)
        return min(times, default=None)
