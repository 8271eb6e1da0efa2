"""How a recording ends: when a dead child's terminal is drained, and who is killed when. Decisions only."""

from __future__ import annotations

from agentrec.times import NS_PER_MS

# Between asking the child to end and killing it.
GRACE_NS = 2000 * NS_PER_MS
# Silence after which a dead child's PTY counts as drained.
QUIET_NS = 100 * NS_PER_MS
# Draining takes at most this much when another process keeps writing.
DRAIN_LIMIT_NS = 2000 * NS_PER_MS
DRAIN_LIMIT_BYTES = 1 << 20
# How often to look while draining.
POLL_NS = 20 * NS_PER_MS


class Shutdown:
    """Given what happens and when, decides when to kill the child and when the recording is over.

    ``stopped_by`` is the signal that ended the recording, if one did; ``abandoned`` means that
    waiting any longer is pointless. Until it ``has_begun``, nothing is due at any time.
    """

    def __init__(self) -> None:
        self.stopped_by: int | None = None
        self.child_ended = False
        self.abandoned = self.has_begun = False
        self._kill_at: int | None = None
        self._kills = 0
        self._drain_start = self._last_output = 0
        self._drained_bytes = 0

    def child_exited(self, now: int) -> None:
        """The child has ended; others may still hold its terminal."""
        self.child_ended = self.has_begun = True
        self._drain_start = self._last_output = now

    def output(self, now: int, size: int) -> None:
        """Output was read."""
        if self.child_ended:
            self._last_output = now
            self._drained_bytes += size

    def held_up(self, now: int) -> None:
        """Nothing is read now because the user or the disk is slow: that is not silence."""
        self._drain_start = self._last_output = now

    def drained(self, now: int) -> bool:
        """Whether a dead child's terminal, still open elsewhere, has nothing more for us."""
        return now - self._last_output >= QUIET_NS or self._over_limit(now)

    def output_since(self, start: int) -> bool:
        """Whether output was read at or after ``start``, and more of it is still welcome."""
        return self._last_output >= start and not self._over_limit(start)

    def _over_limit(self, now: int) -> bool:
        too_long = now - self._drain_start >= DRAIN_LIMIT_NS
        return too_long or self._drained_bytes >= DRAIN_LIMIT_BYTES

    def stop(self, number: int, now: int) -> bool:
        """The recorder is to stop; false when it knew already (a hang-up comes twice)."""
        if self.stopped_by is not None:
            return False
        self.stopped_by, self.has_begun = number, True
        self._kill_at = now + GRACE_NS
        return True

    def kill_is_due(self, now: int) -> bool:
        """Whether to kill the child now. After that it is waited for only once more."""
        if self._kill_at is None or now < self._kill_at:
            return False
        self._kill_at = now + GRACE_NS
        self._kills += 1
        self.abandoned = self._kills > 1 or self.child_ended
        return not self.child_ended

    def deadline(self, now: int) -> int | None:
        """When to look again even if nothing happens."""
        times = [] if self._kill_at is None else [self._kill_at]
        if self.child_ended:
            times.append(now + POLL_NS)
        return min(times, default=None)
