"""Where the states of two runs first differ, and how they end: keys that were added, removed and changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from agentrec.compare.alignment import align
from agentrec.compare.same_text import HERE, SameText
from agentrec.json_values import JsonObject, text
from agentrec.recording.reader import Recording
from agentrec.sdk.read.run import Run
from agentrec.sdk.read.state_diff import StateDiff, state_diff
from agentrec.text import one_line, shorten
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.compare.compared_run import ComparedRun
    from agentrec.sdk.read.run_frames import RunFrame

BEFORE, AFTER = "before", "after"
_MAX_LINES = 20
_MAX_CHARS = 60


class StateDifference(NamedTuple):
    """The state of a step on both sides differs ``when``: before it or after it.

    A frame is None where that run has no such step; then ``diff`` is empty.
    """

    left: RunFrame | None
    right: RunFrame | None
    when: str
    diff: StateDiff

    @property
    def place(self) -> str:
        """Which step, in words."""
        frame = self.left or self.right
        node = frame.node if frame else ""
        if self.left is None or self.right is None:
            return f"step {node} is only in {'A' if self.left else 'B'}"
        return f"{self.when} step {self.left.index} ({node}) in A, step {self.right.index} in B"


class RunDifferences(NamedTuple):
    """``steps`` of both runs, the ``first`` difference of their states, and that at the ``end``."""

    steps: tuple[int, int]
    first: StateDifference | None
    end: StateDiff

    def lines(self) -> Iterator[str]:
        """In words."""
        yield f"states: {self.steps[0]:,} and {self.steps[1]:,} steps of the program"
        if self.first is None:
            yield "  all equal"
            return
        yield f"  first difference: {self.first.place}"
        yield from _diff_lines(self.first.diff)
        yield "  at the end:" if self.end else "  at the end: equal"
        yield from _diff_lines(self.end)

    def as_data(self) -> JsonObject:
        """As a JSON object."""
        first = self.first
        return {
            "steps": list(self.steps),
            "first": None
            if first is None
            else {
                "left": first.left.as_json() if first.left else None,
                "right": first.right.as_json() if first.right else None,
                "when": first.when,
                **first.diff.as_json(),
            },
            "end": self.end.as_json(),
        }


def has_steps(path: str) -> bool:
    """Whether a recording has steps of a program."""
    with Recording.open(path) as recording:
        return any(name.startswith("step/") for name in recording.index.counts)


def run_differences(
    left: ComparedRun, right: ComparedRun, env: Mapping[str, str]
) -> RunDifferences | None:
    """How the states of two runs differ; None if one has no steps. Raises InputError.

    Directories, ids and times do not count, as in other comparisons.
    """
    if not (has_steps(left.path) and has_steps(right.path)):
        return None
    with Run.load(left.path, env=dict(env)) as a, Run.load(right.path, env=dict(env)) as b:
        sides = _Side(a, left), _Side(b, right)
        first = next(_differences(*sides), None)
        return RunDifferences(
            (len(sides[0].frames), len(sides[1].frames)),
            first,
            state_diff(sides[0].last(), sides[1].last()),
        )


class _Side:
    """A run up to the time that counts, with states that can be compared."""

    def __init__(self, run: Run, compared: ComparedRun) -> None:
        end = compared.end / NS_PER_SECOND
        self.frames = [frame for frame in run.steps if frame.t <= end]
        self._run, self._end = run, end
        self._same = SameText()
        self._same.add_place(text(compared.header.get("cwd")), HERE)

    def state(self, frame: RunFrame, when: str) -> object:
        """The state before or after a step; None if it has none, or ended too late."""
        at = frame.input_at if when == BEFORE else frame.output_at
        if at is None or (when == AFTER and frame.end > self._end):
            return None
        read = self._run.input if when == BEFORE else self._run.output
        return self._same.value(read(frame.index))

    def last(self) -> object:
        """The last state that there was."""
        for frame in reversed(self.frames):
            for when in (AFTER, BEFORE):
                state = self.state(frame, when)
                if state is not None:
                    return state
        return None


def _differences(a: _Side, b: _Side) -> Iterator[StateDifference]:
    pairs = align([frame.node for frame in a.frames], [frame.node for frame in b.frames])
    for x, y in pairs:
        left, right = None if x is None else a.frames[x], None if y is None else b.frames[y]
        if left is None or right is None:
            yield StateDifference(left, right, "", StateDiff([], [], []))
            continue
        for when in (BEFORE, AFTER):
            diff = state_diff(a.state(left, when), b.state(right, when))
            if diff:
                yield StateDifference(left, right, when, diff)


def _diff_lines(diff: StateDiff) -> Iterator[str]:
    lines = [
        *(f"    added    {path}: {_shown(new)}" for path, _, new in diff.added),
        *(f"    removed  {path}: {_shown(old)}" for path, old, _ in diff.removed),
        *(
            f"    changed  {path}: {_shown(old)} → {_shown(new)}"
            for path, old, new in diff.modified
        ),
    ]
    yield from map(one_line, lines[:_MAX_LINES])
    if len(lines) > _MAX_LINES:
        yield f"    and {len(lines) - _MAX_LINES:,} more"


def _shown(value: object) -> str:
    return shorten(json.dumps(value, ensure_ascii=False, default=str), _MAX_CHARS)
