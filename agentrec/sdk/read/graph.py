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
        self._last = (
            -1.0,
            -1,
        )  # start and index of the one that began last, of those that have ended
        self._lanes: list[RunFrame] = []

    def add(self, frame: RunFrame) -> tuple[tuple[int, ...], int]:
        """The steps that ``frame`` follows, and its lane."""
        ended = [one for one in self._open if _end(one) <= frame.t]
        self._open = [one for one in self._open if _end(one) > frame.t] + [frame]
        self._last = max([self._last, *((one.t, one.index) for one in ended)])
        self._ended = [one for one in self._ended + ended if not self._is_followed(one)]
        return tuple(sorted(one.index for one in self._ended)), self._lane(frame)

    def _is_followed(self, frame: RunFrame) -> bool:
        start, index = self._last
        return _end(frame) <= start and frame.index < index

    def _lane(self, frame: RunFrame) -> int:
        for lane, last in enumerate(self._lanes):
            if _end(last) <= frame.t:
                self._lanes[lane] = frame
                return lane
        self._lanes.append(frame)
        return len(self._lanes) - 1


def _end(frame: RunFrame) -> float:
    return float("inf") if frame.running else frame.end
