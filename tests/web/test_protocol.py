"""Slow clients, and too many of them."""

import random
import socket

import pytest

from agentrec.web import protocol
from tests.library.helpers import ended, make
from tests.web.serving import API, LIMIT, TOKEN, Serving, awaited


@pytest.fixture
def hasty(monkeypatch, tmp_path):
    """A server that waits for nobody; with a recording that fills any buffer."""
    monkeypatch.setattr(protocol.BoundedHttp, "request_timeout_seconds", 0.2)
    monkeypatch.setattr(protocol.BoundedHttp, "stall_timeout_seconds", 0.2)
    monkeypatch.setattr(protocol.BoundedWebSocket, "stall_timeout_seconds", 0.2)
    monkeypatch.setattr(protocol.BoundedHttp, "max_connections", 8)
    noise = random.Random(5).randbytes(1 << 20)
    events = [(n / 10, "term", "output", noise) for n in range(24)]
    make(str(tmp_path / "noise.ahr"), *events, ended(3), id="noise-1")
    with Serving(tmp_path) as serving:
        yield serving


def connections(server):
    return server.server.uvicorn.server_state.connections


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        f"POST {API}/sessions/x/moments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}"
        "\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode(),
    ],
)
def test_a_request_that_does_not_come_is_given_up(hasty, sent):
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=LIMIT) as client:
        client.sendall(sent)
        try:
            assert client.recv(1) == b""
        except ConnectionResetError:
            pass


def test_an_answer_that_is_not_taken_is_given_up(hasty):
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(LIMIT)
        client.connect(("127.0.0.1", hasty.port))
        client.sendall(
            f"GET {API}/sessions/noise-1/recording HTTP/1.1\r\nHost: {hasty.host}\r\n"
            f"Authorization: Bearer {TOKEN}\r\n\r\n".encode()
        )
        assert client.recv(12) == b"HTTP/1.1 200"
        awaited(lambda: not connections(hasty), "the end of the connection")
    assert hasty.get("/sessions/noise-1").status == 200


def test_a_websocket_that_is_not_read_is_given_up(hasty):
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(LIMIT)
        client.connect(("127.0.0.1", hasty.port))
        client.sendall(
            f"GET {API}/sessions/noise-1/live/ws?seq=0 HTTP/1.1\r\nHost: {hasty.host}\r\n"
            f"Authorization: Bearer {TOKEN}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert client.recv(12) == b"HTTP/1.1 101"
        awaited(lambda: not connections(hasty), "the end of the connection")
        awaited(lambda: not hasty.server.uvicorn.server_state.tasks, "the end of its work")


def test_there_are_never_too_many_connections_and_new_ones_get_in(hasty, monkeypatch):
    monkeypatch.setattr(protocol.BoundedHttp, "request_timeout_seconds", LIMIT)
    clients = [socket.create_connection(("127.0.0.1", hasty.port)) for _ in range(8)]
    awaited(lambda: len(connections(hasty)) == 8, "eight connections")
    assert hasty.request("GET", "/").status == 200  # not the list, for which files have to be read
    clients[0].settimeout(LIMIT)
    try:
        assert clients[0].recv(1) == b""  # it has waited longest
    except ConnectionResetError:
        pass
    clients[1].sendall(f"GET / HTTP/1.1\r\nHost: {hasty.host}\r\n\r\n".encode())
    clients[1].settimeout(LIMIT)
    assert clients[1].recv(12) == b"HTTP/1.1 200"
    for client in clients:
        client.close()
    awaited(lambda: not connections(hasty), "their end")


def test_a_whole_download_arrives(hasty, tmp_path, monkeypatch):
    monkeypatch.setattr(protocol.BoundedHttp, "stall_timeout_seconds", LIMIT)
    answer = hasty.get("/sessions/noise-1/recording")
    assert answer.body == (tmp_path / "noise.ahr").read_bytes()
    assert answer.headers["content-disposition"] == 'attachment; filename="noise-1.ahr"'
    assert answer.headers["content-type"] == "application/octet-stream"
