"""The file grows with what is new."""

import json
import random

from agentrec.gateway.call_events import CallEvents
from agentrec.gateway.call_mask import CallMask
from agentrec.gateway.recorded_calls import calls_of
from agentrec.gateway.transport.exchange import Exchange
from agentrec.recording.events import Event

TURNS = 200
HEADERS = [("content-type", "application/json"), ("user-agent", "test"), ("x-api-key", "abcdefgh")]


def text(rng):
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ("".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(150))
    return " ".join(words)


def conversation():
    """(body of the request, body of the answer) of each turn, and the size of all that is new in them."""
    rng = random.Random(7)
    fixed = {
        "model": "m",
        "system": [{"type": "text", "text": text(rng) * 5}],
        "tools": [{"name": "run", "description": text(rng) * 5}],
        "max_tokens": 100,
        "stream": False,
    }
    new = len(json.dumps(fixed))
    messages = []
    for number in range(TURNS):
        asked = [{"type": "text", "text": text(rng)}]
        said = [{"type": "text", "text": text(rng)}]
        new += len(json.dumps(asked)) + len(json.dumps(said))
        messages.append({"role": "user", "content": asked})
        marked = [*messages[:-1], mark(messages[-1])]
        answer = {"id": f"msg_{number}", "role": "assistant", "content": said, "usage": {}}
        yield fixed | {"messages": marked}, answer, new
        messages.append({"role": "assistant", "content": said})


def mark(message):
    """As agents mark the end of what is to be cached."""
    (block,) = message["content"]
    return message | {"content": [block | {"cache_control": {"type": "ephemeral"}}]}


def test_a_growing_history_costs_what_is_new():
    events = CallEvents(CallMask())
    recorded, bodies, new = [], [], 0
    for body, answer, size in conversation():
        new = size
        bodies.append(body)
        sent = json.dumps(body).encode()
        exchange = Exchange("host", "POST", "/v1/messages", HEADERS, sent)
        request, data = events.request(exchange)
        recorded.append(("request", exchange.span, data))
        exchange.answered(200, [("content-type", "application/json")])
        exchange.received(json.dumps(answer).encode())
        exchange.end("complete")
        recorded.append(("response", exchange.span, events.response(exchange, request)[1]))
    cost = sum(len(json.dumps(data)) for _, _, data in recorded)
    sent = sum(len(json.dumps(body)) for body in bodies)
    assert cost < 3 * new < sent / 10
    read = calls_of(
        Event(seq, 0, "llm", kind, json.loads(json.dumps(data)), span)
        for seq, (kind, span, data) in enumerate(recorded)
    )
    assert [call.body for call in read] == bodies
    assert [call.answer["id"] for call in read] == [f"msg_{n}" for n in range(TURNS)]
