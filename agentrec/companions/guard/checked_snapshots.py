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
    """Two snapshots of a ``store``, by commit and id. ``is_step``: the turn goes on after the second one.

    ``first`` is the commit of the recording's first one.
    """

    def __init__(
        self,
        store: str,
        first: str,
        before: tuple[str, str],
        after: tuple[str, str],
        *,
        is_step: bool,
    ) -> None:
        self.store, self.first, self.is_step = store, first, is_step
        self.before, self.before_id = before
        self.after, self.after_id = after

    def as_request(self) -> JsonObject:
        """What the process that checks it is asked."""
        return {
            "store": self.store,
            "first": self.first,
            "before": self.before,
            "after": self.after,
        }


class CheckedSnapshots:
    """Events in, pairs of snapshots out.

    The end of a turn is checked against the end of the one before, and so are the steps of the turn that
    somebody asks for, or all of them (``every_step``): what a turn does in two steps, such as moving a
    test, is one change.
    """

    def __init__(self, *, every_step: bool = False) -> None:
        self._every_step = every_step
        self._turn_over_at: float | None = None
        self._begin("")

    def _begin(self, store: str) -> None:
        self._store = store
        self._order: dict[str, int] = {}  # id of a snapshot -> its position
        self._all: list[tuple[str, str]] = []  # commit and id
        # Positions: of the last turn and the last step that were checked, and of those to be checked.
        self._turn = self._step = self._turn_due = self._step_due = 0
        self._is_known = False  # the first one

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
            self._turn_due = len(self._all) - 1
        if self._all and not self._is_known:
            # Nothing is new in it; the check gets to know the project before an agent waits for it.
            self._is_known = True
            return self._pair(0, is_step=True)
        if self._turn_due > self._turn:
            return self._pair(self._turn_due)
        if self._step_due > self._step:
            return self._pair(self._step_due, is_step=True)
        return None

    def last(self) -> SnapshotPair | None:
        """What is left to be checked at the end."""
        last = len(self._all) - 1
        return self._pair(last) if last > self._turn else None

    def checked(self, pair: SnapshotPair) -> None:
        """A pair was checked."""
        at = self._order.get(pair.after_id, 0)
        self._step = max(self._step, at)
        if not pair.is_step:
            self._turn = max(self._turn, at)

    def is_checked(self, name: str, *, is_step: bool) -> bool:
        """Whether the snapshot ``name`` was checked, as a step or as a turn; if not, it will be next."""
        at = self._order.get(name)
        if at is None:
            return not self._all  # there are no snapshots, or it is not reported yet
        if is_step:
            self._step_due = max(self._step_due, at)
            return self._step >= at
        self._turn_due = max(self._turn_due, at)
        return self._turn >= at

    def _snapshot(self, data: JsonObject) -> None:
        store, commit, name = (str(data.get(key, "")) for key in ("store", "commit", "id"))
        if not commit or not name:
            return
        if store != self._store:
            self._begin(store)  # the directory was moved: what was before is in another store
        self._order[name] = len(self._all)
        self._all.append((commit, name))
        if data.get("reason") not in _STEPS:
            self._turn_due = len(self._all) - 1
        elif self._every_step:
            self._step_due = len(self._all) - 1

    def _pair(self, at: int, *, is_step: bool = False) -> SnapshotPair:
        first, _ = self._all[0]
        return SnapshotPair(
            self._store, first, self._all[self._turn], self._all[at], is_step=is_step
        )
