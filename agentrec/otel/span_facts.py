"""What a received span says: whether it is an agent, a call of a model or a tool, or a step, and of what."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.json_values import JsonObject, amount, count, table, text, words
from agentrec.otel import conventions as otel
from agentrec.otel.span_messages import answered_messages, sent_messages, tool_arguments
from agentrec.recording.events.llm import Usage
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    from agentrec.otel.received_span import ReceivedSpan

AGENT, CALL, TOOL, STEP = "agent", "call", "tool", "step"
_NAMED = {otel.CHAT: CALL, otel.EXECUTE_TOOL: TOOL, otel.INVOKE_AGENT: AGENT}
# What belongs to an agent's run; a trace with nothing of that kind is one of some other program.
_OURS = ("gen_ai.", "openinference.", "llm.", otel.OWN, "traceloop.")
_MAX_META_CHARS = 2000  # of a value
_MAX_META = 100
_SHOWN_ELSEWHERE = (*otel.STEP_INPUTS, *otel.STEP_OUTPUTS, otel.STEP_NODE, otel.OPENINFERENCE_KIND)


class AgentFacts(NamedTuple):
    """An agent that was asked to do something."""

    name: str
    version: str
    conversation: str
    model: str
    provider: str


class CallFacts(NamedTuple):
    """A call of a model. ``cost_usd`` is None if the span does not tell it."""

    model: str
    usage: Usage
    cost_usd: float | None
    id: str
    stop_reason: str
    side: str
    sent: list[JsonObject]
    answered: list[JsonObject]


class ToolFacts(NamedTuple):
    """A call of a tool."""

    name: str
    id: str
    arguments: object
    result: object


def kind_of(span: ReceivedSpan) -> str:
    """AGENT, CALL, TOOL or STEP."""
    values = span.attributes
    said = (
        text(values.get(otel.OPERATION)),
        text(values.get(otel.OPENINFERENCE_KIND)),
        text(values.get(otel.TRACELOOP_KIND)),
        text(values.get(otel.REQUEST_TYPE)),
    )
    operation = next(filter(None, said), "").lower()
    for kinds, kind in (
        (otel.CALL_KINDS, CALL),
        (otel.TOOL_KINDS, TOOL),
        (otel.AGENT_KINDS, AGENT),
    ):
        if operation in kinds:
            return kind
    if operation or otel.STEP_NODE in values:
        return STEP
    if otel.TOOL_NAME in values:
        return TOOL
    # Before there was a name for the operation.
    return CALL if otel.SYSTEM in values and otel.REQUEST_MODEL in values else STEP


def likely_kind(span: ReceivedSpan) -> str:
    """The kind of a span that has just begun: by the name that conventions give it, if it says no more."""
    if span.attributes:
        return kind_of(span)
    return _NAMED.get(span.name.partition(" ")[0], STEP)


def service_of(span: ReceivedSpan) -> str:
    """The name of the program that made it; empty if it has none."""
    name = text(span.resource.get(otel.SERVICE_NAME))
    return "" if name.startswith(otel.UNNAMED_SERVICE) else name


def is_of_an_agent(span: ReceivedSpan) -> bool:
    """Whether the span's trace is one of an agent or a model."""
    return is_exported(span) or any(name.startswith(_OURS) for name in span.attributes)


def agent_facts(span: ReceivedSpan) -> AgentFacts:
    values = span.attributes
    name = _text(values, otel.AGENTS) or span.name.removeprefix(f"{otel.INVOKE_AGENT} ")
    return AgentFacts(
        name.replace("/", "-") or "agent",
        text(values.get(otel.AGENT_VERSION)),
        _text(values, otel.CONVERSATIONS),
        _text(values, otel.MODELS),
        _text(values, otel.PROVIDERS),
    )


