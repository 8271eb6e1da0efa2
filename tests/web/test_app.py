"""Invalid requests, abandoned ones, and errors inside the server."""

import asyncio
import socket

import pytest

from agentrec.web.app import make_app
from agentrec.web.auth import AccessKeys
from agentrec.web.catalogs.catalog import Catalog
from agentrec.web.recording_pool import RecordingPool
from agentrec.web.request import Service
from tests.library.helpers import ended, make, shown
from tests.web.serving import API, LIMIT, TOKEN, Serving


def test_a_body_that_says_it_is_too_large_is_not_read(server):
    answer = server.post("/sessions/agent-1/moments", b"{}", Content_Length=str(1 << 30))
    assert answer.status in (413, 415)
    answer = server.post(
        "/sessions/agent-1/moments",
        b"{}",
        Content_Length=str(1 << 30),
        Content_Type="application/json",
    )
    assert answer.status == 413
    assert answer.problem


def test_a_body_that_grows_too_large_is_cut_off(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT) as client:
        head = (
            f"POST {API}/sessions/agent-1/moments HTTP/1.1\r\nHost: {server.host}\r\n"
            f"Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
        )
        client.sendall(head.encode())
        piece = b" " * 0x8000
        for _ in range(4):
            client.sendall(b"8000\r\n" + piece + b"\r\n")
        assert b" 413 " in client.recv(100)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"null", 400),
        (b'{"label": 5}', 400),
        (b'{"label": "x", "ts": NaN}', 400),
        (b'{"label": "x", "ts": -1}', 400),
        (b'{"label": "x", "ts": 1e999}', 400),
        (b'{"label": "x", "other": 1}', 400),
        (b'{"label": "\\ud800"}', 400),
        (b"[" * 50_000, 400),
        (b'{"label": "' + b"x" * 2000 + b'"}', 400),
        (b"\xff\xfe", 400),
    ],
)
def test_bodies_that_make_no_sense(server, body, status):
    answer = server.post("/sessions/agent-1/moments", body, Content_Type="application/json")
    assert answer.status == status
    assert answer.problem


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_what_a_form_of_another_site_could_send_is_no_body(server, kind):
    answer = server.post("/sessions/agent-1/moments", b'{"label": "x"}', Content_Type=kind)
    assert answer.status == 415


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "limit=1&limit=2",
        "limit=1.5",
        "offset=-1",
        "state=odd",
        "q=%ff",
    ],
)
def test_parameters_are_checked(server, query):
    if query == "q=%ff":
        assert server.get(f"/search?{query}").status == 400
        return
    answer = server.get(f"/sessions?{query}")
    assert answer.status == 400
    assert query.split("=")[0] in answer.problem


@pytest.mark.parametrize("agent", ["/bin/sh", "sh", "../claude", "claude; id", ""])
def test_only_agents_that_are_known_can_be_started(server, agent):
    body = {"agent": agent, "confirm": True}
    assert server.post("/sessions/agent-1/session-branch", body).status == 400


def test_a_query_and_a_head_that_are_too_long(server):
    assert server.get("/sessions?agent=" + "x" * 17_000).status == 400
    try:
        assert server.get("/sessions", X_Much="x" * 600_000).status in (400, 431)
    except (ConnectionResetError, BrokenPipeError):  # it was not even read
        pass


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST", "TRACE"])
def test_other_methods_are_none(server, method):
    answer = server.request(method, f"{API}/stats")
    assert answer.status == 405
    assert answer.problem


def test_a_defect_is_told_to_nobody_but_the_server(monkeypatch, folder, caplog):
    def broken(*_, **__):
        raise RuntimeError("the inner life of the server")

    monkeypatch.setattr("agentrec.web.handlers.recording.recording_info", broken)
    with Serving(folder) as server:
        answer = server.get("/sessions/agent-1")
        assert answer.status == 500
        assert "inner life" not in answer.body.decode()
        assert "Traceback" not in answer.body.decode()
    assert "inner life" in caplog.text


def test_the_work_for_one_that_was_abandoned_ends(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    frames = [shown(n / 10, f"\rnumber {n}") for n in range(400)]
    make(str(tmp_path / "r" / "a.ahr"), *frames, ended(41), id="one")
    env = {"XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    service = Service(Catalog([str(tmp_path / "r")], env), RecordingPool(), env)
    app = make_app(service, AccessKeys(TOKEN), (), lambda: False)
    path = f"{API}/sessions/one/film"
    for messages, status in (
        ([{"type": "http.request", "body": b""}], 200),
        ([{"type": "http.request", "body": b""}, {"type": "http.disconnect"}], 503),
    ):
        assert asyncio.run(_status(app, path, b"t=0&limit=300", messages)) == status
    service.recordings.close()


async def _status(app, path, query, messages):
    """The status of the response to a client that sends ``messages``, and nothing more."""
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {TOKEN}".encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": headers,
        "http_version": "1.1",
        "root_path": "",
        "scheme": "http",
        "server": ("localhost", 80),
        "client": None,
    }
    statuses = []

    async def receive():
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await asyncio.wait_for(app(scope, receive, send), LIMIT)
    return statuses[0]
