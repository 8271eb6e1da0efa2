"""An event as one line: what the command line, the player, marks and the page say about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.json_values import amount
from agentrec.recording.events.agent import (
    USER,
    AgentConversation,
    AgentLifecycle,
    AgentMessage,
    AgentSession,
    AgentTurn,
)
from agentrec.recording.events.decode import Raw, decode
from agentrec.recording.events.fs import FsSnapshot
from agentrec.recording.events.guard import GuardDecision, GuardFinding, GuardLimit, GuardRedacted
from agentrec.recording.events.llm import LlmCall, LlmRequest, LlmResponse, Usage
from agentrec.recording.events.mark import MarkMoment, MarkNote
from agentrec.recording.events.step import (
    StepDone,
    StepEnd,
    StepError,
    StepMemory,
    StepRun,
    StepStart,
    StepState,
)
from agentrec.recording.events.sys import (
    SysCommand,
    SysConnection,
    SysDropped,
    SysEnv,
    SysFile,
    SysProcess,
    SysSignature,
    SysSigner,
    SysTrouble,
)
from agentrec.recording.events.term import (
    TermEof,
    TermExit,
    TermPaused,
    TermRedacted,
    TermResize,
    TermResumed,
)
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.exit_text import exit_text
from agentrec.signatures.in_words import digests_line
from agentrec.text import format_size, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agentrec.recording.events import Event
    from agentrec.recording.events.record import EventRecord

TEXT_LIMIT = 400  # characters
PROMPT_LIMIT = 500
_MAX_ITEMS = 20
# What a tool's input is about, the most telling first: what is searched for before where, a command before
# its description. The page gets the same list, see scripts/event_docs.
TELLING = (
    "command",
    "cmd",
    "file_path",
    "filePath",
    "absolute_path",
    "notebook_path",
    "pattern",
    "query",
    "url",
    "path",
    "filename",
    "description",
    "prompt",
    "text",
)
PATHS = frozenset({"file_path", "filePath", "absolute_path", "notebook_path", "path", "filename"})
# Of the kinds of tokens that never overlap, in the order of TOKEN_KINDS.
_TOKEN_WORDS = ("in", "out", "cached", "written")
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+?)\s*$", re.MULTILINE)


class EventLine(NamedTuple):
    """``what`` happened, and the ``text`` it is about; either may be empty.

    It may hold control characters of what was recorded.
    """

    what: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.text}" if self.what and self.text else self.what or self.text


def line(event: Event) -> EventLine:
    """What happened, without its time."""
    return record_line(decode(event))


def record_line(record: EventRecord | Raw) -> EventLine:
    """The same, of an event's record."""
    if isinstance(record, Raw):
        return _raw(record)
    words = _WORDS.get(type(record))
    return words(record) if words else EventLine("", short(record.data))


def tool_line(call: ToolCall) -> EventLine:
    """``Bash: pytest -q``: a tool call."""
    return EventLine(call.name or "tool", subject(call.name, call.input))


def subject(tool: str, given: object) -> str:
    """What a tool is called on: the files of a patch, a command, a path, a pattern ...

    Of a path its last two parts: a whole one leaves no room in a list, and the last part alone does not tell
    one ``__init__.py`` from another. The event has all of it.
    """
    if tool == "apply_patch" and (files := _PATCHED.findall("\n".join(_texts(given)))):
        return ", ".join(map(_end_of, files))
    if not isinstance(given, dict):
        return short(given)
    for name in TELLING:
        value = given.get(name)
        if value and isinstance(value, str | list):
            return _end_of(short(value)) if name in PATHS else short(value)
    return short(given)


def short(value: object) -> str:
    """A value on one line; of an object its parts with their names."""
    if isinstance(value, str):
        return " ".join(value[:TEXT_LIMIT].split())
    if isinstance(value, dict):
        parts = ((name, short(inner)) for name, inner in value.items())
        return " ".join(f"{name}={text}" for name, text in parts if text)[:TEXT_LIMIT]
    if isinstance(value, list | tuple):
        return " ".join(filter(None, map(short, value[:_MAX_ITEMS])))[:TEXT_LIMIT]
    return "" if value is None else str(value)[:TEXT_LIMIT]


def tokens(usage: Mapping[str, object]) -> str:
    """``4 in, 30 out, 5,639 cached``: the counts that are not 0."""
    return _tokens(Usage.from_data(usage))


def _tokens(usage: Usage) -> str:
    counts = zip(usage, _TOKEN_WORDS, strict=False)
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)


