"""Every API against the scripted model server's own account: a stream is the answer in pieces."""

import json

import pytest

from agentrec.gateway.dialects import server_sent_events
from agentrec.gateway.dialects.known import APIS, kind_of
from agentrec.recording.events.llm import Usage
from fixtures.modelserver.conversation import Answer, Ask, Call, Ids, Tool
from fixtures.modelserver.conversation import Usage as Tokens
from fixtures.modelserver.dialects import ROUTES

SERVED = {dialect.name: dialect for _, dialect in ROUTES}
TOOL = Tool("run", {"type": "object"})
ASK = Ask("a-model", "", (), (TOOL,), stream=True)
CALLS = (Call(TOOL, {"command": "ls -l", "deep": [1, {"é": None}]}), Call(TOOL, {"command": "pwd"}))
ANSWERS = {
    "text": Answer(text="Hello, wörld. " * 5, usage=Tokens(10, 0, 20, 0)),
    "thinking": Answer(text="Yes.", thinking="Let me see. " * 4, usage=Tokens(3, 50, 20, 12)),
    "calls": Answer(text="I look.", calls=CALLS, usage=Tokens(7, 9, 11, 0)),
    "only a call": Answer(calls=CALLS[:1], usage=Tokens(7, 9, 11, 0)),
}
CASES = pytest.mark.parametrize("case", ANSWERS)
EACH = pytest.mark.parametrize("name", APIS)


def streamed(name, answer):
    frames = SERVED[name].stream(ASK, answer, Ids("seed"))
    out = b""
    for frame in frames:
        data = frame.data if isinstance(frame.data, str) else json.dumps(frame.data)
        out += (f"event: {frame.event}\n" if frame.event else "").encode()
        out += f"data: {data}\n\n".encode()
    return out


def heard(api, body):
    return [it for message in api.answer_messages(body) for it in api.said(message)]


@EACH
@CASES
def test_a_stream_says_what_the_whole_answer_does(name, case):
    api = APIS[name]
    whole = SERVED[name].whole(ASK, ANSWERS[case], Ids("seed"))
    frames, odd = server_sent_events.parse(streamed(name, ANSWERS[case]))
    body, ended = api.assemble(frames)
    assert ended
    assert odd == 0
    assert api.answer(body)._replace(id="") == api.answer(whole)._replace(id="")
    assert [it._replace(id="") for it in heard(api, body)] == [
        it._replace(id="") for it in heard(api, whole)
    ]


@EACH
@CASES
def test_what_was_said_is_what_the_model_said(name, case):
    api, answer = APIS[name], ANSWERS[case]
    said = heard(api, SERVED[name].whole(ASK, answer, Ids("seed")))
    by_kind = [(it.kind, it.text or (it.name, it.arguments)) for it in said]
    expected = [("thinking", answer.thinking)] if answer.thinking else []
    expected += [("assistant", answer.text)] if answer.text else []
    expected += [("call", ("run", call.arguments)) for call in answer.calls]
    if name == "chat" and answer.thinking:  # this server's way of thinking is not told there
        by_kind = [it for it in by_kind if it[0] != "thinking"]
        expected = [it for it in expected if it[0] != "thinking"]
    assert by_kind == expected


@EACH
@CASES
def test_tokens_are_those_of_the_model_and_never_overlap(name, case):
    tokens = ANSWERS[case].usage
    body = SERVED[name].whole(ASK, ANSWERS[case], Ids("seed"))
    usage = APIS[name].answer(body).usage
    assert isinstance(usage, Usage)
    assert usage.prompt == tokens.input
    assert usage.output == tokens.output
    assert usage.cache_read == tokens.cached


@EACH
@CASES
def test_our_own_stream_of_an_answer_assembles_to_it(name, case):
    api = APIS[name]
    whole = SERVED[name].whole(ASK, ANSWERS[case], Ids("seed"))
    data = b"".join(server_sent_events.encode(*frame) for frame in api.frames(whole))
    body, ended = api.assemble(server_sent_events.parse(data)[0])
    assert ended
    assert heard(api, body) == heard(api, whole)
    assert api.answer(body) == api.answer(whole)


def test_our_own_stream_of_a_chat_has_the_order_of_a_model():
    """Some clients go by the order of what came."""
    call = {"id": "c", "type": "function", "function": {"name": "run", "arguments": "{}"}}
    told = {"content": "I look.", "tool_calls": [call], "reasoning_content": "Hm."}
    message = {"role": "assistant", **told}
    frames = APIS["chat"].frames({"choices": [{"index": 0, "message": message}]})
    deltas = [frame["choices"][0]["delta"] for _, frame in frames]
    order = [name for delta in deltas for name in delta]
    assert order == ["role", "reasoning_content", "content", "tool_calls"]
    assert all(len(delta.keys() - {"role"}) <= 1 for delta in deltas)


@EACH
def test_a_stream_that_is_cut_anywhere_says_a_beginning(name):
    api = APIS[name]
    data = streamed(name, ANSWERS["calls"])
    for stop in range(0, len(data), 37):
        frames, _ = server_sent_events.parse(data[:stop])
        body, _ = api.assemble(frames)
        api.answer(body)
        texts = [it.text for it in heard(api, body) if it.kind == "assistant"]
        assert "I look.".startswith("".join(texts))


PATHS = {
    "/v1/messages?beta=true": ("anthropic", "generate"),
    "/x/v1/messages": ("anthropic", "generate"),
    "/v1/messages/count_tokens": (None, "count_tokens"),
    "/v1/chat/completions": ("chat", "generate"),
    "/openai/deployments/x/chat/completions?api-version=1": ("chat", "generate"),
    "/backend-api/codex/responses": ("responses", "generate"),
    "/v1beta/models/gemini-3:streamGenerateContent?alt=sse": ("gemini", "generate"),
    "/v1beta/models/gemini-3:generateContent": ("gemini", "generate"),
    "/v1beta/models/gemini-3:countTokens": (None, "count_tokens"),
    "/v1/models": (None, "models"),
    "/model/anthropic.x/invoke-with-response-stream": (None, "other"),
    "/": (None, "other"),
}


@pytest.mark.parametrize("path", PATHS)
def test_which_api_a_path_is_for(path):
    kind = kind_of(path)
    assert (kind.api.name if kind.api else None, kind.operation) == PATHS[path]


def test_web_searches_of_an_answer_are_counted():
    """They cost money, too; the usage of an answer is read as that of a transcript is."""
    body = {"usage": {"input_tokens": 5, "server_tool_use": {"web_search_requests": 3}}}
    answer = APIS["anthropic"].answer(body)
    assert answer.usage == Usage(input=5, web_searches=3)
