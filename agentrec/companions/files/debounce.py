"""Changes of files, debounced: what happened to each path in a while, as one change."""

from __future__ import annotations

from agentrec.capture.throttle import TokenBucket

CREATED, CHANGED, DELETED = "created", "changed", "deleted"

# A change is reported after this long without another one, and after the other in any case.
QUIET_SECONDS = 0.3
MAX_DELAY_SECONDS = 2.0
MAX_PENDING_PATHS = 5000
# Changes that are reported in the long run, and at once.
CHANGES_PER_SECOND, BURST_CHANGES = 50.0, 1000.0

# What two changes of a path are together; None: nothing happened.
_MERGED = {
    (CREATED, CHANGED): CREATED,
    (CREATED, DELETED): None,
    (CHANGED, DELETED): DELETED,
    (DELETED, CREATED): CHANGED,
    (DELETED, CHANGED): CHANGED,
}


class ChangeDebouncer:
    """Takes changes with the time in seconds, gives them out when they have settled."""

    def __init__(self) -> None:
        self._pending: dict[str, tuple[str, float, float]] = {}  # what, first and last time
        self._bucket = TokenBucket(CHANGES_PER_SECOND, BURST_CHANGES)
        self.dropped = 0

    @property
    def is_empty(self) -> bool:
        """Whether every change has been given out."""
        return not self._pending

    def add(self, path: str, what: str, now: float) -> None:
        """``what`` happened to ``path``."""
        pending = self._pending.pop(path, None)
        if pending is None:
            if len(self._pending) >= MAX_PENDING_PATHS:
                self.dropped += 1
                return
            self._pending[path] = (what, now, now)
            return
        merged = _MERGED.get((pending[0], what), what)
        if merged:
            self._pending[path] = (merged, pending[1], now)

    def settled(self, now: float, *, everything: bool = False) -> list[tuple[str, str]]:
        """The changes that have settled, or ``everything``: path and what. They are given out once."""
        due = [
            path
            for path, (_, first, last) in self._pending.items()
            if everything or now - last >= QUIET_SECONDS or now - first >= MAX_DELAY_SECONDS
        ]
        allowed = due[: self._bucket.take_up_to(len(due), now)]
        self.dropped += len(due) - len(allowed)
        changes = {path: self._pending.pop(path)[0] for path in due}
        return [(path, changes[path]) for path in allowed]
