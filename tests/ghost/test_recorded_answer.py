"""A recorded answer, given again."""

import json

import pytest

from agentrec.gateway.dialects import server_sent_events
from agentrec.gateway.dialects.known import APIS
from agentrec.gateway.recorded_calls import RecordedCall
from agentrec.ghost.recorded_answer import MovedTexts, http_answer
from agentrec.recording.events.llm import LlmRequest, LlmResponse

BODY = {
    "id": "msg",
    "role": "assistant",
    "content": [{"type": "text", "text": "see /tmp/one/a.py and /tmp/one-more"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 2},
}
MOVED = MovedTexts("/tmp/one", "/home/other")


def call(answer=BODY, kind="application/json", **response):
    made = RecordedCall("call-1", 0, LlmRequest({"api": "anthropic", "stream": "event" in kind}))
    headers = {"content-type": kind}
    made.response = LlmResponse({"status": 200, "ended": "complete", "headers": headers} | response)
    made.answer = answer
    return made


def text_of(body):
    return body["content"][0]["text"]


def test_files_are_named_where_they_are_now():
    answer = http_answer(call(), MOVED, None)
    assert text_of(json.loads(answer.pieces[0])) == "see /home/other/a.py and /tmp/one-more"


def test_a_stream_says_the_same():
    answer = http_answer(call(kind="text/event-stream; charset=utf-8"), MOVED, None)
    frames, _ = server_sent_events.parse(b"".join(answer.pieces))
    body, ended = APIS["anthropic"].assemble(frames)
    assert ended
    assert text_of(body) == "see /home/other/a.py and /tmp/one-more"
    assert body["usage"] == BODY["usage"]
    assert not answer.cut


def test_a_stream_that_was_cut_is_cut():
    answer = http_answer(call(kind="text/event-stream", ended="cut"), MOVED, None)
    assert answer.cut
    assert not any(b"message_stop" in piece for piece in answer.pieces)


@pytest.mark.parametrize("status", [429, 500])
def test_an_error_is_an_error_again(status):
    error = {"type": "error", "error": {"message": "busy"}}
    answer = http_answer(call(error, status=status), MOVED, None)
    assert answer.status == status
    assert json.loads(answer.pieces[0]) == error


def test_a_body_that_no_api_explains():
    raw = http_answer(call(None, status=502), MOVED, {"text": "<html>"})
    assert (raw.status, raw.pieces) == (502, [b"<html>"])
    assert http_answer(call(None), MOVED, {"base64": "AAE="}).pieces == [b"\x00\x01"]
    assert http_answer(call(None), MOVED, {"base64": "?"}).pieces == [b""]
