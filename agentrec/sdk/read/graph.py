"""Steps as a graph: what follows what, parallel paths side by side, and forks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.json_values import JsonObject
    from agentrec.sdk.read.run_frames import RunFrame

_MAX_DEPTH = 100


class GraphNode(NamedTuple):
    """A step in the graph: ``after`` are the steps that ended before it began, the nearest ones.

    ``lane`` is its column: steps of one time that overlap are in different lanes.
    """

    step: int
    after: tuple[int, ...]
    lane: int
    depth: int

    def as_json(self) -> JsonObject:
        return {
            "step": self.step,
            "after": list(self.after),
            "lane": self.lane,
            "depth": self.depth,
        }


def depth_of(frames: Sequence[RunFrame], frame: RunFrame) -> int:
    """How many steps a step is inside of."""
    depth = 0
    while frame.parent is not None and depth < _MAX_DEPTH:
        frame = frames[frame.parent]
        depth += 1
    return depth


def step_graph(frames: Sequence[RunFrame]) -> list[GraphNode]:
    """The graph of a recording's steps.

    Steps with the same enclosing step follow each other if the one ended before the other began. Steps that
    overlap are parallel: each follows what came before both, and what comes after follows all of them.
    """
    levels: dict[int | None, _Level] = {}
    nodes = []
    for frame in frames:
        level = levels.setdefault(frame.parent, _Level())
        after, lane = level.add(frame)
        nodes.append(GraphNode(frame.index, after, lane, depth_of(frames, frame)))
    return nodes


class _Level:
    """The steps inside one step, in order of their starts."""

    def __init__(self) -> None:
        self._open: list[RunFrame] = []
        self._ended: list[RunFrame] = []  # that no other one has followed
        # The one that began last, of those that have ended.
        self._last: RunFrame | None = None
        self._lanes: list[RunFrame] = []

    def add(self, frame: RunFrame) -> tuple[tuple[int, ...], int]:
        """The steps that ``frame`` follows, and its lane."""
        ended = [one for one in self._open if _is_before(one, frame)]
        self._open = [one for one in self._open if not _is_before(one, frame)] + [frame]
        for one in ended:
            if self._last is None or (one.t, one.index) > (self._last.t, self._last.index):
                self._last = one
        self._ended = [one for one in self._ended + ended if not self._is_followed(one)]
        return tuple(sorted(one.index for one in self._ended)), self._lane(frame)

    def _is_followed(self, frame: RunFrame) -> bool:
        return self._last is not None and _is_before(frame, self._last)

    def _lane(self, frame: RunFrame) -> int:
        for lane, last in enumerate(self._lanes):
            if _is_before(last, frame):
                self._lanes[lane] = frame
                return lane
        self._lanes.append(frame)
        return len(self._lanes) - 1


def _is_before(one: RunFrame, other: RunFrame) -> bool:
    """Whether a step had ended when another began.

    Their order in the file says it, except of those that were recorded afterwards with their duration.
    """
    if one.running or one.index >= other.index:
        return False
    if _is_late(one) or _is_late(other):
        return one.end <= other.t
    return one.end_seq < other.seq


def _is_late(frame: RunFrame) -> bool:
    return frame.seq == frame.end_seq and bool(frame.duration_ms) and not frame.running
