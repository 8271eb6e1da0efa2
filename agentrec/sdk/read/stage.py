"""What is shown of a recording that has no terminal: the steps of a run, or what was said and done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError
from agentrec.recording.events.decode import is_failure
from agentrec.recording.markers import happened
from agentrec.report.event_text import line
from agentrec.sdk.read.graph import depth_of
from agentrec.sdk.read.state_diff import state_diff
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.sdk.read.run import Run, RunError
    from agentrec.sdk.read.run_frames import RunFrame
    from agentrec.sdk.read.state_diff import StateDiff

_TALK = ("agent", "llm", "tool")
_SHOWN = {("agent", "message"), ("tool", "call"), ("tool", "result"), ("llm", "call")}
MAX_LINES = 20_000


class StageRow(NamedTuple):
    """A row of the list: ``t`` in seconds, ``step`` its number, or the ``seq`` of the event it stands for.

    ``role`` is how it looks: text, error, dim, agent, llm or tool.
    """

    t: float
    label: str
    role: str
    depth: int
    step: int | None
    seq: int


def has_stage(recording: Recording) -> bool:
    """Whether nothing was drawn in a terminal, but there are steps or a conversation."""
    counts = recording.index.counts
    drawn = counts.get("term/output", 0)
    return not drawn and any(name.split("/")[0] in ("step", *_TALK) for name in counts)


def stage_rows(run: Run) -> list[StageRow]:
    """The steps of a run and its errors; of a recording without steps, messages and calls."""
    if run.steps:
        rows = [_step_row(run, frame) for frame in run.steps]
        rows += [_error_row(run, error) for error in run.other_errors]
        return sorted(rows, key=lambda row: row.seq)
    events = run.recording.events(tracks=_TALK)
    return [_event_row(event) for event in events if event.name in _SHOWN]


def _step_row(run: Run, frame: RunFrame) -> StageRow:
    how = "  served" if frame.served else "  running" if frame.running else ""
    why = f"  {frame.message}" if frame.failed else ""
    role = "error" if frame.failed else "dim" if frame.served else "text"
    depth = depth_of(run.steps, frame)
    return StageRow(frame.t, f"{frame.node}{how}{why}", role, depth, frame.index, frame.seq)


def _error_row(run: Run, error: RunError) -> StageRow:
    depth = 0 if error.step is None else depth_of(run.steps, run.step(error.step)) + 1
    return StageRow(error.t, f"{error.node}  {error.text}", "error", depth, None, error.seq)


def _event_row(event: Event) -> StageRow:
    role = "error" if is_failure(event) else event.track
    return StageRow(happened(event) / NS_PER_SECOND, str(line(event)), role, 0, None, event.seq)


def row_text(run: Run, row: StageRow) -> list[str]:
    """What a row stands for: the state after the step, or all of a message or call."""
    if row.step is None:
        failed = next((error for error in run.other_errors if error.seq == row.seq), None)
        if failed is not None:
            return _with_state(failed.text, failed.error, lambda: run.failed_on(failed))
        event = next(iter(run.recording.at([row.seq])), None)
        return _event_text(event) if event else []
    number, frame = row.step, run.step(row.step)
    return _with_state(frame.message, frame.error, lambda: run.state(number))


def _with_state(
    message: str, error: Mapping[str, object] | None, state: Callable[[], object]
) -> list[str]:
    lines = []
    if error is not None:
        lines += [message, *str(error.get("traceback") or "").splitlines(), ""]
    try:
        lines += json.dumps(state(), indent=2, ensure_ascii=False).splitlines()
    except AgentrecError as unreadable:
        lines.append(str(unreadable))
    return lines[:MAX_LINES]


def _event_text(event: Event) -> list[str]:
    data = event.data if isinstance(event.data, dict) else {}
    text = data.get("text")
    if isinstance(text, str):
        return text.splitlines()
    return json.dumps(data, indent=2, ensure_ascii=False).splitlines()[:MAX_LINES]


def row_diff(run: Run, row: StageRow) -> list[str]:
    """What differs from the row before: the states after two steps, of the first one before and after it."""
    if row.step is None:
        what = "an error" if run.steps else "a message"
        return [f"{what} has no state to compare"]
    try:
        diff = run.diff(row.step - 1, row.step) if row.step else run.diff(0)
    except AgentrecError:
        try:
            diff = state_diff({}, run.state(row.step))
        except AgentrecError as error:
            return [str(error)]
    return list(_diff_lines(diff)) or ["no difference"]


def _diff_lines(diff: StateDiff) -> Iterator[str]:
    for path, old, new in diff.modified:
        yield f"@ {path}"
        yield from _value_lines("-", old)
        yield from _value_lines("+", new)
    for path, _, new in diff.added:
        yield f"@ {path}"
        yield from _value_lines("+", new)
    for path, old, _ in diff.removed:
        yield f"@ {path}"
        yield from _value_lines("-", old)


def _value_lines(sign: str, value: object) -> Iterator[str]:
    for text in json.dumps(value, indent=2, ensure_ascii=False).splitlines()[:200]:
        yield f"{sign} {text}"
