"""What happens in a run as a list of steps that can be compared: messages, tool calls, results, commands.

Thinking is left out. The calls of one answer come first, then their results, in the order of the calls: which
of two parallel calls returns first is chance. The steps of a sub-agent stand together.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from agentrec.recording.events.agent import USER, AgentMessage
from agentrec.recording.events.llm import LlmCall
from agentrec.recording.events.sys import SysCommand
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.markers import happened
from agentrec.report.event_text import subject
from agentrec.text import shorten

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from agentrec.compare.same_text import SameText
    from agentrec.recording.events import Event
    from agentrec.recording.events.decode import Raw
    from agentrec.recording.events.record import EventRecord

MAX_STEPS = 50_000
_MAX_CHARS = 120
PROMPT, ANSWER, CALL, RESULT, COMMAND = "prompt", "answer", "call", "result", "command"
# Tools of agents that do the same, for runs of different agents.
SHELLS = ("Bash", "exec_command", "shell", "local_shell", "run_shell_command", "bash")
_FAMILIES = {
    "shell": SHELLS,
    "read": ("Read", "read_file", "read"),
    "write": (
        "Write",
        "Edit",
        "MultiEdit",
        "apply_patch",
        "write_file",
        "replace",
        "write",
        "edit",
    ),
}
_FAMILY = {tool: family for family, tools in _FAMILIES.items() for tool in tools}


class Step(NamedTuple):
    """One step. Two steps are equal if their ``key`` is; ``loose`` is the key between different agents.

    ``t`` is in ns. ``name`` is the tool; ``text`` what was said, called or returned, without what may differ;
    ``about`` what the call of a result is about; ``value`` a call's input; ``turn`` is the same for the calls
    of one answer.
    """

    kind: str
    t: int
    name: str
    text: str
    key: Hashable
    loose: Hashable
    about: str = ""
    value: object = None
    exit: int | None = None
    failed: bool | None = None
    turn: str = ""
    number: int = 0

    @property
    def line(self) -> str:
        """In one line."""
        text = shorten(self.text, _MAX_CHARS)
        if self.kind == RESULT:
            return f"{self.name} ({shorten(self.about, _MAX_CHARS)}) returned {self.how}: {text}"
        if self.kind == COMMAND:
            return f"{text} ({self.how})"
        head = {PROMPT: "the user says", ANSWER: "the model says", CALL: self.name}[self.kind]
        return f"{head}: {text}"

    @property
    def how(self) -> str:
        """How a result or command ended."""
        if self.exit is not None:
            return f"exit {self.exit}"
        return "an error" if self.failed else "ok"


class StepReader:
    """Feed it the events of a run in order, then call :meth:`steps`.

    Only the first MAX_STEPS messages and calls count, so that memory is bounded.
    """

    def __init__(self, same: SameText) -> None:
        self._same = same
        # By sub-agent ("" is the agent itself): steps with the span of a call.
        self._lanes: dict[str, list[tuple[str, Step]]] = {"": []}
        self._calls: dict[str, Step] = {}
        self._results: dict[str, Step] = {}
        self._count = 0
        self._started_by: dict[str, str] = {}  # sub-agent -> span of the call that started it

    def feed(self, event: Event, record: EventRecord | Raw) -> None:
        """Take the next event."""
        match record:
            case AgentMessage() if not record.thinking and record.text:
                self._message(event, record)
            case ToolCall():
                self._call(event, record)
            case ToolResult():
                self._result(event, record)
            case LlmCall() if event.parent and _lane(event):
                self._started_by.setdefault(_lane(event), event.parent)
            case SysCommand():
                self._command(event, record)

    def steps(self) -> list[Step]:
        """All steps in order, numbered from 1."""
        started: dict[str, list[str]] = {}
        for lane in self._lanes:
            started.setdefault(self._started_by.get(lane, ""), []).append(lane)
        alone = [lane for lane in started.pop("", []) if lane]
        found = [step for lane in ("", *alone) for step in self._ordered(lane, started)]
        return [step._replace(number=number) for number, step in enumerate(found, 1)]

    def _ordered(self, lane: str, started: dict[str, list[str]]) -> Iterator[Step]:
        """The steps of a lane; after the calls of an answer what came of each of them."""
        waiting: list[str] = []
        turn = ""
        for span, step in self._lanes[lane]:
            if waiting and not (span and step.turn and step.turn == turn):
                yield from self._outcomes(waiting, started)
                waiting = []
            yield step
            turn = step.turn
            waiting += [span] if span else []
        yield from self._outcomes(waiting, started)

    def _outcomes(self, spans: list[str], started: dict[str, list[str]]) -> Iterator[Step]:
        for span in spans:
            for lane in started.pop(span, []):
                yield from self._ordered(lane, started)
            if span in self._results:
                yield self._results[span]

    def _message(self, event: Event, message: AgentMessage) -> None:
        by_user = message.role == USER
        if by_user and event.actor not in (None, USER):
            return  # the task of a sub-agent is the input of a call
        if not by_user and message.role != "assistant":
            return
        kind, text = PROMPT if by_user else ANSWER, self._same.words(message.text).strip()
        self._add(event, Step(kind, happened(event), "", text, (kind, text), (kind, text)))

    def _call(self, event: Event, call: ToolCall) -> None:
        name, value = call.name or "tool", self._same.value(call.input)
        text = self._same.words(subject(call.name, value))
        key = (CALL, name, json.dumps(value, sort_keys=True))
        loose = (CALL, _FAMILY.get(name, name), text.removeprefix("./"))
        span, turn = event.span or call.id, event.parent or ""
        step = Step(CALL, happened(event), name, text, key, loose, value=value, turn=turn)
        if self._count < MAX_STEPS:
            self._calls[span] = step
        self._add(event, step, span)

    def _result(self, event: Event, result: ToolResult) -> None:
        span = event.span or result.id
        call = self._calls.get(span)
        if call is None:
            return  # of a call that is not compared
        output = result.output or result.error or ""
        raw = output if isinstance(output, str) else json.dumps(self._same.value(output))
        text, failed, code = self._same.result(raw).strip(), bool(result.failed), result.exit_code
        key, loose = (RESULT, failed, code, text), (RESULT, failed)
        step = Step(RESULT, happened(event), call.name, text, key, loose, about=call.text)
        self._results[span] = step._replace(exit=code, failed=result.failed)

    def _command(self, event: Event, ran: SysCommand) -> None:
        text = self._same.words(ran.text)
        key = (COMMAND, text, ran.exit)
        step = Step(COMMAND, happened(event), "", text, key, key)
        self._add(event, step._replace(exit=ran.exit, failed=ran.failed))

    def _add(self, event: Event, step: Step, span: str = "") -> None:
        self._count += 1
        if self._count <= MAX_STEPS:
            self._lanes.setdefault(_lane(event), []).append((span, step))


def _lane(event: Event) -> str:
    """The sub-agent that an event is of; empty for the agent itself."""
    return event.actor if event.actor and "/" in event.actor else ""
