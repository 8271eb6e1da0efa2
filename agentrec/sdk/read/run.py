"""A recording as a program reads it."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from agentrec.errors import InputError
from agentrec.recording.events.decode import decode, is_failure
from agentrec.recording.events.llm import Usage
from agentrec.recording.markers import happened
from agentrec.recording.reader import Recording
from agentrec.sdk.failures import error_text
from agentrec.sdk.read.run_frames import FrameIndex
from agentrec.sdk.read.state_diff import state_diff
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from agentrec.recording.events import Event
    from agentrec.recording.events.guard import GuardFinding, GuardLimit
    from agentrec.recording.events.mark import MarkMoment
    from agentrec.recording.events.record import EventRecord
    from agentrec.sdk.read.conversation import Message
    from agentrec.sdk.read.graph import GraphNode
    from agentrec.sdk.read.run_files import RunFiles
    from agentrec.sdk.read.run_frames import RunFrame
    from agentrec.sdk.read.state_diff import StateDiff
    from agentrec.sdk.resume import Resumed
    from agentrec.sdk.resume_point import Mode

    # A step's number; seconds; or a mark, a snapshot or a time as text.
    Point = int | float | str

# Tracks by the layer that they are about; a track's own name works, too.
LAYERS = {
    "agent": ("agent", "llm", "step", "mark"),
    "tool": ("tool",),
    "sys": ("sys", "fs"),
    "terminal": ("term",),
}


_PLACES = {("step", "done"): "run"}  # where something failed that has no name


class RunError(NamedTuple):
    """Something that failed: ``t`` in seconds, the step it was in, where, and the error in one line.

    ``seq`` is the event that says so.
    """

    t: float
    step: int | None
    node: str
    text: str
    error: Mapping[str, object]
    seq: int = -1


class Run:
    """A recording, made by :class:`agentrec.Recorder` or by any other way of recording.

    Steps are counted over the whole recording, in order of their starts. Use it as a context manager,
    or call :meth:`close`.
    """

    def __init__(self, path: str, env: Mapping[str, str]) -> None:
        """See :meth:`load`."""
        self.path, self._env = path, env
        self.recording = Recording.open(path)
        self.header = self.recording.header

    @classmethod
    def load(
        cls, name: str | os.PathLike[str] = "last", *, env: Mapping[str, str] | None = None
    ) -> Self:
        """Open a recording by its path or id, or the newest one. Raises InputError, FormatError."""
        from agentrec.library.resolve import resolve

        where = dict(os.environ) if env is None else env
        return cls(resolve(os.fspath(name), where), where)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.recording.close()

    def __del__(self) -> None:
        recording = getattr(self, "recording", None)  # unset if it could not be opened
        if recording is not None:
            recording.close()

    def __repr__(self) -> str:
        return f"Run({self.path!r})"

    # --- what it is -----------------------------------------------------------------------------

    @property
    def id(self) -> str:
        """The recording's id."""
        return str(self.header.get("id", ""))

    @property
    def parent(self) -> Mapping[str, object] | None:
        """Where it comes from: ``id``, ``relation``, ``method``, ``at_step`` ... of a resumed run."""
        parent = self.header.get("parent")
        return parent if isinstance(parent, dict) else None

    @property
    def name(self) -> str:
        """The name of the first run in it, else the title."""
        for run in self._index.runs.values():
            if run.name:
                return run.name
        return str(self.header.get("title") or "")

    @property
    def tags(self) -> list[str]:
        """The words to find it by, of all runs in it."""
        return list(dict.fromkeys(tag for run in self._index.runs.values() for tag in run.tags))

    @property
    def entry(self) -> str:
        """The function that continues from a state, as ``module:function``; empty if none is registered."""
        return next((run.entry for run in self._index.runs.values() if run.entry), "")

    @cached_property
    def _index(self) -> FrameIndex:
        return FrameIndex(self.recording)

    @cached_property
    def summary(self) -> dict[str, object]:
        """What `agentrec summary --json` prints."""
        from agentrec.report.summary import summarize

        return summarize(self.recording)

    @property
    def duration(self) -> float:
        """Seconds from the start to the last event."""
        return self.recording.duration / NS_PER_SECOND

    @property
    def tokens(self) -> Usage:
        """Tokens of all model calls."""
        tokens = self.summary["tokens"]
        return Usage.from_data(tokens if isinstance(tokens, dict) else {})

    @property
    def cost(self) -> float | None:
        """US dollars of the model calls that have a price; None if none has."""
        cost = self.summary["cost_usd"]
        return cost if isinstance(cost, int | float) else None

    # --- steps ----------------------------------------------------------------------------------

    @property
    def steps(self) -> list[RunFrame]:
        """The steps, in order of their starts."""
        return self._index.frames

    @property
    def frames(self) -> list[RunFrame]:
        """The same as :attr:`steps`."""
        return self._index.frames

    @property
    def nodes(self) -> dict[str, int]:
        """How often each step was run, by its name."""
        counts: dict[str, int] = {}
        for frame in self.frames:
            counts[frame.node] = counts.get(frame.node, 0) + 1
        return counts

    def step(self, n: int) -> RunFrame:
        """A step by its number; negative ones count from the end. Raises InputError."""
        try:
            return self.frames[n]
        except IndexError:
            count = len(self.frames)
            raise InputError(
                f"{self.path} has no step {n}",
                f"its steps are 0 to {count - 1}" if count else "it has no steps",
            ) from None

    def state(self, n: int) -> object:
        """The state after step ``n``; of a step that failed before it had one, the state before it."""
        frame = self.step(n)
        if frame.output_at is None:
            return self.input(n)
        return self._index.state(frame, "output")

    def input(self, n: int) -> object:
        """The state before step ``n``. Raises InputError if it has none, or it cannot be read."""
        frame = self.step(n)
        if frame.input_at is None:
            raise InputError(
                f"step {frame.index} ({frame.node}) has no recorded state",
                "pass the state to r.step(name, state)",
            )
        return self._index.state(frame, "input")

    def output(self, n: int) -> object:
        """The state after step ``n``. Raises InputError if it has none, or it cannot be read."""
        frame = self.step(n)
        if frame.output_at is None:
            raise InputError(f"step {frame.index} ({frame.node}) has no recorded state after it")
        return self._index.state(frame, "output")

    def prompts(self) -> dict[int, object]:
        """What each model call was sent, by the seq of its event: calls of the Python library."""
        index = self._index
        return {seq: index.stored(run, "prompt", number) for seq, run, number in index.prompts}

    def diff(self, a: int, b: int | None = None) -> StateDiff:
        """What differs between the states after two steps; of one step, before and after it."""
        if b is None:
            return state_diff(self.input(a), self.state(a))
        return state_diff(self.state(a), self.state(b))

    @property
    def graph(self) -> list[GraphNode]:
        """Which steps follow which: a node for each step, see :func:`agentrec.sdk.read.graph.step_graph`."""
        from agentrec.sdk.read.graph import step_graph

        return step_graph(self.frames)

    @cached_property
    def other_errors(self) -> list[RunError]:
        """Errors of runs that no step ended with: recorded by themselves, or raised outside of steps."""
        return [self._error(event) for event, _ in self._index.errors]

    @property
    def errors(self) -> list[RunError]:
        """Everything that failed, in order: steps, tool calls, commands, the agent."""
        found = [
            RunError(frame.end, frame.index, frame.node, frame.message, frame.error, frame.end_seq)
            for frame in self.frames
            if frame.error is not None
        ]
        found += [
            self._error(event)
            for event in self.recording.events(tracks=("llm", "tool", "agent", "sys"))
            if event.track != "step" and is_failure(event)
        ]
        found += self.other_errors
        return sorted(found, key=lambda error: error.t)

    def failed_on(self, error: RunError) -> object:
        """The state that something failed on, one of :attr:`errors`. Raises InputError if it has none."""
        frame = None if error.step is None else self.step(error.step)
        if frame is not None and frame.end_seq == error.seq:
            return self.input(frame.index)
        event = next(iter(self.recording.at([error.seq])), None)
        if event is None:
            raise InputError("this error is not one of this recording")
        return self._index.state_in(event)

    @property
    def findings(self) -> list[GuardFinding]:
        """What the guard has found, in order."""
        from agentrec.recording.events.guard import GuardFinding

        return [it for it in self.records("guard") if isinstance(it, GuardFinding)]

    @property
    def limits(self) -> list[GuardLimit]:
        """The limits that the run has reached, in order."""
        from agentrec.recording.events.guard import GuardLimit

        return [it for it in self.records("guard") if isinstance(it, GuardLimit)]

    @property
    def transactions(self) -> list[MarkMoment]:
        """What was done in transactions, in order: marks whose ``transaction`` says what."""
        from agentrec.recording.events.mark import MarkMoment

        marks = (it for it in self.records("mark") if isinstance(it, MarkMoment))
        return [it for it in marks if it.transaction]

    def _error(self, event: Event) -> RunError:
        from agentrec.report.event_text import line

        data = event.data if isinstance(event.data, dict) else {}
        frame = self._index.frame_of(event.parent)
        error = data.get("error")
        error = error if isinstance(error, dict) else {}
        node = str(data.get("node") or data.get("name") or _PLACES.get(event.name, event.track))
        text = error_text(error) or str(line(event))
        t = happened(event) / NS_PER_SECOND
        return RunError(t, frame.index if frame else None, node, text, error, event.seq)

    # --- events ---------------------------------------------------------------------------------

    def events(
        self, layer: str | None = None, *, since: float = 0, until: float | None = None
    ) -> Iterator[Event]:
        """Events between two times in seconds: all, or those of a layer of LAYERS or a track."""
        tracks = None if layer is None else LAYERS.get(layer, (layer,))
        end = None if until is None else round(until * NS_PER_SECOND)
        return self.recording.events(round(since * NS_PER_SECOND), end, tracks)

    def records(self, layer: str | None = None) -> Iterator[EventRecord]:
        """The same as typed records, without events that this version does not know."""
        from agentrec.recording.events.record import EventRecord

        for event in self.events(layer):
            record = decode(event)
            if isinstance(record, EventRecord):
                yield record

    def replay(self, callback: Callable[[Event], object], *, layer: str | None = None) -> int:
        """Call ``callback`` with each event, in order; returns how many there were."""
        count = 0
        for event in self.events(layer):
            callback(event)
            count += 1
        return count

    # --- points ---------------------------------------------------------------------------------

    def time(self, point: Point) -> float:
        """A point in seconds: after a step (a whole number), a time, a mark. Raises InputError."""
        return self._time_ns(point) / NS_PER_SECOND

    def _time_ns(self, point: Point) -> int:
        if isinstance(point, int):
            frame = self.step(point)
            event = next(iter(self.recording.at([frame.end_seq])), None)
            return event.t if event else round(frame.end * NS_PER_SECOND)
        if isinstance(point, float):
            return round(point * NS_PER_SECOND)
        from agentrec.snapshots.lookup import labeled_time, named_time, recorded_snapshots

        found = named_time(self.recording, point)
        found = labeled_time(self.recording, point) if found is None else found
        for snapshot in recorded_snapshots(self.recording) if found is None else ():
            if point in (snapshot.id, snapshot.label):
                found = snapshot.t
        if found is None:
            raise InputError(f"{self.path} has no mark, snapshot or time {point}")
        return found

    def messages_at(self, point: Point) -> list[Message]:
        """What was said up to a point. Raises InputError for an unknown one."""
        from agentrec.sdk.read.conversation import messages_until

        return messages_until(self.recording, self._index, self._time_ns(point))

    def files_at(self, point: Point) -> RunFiles:
        """The files at a point. Raises InputError if there are no snapshots."""
        from agentrec.sdk.read.run_files import files_before

        return files_before(self.recording, self._time_ns(point), str(point), self._env)

    def screen_at(self, t: Point) -> str:
        """The terminal's text at a point, which is empty in a recording without a terminal."""
        from agentrec.terminal.seek.timeline import Timeline

        with Timeline(self.recording) as timeline:
            return timeline.screen_at(self._time_ns(t)).text()

    # --- going on -------------------------------------------------------------------------------

    def resume(
        self,
        fn: Callable[[object], object],
        *,
        from_: int = 0,
        overrides: Mapping[str, object] | None = None,
        mode: Mode | None = None,
        path: str | os.PathLike[str] | None = None,
        tags: Sequence[str] = (),
    ) -> Resumed:
        """Go on from before step ``from_`` with a changed state, in a new recording.

        See :func:`agentrec.sdk.resume.resume`. For an async ``fn`` use :meth:`aresume`.
        """
        from agentrec.sdk.resume import resume
        from agentrec.sdk.resume_point import FORK

        return resume(self, fn, from_, overrides or {}, mode or FORK, path, tags)

    async def aresume(
        self,
        fn: Callable[[object], object],
        *,
        from_: int = 0,
        overrides: Mapping[str, object] | None = None,
        mode: Mode | None = None,
        path: str | os.PathLike[str] | None = None,
        tags: Sequence[str] = (),
    ) -> Resumed:
        """:meth:`resume` for an async ``fn``."""
        from agentrec.sdk.resume import aresume
        from agentrec.sdk.resume_point import FORK

        return await aresume(self, fn, from_, overrides or {}, mode or FORK, path, tags)
