"""The spans of a recording: the agents, their model calls and tools, and the steps of a program.

Only model calls have tokens, so that the sum over a trace is that of `agentrec summary`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentrec.json_values import table, text
from agentrec.otel import conventions as otel
from agentrec.otel.span import (
    CLIENT,
    INTERNAL,
    OtelSpan,
    RunTrace,
    SpanEvent,
    Value,
    span_id,
    trace_id,
)
from agentrec.otel.written_messages import (
    MAX_CONTENT_CHARS,
    answer_messages,
    append_message,
    content_text,
    masked_text,
)
from agentrec.recording.events.agent import AgentLifecycle, AgentMessage, AgentSession
from agentrec.recording.events.decode import decode
from agentrec.recording.events.llm import LlmCall
from agentrec.recording.events.step import StepEnd, StepStart
from agentrec.recording.events.term import TermExit
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.recording.format.header import is_cut, origin_ids
from agentrec.recording.markers import happened
from agentrec.text import plural
from agentrec.times import NS_PER_MS, parse_rfc3339

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording

MAX_SPANS = 100_000
_TRACKS = ("agent", "llm", "tool", "step", "term")
_ROOT = "run"
_PROVIDERS = {
    "claude": "anthropic",
    "gpt": "openai",
    "o1": "openai",
    "o3": "openai",
    "o4": "openai",
    "codex": "openai",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "deepseek": "deepseek",
    "grok": "x_ai",
    "command": "cohere",
}


def run_trace(recording: Recording, *, content: bool = False) -> RunTrace:
    """The trace of a recording. ``content``: with prompts, answers, arguments and results, masked."""
    spans = _RunSpans(recording.header, content=content)
    for event in recording.events(tracks=_TRACKS):
        spans.add(event)
    return spans.finish(recording.duration, is_live=recording.live)


class _RunSpans:
    def __init__(self, header: JsonObject, *, content: bool) -> None:
        self._recording = text(header.get("id"))
        self._created = parse_rfc3339(text(header.get("created"))) or 0
        self._content = content
        self._root = self._span(_ROOT, "run", "", 0)
        self._spans: dict[str, OtelSpan] = {_ROOT: self._root}
        self._answers: dict[str, OtelSpan] = {}  # model calls by the span of their event
        self._said: dict[str, list[str]] = {}  # likewise; a call comes after what it said
        self._open: set[str] = set()  # keys of tool calls and steps that run
        self._agent = ""
        self._command = _command(header)
        self._resource: dict[str, Value] = {otel.RECORDING_ID: self._recording}
        self._too_many = 0
        self._last = 0
        self._link(header)

    def add(self, event: Event) -> None:
        """Take over what an event says."""
        self._last = max(self._last, event.t)
        match decode(event):
            case AgentSession() as session:
                self._session(session)
            case LlmCall() as call:
                self._call(event, call)
            case ToolCall() as call:
                self._tool(event, call)
            case ToolResult() as result:
                self._result(event, result)
            case StepStart() as step:
                self._step(event, step.node)
            case StepEnd() as step:
                self._step_end(event, step)
            case AgentMessage() as message if self._content:
                self._message(event, message)
            case AgentLifecycle(state="error") as failure:
                self._failure(event, failure)
            case TermExit() as ended:
                self._exit(ended)

    def finish(self, duration: int, *, is_live: bool) -> RunTrace:
        """Everything, the root first. What has not ended lasts until the end of the recording."""
        end = self._at(max(duration, self._last))
        for key in self._open:
            self._spans[key].end = end
        open_ones = self._open if is_live else ()
        for key in open_ones:
            del self._spans[key]
        self._extend_agents()
        for link, texts in self._said.items():
            if link in self._answers:
                _say(self._answers[link], texts)
        self._root.end = end
        name = self._agent or self._command
        self._root.name = f"invoke_agent {self._agent}" if self._agent else name or "run"
        self._resource[otel.SERVICE_NAME] = name or "agentrec"
        left_out = (
            [f"{plural(self._too_many, 'span')} above {MAX_SPANS:,}"] if self._too_many else []
        )
        if open_ones:
            left_out.append(f"{plural(len(open_ones), 'span')} of what has not ended")
        return RunTrace(
            trace_id(self._recording), self._resource, list(self._spans.values()), left_out
        )

    # --- agents -------------------------------------------------------------------------------

    def _session(self, session: AgentSession) -> None:
        if self._agent:
            return  # the first one started it; its sub-agents have spans of their own
        self._agent = session.agent
        self._root.attributes |= _some(
            {
                otel.OPERATION: otel.INVOKE_AGENT,
                otel.AGENT_NAME: session.agent,
                otel.AGENT_VERSION: session.version,
                otel.CONVERSATION_ID: session.session_id,
                otel.REQUEST_MODEL: session.model,
                otel.PROVIDER: session.provider or _provider(session.model),
            }
        )
        if session.version:
            self._resource[otel.SERVICE_VERSION] = session.version

    def _parent(self, event: Event, start: int) -> str:
        """The id of the span around an event: the step or tool it names, its sub-agent, the run."""
        above = self._spans.get(self._key_of(event.parent), self._root)
        actor = event.actor or ""
        if "/" not in actor:
            return above.id
        key, name = f"agent {actor}", actor.rpartition("/")[2]
        if key not in self._spans:
            if not self._has_room():
                return self._root.id
            self._spans[key] = self._span(key, f"invoke_agent {name}", self._root.id, start)
            self._spans[key].attributes = {
                otel.OPERATION: otel.INVOKE_AGENT,
                otel.AGENT_NAME: name,
            }
        agent = self._spans[key]
        if agent.parent == self._root.id and above.parent != agent.id:
            agent.parent = above.id  # which call began it may be told by a later event
        return agent.id

    def _key_of(self, link: str | None) -> str:
        return next((key for key in (f"step {link}", f"tool {link}") if key in self._spans), "")

    def _extend_agents(self) -> None:
        """A sub-agent lasts as long as what it does."""
        agents = {one.id: one for key, one in self._spans.items() if key.startswith("agent ")}
        for span in self._spans.values():
            if agent := agents.get(span.parent):
                agent.end = max(agent.end, span.end)

    # --- what they do ---------------------------------------------------------------------------

    def _call(self, event: Event, call: LlmCall) -> None:
        """Of several calls with one id, the last counts."""
        key = f"call {call.id or event.seq}"
        end = happened(event)
        start = max(0, end - round((call.duration_ms or 0) * NS_PER_MS))
        earlier = self._spans.get(key)
        if earlier is None:
            if not self._has_room():
                return
            earlier = self._span(key, "", self._parent(event, start), start, CLIENT)
            self._spans[key] = earlier
        earlier.start = min(earlier.start, self._at(start))
        earlier.end = max(earlier.end, self._at(end))
        earlier.name = f"chat {call.model}".rstrip()
        earlier.attributes |= self._call_attributes(call)
        earlier.error = text(table(call.error).get("type")) or ("error" if call.error else "")
        if earlier.error:
            earlier.attributes[otel.ERROR_TYPE] = earlier.error
        if event.span:
            self._answers[event.span] = earlier

    def _call_attributes(self, call: LlmCall) -> dict[str, Value]:
        usage = call.usage
        attributes: dict[str, Value] = {
            otel.OPERATION: otel.CHAT,
            # The conventions count cached tokens as input.
            otel.INPUT_TOKENS: usage.prompt,
            otel.OUTPUT_TOKENS: usage.output,
        }
        attributes |= _some(
            {
                otel.PROVIDER: _provider(call.model),
                otel.REQUEST_MODEL: call.model,
                otel.RESPONSE_MODEL: call.model,
                otel.RESPONSE_ID: call.id,
                otel.FINISH_REASONS: [call.stop_reason] if call.stop_reason else "",
                otel.CACHE_READ_TOKENS: usage.cache_read,
                otel.CACHE_WRITE_TOKENS: usage.cache_write,
                otel.REASONING_TOKENS: usage.reasoning,
                otel.SIDE: call.side,
            }
        )
        if call.cost_usd is not None:
            attributes[otel.COST] = call.cost_usd
        return attributes

    def _tool(self, event: Event, call: ToolCall) -> None:
        key = f"tool {event.span or call.id or event.seq}"
        if key in self._spans or not self._has_room():
            return
        start = happened(event)
        tool = self._span(
            key, f"execute_tool {call.name}".rstrip(), self._parent(event, start), start
        )
        tool.attributes = _some(
            {
                otel.OPERATION: otel.EXECUTE_TOOL,
                otel.TOOL_NAME: call.name,
                otel.TOOL_CALL_ID: call.id or event.span or "",
            }
        )
        if self._content and call.input is not None:
            tool.attributes[otel.TOOL_ARGUMENTS] = content_text(call.input)
        self._spans[key] = tool
        self._open.add(key)

    def _result(self, event: Event, result: ToolResult) -> None:
        key = f"tool {event.span or result.id}"
        if key not in self._open:
            return
        self._open.remove(key)
        tool = self._spans[key]
        took = result.duration_ms
        tool.end = (
            max(self._at(happened(event)), tool.start)
            if took is None
            else tool.start + round(took * NS_PER_MS)
        )
        if result.failed:
            tool.error = "tool_error"
            tool.attributes[otel.ERROR_TYPE] = "tool_error"
        if self._content and result.output is not None:
            tool.attributes[otel.TOOL_RESULT] = content_text(result.output)

    def _step(self, event: Event, node: str) -> None:
        key = f"step {event.span or event.seq}"
        if key not in self._spans and self._has_room():
            start = happened(event)
            step = self._span(key, f"step {node}".rstrip(), self._parent(event, start), start)
            step.attributes = {otel.STEP_NODE: node}
            self._spans[key] = step
            self._open.add(key)

    def _step_end(self, event: Event, ended: StepEnd) -> None:
        key = f"step {event.span or event.seq}"
        end = happened(event)
        if key not in self._spans:
            self._step(event, ended.node)
        step = self._spans.get(key)
        if step is None:
            return
        self._open.discard(key)
        if ended.duration_ms is not None:
            step.start = min(
                step.start, self._at(max(0, end - round(ended.duration_ms * NS_PER_MS)))
            )
        step.end = max(step.start, self._at(end))
        if ended.failed:
            step.error = text(table(ended.error).get("type")) or "error"
            step.attributes[otel.ERROR_TYPE] = step.error

    def _message(self, event: Event, message: AgentMessage) -> None:
        """What the user said belongs to the agent, what the model said to its call."""
        if message.role == "user" and not event.parent:
            append_message(self._root, otel.INPUT_MESSAGES, "user", message.text)
        elif message.role == "assistant" and not message.thinking:
            said = self._said.setdefault(event.parent or "", [])
            said.append(message.text[:MAX_CONTENT_CHARS])

    def _failure(self, event: Event, failure: AgentLifecycle) -> None:
        attributes: dict[str, Value] = {otel.ERROR_TYPE: text(failure.error) or "error"}
        if self._content and failure.text:
            attributes[otel.ERROR_MESSAGE] = masked_text(failure.text)
        self._root.events.append(SpanEvent(otel.ERROR_EVENT, self._at(happened(event)), attributes))

    def _exit(self, ended: TermExit) -> None:
        if ended.code is not None:
            self._root.attributes[otel.EXIT_CODE] = ended.code
        if ended.failed:
            self._root.error = (
                f"exit code {ended.code}" if ended.code is not None else f"signal {ended.signal}"
            )

    # --- spans ----------------------------------------------------------------------------------

    def _link(self, header: JsonObject) -> None:
        """Where it comes from: the run that it continues, or what it was cut out of."""
        parent = table(header.get("parent"))
        origins = origin_ids(header)[1:] if is_cut(header) else [text(parent.get("id"))]
        for origin in filter(None, origins):
            self._root.links.append((trace_id(origin), span_id(origin, _ROOT)))

    def _span(self, key: str, name: str, parent: str, start: int, kind: int = INTERNAL) -> OtelSpan:
        at = self._at(start)
        return OtelSpan(name, span_id(self._recording, key), parent, at, at, kind)

    def _has_room(self) -> bool:
        if len(self._spans) < MAX_SPANS:
            return True
        self._too_many += 1
        return False

    def _at(self, t: int) -> int:
        return self._created + t


def _say(span: OtelSpan, texts: list[str]) -> None:
    """What a model said in one answer is one message."""
    reasons = span.attributes.get(otel.FINISH_REASONS)
    reason = reasons[0] if isinstance(reasons, list) else ""
    if said := answer_messages(texts, reason, failed=bool(span.error)):
        span.attributes[otel.OUTPUT_MESSAGES] = said


def _some(values: dict[str, Value]) -> dict[str, Value]:
    """Those that say something."""
    return {name: value for name, value in values.items() if value}


def _provider(model: str) -> str:
    """Who makes a model, by the conventions' names; empty if that is not known."""
    name = model.rpartition("/")[2].lower()
    return next((who for start, who in _PROVIDERS.items() if name.startswith(start)), "")


def _command(header: JsonObject) -> str:
    """The name of the recorded program."""
    command = header.get("command")
    words = command if isinstance(command, list) else []
    return text(words[0]).rpartition("/")[2] if words else text(header.get("title"))
