"""What a resumed run takes from its parent's recording instead of running it."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from agentrec.recording.events.decode import decode
from agentrec.recording.events.llm import LlmCall
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.redact.json_redaction import redact_json
from agentrec.sdk import current
from agentrec.sdk.failures import ResumeError
from agentrec.sdk.overrides import overridden
from agentrec.sdk.read.state_diff import state_diff
from agentrec.sdk.run_protocols import MODEL, TOOL, Result
from agentrec.sdk.states.plain_json import JsonText, holes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.sdk.read.run_frames import RunFrame
    from agentrec.sdk.run_protocols import OpenStep, RecordedRun, RunRecorder


class Served:
    """What is served, and how much: :attr:`ran` and :attr:`served` count steps and calls.

    This one serves nothing: everything runs.
    """

    def __init__(self) -> None:
        self.ran = self.served = 0

    def step(self, recorder: RunRecorder, name: str, state: object) -> Result | None:  # noqa: ARG002
        """The result of a decorated function called with ``state``; None if it has to run."""
        self.ran += 1
        return None

    def entered(self, step: OpenStep) -> None:
        """The function that :meth:`step` was last asked about runs as ``step``."""

    def check_unwrapped(self, name: str) -> None:  # noqa: ARG002
        """A block begins, or a step was recorded. Raises ResumeError if it had to be served."""
        self.ran += 1

    def call(self, kind: str, name: str, args: object) -> Result | None:  # noqa: ARG002
        """The result of a call of a model or a tool; None if it has to run."""
        self.ran += 1
        return None

    def check_end(self) -> None:
        """The run has ended. Raises ResumeError if it did not get as far as it had to."""


class ServedSteps(Served):
    """REPLAY: recorded results for steps before ``from_``, which are verified; then everything runs."""

    def __init__(self, run: RecordedRun, from_: int, overrides: Mapping[str, object]) -> None:
        super().__init__()
        self._run, self._from, self._overrides = run, from_, overrides
        self._text = JsonText()
        self._live = from_ == 0 and not overrides
        self._waiting: dict[tuple[int | None, str], deque[RunFrame]] = defaultdict(deque)
        for frame in run.frames:
            self._waiting[frame.parent, frame.node].append(frame)
        self._above = _ancestors(run, from_)
        # Recorded steps that run, by the span they have now.
        self._running: dict[str, int] = {}
        self._entering: RunFrame | None = None

    def step(self, recorder: RunRecorder, name: str, state: object) -> Result | None:
        if self._live:
            return super().step(recorder, name, state)
        frame = self._next(recorder, name)
        if frame.index == self._from:
            self._live = True
            self._change(state)
            return super().step(recorder, name, state)
        if frame.index in self._above:
            self._entering = frame
            return super().step(recorder, name, state)
        if frame.index > self._from:  # beside the one it starts from, in parallel
            return super().step(recorder, name, state)
        self._verify(frame, state)
        return self._serve(recorder, frame, state)

    def entered(self, step: OpenStep) -> None:
        if self._entering is not None:
            self._running[step.span] = self._entering.index
            self._entering = None

    def check_unwrapped(self, name: str) -> None:
        if not self._live:
            raise ResumeError(
                f"step {name!r} cannot be served from the recording: it is not a decorated function",
                "decorate the function with @r.step, or resume with mode=FORK",
            )
        super().check_unwrapped(name)

    def check_end(self) -> None:
        if not self._live:
            raise ResumeError(
                f"the run ended before step {self._from} ({self._run.step(self._from).node})",
                "it is not the same program, or it took another path",
            )

    def _next(self, recorder: RunRecorder, name: str) -> RunFrame:
        span = current.enclosing_span(recorder)
        parent = self._running.get(span) if span else None
        waiting = self._waiting.get((parent, name))
        if waiting:
            return waiting.popleft()
        ahead = [q[0] for (above, _), q in self._waiting.items() if above == parent and q]
        due = min(ahead, key=lambda frame: frame.index, default=None)
        expected = f"step {due.index} ({due.node})" if due else "no further step"
        raise ResumeError(
            f"the run differs from the recording: {name!r} runs, where the recording has {expected}"
        )

    def _change(self, state: object) -> None:
        """Apply the overrides to the argument of the step that the run goes on from."""
        if not self._overrides:
            return
        if not isinstance(state, dict):
            raise ResumeError(
                f"step {self._from} has no single object as its argument: overrides cannot be applied",
                "resume with mode=FORK",
            )
        plain = json.loads(self._text.of(state))
        changed = overridden(plain, self._overrides)
        assert isinstance(changed, dict)
        for name in plain.keys() - changed.keys():
            del state[name]
        # Values that were not changed stay the program's own.
        state.update(
            {
                name: value
                for name, value in changed.items()
                if name not in plain or value is not plain[name]
            }
        )

    def _verify(self, frame: RunFrame, state: object) -> None:
        if frame.input_at is None:
            return
        recorded = self._run.input(frame.index)
        now, _ = redact_json(json.loads(self._text.of(state)))
        if diff := state_diff(recorded, now):
            change = (diff.modified + diff.added + diff.removed)[0]
            raise ResumeError(
                f"step {frame.index} ({frame.node}) got other input than in the recording: {change.path}"
            )

    def _serve(self, recorder: RunRecorder, frame: RunFrame, state: object) -> Result:
        if frame.running:
            raise ResumeError(f"step {frame.index} ({frame.node}) did not end in the recording")
        value = None if frame.output_at is None else self._run.output(frame.index)
        if frame.error is None and (left := holes(value)):
            raise ResumeError(
                f"the result of step {frame.index} ({frame.node}) was not recorded whole: {left[0].path}"
            )
        self.served += 1
        parent = current.enclosing_span(recorder)
        step = recorder.start(frame.node, state, parent=parent)
        recorder.finish(step, value, error=frame.message or None, served=True)
        in_place, returns = (bool(frame.meta.get(key)) for key in ("in_place", "returns_argument"))
        return Result(value, frame.error, in_place, returns)


class ServedCalls(Served):
    """MOCK: recorded results of model and tool calls that match by name and arguments; the rest runs."""

    def __init__(self, run: RecordedRun, from_: int) -> None:
        super().__init__()
        self._text = JsonText()
        self._waiting: dict[str, deque[Result]] = defaultdict(deque)
        first = run.step(from_).seq if run.frames else 0
        later: list[tuple[str, Result]] = []
        earlier: list[tuple[str, Result]] = []
        for seq, key, result in _recorded_calls(run):
            (later if seq >= first else earlier).append((key, result))
        for key, result in later + earlier:
            self._waiting[key].append(result)

    def call(self, kind: str, name: str, args: object) -> Result | None:
        plain, _ = redact_json(json.loads(self._text.of(args)))
        waiting = self._waiting.get(_key(kind, name, plain))
        if not waiting:
            return super().call(kind, name, args)
        self.served += 1
        return waiting.popleft()


def _ancestors(run: RecordedRun, n: int) -> set[int]:
    """The steps that step ``n`` is inside of."""
    found: set[int] = set()
    parent = run.step(n).parent if run.frames else None
    while parent is not None and parent not in found:
        found.add(parent)
        parent = run.frames[parent].parent
    return found


def _recorded_calls(run: RecordedRun) -> list[tuple[int, str, Result]]:
    """Seq, key and result of each call, in order of their calls."""
    calls: list[tuple[int, str, Result]] = []
    open_calls: dict[str, tuple[int, str]] = {}
    prompts = run.prompts()
    for event in run.recording.events(tracks=("llm", "tool")):
        span = event.span or ""
        match decode(event):
            case LlmCall() as call if call.source == "sdk":
                key = _key(MODEL, call.node or call.model, prompts.get(event.seq))
                calls.append((event.seq, key, Result(call.response, call.error or None)))
            case ToolCall() as tool:
                open_calls[span] = (event.seq, _key(TOOL, tool.name, tool.input))
            case ToolResult() as done if span in open_calls:
                seq, key = open_calls.pop(span)
                error = done.error if isinstance(done.error, dict) else None
                calls.append((seq, key, Result(done.output, error)))
    return sorted(calls, key=lambda found: found[0])


def _key(kind: str, name: str, args: object) -> str:
    return f"{kind} {name} {json.dumps(args, sort_keys=True)}"
