"""Bytes through a real gateway: what the client and the server see, and what is recorded of it."""

import gzip
import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

import brotli
import pytest

from agentrec.gateway.recorded_calls import calls_of
from tests.gateway.running import Gateway, Server, answering, http, read_all, read_request

ASK = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}]}).encode()
ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "output_tokens": 2},
}
JSON = "Content-Type: application/json"
SSE = "Content-Type: text/event-stream"


def answered(gateway, number=1):
    return gateway.wait_for("llm/response", number)[-1].data


def test_every_byte_of_an_answer_is_as_the_server_sent_it():
    odd = (
        b"HTTP/1.1 200 Fine By Me\r\nX-ODD:  two  spaces\r\nx-odd: again\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
        b"3;name=value\r\nabc\r\n00A\r\n0123456789\r\n0\r\nTrailer: yes\r\n\r\n"
    )
    with Server(answering(odd)) as server, Gateway(server.url) as gateway:
        assert gateway.ask("/v1/messages", ASK) == odd
        assert answered(gateway)["bytes"] == 13


def test_a_request_is_as_the_client_sent_it_but_for_path_and_host():
    seen = []

    def handle(connection):
        seen.append(read_request(connection))
        connection.sendall(http(b"{}"))

    with Server(handle) as server, Gateway(server.url + "/base") as gateway:
        lines = ("x-API-key: abcdefgh", "ACCEPT:*/*", "Connection: close")
        gateway.ask("/v1/messages?beta=true", ASK, *lines)
        sent = gateway.request("/v1/messages?beta=true", ASK, *lines)
    expected = sent.replace(gateway.base.path.encode(), b"/base", 1)
    expected = expected.replace(gateway.base.netloc.encode(), f"127.0.0.1:{server.port}".encode())
    assert seen == [expected]


def test_connections_are_used_again_as_without_it():
    connections = []

    def handle(connection):
        connections.append(connection.getpeername())
        answering(http(b"{}"), http(b"{}"), http(b"{}"))(connection)

    with Server(handle) as server, Gateway(server.url) as gateway:
        with gateway.connect() as client:
            for _ in range(3):
                client.sendall(gateway.request("/v1/messages", ASK))
                assert client.recv(1000).endswith(b"{}")
        assert len(connections) == 1
        assert len(gateway.wait_for("llm/response", 3)) == 3


def test_pieces_of_a_stream_pass_at_once():
    seen = threading.Event()

    def handle(connection):
        read_request(connection)
        connection.sendall(f"HTTP/1.1 200 OK\r\n{SSE}\r\n\r\ndata: 1\n\n".encode())
        seen.wait(20)
        connection.sendall(b"data: 2\n\n")

    with Server(handle) as server, Gateway(server.url) as gateway, gateway.connect() as client:
        client.sendall(gateway.request("/v1/messages", ASK))
        first = b""
        while not first.endswith(b"data: 1\n\n") and (piece := client.recv(1000)):
            first += piece
        seen.set()
        assert read_all(client) == b"data: 2\n\n"
        response = answered(gateway)
    assert [size for _, size in response["chunks"]] == [9, 9]


@pytest.mark.parametrize(
    ("status", "error"), [("429 Too Many Requests", "slow down"), ("500 Oh No", "broken")]
)
def test_an_error_of_the_api_is_told(status, error):
    body = json.dumps({"type": "error", "error": {"type": "x", "message": error}}).encode()
    answer = http(body, JSON, "Retry-After: 7", status=status)
    with Server(answering(answer)) as server, Gateway(server.url) as gateway:
        assert gateway.ask("/v1/messages", ASK) == answer
        response = answered(gateway)
        gateway.stop()
    assert response["status"] == int(status[:3])
    assert response["error"] == error
    assert response["headers"]["retry-after"] == "7"
    assert not gateway.of("llm/call")
    states = [event.data["state"] for event in gateway.of("agent/lifecycle")]
    assert states == ["started", "error"]


