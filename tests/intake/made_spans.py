"""Spans that were made up, as a program has them and as OTLP carries them."""

from agentrec.otel.received_span import ReceivedEvent, ReceivedSpan, plain_attributes

BEGAN = 1_772_600_767_000_000_000  # 2026-03-04T05:06:07Z, in ns
MS = 1_000_000
TRACE = "0af7651916cd43dd8448eb211c80319c"


def span_id(name):
    return name.encode().hex()[:16].ljust(16, "0")


def span(name, start, end, parent="", /, *, trace=TRACE, error=None, events=(), key="", **more):
    """``start`` and ``end`` in ms. Attributes have `__` for a dot."""
    attributes = {label.replace("__", "."): value for label, value in more.items()}
    resource = attributes.pop("resource", {})
    return ReceivedSpan(
        trace,
        span_id(key or name),
        span_id(parent) if parent else "",
        name,
        BEGAN + int(start * MS),
        BEGAN + int(end * MS),
        plain_attributes(attributes),
        [ReceivedEvent(what, BEGAN + t * MS, values) for what, t, values in events],
        error is not None,
        error or "",
        resource,
    )


def agent(name, start, end, parent="", /, **more):
    given = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name}
    return span(f"invoke_agent {name}", start, end, parent, key=name, **given, **more)


def chat(key, start, end, parent="", /, model="gpt-5.5", sent=100, answered=10, **more):
    given = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": sent,
        "gen_ai.usage.output_tokens": answered,
    }
    return span(f"chat {model}", start, end, parent, key=key, **given, **more)


def tool(name, start, end, parent="", /, **more):
    given = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
    return span(f"execute_tool {name}", start, end, parent, key=name, **given, **more)


def said(role, words):
    return {"role": role, "parts": [{"type": "text", "content": words}]}


def otlp(*spans):
    """A request with these spans, as OTLP/JSON."""
    return {"resourceSpans": [{"scopeSpans": [{"spans": [_encoded(one) for one in spans]}]}]}


def _encoded(one):
    return {
        "traceId": one.trace,
        "spanId": one.id,
        **({"parentSpanId": one.parent} if one.parent else {}),
        "name": one.name,
        "kind": 1,
        "startTimeUnixNano": str(one.start),
        "endTimeUnixNano": str(one.end),
        "attributes": [{"key": k, "value": _value(v)} for k, v in one.attributes.items()],
        "status": {"code": 2, "message": one.status} if one.failed else {},
    }


def _value(value):
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(one) for one in value]}}
    if isinstance(value, dict):
        return {
            "kvlistValue": {"values": [{"key": k, "value": _value(v)} for k, v in value.items()]}
        }
    return {"stringValue": value}
