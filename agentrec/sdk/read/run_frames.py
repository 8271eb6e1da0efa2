"""The steps of a recording, found in one pass over its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.errors import InputError
from agentrec.recording.events.decode import decode
from agentrec.recording.events.llm import LlmCall
from agentrec.recording.events.step import (
    StepDone,
    StepEnd,
    StepError,
    StepRun,
    StepStart,
    StepState,
    same_error,
)
from agentrec.recording.markers import happened
from agentrec.sdk.failures import error_text
from agentrec.sdk.states.state_reader import StoredStates, rebuilt
from agentrec.times import NS_PER_MS, NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording

TRACKS = ("step", "llm")


class RunFrame:
    """A step of a run. Times in seconds since the recording's start.

    ``index`` is its place among all steps of the recording, in order of their starts; ``n`` its number
    in its own ``run``. ``parent`` is the index of the enclosing step. ``running``: it never ended.
    """

    __slots__ = (
        *("duration_ms", "error", "index", "input_at", "meta", "n", "node", "output_at", "parent"),
        *("run", "running", "seq", "served", "span", "t", "end_seq"),
    )

    def __init__(self, index: int, node: str, span: str, n: int, seq: int, t: float) -> None:
        self.index, self.node, self.span, self.n, self.seq, self.t = index, node, span, n, seq, t
        self.end_seq = seq
        self.run = span.rpartition(":")[0]
        self.parent: int | None = None
        self.duration_ms: float | None = None
        self.error: Mapping[str, object] | None = None
        self.meta: Mapping[str, object] = {}
        self.running, self.served = True, False
        # Where the states are: the number in the run's chain.
        self.input_at: int | None = None
        self.output_at: int | None = None

    @property
    def failed(self) -> bool:
        """Whether it ended with an error."""
        return self.error is not None

    @property
    def end(self) -> float:
        """When it ended, in seconds; its start if that is not known."""
        return self.t + (self.duration_ms or 0) / 1000

    @property
    def message(self) -> str:
        """The error in one line."""
        return error_text(self.error)

    def as_json(self) -> JsonObject:
        """As a JSON object, without its states."""
        return {
            "index": self.index,
            "n": self.n,
            "run": self.run,
            "node": self.node,
            "parent": self.parent,
            "t": self.t,
            "duration_ms": self.duration_ms,
            "error": self.message or None,
            "running": self.running,
            "served": self.served,
            "meta": dict(self.meta),
            "has_input": self.input_at is not None,
            "has_output": self.output_at is not None,
        }

    def __repr__(self) -> str:
        return f"RunFrame({self.index}, {self.node!r}{', failed' if self.failed else ''})"


class FrameIndex:
    """All frames of a recording, its runs, and where their states are."""

    def __init__(self, recording: Recording) -> None:
        self.frames: list[RunFrame] = []
        self.runs: dict[str, StepRun] = {}
        self.ends: dict[str, StepDone] = {}
        # Errors that are not those of a step: event, and the step that it was in, or None.
        self.errors: list[tuple[Event, int | None]] = []
        self._recording = recording
        self._by_span: dict[str, RunFrame] = {}
        self._chains: dict[tuple[str, str], StoredStates] = {}
        # Model calls with their prompts: seq, run, and number in the chain.
        self.prompts: list[tuple[int, str, int]] = []
        for event in recording.events(tracks=TRACKS):
            self._feed(event)

    def state(self, frame: RunFrame, which: str) -> object:
        """The state before (``input``) or after (``output``) a step. Raises InputError."""
        number = frame.input_at if which == "input" else frame.output_at
        assert number is not None
        return self.stored(frame.run, "state", number)

    def state_in(self, event: Event) -> object:
        """The state that an error which is not a step's has failed on. Raises InputError if it has none."""
        stored = event.data.get("input") if isinstance(event.data, dict) else None
        number = stored.get("i") if isinstance(stored, dict) else None
        chain = self._chains.get((_run_of(event), "state"))
        if type(number) is not int or chain is None:
            raise InputError("no state was recorded with this error")
        return self.stored(_run_of(event), "state", number)

    def stored(self, run: str, chain: str, number: int) -> object:
        """The value with a number in a chain of ``run``. Raises InputError."""
        needed = self._chains[run, chain].needed(number)
        events = {event.seq: event.data for event in self._recording.at({seq for seq, _ in needed})}
        found = []
        for seq, field in needed:
            data = events.get(seq)
            value = data.get(field) if isinstance(data, dict) else None
            found.append(value if isinstance(value, dict) else {})
        return rebuilt(found)

    def _is_told(self, done: StepDone) -> bool:
        """Whether a run failed with the error of one of its steps."""
        return any(same_error(done.error, frame.error) for frame in self.frames if frame.failed)

    def frame_of(self, span: str | None) -> RunFrame | None:
        """The step with a span."""
        return self._by_span.get(span or "")

    def _feed(self, event: Event) -> None:
        match decode(event):
            case StepRun() as run:
                self.runs[event.span or ""] = run
            case StepDone() as done:
                self.ends[event.span or ""] = done
                if done.error and not self._is_told(done):
                    self.errors.append((event, None))
            case StepStart() as start:
                frame = self._new(event, start.node, start.n)
                frame.meta = start.meta
                frame.input_at = self._note(event, start.input, "input")
            case StepEnd() as end:
                self._end(event, end)
            case StepError() as error:
                self._note(event, error.input, "input")
                parent = self.frame_of(event.parent)
                self.errors.append((event, parent.index if parent else None))
            case StepState() as point:
                self._note(event, point.state, "state")
            case LlmCall() as call:
                number = self._note(event, call.prompt, "prompt", "prompt")
                if number is not None:
                    self.prompts.append((event.seq, _run_of(event), number))

    def _new(self, event: Event, node: str, n: int | None) -> RunFrame:
        span = event.span or f"?:{event.seq}"
        index = len(self.frames)
        t = happened(event) / NS_PER_SECOND
        frame = RunFrame(index, node, span, index if n is None else n, event.seq, t)
        above = self._by_span.get(event.parent or "")
        frame.parent = above.index if above else None
        self.frames.append(frame)
        self._by_span[span] = frame
        return frame

    def _end(self, event: Event, end: StepEnd) -> None:
        frame = self._by_span.get(event.span or "")
        if frame is None:
            frame = self._new(event, end.node, end.n)
            frame.input_at = self._note(event, end.input, "input")
            frame.t = max(0.0, frame.t - (end.duration_ms or 0) / 1000)
        frame.output_at = self._note(event, end.output, "output")
        took = happened(event) / NS_PER_MS - frame.t * 1000
        frame.duration_ms = took if end.duration_ms is None else end.duration_ms
        frame.error = end.error or None
        frame.meta = {**frame.meta, **end.meta}
        frame.served, frame.running = bool(end.served), False
        frame.end_seq = event.seq

    def _note(
        self, event: Event, stored: Mapping[str, object], field: str, chain: str = "state"
    ) -> int | None:
        if not stored:
            return None
        chain_of = self._chains.setdefault((_run_of(event), chain), StoredStates())
        return chain_of.add(stored, event.seq, field)


def _run_of(event: Event) -> str:
    """The run that an event with a span belongs to."""
    span = event.span or event.parent or ""
    return span.rpartition(":")[0] or span
