"""Events and lines in, moments out: what a recording's timeline is about. No input or output here.

Moments come from the agent's own events (tools, messages, states), from commands that shells mark,
and from lines of rendered text. Whatever happened once is one moment: a milestone stands for its
command, the result of a tool does not count again when the screen shows it, and the parts of a test
run are one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.moments.line_rules import MAX_LABEL_CHARS, Milestone, MilestoneCollector
from agentrec.moments.osc7501 import SOURCE, AgentStateParser
from agentrec.moments.rule_table import (
    FAILED,
    OK,
    PASSED,
    PRODUCER,
    WAITING,
    command_kind,
    rule_table,
)
from agentrec.moments.shell_commands import CommandTracker
from agentrec.recording.events.agent import USER, AgentLifecycle, AgentMessage
from agentrec.recording.events.decode import decode
from agentrec.recording.events.record import EventRecord
from agentrec.recording.events.sys import SysProcess
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.markers import happened
from agentrec.report.event_text import tool_line
from agentrec.text import shorten
from agentrec.times import NS_PER_MS, NS_PER_SECOND

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.moments.osc7501 import AgentWait
    from agentrec.moments.shell_commands import ShellCommand
    from agentrec.recording.events import Event

# A line may be seen this much later than it was written.
LATE_NS = NS_PER_SECOND // 2
# The same from two sources (screen, tool) within this time is one moment.
SAME_NS = 90 * NS_PER_SECOND
# The same from one source, in one command, within this time is a repaint.
REPAINT_NS = 10 * NS_PER_SECOND
# The same state of an agent within this time is a retry.
REPEAT_NS = 30 * NS_PER_SECOND
# A process becomes a moment after this time, if no milestone stands for it by then.
PROCESS_WAIT_NS = 5 * NS_PER_SECOND
_MAX_RECENT_MOMENTS = 500
_MAX_OPEN_CALLS = 1000
_MAX_RESULT_LINES = 3000

# States of an agent that are moments: label, kind, status.
STATES = {
    "waiting_permission": ("waits for permission", "permission", WAITING),
    "waiting_user": ("waits for an answer", "question", WAITING),
    "idle": ("agent is done", "finished", OK),
    "finished": ("agent has ended", "ended", OK),
    "interrupted": ("interrupted", "interrupted", FAILED),
    "compacted": ("conversation compacted", "compacted", OK),
    "rewound": ("conversation rewound", "rewound", OK),
    "mode": ("permission mode", "mode", OK),
    "error": ("agent error", "error", FAILED),
}
# Agents report these in events of their own: they are not looked for on their screens.
_AGENT_KINDS = frozenset({"permission", "error", "limit"})
_LIMIT = re.compile(r"\b(?:429|529|rate.?limit|usage limit|overloaded|quota)\b", re.IGNORECASE)


class Moment(NamedTuple):
    """A point worth jumping to, at ``t`` (ns): what it is about, and how it ended."""

    t: int
    label: str
    rule: str
    kind: str
    status: str
    counts: dict[str, int] | None = None
    span: str | None = None

    def as_data(self) -> JsonObject:
        """The data of its mark/moment event."""
        data: JsonObject = {
            "label": self.label,
            "source": "auto",
            "at_ns": self.t,
            "rule": self.rule,
            "kind": self.kind,
            "status": self.status,
            "producer": PRODUCER,
        }
        return data | {"counts": self.counts} if self.counts else data


class _EndedProcess(NamedTuple):
    """A process that may be worth a moment."""

    kind: str
    text: str
    began: int
    ended: int
    succeeded: bool


class _OpenCall(NamedTuple):
    """A tool call that has not returned."""

    event: Event
    record: ToolCall


class MomentDetector:
    """Feed events and the lines of the screen in order of time; ``settle`` now and then; take moments.

    Rendering is up to the caller, see :mod:`agentrec.moments.recording_moments`. The caller also takes
    ``commands``, which have ended, and ``waits``, which an agent has reported to its terminal.
    """

    def __init__(self) -> None:
        self.commands: list[ShellCommand] = []
        self.waits: list[AgentWait] = []
        self._state_parser = AgentStateParser()
        self._moments: list[Moment] = []
        self._recent: list[Moment] = []  # also those that were taken
        self._tracker = CommandTracker()
        self._milestones = MilestoneCollector()
        self._ended: list[ShellCommand] = []
        self._processes: list[_EndedProcess] = []
        # rule, label -> when it was seen last, by which source, in which command
        self._last_seen: dict[tuple[str, str], tuple[int, str, str | None]] = {}
        self._calls: dict[str, _OpenCall] = {}
        self._has_agent_events = False
        self._has_waits = False  # the agent reports to its terminal when it waits

    @property
    def marks(self) -> int:
        """How many marks of shells have come so far."""
        return self._tracker.marks

    def take(self) -> list[Moment]:
        """The moments since the last call."""
        taken, self._moments = self._moments, []
        return taken

    def event(self, event: Event) -> None:
        """Take any event of the recording."""
        if isinstance(event.data, bytes):
            if event.kind == "output":
                self._output(event.t, event.data)
            return
        match decode(event):
            case EventRecord() as record if event.track == "agent":
                self._agent_event(event, record)
            case ToolCall() as call:
                if event.span and len(self._calls) < _MAX_OPEN_CALLS:
                    self._calls[event.span] = _OpenCall(event, call)
            case ToolResult() as result:
                self._tool_result(event, result)
            case SysProcess() as process:
                self._process_ended(event, process)

    def _output(self, t: int, data: bytes) -> None:
        # Nearly all output has no OSC in it, and looking for one is much faster than parsing.
        if b"\x1b]" not in data and data[-1:] != b"\x1b" and not self._is_within_sequence:
            self._tracker.echo(data)
            return
        self._ended += self._tracker.feed(t, data)
        self._parse_waits(t, data)

    @property
    def _is_within_sequence(self) -> bool:
        return self._tracker.is_within_sequence or self._state_parser.is_within_sequence

    def line(self, t: int, text: str) -> None:
        """Take a line of the screen, first seen at ``t``."""
        self._milestones.line(t, text)

    def settle(self, t: int) -> None:
        """Every line that was shown before ``t`` has been handed over."""
        ended, self._ended = self._ended, []
        for command in ended:
            self._add_milestones(self._milestones.take(command.ended + LATE_NS), command.span)
            self._command_ended(command)
        self._add_milestones(self._milestones.settled(t), self._tracker.running)
        due = [process for process in self._processes if t - process.ended >= PROCESS_WAIT_NS]
        self._processes = [p for p in self._processes if t - p.ended < PROCESS_WAIT_NS]
        self._add_processes(due)

    def finish(self, t: int) -> None:
        """The recording has ended at ``t``."""
        self._ended += self._tracker.finish(t)
        self.settle(t)
        self._add_milestones(self._milestones.take(t + PROCESS_WAIT_NS), self._tracker.running)
        self._add_processes(self._processes)
        self._processes = []
        for call in self._calls.values():
            self._add_call(call, "unfinished")
        self._calls.clear()

    # --- adding moments -------------------------------------------------------------------------

    def _add(
        self,
        t: int,
        label: str,
        rule: str,
        kind: str,
        status: str,
        *,
        counts: dict[str, int] | None = None,
        span: str | None = None,
    ) -> None:
        label = shorten(label, MAX_LABEL_CHARS)
        moment = Moment(t, label, rule, kind, status, counts, span)
        self._moments.append(moment)
        self._recent = [*self._recent[-_MAX_RECENT_MOMENTS:], moment]

    def _between(self, began: int, ended: int, kind: str = "") -> list[Moment]:
        """Milestones from ``began`` to ``ended``, of one kind or of all that commands have."""
        kinds = (kind,) if kind else rule_table().commands
        return [m for m in self._recent if began <= m.t <= ended and m.kind in kinds]

    def _add_milestones(self, milestones: list[Milestone], span: str | None) -> None:
        """Add what the screen shows, except what the agent reports itself."""
        for milestone in milestones:
            reported = self._has_agent_events and milestone.kind in _AGENT_KINDS
            if not reported and not (self._has_waits and milestone.kind == "permission"):
                self._add_milestone(milestone, "screen", span)

    def _add_milestone(self, milestone: Milestone, source: str, span: str | None) -> None:
        """Add what ``source`` (screen or tool) shows, unless it is a repetition."""
        t, rule, label = milestone.t, milestone.rule, milestone.label
        last_t, last_source, last_span = self._last_seen.get(
            (rule, label), (-SAME_NS, source, span)
        )
        if last_source != source and abs(t - last_t) < SAME_NS:
            return
        if (last_source, last_span) == (source, span) and abs(t - last_t) < REPAINT_NS:
            self._last_seen[rule, label] = (max(t, last_t), source, span)
            return
        if any((moment.t, moment.rule) == (t, rule) for moment in self._recent[-50:]):
            return  # the line has changed since it became a moment
        if len(self._last_seen) > _MAX_RECENT_MOMENTS:
            self._last_seen.clear()
        self._last_seen[rule, label] = (t, source, span)
        counts = milestone.counts or None
        self._add(t, label, rule, milestone.kind, milestone.status, counts=counts, span=span)

    # --- commands and processes -----------------------------------------------------------------

    def _command_ended(self, command: ShellCommand) -> None:
        self.commands.append(command)
        text, code, span = command.text, command.exit, command.span
        kind = command_kind(text)
        shown = self._between(command.began, command.ended + LATE_NS)
        if kind and code is not None and not any(moment.kind == kind for moment in shown):
            self._add_command(kind, text, command.ended, succeeded=code == 0, span=span)
            return
        if code is None or (shown and (shown[-1].status in (OK, PASSED)) == (code == 0)):
            return  # the milestone says how the command ended
        label = (text or "a command") + (f" (exit {code})" if code else "")
        self._add(command.ended, label, "command", "command", FAILED if code else OK, span=span)

    def _add_command(
        self, kind: str, text: str, t: int, *, succeeded: bool, span: str | None
    ) -> None:
        rule = rule_table().commands[kind]
        label = f"{rule.done if succeeded else rule.failed} ({shorten(text, 80)})"
        success = PASSED if kind == "tests" else OK
        self._add(t, label, f"command {kind}", kind, success if succeeded else FAILED, span=span)

    def _process_ended(self, event: Event, process: SysProcess) -> None:
        if process.exit is None:
            return
        text = " ".join(process.argv)[:1000]
        kind = command_kind(text)
        if kind:
            began = event.t - round((process.duration_ms or 0) * NS_PER_MS)
            ended = _EndedProcess(kind, text, began, event.t, process.exit == 0)
            self._processes = [*self._processes[-_MAX_RECENT_MOMENTS:], ended]

    def _add_processes(self, due: list[_EndedProcess]) -> None:
        """Of the processes that no milestone stands for, add the outermost."""
        for process in due:
            nested = any(
                other.kind == process.kind
                and other.began <= process.began
                and process.ended < other.ended
                for other in (*self._processes, *due)
            )
            began, ended = process.began - LATE_NS, process.ended + PROCESS_WAIT_NS
            if not nested and not self._between(began, ended, process.kind):
                succeeded = process.succeeded
                self._add_command(
                    process.kind, process.text, process.ended, succeeded=succeeded, span=None
                )

    # --- the agent ------------------------------------------------------------------------------

    def _agent_event(self, event: Event, record: EventRecord) -> None:
        if isinstance(record, AgentLifecycle) and record.source == SOURCE:
            return  # it became a moment when the terminal got it
        self._has_agent_events = True
        match record:
            case AgentMessage(role="user", text=text) if event.actor in (None, USER):
                if text.strip():
                    # Messages are recorded late, when more may be on the screen. What an agent does is
                    # drawn after its event: other events keep their time.
                    self._add(happened(event), f"you: {text}", "message", "message", OK)
            case AgentLifecycle(state=state, text=text) if state in STATES:
                label, kind, status = STATES[state]
                if kind == "error" and _LIMIT.search(text):
                    label, kind = "rate limit", "limit"
                subject = text or record.tool
                self._add_state(event, f"{label}: {subject}" if subject else label, kind, status)

    def _parse_waits(self, t: int, data: bytes) -> None:
        for wait in self._state_parser.feed(t, data):
            self._has_waits = True
            label, kind, status = STATES[wait.state]
            self._add(t, label, "agent", kind, status)
            self.waits.append(wait)

    def _add_state(self, event: Event, label: str, kind: str, status: str) -> None:
        label = shorten(label, MAX_LABEL_CHARS)
        repeated = any(m.label == label and event.t - m.t < REPEAT_NS for m in self._recent[-20:])
        if not repeated or status == OK:
            self._add(event.t, label, "agent", kind, status)

    def _tool_result(self, event: Event, result: ToolResult) -> None:
        call = self._calls.pop(event.span or "", None)
        began = call.event.t if call else event.t
        if call:
            self._add_call(call, FAILED if result.failed else OK)
        self._add_result_milestones(event, result.output)
        command = _command_line(call.record) if call else ""
        kind = command_kind(command)
        if kind and not self._between(began, event.t + LATE_NS, kind):
            succeeded = not result.failed
            self._add_command(kind, command, event.t, succeeded=succeeded, span=event.span)

    def _add_result_milestones(self, event: Event, output: object) -> None:
        milestones = MilestoneCollector()
        for line in (output if isinstance(output, str) else "").splitlines()[-_MAX_RESULT_LINES:]:
            milestones.line(event.t, line)
        for milestone in milestones.take(event.t):
            if milestone.kind not in _AGENT_KINDS:
                self._add_milestone(milestone, "tool", event.span)

    def _add_call(self, call: _OpenCall, status: str) -> None:
        event, record = call
        self._add(event.t, str(tool_line(record)), "tool", "tool", status, span=event.span)


def _command_line(call: ToolCall) -> str:
    """The command line that a tool call runs; empty when it runs none."""
    arguments = call.input
    if not isinstance(arguments, dict):
        return ""
    command = arguments.get("command", arguments.get("cmd", ""))
    return " ".join(map(str, command)) if isinstance(command, list) else str(command)
