"""Which snapshot is to be checked against which. Decisions only. On the start path of `record --guard`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

# A turn after which nothing changed has no snapshot of its own: then the last one before is checked. By then
# its snapshot would be there.
SETTLE_SECONDS = 1.0
# Reasons of snapshots that are steps of a turn: they are checked with the turn.
_STEPS = frozenset({"tool", "command", "files"})
_TURN_IS_OVER = frozenset({"waiting_user", "idle", "finished", "interrupted"})


class SnapshotPair:
    """Two snapshots of a ``store``, by commit and id."""

    def __init__(self, store: str, before: tuple[str, str], after: tuple[str, str]) -> None:
        self.store = store
        self.before, self.before_id = before
        self.after, self.after_id = after


class CheckedSnapshots:
    """Events in, pairs of snapshots out."""

    def __init__(self) -> None:
        self._store = ""
        self._order: dict[str, int] = {}  # id of a snapshot -> its position
        self._all: list[tuple[str, str]] = []  # commit and id
        self._checked = 0  # position of the last one that was checked
        self._due = 0  # position of one that is to be
        self._turn_over_at: float | None = None

    def feed(self, name: str, data: JsonObject, now: float) -> None:
        """An event of the recording, and the time."""
        if name == "fs/snapshot":
            self._snapshot(data)
        elif name == "agent/lifecycle" and data.get("state") in _TURN_IS_OVER:
            self._turn_over_at = now

    def due(self, now: float) -> SnapshotPair | None:
        """What is to be checked now."""
        if self._turn_over_at is not None and now - self._turn_over_at >= SETTLE_SECONDS:
            self._turn_over_at = None
            self._due = len(self._all) - 1
        return self._pair(self._due)

    def last(self) -> SnapshotPair | None:
        """What is left to be checked at the end."""
        return self._pair(len(self._all) - 1)

    def checked(self, pair: SnapshotPair) -> None:
        """A pair was checked."""
        self._checked = max(self._checked, self._order[pair.after_id])

    def is_checked(self, name: str) -> bool:
        """Whether the snapshot ``name`` was checked; if not, it will be next."""
        at = self._order.get(name)
        if at is None:
            return not self._all  # there are no snapshots, or it is not reported yet
        self._due = max(self._due, at)
        return self._checked >= at

    def _snapshot(self, data: JsonObject) -> None:
        store, commit, name = (str(data.get(key, "")) for key in ("store", "commit", "id"))
        if not commit or not name:
            return
        if store != self._store:
            # The directory was moved: what was before is in another store.
            self._store, self._all, self._order = store, [], {}
            self._checked = self._due = 0
        self._order[name] = len(self._all)
        self._all.append((commit, name))
        if data.get("reason") not in _STEPS:
            self._due = len(self._all) - 1

    def _pair(self, at: int) -> SnapshotPair | None:
        if at <= self._checked or at >= len(self._all):
            return None
        return SnapshotPair(self._store, self._all[self._checked], self._all[at])