def test_a_retry_tells_the_question_once():
    bad = http(b'{"error": {"message": "busy"}}', JSON, status="529 Overloaded")
    good = http(json.dumps(ANSWER).encode(), JSON)
    with Server(answering(bad, good)) as server, Gateway(server.url) as gateway:
        with gateway.connect() as client:
            client.sendall(gateway.request("/v1/messages", ASK))
            client.recv(10_000)
            client.sendall(gateway.request("/v1/messages", ASK))
            client.recv(10_000)
        gateway.wait_for("llm/response", 2)
        gateway.stop()
    texts = [event.data["text"] for event in gateway.of("agent/message")]
    assert texts == ["hi", "hello"]
    assert len(gateway.of("llm/call")) == 1
    first, second = gateway.of("llm/request")
    assert second.data["retry_of"] == first.span
    assert "retry_of" not in first.data


def test_half_an_answer_is_what_the_client_gets_and_is_recorded_as_cut():
    half = http(json.dumps(ANSWER).encode(), JSON)[:-30]
    with Server(answering(half)) as server, Gateway(server.url) as gateway:
        assert gateway.ask("/v1/messages", ASK) == half
        assert answered(gateway)["ended"] == "cut"


def test_of_half_a_stream_the_beginning_is_recorded():
    frames = [
        {"type": "message_start", "message": ANSWER | {"content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "hel"},
        },
    ]
    body = "".join(f"data: {json.dumps(frame)}\n\n" for frame in frames)
    half = f"HTTP/1.1 200 OK\r\n{SSE}\r\nContent-Length: 5000\r\n\r\n{body}".encode()
    with Server(answering(half)) as server, Gateway(server.url) as gateway:
        assert gateway.ask("/v1/messages", ASK) == half
        assert answered(gateway)["ended"] == "cut"
        (call,) = calls_of(gateway.events)
    assert call.answer["content"] == [{"type": "text", "text": "hel"}]


def test_an_answer_that_the_client_has_is_whole_if_the_recording_ends_then():
    answer = http(b'{"type": "message", "id": "m"}')
    endings = []
    for _ in range(8):
        with Server(answering(answer)) as server, Gateway(server.url) as gateway:
            with gateway.connect() as connection:
                connection.sendall(gateway.request("/v1/messages", b"{}"))
                received = b""
                while len(received) < len(answer) and (piece := connection.recv(1 << 16)):
                    received += piece
                os.kill(gateway.pid, signal.SIGTERM)
            endings += [it.data["ended"] for it in gateway.wait_for("llm/response")]
    assert endings == ["complete"] * 8


def test_garbage_passes_and_is_kept():
    garbage = b"\x00\x01 no HTTP at all \xff" * 50
    with Server(answering(garbage)) as server, Gateway(server.url) as gateway:
        assert gateway.ask("/v1/messages", ASK) == garbage
        assert answered(gateway)["ended"] == "cut"


def test_garbage_in_a_stream_passes_and_what_can_be_read_is_recorded():
    start = {"type": "message_start", "message": ANSWER | {"content": []}}
    told = f"data: {json.dumps(start)}\n\n".encode()
    garbage = b'data: {"type": \n\ndata: [1]\n\n: \xff\xfe\nwhat\ndata: {"type": "unheard of"}\n\n'
    answer = http(garbage + told + garbage, SSE)
    with Server(answering(answer)) as server, Gateway(server.url) as gateway:
        assert gateway.ask("/v1/messages", ASK) == answer
        response = answered(gateway)
        gateway.stop()
    assert (response["ended"], response["status"]) == ("cut", 200)
    assert response["id"] == ANSWER["id"]
    assert gateway.of("sys/trouble") == []


def test_an_answer_that_is_no_json_is_kept_as_text():
    answer = http(b"<html>a proxy's page</html>", "Content-Type: text/html", status="502 Bad")
    with Server(answering(answer)) as server, Gateway(server.url) as gateway:
        assert gateway.ask("/v1/messages", ASK) == answer
        response = answered(gateway)
    assert response["parts"][response["body"]] == {"text": "<html>a proxy's page</html>"}
    assert response["body_is_raw"] is True


def test_no_server_is_a_connection_error():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with Gateway(f"http://127.0.0.1:{port}") as gateway:
        assert gateway.ask("/v1/messages", ASK) == b""
        response = answered(gateway)
    assert (response["ended"], response["status"]) == ("failed", None)
    assert response["error"]


def test_a_server_that_says_nothing_for_long_is_waited_for():
    """The gateway has no limit of its own: how long to wait is for the agent to say."""
    asked, answer = threading.Event(), threading.Event()

    def handle(connection):
        read_request(connection)
        asked.set()
        answer.wait(20)
        connection.sendall(http(json.dumps(ANSWER).encode(), JSON))

    with Server(handle) as server, Gateway(server.url) as gateway, gateway.connect() as connection:
        connection.sendall(gateway.request("/v1/messages", ASK))
        assert asked.wait(20)
        gateway.wait_for("llm/request")  # recorded although nothing came back
        connection.settimeout(1.5)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        assert gateway.of("llm/response") == []
        connection.settimeout(20)
        answer.set()
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 OK")
        found = answered(gateway)
    assert (found["ended"], found["status"]) == ("complete", 200)
    assert found["first_byte_ms"] >= 1500


def test_when_the_agent_cancels_the_server_notices():
    closed = threading.Event()

    def handle(connection):
        read_request(connection)
        assert connection.recv(1) == b""  # nothing is answered for as long as it takes
        closed.set()

    with Server(handle) as server, Gateway(server.url) as gateway:
        with gateway.connect() as client:
            client.sendall(gateway.request("/v1/messages", ASK))
            gateway.wait_for("llm/request")  # recorded although nothing came back
        assert closed.wait(20)
        assert answered(gateway)["ended"] == "canceled"


def test_another_path_is_not_passed_on():
    with Server(answering(http(b"{}"))) as server, Gateway(server.url) as gateway:
        with gateway.connect() as client:
            client.sendall(b"GET /v1/messages HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_all(client).startswith(b"HTTP/1.1 404")
        gateway.stop()
    assert gateway.events == []


def test_a_huge_answer_passes_in_bounded_memory_to_a_slow_client():
    size = 100 << 20
    block = b"x" * (1 << 20)

    def handle(connection):
        read_request(connection)
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
        for _ in range(size // len(block)):
            connection.sendall(block)

    with Server(handle) as server, Gateway(server.url) as gateway, gateway.connect() as client:
        client.sendall(gateway.request("/v1/messages", ASK))
        client.recv(1000)
        time.sleep(0.5)  # a slow client: the server has to wait
        received = len(read_all_counted(client, size))
        response = answered(gateway)
        peak = next(
            int(line.split()[1])
            for line in Path(f"/proc/{gateway.pid}/status").read_text().splitlines()
            if line.startswith("VmHWM")
        )
    assert received >= size - 1000
    assert response["bytes"] == size
    assert len(json.dumps(response)) < 2 << 20
    assert peak < 80 << 10


def read_all_counted(client, size):
    count = 0
    while piece := client.recv(1 << 20):
        count += len(piece)
        if count >= size:
            break
    return range(count)


CODINGS = {"gzip": gzip.compress, "br": brotli.compress}


@pytest.mark.parametrize("coding", CODINGS)
def test_a_compressed_body_passes_compressed_and_is_recorded_as_it_was_before(coding):
    packed = CODINGS[coding](json.dumps(ANSWER).encode())
    answer = http(packed, JSON, f"Content-Encoding: {coding}")
    with Server(answering(answer)) as server, Gateway(server.url) as gateway:
        asked = CODINGS[coding](ASK)
        assert gateway.ask("/v1/messages", asked, f"Content-Encoding: {coding}") == answer
        answered(gateway)
        (call,) = calls_of(gateway.events)
    assert call.body == json.loads(ASK)
    assert call.answer == ANSWER


def test_when_it_is_killed_the_client_gets_a_connection_error_and_it_is_told():
    def handle(connection):
        read_request(connection)
        connection.recv(1)

    with Server(handle) as server, Gateway(server.url) as gateway, gateway.connect() as client:
        client.sendall(gateway.request("/v1/messages", ASK))
        gateway.wait_for("llm/request")
        os.kill(gateway.pid, signal.SIGKILL)
        assert read_all(client) == b""
        (trouble,) = gateway.wait_for("sys/trouble")
        with pytest.raises(ConnectionRefusedError):
            gateway.connect()
    assert "the gateway ended by signal 9" in trouble.data["text"]


def test_it_ends_when_the_recorder_does():
    with Server(answering(http(b"{}"))) as server:
        gateway = Gateway(server.url)
        os.close(gateway.companion._alive)
        os.close(gateway.companion._input)
        assert os.waitpid(gateway.pid, 0)[1] == 0