def dollars(cost: object) -> str:
    """``$0.0362``; empty when the cost is not known."""
    value = amount(cost)
    if value is None:
        return ""
    return f"${value:.4f}" if value < 1 else f"${value:,.2f}"


def milliseconds(duration: object) -> str:
    """``77 ms``, ``3.2 s``; empty when the duration is not known."""
    value = amount(duration)
    if value is None:
        return ""
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:,.1f} s"


def prompt_of(event: Event) -> str:
    """What the user says in this message, on one line; empty for any other event."""
    match decode(event):
        case AgentMessage(role="user", text=text) if event.actor in (None, USER):
            return " ".join(text[: 2 * PROMPT_LIMIT].split())[:PROMPT_LIMIT]
    return ""


def _end_of(path: str) -> str:
    return "/".join(path.rstrip("/").split("/")[-2:]) or path


def _texts(value: object) -> list[str]:
    """All texts in a value, not those deep in it."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    inner = [it for part in parts for it in (part if isinstance(part, list) else [part])]
    return [it for it in (value, *inner) if isinstance(it, str)]


def _raw(record: Raw) -> EventLine:
    data = record.data
    if isinstance(data, bytes):
        return EventLine(
            plural(len(data), "byte"), short(data[:TEXT_LIMIT].decode(errors="replace"))
        )
    return EventLine("", short(data))


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _exit(code: int | None, signal: int | None) -> str:
    return exit_text({"code": code, "signal": signal}) if code is not None or signal else ""


def _resize(size: TermResize) -> EventLine:
    return EventLine(f"resized to {size.cols or 0}\u00d7{size.rows or 0}")


def _message(message: AgentMessage) -> EventLine:
    return EventLine("thinking" if message.thinking else message.role, short(message.text))


def _state(agent: AgentLifecycle) -> EventLine:
    asked = agent.tool and str(EventLine(agent.tool, subject(agent.tool, agent.input)))
    return EventLine(
        agent.state.replace("_", " "), asked or short(agent.text or agent.error or agent.reason)
    )


def _model_call(call: LlmCall) -> EventLine:
    took = milliseconds(call.duration_ms)
    counts = _tokens(call.usage)
    model = call.model or "model call"
    what = f"{model} ({call.side})" if call.side else model
    return EventLine(what, _joined(counts, dollars(call.cost_usd), took))


def _request(request: LlmRequest) -> EventLine:
    asked = request.side or (request.operation if request.operation != "generate" else "")
    what = f"request to {request.model or request.host}"
    messages = request.count and plural(request.count, "message")
    new = messages and f"{len(request.messages):,} new"
    return EventLine(what, _joined(asked, messages or request.path, new or ""))


def _response(response: LlmResponse) -> EventLine:
    how = "" if response.ended == "complete" else response.ended
    status = f"HTTP {response.status}" if response.status else ""
    first = milliseconds(response.first_byte_ms)
    details = response.error or response.stop_reason
    return EventLine(_joined("answer", status, how, first and f"first byte {first}"), details)


def _result(result: ToolResult) -> EventLine:
    how = "failed" if result.failed else "ok"
    code = "" if result.exit_code is None else f"exit {result.exit_code}"
    error = result.error
    went_wrong = (_error(error) if isinstance(error, dict) else "") or short(error)
    text = short(result.output) or went_wrong or result.name
    return EventLine(_joined(how, code, milliseconds(result.duration_ms)), text)


def _run(run: StepRun) -> EventLine:
    how = f"{run.mode} from step {run.from_step or 0}" if run.mode else ""
    return EventLine(_joined("run", how), _joined(short(run.name), short(run.tags)))


def _step_start(step: StepStart) -> EventLine:
    return EventLine(f"step {step.n or 0} starts", short(step.node))


def _step_end(step: StepEnd) -> EventLine:
    how = "failed" if step.failed else "served" if step.served else ""
    what = _joined(f"step {step.n or 0}", how, milliseconds(step.duration_ms))
    return EventLine(what, _joined(short(step.node), _error(step.error)))


def _error(error: Mapping[str, object]) -> str:
    return ": ".join(filter(None, (short(error.get("type")), short(error.get("message")))))


def _run_end(done: StepDone) -> EventLine:
    return EventLine(_joined("run ended", plural(done.steps or 0, "step")), _error(done.error))


def _memory(memory: StepMemory) -> EventLine:
    text = " ".join(filter(None, (short(memory.key), short(memory.value))))
    return EventLine(f"memory {short(memory.op)}".rstrip(), text)


def _command(ran: SysCommand) -> EventLine:
    return EventLine(_joined(_exit(ran.exit, None), milliseconds(ran.duration_ms)), short(ran.text))


def _process(ran: SysProcess) -> EventLine:
    how = "still running" if ran.running else _exit(ran.exit, ran.signal)
    return EventLine(_joined(how, milliseconds(ran.duration_ms)), short(ran.argv))


def _connection(seen: SysConnection) -> EventLine:
    sizes = f"{format_size(seen.sent or 0)} sent, {format_size(seen.received or 0)} received"
    how = "still open" if seen.open else ""
    text = _joined(how, milliseconds(seen.duration_ms), sizes)
    return EventLine(f"connection to {short(address_text(seen))}", text)


def address_text(seen: SysConnection) -> str:
    """Where a connection led: ``192.0.2.7:443``, ``[2001:db8::1]:443``."""
    host = f"[{seen.address}]" if ":" in seen.address else seen.address
    return f"{host}:{seen.port or '?'}"


def _dropped(dropped: SysDropped) -> EventLine:
    size = dropped.bytes and plural(dropped.bytes, "byte")
    number = size or (f"{dropped.count:,}" if dropped.count else "")
    return EventLine(f"not recorded: {short(dropped.what)}", _joined(number, short(dropped.reason)))


def _trouble(trouble: SysTrouble) -> EventLine:
    often = trouble.count and trouble.count > 1
    return EventLine(short(trouble.text), f"{trouble.count:,} times" if often else "")


def _snapshot(snapshot: FsSnapshot) -> EventLine:
    changed = "" if snapshot.changed is None else f"{snapshot.changed:,} changed"
    text = _joined(short(snapshot.label), changed, short(snapshot.missed_text))
    return EventLine(f"snapshot {snapshot.id}".rstrip(), text)


def _masked(masked: GuardRedacted) -> EventLine:
    return EventLine(f"masked in {masked.where}", f"{masked.count or 1:,} {masked.rule}".rstrip())


_WORDS: dict[type, Callable[[Any], EventLine]] = {
    TermRedacted: lambda hidden: EventLine("input hidden", hidden.reason),
    TermResize: _resize,
    TermEof: lambda end: EventLine(f"{end.stream} ended", plural(end.bytes or 0, "byte")),
    TermPaused: lambda _: EventLine("recording paused"),
    TermResumed: lambda it: EventLine(
        "recording resumed", f"{format_size(it.left_out or 0)} left out"
    ),
    TermExit: lambda it: EventLine(exit_text({"code": it.code, "signal": it.signal})),
    MarkMoment: lambda mark: EventLine("", short(mark.label)),
    MarkNote: lambda note: EventLine("", short(note.text)),
    AgentSession: lambda session: EventLine(session.agent, session.session_id),
    AgentMessage: _message,
    AgentTurn: lambda turn: EventLine(f"turn {turn.n or '?'}"),
    AgentLifecycle: _state,
    AgentConversation: lambda point: EventLine(f"after message {point.messages or 0}"),
    LlmCall: _model_call,
    LlmRequest: _request,
    LlmResponse: _response,
    ToolCall: tool_line,
    ToolResult: _result,
    StepRun: _run,
    StepStart: _step_start,
    StepEnd: _step_end,
    StepError: lambda it: EventLine("failed", _joined(short(it.node), _error(it.error))),
    StepMemory: _memory,
    StepState: lambda point: EventLine("state", short(point.label)),
    StepDone: _run_end,
    SysEnv: lambda env: EventLine("read from the environment", short(env.names)),
    SysCommand: _command,
    SysProcess: _process,
    SysConnection: _connection,
    SysFile: lambda file: EventLine("", f"{file.what or 'file'} {short(file.path)}".rstrip()),
    SysDropped: _dropped,
    SysTrouble: _trouble,
    SysSigner: lambda signer: EventLine("signed", f"by {signer.fingerprint}"),
    SysSignature: lambda one: EventLine("signed", digests_line(one.statement)),
    FsSnapshot: _snapshot,
    GuardRedacted: _masked,
    GuardLimit: lambda reached: EventLine("limit reached", reached.text),
    GuardDecision: lambda made: EventLine(made.action, made.text),
    GuardFinding: lambda found: EventLine(
        f"{found.level} {found.rule}", f"{found.place}: {found.text}"
    ),
}
