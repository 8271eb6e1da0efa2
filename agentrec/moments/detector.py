"""Events and lines in, moments out: what a recording's timeline is about, without input or output.

Moments come from the agent's own events (tools, messages, states), from commands that shells mark,
and from lines of rendered text. One thing that happened is one moment: a milestone stands for its
command, what a tool returned is not told again when the screen shows it, and the parts of a test
run are one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.moments.labels import of_call, one_line
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
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from agentrec.moments.osc7501 import AgentWait
    from agentrec.moments.shell_commands import ShellCommand
    from agentrec.recording.events import Event

LATE_NS = NS_PER_SECOND // 2  # so much later than it was written a line may be seen
SAME_NS = 90 * NS_PER_SECOND  # what two witnesses say in such a time is one thing
REPAINT_NS = (
    10 * NS_PER_SECOND
)  # what one witness says again so soon, in one command, was painted anew
REPEAT_NS = 30 * NS_PER_SECOND  # what an agent says again in such a time is no news: it tries again
PROCESS_WAIT_NS = 5 * NS_PER_SECOND  # until what a process did is told, if nobody told better
_REMEMBERED = 500  # moments
_OPEN_CALLS = 1000
_LINES = 3000  # of what a tool returned

# States of an agent that are moments: label, kind, status.
STATES = {
    "waiting_permission": ("waits for permission", "permission", WAITING),
    "waiting_user": ("waits for an answer", "question", WAITING),
    "idle": ("agent is done", "finished", OK),
    "finished": ("agent has ended", "ended", OK),
    "interrupted": ("interrupted", "interrupted", FAILED),
    "compacted": ("conversation compacted", "compacted", OK),
    "error": ("agent error", "error", FAILED),
}
# What agents tell themselves is not looked for on their screens.
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

    def as_data(self) -> dict[str, Any]:
        """The data of its mark/moment event."""
        data = {
            "label": self.label,
            "source": "auto",
            "at_ns": self.t,
            "rule": self.rule,
            "kind": self.kind,
            "status": self.status,
            "producer": PRODUCER,
        }
        return data | {"counts": self.counts} if self.counts else data


class _Ended(NamedTuple):
    """A process that may be worth a moment."""

    kind: str
    text: str
    began: int
    ended: int
    good: bool


class MomentDetector:
    """Feed events and the lines of the screen in order of time; ``settle`` now and then; take moments.

    Rendering is the caller's, see :mod:`agentrec.moments.recording_moments`. ``commands`` are those that have
    ended, ``waits`` what an agent told its terminal, for the caller to take.
    """

    def __init__(self) -> None:
        self.commands: list[ShellCommand] = []
        self.waits: list[AgentWait] = []
        self._states = AgentStateParser()
        self._moments: list[Moment] = []
        self._told: list[Moment] = []  # the last ones, also when they were taken
        self._marks = CommandTracker()
        self._milestones = MilestoneCollector()
        self._ended: list[ShellCommand] = []
        self._processes: list[_Ended] = []
        # rule, label -> when, who, in which command
        self._witness: dict[tuple[str, str], tuple[int, str, str | None]] = {}
        self._calls: dict[str, Event] = {}
        self._agent = False
        self._asks = False  # the agent tells its terminal when it asks

    @property
    def marks(self) -> int:
        """How many marks of shells have come."""
        return self._marks.marks

    def take(self) -> list[Moment]:
        """The moments since the last time."""
        taken, self._moments = self._moments, []
        return taken

    def event(self, event: Event) -> None:
        """Any event of the recording."""
        data = event.data
        if event.name == ("agent", "message") and isinstance(data, dict):
            # What was said is told late, when more may be on the screen. What an agent has done is
            # drawn after its time, when it is told.
            was = data.get("at_ns")
            event = event._replace(t=was) if type(was) is int and 0 <= was < event.t else event
        if isinstance(data, bytes):
            if event.kind == "output":
                self._ended += self._marks.feed(event.t, data)
                self._waits(event.t, data)
        elif event.track == "agent":
            self._agent_said(event, data)
        elif event.name == ("tool", "call"):
            if event.span and len(self._calls) < _OPEN_CALLS:
                self._calls[event.span] = event
        elif event.name == ("tool", "result"):
            self._tool_returned(event, data)
        elif event.name == ("sys", "process"):
            self._process_ended(event, data)

    def line(self, t: int, text: str) -> None:
        """A line of the screen, first seen at ``t``."""
        self._milestones.line(t, text)

    def settle(self, t: int) -> None:
        """Every line that was shown before ``t`` has been handed over."""
        ended, self._ended = self._ended, []
        for command in ended:
            self._tell_all(self._milestones.take(command.ended + LATE_NS), command.span)
            self._command_ended(command)
        self._tell_all(self._milestones.settled(t), self._marks.running)
        due = [it for it in self._processes if t - it.ended >= PROCESS_WAIT_NS]
        self._processes = [it for it in self._processes if t - it.ended < PROCESS_WAIT_NS]
        self._tell_processes(due)

    def finish(self, t: int) -> None:
        """The recording has ended at ``t``."""
        self._ended += self._marks.finish(t)
        self.settle(t)
        self._tell_all(self._milestones.take(t + PROCESS_WAIT_NS), self._marks.running)
        self._tell_processes(self._processes)
        self._processes = []
        for call in self._calls.values():
            self._tool(call, "unfinished")
        self._calls.clear()

    # --- telling --------------------------------------------------------------------------------

    def _add(self, t: int, label: str, rule: str, kind: str, status: str, **more: Any) -> None:
        moment = Moment(t, one_line(label, MAX_LABEL_CHARS), rule, kind, status, **more)
        self._moments.append(moment)
        self._told = [*self._told[-_REMEMBERED:], moment]

    def _between(self, began: int, ended: int, kind: str = "") -> list[Moment]:
        """Milestones in such a time, of such a kind."""
        return [
            it
            for it in self._told
            if began <= it.t <= ended and it.kind in ((kind,) if kind else rule_table().commands)
        ]

    def _tell_all(self, found: list[Milestone], span: str | None) -> None:
        for milestone in found:
            known = self._agent and milestone.kind in _AGENT_KINDS
            if not known and not (self._asks and milestone.kind == "permission"):
                self._tell(milestone, "screen", span)

    def _tell(self, it: Milestone, witness: str, span: str | None) -> None:
        key = (it.rule, it.label)
        t, who, where = self._witness.get(key, (-SAME_NS, witness, span))
        if who != witness and abs(it.t - t) < SAME_NS:
            return
        if (who, where) == (witness, span) and abs(it.t - t) < REPAINT_NS:
            self._witness[key] = (max(it.t, t), witness, span)
            return
        if any((m.t, m.rule) == (it.t, it.rule) for m in self._told[-50:]):
            return  # the line has changed since it was told
        if len(self._witness) > _REMEMBERED:
            self._witness.clear()
        self._witness[key] = (it.t, witness, span)
        self._add(it.t, it.label, it.rule, it.kind, it.status, counts=it.counts or None, span=span)

    # --- commands and processes -----------------------------------------------------------------

    def _command_ended(self, command: ShellCommand) -> None:
        self.commands.append(command)
        text, code = command.text, command.exit
        kind = command_kind(text)
        told = self._between(command.began, command.ended + LATE_NS)
        if kind and code is not None and not any(it.kind == kind for it in told):
            self._done(kind, text, command.ended, good=code == 0, span=command.span)
            return
        if code is None or (told and (told[-1].status in (OK, PASSED)) == (code == 0)):
            return  # it says how the command ended
        label = (text or "a command") + (f" (exit {code})" if code else "")
        status = FAILED if code else OK
        self._add(command.ended, label, "command", "command", status, span=command.span)

    def _done(self, kind: str, text: str, t: int, *, good: bool, span: str | None) -> None:
        rule = rule_table().commands[kind]
        label = f"{rule.done if good else rule.failed} ({one_line(text, 80)})"
        status = (PASSED if kind == "tests" else OK) if good else FAILED
        self._add(t, label, f"command {kind}", kind, status, span=span)

    def _process_ended(self, event: Event, data: dict[str, Any]) -> None:
        argv, code = data.get("argv"), data.get("exit")
        if not isinstance(argv, list) or type(code) is not int:
            return
        text = " ".join(map(str, argv))[:1000]
        kind = command_kind(text)
        if kind:
            took = int(float(data.get("duration_ms") or 0) * 1_000_000)
            it = _Ended(kind, text, event.t - took, event.t, code == 0)
            self._processes = [*self._processes[-_REMEMBERED:], it]

    def _tell_processes(self, due: list[_Ended]) -> None:
        """Of those that nobody told better, the outermost."""
        for it in due:
            around = any(
                other.kind == it.kind and other.began <= it.began and it.ended < other.ended
                for other in (*self._processes, *due)
            )
            told = self._between(it.began - LATE_NS, it.ended + PROCESS_WAIT_NS, it.kind)
            if not around and not told:
                self._done(it.kind, it.text, it.ended, good=it.good, span=None)

    # --- the agent ------------------------------------------------------------------------------

    def _agent_said(self, event: Event, data: dict[str, Any]) -> None:
        if data.get("source") == SOURCE:
            return  # it was told when the terminal was told
        self._agent = True
        text = str(data.get("text") or "")
        if event.kind == "message":
            if data.get("role") == "user" and event.actor in (None, "user") and text.strip():
                self._add(event.t, f"you: {text}", "message", "message", OK)
        elif event.kind == "lifecycle" and data.get("state") in STATES:
            label, kind, status = STATES[data["state"]]
            if kind == "error" and _LIMIT.search(text):
                label, kind = "rate limit", "limit"
            what = text or str(data.get("tool") or "")
            label = f"{label}: {what}" if what else label
            self._state(event, label, kind, status)

    def _waits(self, t: int, data: bytes) -> None:
        for wait in self._states.feed(t, data):
            self._asks = True
            label, kind, status = STATES[wait.state]
            self._add(t, label, "agent", kind, status)
            self.waits.append(wait)

    def _state(self, event: Event, label: str, kind: str, status: str) -> None:
        label = one_line(label, MAX_LABEL_CHARS)
        again = any(it.label == label and event.t - it.t < REPEAT_NS for it in self._told[-20:])
        if not again or status == OK:
            self._add(event.t, label, "agent", kind, status)

    def _tool_returned(self, event: Event, data: dict[str, Any]) -> None:
        call = self._calls.pop(event.span or "", None)
        failed = bool(data.get("is_error") or data.get("exit_code"))
        began = call.t if call else event.t
        if call:
            self._tool(call, FAILED if failed else OK)
        found = MilestoneCollector()
        for text in str(data.get("output") or "").splitlines()[-_LINES:]:
            found.line(event.t, text)
        for milestone in found.take(event.t):
            if milestone.kind not in _AGENT_KINDS:
                self._tell(milestone, "tool", event.span)
        kind = command_kind(_command_of(call))
        if kind and not self._between(began, event.t + LATE_NS, kind):
            self._done(kind, _command_of(call), event.t, good=not failed, span=event.span)

    def _tool(self, call: Event, status: str) -> None:
        assert isinstance(call.data, dict)
        self._add(call.t, of_call(call.data), "tool", "tool", status, span=call.span)


def _command_of(call: Event | None) -> str:
    """The command line that a tool call runs, if it does."""
    given = call.data.get("input") if call and isinstance(call.data, dict) else None
    if not isinstance(given, dict):
        return ""
    text = given.get("command", given.get("cmd", ""))
    return " ".join(map(str, text)) if isinstance(text, list) else str(text)
