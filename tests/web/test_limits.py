"""Too much, too slow, and names that are paths."""

import random
import socket

import pytest

from agentrec.web import app, protocol, workers
from tests.library.helpers import ended, make
from tests.web.serving import API, LIMIT, TOKEN, Serving, awaited

NAMES = [
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2fagent.ahr",
    "....//agent.ahr",
    "%2fetc%2fpasswd",
    "agent.ahr",
    "agent-1%00",
    "~",
    "~99999999999999999999",
    "~-1",
    "agent-1%0a",
    "%ff%fe",
    "-",
    "last",
    "*",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rest", ["", "/recording", "/timeline", "/snapshots/s1/files/x"])
def test_an_id_is_looked_up_and_is_no_path(server, name, rest):
    answer = server.get(f"/sessions/{name}{rest}")
    assert answer.status == 404, answer.body
    assert answer.problem
    assert b"root:" not in answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/../app.py",
        "/..%2fapp.py",
        "/%2e%2e/app.py",
        "/static/../app.py",
        "//etc/passwd",
        "/index.html/",
        "/nothing",
        "/....//app.py",
        "/app.py",
        "/%00.js",
        "/page/package.json",
    ],
)
def test_the_page_is_made_of_its_own_files_only(server, path):
    answer = server.request("GET", path)
    assert answer.status == 404
    assert b"import" not in answer.body


def test_a_recording_outside_the_folder_is_not_there(server, tmp_path):
    make(str(tmp_path / "other.ahr"), ended(1), id="other-1")
    with Serving(tmp_path) as other:
        assert other.get("/sessions/other-1").status == 200
    # Both are in one index.
    assert server.get("/sessions/other-1").status == 404
    assert "other-1" not in server.get("/search?q=prog").body.decode()


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
    answer = server.request(method, f"{API}/sessions")
    assert answer.status == 405
    assert answer.problem


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


def test_there_are_never_too_many_connections(hasty, monkeypatch):
    monkeypatch.setattr(protocol.BoundedHttp, "request_timeout_seconds", LIMIT)
    clients = [socket.create_connection(("127.0.0.1", hasty.port)) for _ in range(8)]
    awaited(lambda: len(connections(hasty)) == 8, "eight connections")
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=LIMIT) as one_more:
        try:
            assert one_more.recv(1) == b""
        except ConnectionResetError:
            pass
    for client in clients:
        client.close()
    awaited(lambda: not connections(hasty), "their end")
    assert hasty.get("/sessions").status == 200


def test_a_whole_download_arrives(hasty, tmp_path, monkeypatch):
    monkeypatch.setattr(protocol.BoundedHttp, "stall_timeout_seconds", LIMIT)
    answer = hasty.get("/sessions/noise-1/recording")
    assert answer.body == (tmp_path / "noise.ahr").read_bytes()
    assert answer.headers["content-disposition"] == 'attachment; filename="noise-1.ahr"'
    assert answer.headers["content-type"] == "application/octet-stream"


def test_too_much_work_is_refused(monkeypatch, folder):
    monkeypatch.setattr(app, "Workers", lambda: workers.Workers(threads=1, max_waiting=0))
    with Serving(folder) as server:
        answer = server.get("/sessions")
        assert answer.status == 503
        assert answer.headers["retry-after"]


def test_work_that_takes_too_long_is_given_up(monkeypatch, folder):
    monkeypatch.setattr("agentrec.web.request.WORK_TIMEOUT_SECONDS", -1.0)
    with Serving(folder) as server:
        answer = server.get("/sessions/agent-1/events")
        assert answer.status == 503
        assert "too long" in answer.problem


def test_a_defect_is_told_to_nobody_but_the_server(monkeypatch, folder, caplog):
    def broken(*_):
        raise RuntimeError("the inner life of the server")

    monkeypatch.setattr("agentrec.web.handlers.recording.recording_info", broken)
    with Serving(folder) as server:
        answer = server.get("/sessions/agent-1")
        assert answer.status == 500
        assert "inner life" not in answer.body.decode()
        assert "Traceback" not in answer.body.decode()
    assert "inner life" in caplog.text
