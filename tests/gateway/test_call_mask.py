"""Keys of calls are nowhere in what is kept, wherever they stood."""

import json

import pytest

from agentrec.gateway.call_mask import CallMask
from tests.gateway.running import Gateway, Server, answering, http

# Nothing that a rule would know: only where they stand says that they are keys.
KEY = "plainwordkey12"
OTHER = "another-plain-one"
PLACES = {
    "bearer": (["Authorization: Bearer " + KEY], "/v1/messages"),
    "x-api-key": (["X-Api-Key: " + KEY], "/v1/messages"),
    "google": (["x-goog-api-key: " + KEY], "/v1beta/models/m:generateContent"),
    "azure": (["api-key: " + KEY], "/v1/chat/completions"),
    "cookie": (["Cookie: session=" + KEY + "; other=x"], "/v1/messages"),
    "query": ([], "/v1beta/models/m:generateContent?key=" + KEY),
    "unknown query": ([], "/v1/messages?beta=true&whatever=" + KEY),
    "unknown header": (["X-Whatever: " + KEY], "/v1/messages"),
    "proxy": (["Proxy-Authorization: Basic " + KEY], "/nothing/known"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_key_is_in_no_event(place):
    headers, path = PLACES[place]
    repeated = place != "unknown header"
    words = f"they use {KEY} for it" if repeated else "nothing"
    body = json.dumps(
        {"messages": [{"role": "user", "content": words}], KEY: 1} if repeated else {}
    )
    answer = json.dumps({"error": {"message": words}}).encode()
    server = Server(answering(http(answer, "Content-Type: application/json")))
    with server, Gateway(server.url, mask_secrets=False) as gateway:
        gateway.ask(path, body.encode(), *headers)
        gateway.wait_for("llm/response")
        gateway.stop()
    kept = json.dumps([event.data for event in gateway.events])
    assert KEY not in kept
    assert ("they use" in kept) == repeated


def test_secrets_in_bodies_are_masked_as_in_other_events():
    secret = "sk-ant-" + "api03-abcdefghijklmnop"
    mask = CallMask()
    value = {"content": [{"text": f"the key is {secret}."}], "password": "hunter2hunter2"}
    assert secret not in json.dumps(mask.value(value))
    assert "hunter2" not in json.dumps(mask.value(value))
    assert CallMask(secrets=False).value(value) == value


def test_a_secret_that_a_stream_splits_is_masked():
    secret = "sk-ant-" + "api03-abcdefghijklmnop"
    frames = [{"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 1}}}]
    frames += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": it}}
        for it in ("see ", secret[:9], secret[9:15], secret[15:], " there")
    ]
    frames.append({"type": "message_stop"})
    body = "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames).encode()
    answer = http(body, "Content-Type: text/event-stream")
    with Server(answering(answer)) as server, Gateway(server.url) as gateway:
        assert gateway.ask("/v1/messages", b'{"stream": true}') == answer
        gateway.wait_for("llm/response")
        gateway.stop()
    kept = json.dumps([event.data for event in gateway.events])
    assert "see " in kept
    for part in (secret, secret[9:15], secret[15:]):
        assert part not in kept
