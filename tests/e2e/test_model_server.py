"""The scripted model server over HTTP: each API's shapes, as its documentation describes them.

Streams are put together here by a reader of our own, so that the server is not its own witness.
"""

import http.client
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fixtures.modelserver import ModelServer

ROOT = Path(__file__).resolve().parents[2]
KEY = {"authorization": "Bearer secret-key", "content-type": "application/json"}
SHELL = {
    "type": "object",
    "properties": {"command": {"type": "string"}, "description": {"type": "string"}},
    "required": ["command", "description"],
}
COMMAND = "printf 'first line\\nsecond line\\n' > hello.txt && wc -l hello.txt"
PROMPT = "write it [[scenario:write-file]]"


@pytest.fixture(scope="module")
def server():
    with ModelServer() as running:
        yield running


def request(server, method, path, body=None, headers=KEY):
    """(status, content type, body as bytes)."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    payload = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    connection.request(method, path, payload, headers)
    response = connection.getresponse()
    answer = response.status, response.headers.get_content_type(), response.read()
    connection.close()
    return answer


def post(server, path, body):
    status, kind, raw = request(server, "POST", path, body)
    assert (status, kind) == (200, "application/json"), raw
    return json.loads(raw)


def events(server, path, body):
    """The (name, data) of each server-sent event; data that is no JSON stays text."""
    status, kind, raw = request(server, "POST", path, body)
    assert (status, kind) == (200, "text/event-stream"), raw
    found = []
    for block in raw.decode().strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        data = fields["data"]
        found.append((fields.get("event"), json.loads(data) if data[0] == "{" else data))
    return found


# --- requests of each dialect ---------------------------------------------------------------


def anthropic(prompt=PROMPT, **more):
    return {
        "model": "claude-opus-4-5",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": [{"type": "text", "text": prompt}]}],
        "tools": [{"name": "Bash", "input_schema": SHELL}],
        **more,
    }


def chat(prompt=PROMPT, **more):
    return {
        "model": "gpt-5.5",
        "messages": [
            {"role": "system", "content": "You help."},
            {"role": "user", "content": prompt},
        ],
        "tools": [{"type": "function", "function": {"name": "bash", "parameters": SHELL}}],
        **more,
    }


def responses(prompt=PROMPT, **more):
    cmd = {"type": "object", "properties": {"cmd": {"type": "string"}}, "required": ["cmd"]}
    return {
        "model": "gpt-5.5",
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": prompt}],
            }
        ],
        "tools": [{"type": "function", "name": "exec_command", "parameters": cmd}],
        **more,
    }


def gemini(prompt=PROMPT, **more):
    tool = {"name": "run_shell_command", "parametersJsonSchema": SHELL}
    return {
        "contents": [{"role": "user", "parts": [{"text": prompt}]}],
        "tools": [{"functionDeclarations": [tool]}],
        **more,
    }


GENERATE = "/v1beta/models/gemini-2.5-pro:generateContent"
STREAM = "/v1beta/models/gemini-2.5-pro:streamGenerateContent"


# --- whole answers and streams --------------------------------------------------------------


def without_ids(value):
    """The answers of two requests are equal but for identifiers and signatures."""
    if isinstance(value, dict):
        masked = ("id", "call_id", "signature", "responseId", "thoughtSignature")
        return {k: "*" if k in masked else without_ids(v) for k, v in value.items()}
    return [without_ids(inner) for inner in value] if isinstance(value, list) else value


def test_an_anthropic_stream_adds_up_to_the_whole_message(server):
    whole = post(server, "/v1/messages", anthropic())
    stream = events(server, "/v1/messages?beta=true", anthropic(stream=True))
    assert all(name == data["type"] for name, data in stream)
    assert [stream[0][0], stream[-2][0], stream[-1][0]] == [
        "message_start",
        "message_delta",
        "message_stop",
    ]
    message = stream[0][1]["message"]
    for name, data in stream[1:-2]:
        if name == "content_block_start":
            assert data["index"] == len(message["content"])
            message["content"].append(data["content_block"] | {"json": ""})
        elif name == "content_block_delta":
            block, delta = message["content"][data["index"]], data["delta"]
            key, field = {
                "text_delta": ("text", "text"),
                "thinking_delta": ("thinking", "thinking"),
                "signature_delta": ("signature", "signature"),
                "input_json_delta": ("json", "partial_json"),
            }[delta["type"]]
            block[key] += delta[field]
        else:
            assert name == "content_block_stop"
            text = message["content"][data["index"]].pop("json")
            if text:
                message["content"][data["index"]]["input"] = json.loads(text)
    message |= stream[-2][1]["delta"] | {"usage": stream[-2][1]["usage"]}
    assert without_ids(message) == without_ids(whole)
    assert [block["type"] for block in whole["content"]] == ["thinking", "text", "tool_use"]
    assert whole["content"][2]["name"] == "Bash"
    assert whole["content"][2]["input"]["command"] == COMMAND
    assert whole["stop_reason"] == "tool_use"
    assert len(stream) > 12  # it comes in pieces


def test_a_chat_stream_adds_up_to_the_whole_completion(server):
    whole = post(server, "/v1/chat/completions", chat())
    stream = events(server, "/v1/chat/completions", chat(stream=True))
    assert stream.pop() == (None, "[DONE]")
    usage = stream.pop()[1]
    assert usage["choices"] == []
    assert usage["usage"] == whole["usage"]
    message = {"role": "assistant", "content": "", "reasoning_content": "", "tool_calls": []}
    for name, chunk in stream:
        assert name is None
        assert chunk["object"] == "chat.completion.chunk"
        assert chunk["id"] == stream[0][1]["id"]
        (choice,) = chunk["choices"]
        delta = choice["delta"]
        message["content"] += delta.get("content", "")
        message["reasoning_content"] += delta.get("reasoning_content", "")
        for call in delta.get("tool_calls", ()):
            if call["index"] == len(message["tool_calls"]):
                message["tool_calls"].append(call)
            else:
                target = message["tool_calls"][call["index"]]["function"]
                target["arguments"] += call["function"]["arguments"]
    for call in message["tool_calls"]:
        del call["index"]
    assert choice["finish_reason"] == "tool_calls"
    assert without_ids(message) == without_ids(whole["choices"][0]["message"])
    (call,) = message["tool_calls"]
    assert json.loads(call["function"]["arguments"])["command"] == COMMAND


def test_a_responses_stream_adds_up_to_the_whole_response(server):
    whole = post(server, "/v1/responses", responses())
    stream = events(server, "/v1/responses", responses(stream=True))
    assert all(name == data["type"] for name, data in stream)
    assert [data["sequence_number"] for _, data in stream] == list(range(len(stream)))
    assert stream[0][0] == "response.created"
    assert stream[-1][0] == "response.completed"
    done, texts = [], {}
    for name, data in stream:
        if name.endswith(".delta"):
            texts[data["output_index"]] = texts.get(data["output_index"], "") + data["delta"]
        elif name == "response.output_item.done":
            done.append(data["item"])
    assert done == stream[-1][1]["response"]["output"]
    assert without_ids(stream[-1][1]["response"]) == without_ids(whole)
    reasoning, message, call = done
    assert texts == {
        0: reasoning["summary"][0]["text"],
        1: message["content"][0]["text"],
        2: call["arguments"],
    }
    assert call["name"] == "exec_command"
    assert json.loads(call["arguments"]) == {"cmd": COMMAND}


@pytest.mark.parametrize("query", ["?alt=sse", ""])
def test_a_gemini_stream_adds_up_to_the_whole_response(server, query):
    whole = post(server, GENERATE, gemini())
    if query:
        chunks = [data for _, data in events(server, STREAM + query, gemini())]
    else:  # without alt=sse it is one JSON array
        chunks = post(server, STREAM, gemini())
    parts = []
    for chunk in chunks:
        for part in chunk["candidates"][0]["content"]["parts"]:
            same = parts and "text" in part and part.keys() == parts[-1].keys()
            if same:
                parts[-1]["text"] += part["text"]
            else:
                parts.append(part)
    (candidate,) = whole["candidates"]
    assert without_ids(parts) == without_ids(candidate["content"]["parts"])
    assert chunks[-1]["candidates"][0]["finishReason"] == candidate["finishReason"] == "STOP"
    assert chunks[-1]["usageMetadata"] == whole["usageMetadata"]
    assert parts[0]["thought"] is True
    assert parts[-1]["functionCall"]["args"]["command"] == COMMAND


def test_usage_grows_with_the_conversation_and_the_past_comes_from_the_cache(server):
    first = post(server, "/v1/messages", anthropic())
    longer = anthropic()
    longer["messages"] += [
        {"role": "assistant", "content": first["content"]},
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": first["content"][2]["id"],
                    "content": "2 hello.txt",
                }
            ],
        },
    ]
    second = post(server, "/v1/messages", longer)

    def total(usage):
        return sum(n for name, n in usage.items() if name.endswith("input_tokens"))

    assert first["usage"]["cache_read_input_tokens"] == 0
    assert second["usage"]["cache_read_input_tokens"] > 0
    assert total(second["usage"]) > total(first["usage"])
    assert second["id"] != first["id"]


# --- what is no conversation ----------------------------------------------------------------


def test_models_tokens_and_head(server):
    status, _, raw = request(server, "GET", "/v1/models")
    assert status == 200
    assert "gpt-5.5" in [model["id"] for model in json.loads(raw)["data"]]
    assert post(server, "/v1/messages/count_tokens", anthropic())["input_tokens"] > 50
    assert request(server, "HEAD", "/")[0] == 200


REFUSED = {
    "no model": ("/v1/messages", anthropic() | {"model": ""}, 400),
    "no max_tokens": ("/v1/messages", anthropic() | {"max_tokens": None}, 400),
    "no messages": ("/v1/chat/completions", chat() | {"messages": []}, 400),
    "a strange role": (
        "/v1/chat/completions",
        chat() | {"messages": [{"role": "robot", "content": "hi"}]},
        400,
    ),
    "a message that is none": ("/v1/messages", anthropic() | {"messages": ["hi"]}, 400),
    "no input": ("/v1/responses", responses() | {"input": []}, 400),
    "no contents": (GENERATE, {"contents": []}, 400),
    "tools that are none": (GENERATE, gemini() | {"tools": [7]}, 400),
    "no object": ("/v1/responses", [1, 2], 400),
    "no JSON": ("/v1/chat/completions", b"{not json", 400),
    "an unknown path": ("/v1/embeddings", {"model": "x"}, 404),
    "an unknown scenario": ("/v1/messages", anthropic("[[scenario:no-such]]"), 400),
    "a scenario that refuses": ("/v1/messages", anthropic("[[scenario:refused]]"), 400),
    "no tool for the step": ("/v1/chat/completions", chat() | {"tools": []}, 400),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_request_gets_an_error_of_its_api(server, case):
    path, body, expected = REFUSED[case]
    status, kind, raw = request(server, "POST", path, body)
    error = json.loads(raw)["error"]
    assert (status, kind) == (expected, "application/json")
    assert error["message"]
    if "/messages" in path:
        assert json.loads(raw)["type"] == "error"
        assert error["type"] == "invalid_request_error"
    elif path == GENERATE:
        assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    else:
        assert error["type"] == "invalid_request_error"


def dangling():
    """Each dialect's request that ends in a tool call nobody answered."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {}}
    body = anthropic()
    body["messages"] += [{"role": "assistant", "content": [call]}, {"role": "user", "content": "x"}]
    yield "/v1/messages", body
    function = {"id": "call_1", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
    body = chat()
    body["messages"].append({"role": "assistant", "content": None, "tool_calls": [function]})
    yield "/v1/chat/completions", body
    item = {"type": "function_call", "call_id": "c1", "name": "exec_command", "arguments": "{}"}
    yield "/v1/responses", responses() | {"input": [*responses()["input"], item]}
    part = {"functionCall": {"name": "run_shell_command", "args": {}}}
    contents = [*gemini()["contents"], {"role": "model", "parts": [part]}]
    yield GENERATE, gemini() | {"contents": contents}


@pytest.mark.parametrize("index", range(4), ids=["anthropic", "chat", "responses", "gemini"])
def test_a_tool_call_without_its_result_is_refused_as_the_api_does(server, index):
    path, body = list(dangling())[index]
    status, _, raw = request(server, "POST", path, body)
    assert status == 400, raw


def test_a_request_without_a_key_is_refused(server):
    status, _, raw = request(server, "POST", "/v1/messages", anthropic(), headers={})
    assert status == 401
    assert json.loads(raw)["error"]["type"] == "authentication_error"


def test_a_body_that_is_too_large_is_refused_without_reading_it(server):
    headers = KEY | {"content-length": str(1 << 40)}
    status, _, raw = request(server, "POST", "/v1/messages", b"", headers=headers)
    assert status == 413
    assert json.loads(raw)["error"]["type"] == "request_too_large"


# --- the server itself ----------------------------------------------------------------------


def test_it_keeps_what_it_received_without_keys(tmp_path):
    log = tmp_path / "requests.jsonl"
    with ModelServer(log=log) as server:
        post(server, "/v1/messages", anthropic("hi [[scenario:hello]]"))
        request(server, "POST", "/v1/messages", b"\xff not json")
        listed = json.loads(request(server, "GET", "/_received")[2])
        kept = server.received("/v1/messages")
    assert [entry["number"] for entry in listed] == [0, 1]
    assert listed == [json.loads(line) for line in log.read_text().splitlines()]
    assert kept[0].body == anthropic("hi [[scenario:hello]]")
    assert kept[0].headers["authorization"] == "***"
    assert "secret-key" not in log.read_text()


def test_many_clients_at_once_each_get_their_own_answer():
    answers = {}
    with ModelServer(delay=0.002) as server:

        def ask(number):
            body = anthropic(f"I am number {number}. [[scenario:hello]]", stream=True)
            deltas = [data.get("delta", {}) for _, data in events(server, "/v1/messages", body)]
            answers[number] = "".join(delta.get("text", "") for delta in deltas)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.received()) == 12
    assert answers == {
        number: f"Hello from the scripted model. You said: I am number {number}."
        for number in range(12)
    }


def test_a_client_that_leaves_in_the_middle_harms_nobody():
    with ModelServer(delay=0.01) as server:
        for _ in range(3):
            connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
            body = json.dumps(anthropic(stream=True)).encode()
            connection.request("POST", "/v1/messages", body, KEY)
            response = connection.getresponse()
            response.read(10)
            response.close()
            connection.close()
        assert post(server, "/v1/messages", anthropic())["type"] == "message"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_by_hand_and_stops_when_asked(stop, tmp_path):
    command = [sys.executable, "-m", "fixtures.modelserver", "--log", str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        address = urlsplit(process.stdout.readline().strip())
        assert address.hostname == "127.0.0.1"
        connection = http.client.HTTPConnection(address.netloc, timeout=30)
        connection.request("GET", "/v1/models")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(stop)
        assert process.wait(30) == 0
    assert "/v1/models" in (tmp_path / "log").read_text()
