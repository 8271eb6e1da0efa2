"""Changes of files, put together: what happened to each path in a while, as one change."""

from __future__ import annotations

from agentrec.capture.throttle import TokenBucket

CREATED, CHANGED, DELETED = "created", "changed", "deleted"

QUIET = 0.3  # seconds without another change after which one is told
LATEST = 2.0  # seconds after which it is told in any case
WAITING = 5000  # paths that may wait to be told
RATE, AT_ONCE = 50.0, 1000.0  # changes that are told: a second in the long run, and at once

# What two changes of a path are together; None: nothing happened.
_TOGETHER = {
    (CREATED, CHANGED): CREATED,
    (CREATED, DELETED): None,
    (CHANGED, DELETED): DELETED,
    (DELETED, CREATED): CHANGED,
    (DELETED, CHANGED): CHANGED,
}


class Changes:
    """Takes changes with the time in seconds, gives them out when they have settled."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[str, float, float]] = {}
        self._bucket = TokenBucket(RATE, AT_ONCE)
        self.dropped = 0

    def add(self, path: str, what: str, now: float) -> None:
        """``what`` happened to ``path``."""
        before = self._waiting.pop(path, None)
        if before is None:
            if len(self._waiting) >= WAITING:
                self.dropped += 1
                return
            self._waiting[path] = (what, now, now)
            return
        together = _TOGETHER.get((before[0], what), what)
        if together:
            self._waiting[path] = (together, before[1], now)

    def take(self, now: float, *, all_of_them: bool = False) -> list[tuple[str, str]]:
        """The changes that have settled: path and what."""
        due = [
            path
            for path, (_, first, last) in self._waiting.items()
            if all_of_them or now - last >= QUIET or now - first >= LATEST
        ]
        kept = due[: self._bucket.take_up_to(len(due), now)]
        self.dropped += len(due) - len(kept)
        taken = {path: self._waiting.pop(path)[0] for path in due}
        return [(path, taken[path]) for path in kept]