def call_facts(span: ReceivedSpan) -> CallFacts:
    values = span.attributes
    finish = next((values[name] for name in otel.FINISHES if name in values), None)
    costs = (amount(values.get(name)) for name in otel.COSTS)
    return CallFacts(
        model_of(span),
        usage_of_span(span),
        next((cost for cost in costs if cost is not None), None),
        text(values.get(otel.RESPONSE_ID)),
        next(iter(words(finish)), "") if isinstance(finish, list) else text(finish),
        text(values.get(otel.SIDE)),
        sent_messages(span),
        answered_messages(span),
    )


def model_of(span: ReceivedSpan) -> str:
    """The model that answered, or that was asked for."""
    asked = table(span.attributes.get(otel.INVOCATION))
    return _text(span.attributes, otel.MODELS) or text(asked.get("model"))


def is_exported(span: ReceivedSpan) -> bool:
    """Whether it is from a recording: then what it does not say is not known."""
    return otel.RECORDING_ID in span.resource


def usage_of_span(span: ReceivedSpan) -> Usage:
    """Tokens. The conventions count cached ones as input; a span whose input is fewer has not."""
    values = span.attributes
    sent, read = _count(values, otel.INPUT_COUNTS), _count(values, otel.CACHE_READ_COUNTS)
    written = _count(values, otel.CACHE_WRITE_COUNTS)
    return Usage(
        input=sent - read - written if sent >= read + written else sent,
        output=_count(values, otel.OUTPUT_COUNTS),
        cache_read=read,
        cache_write=written,
        reasoning=_count(values, otel.REASONING_COUNTS),
    )


def tool_facts(span: ReceivedSpan) -> ToolFacts:
    values = span.attributes
    arguments, result = _first(values, otel.TOOL_INPUTS), _first(values, otel.TOOL_OUTPUTS)
    if arguments is None:
        arguments = tool_arguments(span)
    if result is None:
        result = next((one["content"] for one in answered_messages(span)), None)
    return ToolFacts(
        _text(values, otel.TOOLS) or span.name.removeprefix(f"{otel.EXECUTE_TOOL} ") or "tool",
        _text(values, otel.TOOL_IDS),
        arguments,
        result,
    )


def node_of(span: ReceivedSpan) -> str:
    """The name of a step."""
    return text(span.attributes.get(otel.STEP_NODE)) or span.name or "span"


def step_states(span: ReceivedSpan) -> tuple[object, object]:
    """What is known before and after a step; None if nothing is."""
    return _first(span.attributes, otel.STEP_INPUTS), _first(span.attributes, otel.STEP_OUTPUTS)


def step_meta(span: ReceivedSpan) -> JsonObject:
    """The other attributes of a step, the texts shortened."""
    found: JsonObject = {}
    for name, value in span.attributes.items():
        if name not in _SHOWN_ELSEWHERE and len(found) < _MAX_META:
            found[name] = value[:_MAX_META_CHARS] if isinstance(value, str) else value
    return found


def error_of(span: ReceivedSpan) -> JsonObject | None:
    """What the span failed with: ``type``, ``message`` and, if it is known, ``traceback``."""
    if not span.failed:
        return None
    raised = next((one for one in span.events if one.name == otel.EXCEPTION_EVENT), None)
    about = raised.attributes if raised else {}
    error: JsonObject = {
        "type": text(span.attributes.get(otel.ERROR_TYPE)) or text(about.get(otel.EXCEPTION_TYPE)),
        "message": text(about.get(otel.EXCEPTION_MESSAGE)) or span.status,
    }
    if error["message"] == error["type"]:
        error["message"] = ""
    if traceback := text(about.get(otel.EXCEPTION_TRACEBACK)):
        error["traceback"] = traceback
    return error


def duration_ms(span: ReceivedSpan) -> float:
    """How long it took."""
    return (span.end - span.start) / NS_PER_MS


def _text(values: JsonObject, names: tuple[str, ...]) -> str:
    return next(filter(None, (text(values.get(name)) for name in names)), "")


def _count(values: JsonObject, names: tuple[str, ...]) -> int:
    return next(filter(None, (count(values.get(name)) for name in names)), 0)


def _first(values: JsonObject, names: tuple[str, ...]) -> object:
    return next((values[name] for name in names if values.get(name) is not None), None)
