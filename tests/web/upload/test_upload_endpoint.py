"""Files of any format that are sent to the server."""

import gzip
import itertools
import json
import os
import socket
import threading
from pathlib import Path
from urllib.parse import quote

import pytest

from agentrec.recording.append import append_moment
from agentrec.recording.reader import Recording
from agentrec.web import protocol
from agentrec.web.catalogs import catalog
from agentrec.web.upload import upload_endpoint
from tests.export.agent_logs import test_devduck, test_vcr
from tests.library.helpers import ended, make, shown
from tests.web.serving import API, LIMIT, TOKEN, Serving, awaited

CASTS = Path(__file__).parents[3] / "fixtures/casts"
TRANSCRIPTS = CASTS.parent / "transcripts"
BYTES = "application/octet-stream"


@pytest.fixture
def env(tmp_path):
    return {**os.environ, "XDG_DATA_HOME": str(tmp_path / "home")}


@pytest.fixture
def server(tmp_path, env):
    """Of a folder that is not the library."""
    (tmp_path / "team").mkdir()
    with Serving(tmp_path / "team", env=env) as serving:
        yield serving


def send(server, name, body, **headers):
    headers = {"Content_Type": BYTES, **headers}
    return server.request("POST", f"{API}/sessions?name={quote(name)}", body, **headers)


def library(env):
    """All files in it, also hidden ones."""
    folder = os.path.join(env["XDG_DATA_HOME"], "agentrec", "recordings")
    return [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("v1.cast", "asciicast1"),
        ("v2.cast", "asciicast2"),
        ("v3.cast", "asciicast3"),
        ("session.ttyrec", "ttyrec"),
        ("session.typescript", "script"),
        ("harbor.ahr", "ahr1"),
        ("v2.cast.jsonl", "jsonl"),
    ],
)
def test_a_file_of_another_format_is_converted_into_the_library(server, env, name, format_):
    answer = send(server, name, (CASTS / name).read_bytes())
    assert (answer.status, answer.json["format"]) == (201, format_), answer.body
    assert library(env) == [answer.json["file"]]
    (one,) = server.get("/sessions").json["sessions"]
    assert one["id"] == answer.json["id"]
    told = server.get(f"/sessions/{one['id']}").json
    assert told["state"] == "complete"
    assert server.post(f"/sessions/{one['id']}/notes", {"text": "a note"}).status == 201


@pytest.mark.parametrize(("name", "format_"), [("run.vcr", "vcr"), ("s.zip", "devduck")])
def test_runs_that_other_tools_recorded_are_added_once(server, env, tmp_path, name, format_):
    written = {"vcr": test_vcr.write, "devduck": write_with_id}[format_](tmp_path / name)
    data = Path(written).read_bytes()
    answer = send(server, name, data)
    assert (answer.status, answer.json["format"]) == (201, format_), answer.body
    told = server.get(f"/sessions/{answer.json['id']}").json
    assert told["header"]["imported"] == {"format": format_}
    again = send(server, name, data)
    assert (again.status, again.json["id"]) == (409, answer.json["id"])
    assert library(env) == [answer.json["file"]]


def write_with_id(path):
    return test_devduck.write(path, metadata_json=json.dumps({"session_id": "duck-1"}))


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("claude.jsonl", "claude-code"),
        ("codex.jsonl", "codex"),
        ("copilot.jsonl", "copilot"),
        ("gemini.jsonl", "gemini-cli"),
        ("pi.jsonl", "pi"),
        ("qwen.jsonl", "qwen-code"),
    ],
)
def test_a_session_as_its_agent_keeps_it(server, env, name, format_):
    answer = send(server, name, (TRANSCRIPTS / name).read_bytes())
    assert (answer.status, answer.json["format"]) == (201, format_), answer.body
    told = server.get(f"/sessions/{answer.json['id']}").json
    assert told["header"]["imported"] == {"format": format_}
    assert told["header"]["title"]
    with Recording.open(answer.json["file"]) as recording:
        roles = [
            event.data["role"]
            for event in recording.events(tracks=("agent",))
            if event.kind == "message"
        ]
    assert {"user", "assistant"} <= set(roles)


def test_what_is_assumed_is_said_and_gzip_is_unpacked(server):
    packed = gzip.compress((CASTS / "harbor-headless.ahr").read_bytes())
    answer = send(server, "up/there\\harbor.ahr", packed)
    assert answer.status == 201, answer.body
    assert any("harbor.ahr: " in note and "swapped" in note for note in answer.json["notes"])


def test_a_recording_is_kept_as_it_is_once(server, env, tmp_path):
    path = make(str(tmp_path / "mine.ahr"), shown(0, "hello"), ended(2), id="mine-1")
    data = Path(path).read_bytes()
    first = send(server, "mine.ahr", data)
    assert (first.status, first.json["id"], first.json["notes"]) == (201, "mine-1", [])
    assert Path(first.json["file"]).read_bytes() == data
    again = send(server, "other name.ahr", data)
    assert again.json == first.json
    append_moment(path, 0, "another version", "test")
    other = send(server, "mine.ahr", Path(path).read_bytes())
    assert (other.status, other.json["id"]) == (409, "mine-1")
    assert first.json["file"] in other.problem
    assert library(env) == [first.json["file"]]
    assert Path(first.json["file"]).read_bytes() == data


@pytest.fixture
def slow_index(server, monkeypatch):
    """A request for the list reads a large library into the index, which takes until the end of the test."""
    update, begun, done = catalog.update, threading.Event(), threading.Event()

    def slow(library, roots):
        if any(map(os.path.isdir, roots)):
            begun.set()
            assert done.wait(LIMIT)
        return update(library, roots)

    monkeypatch.setattr(catalog, "update", slow)
    monkeypatch.setattr(catalog, "_UPDATE_TIMEOUT_SECONDS", 2.0 * LIMIT)
    listing = threading.Thread(target=server.get, args=["/sessions"])
    listing.start()
    assert begun.wait(LIMIT)
    yield
    done.set()
    listing.join(LIMIT)


def test_a_file_is_added_while_the_library_is_read(server, slow_index, env, tmp_path):
    added = send(server, "v2.cast", (CASTS / "v2.cast").read_bytes())
    assert added.status == 201, added.body
    for rest in ("", "/timeline", "/events", "/summary"):
        assert server.get(f"/sessions/{added.json['id']}{rest}").status == 200, rest
    path = make(str(tmp_path / "team/there.ahr"), shown(0, "x"), ended(1), id="there-1")
    same = send(server, "again.ahr", Path(path).read_bytes())
    assert (same.status, same.json["file"]) == (201, path)
    other = Path(make(str(tmp_path / "other.ahr"), shown(0, "y"), ended(1), id="there-1"))
    assert send(server, "other.ahr", other.read_bytes()).status == 409
    assert library(env) == [added.json["file"]]


def test_a_recording_without_a_usable_id_and_a_torn_one(server, env, tmp_path):
    path = make(str(tmp_path / "odd.ahr"), shown(0, "x" * 9000), ended(1), id="../../odd")
    odd = send(server, "odd.ahr", Path(path).read_bytes())
    assert odd.status == 201
    assert server.get(f"/sessions/{odd.json['id']}").json["duration"] == 1
    whole = make(str(tmp_path / "torn.ahr"), shown(0, "x"), ended(1), id="torn-9")
    torn = send(server, "torn.ahr", Path(whole).read_bytes()[:-80])
    assert torn.status == 201
    assert "its end is missing" in torn.json["notes"][0]
    assert all(name.endswith(".ahr") for name in library(env))


def test_two_files_of_one_name_are_two_recordings(server, env):
    cast = (CASTS / "v2.cast").read_bytes()
    paths = {send(server, "same.cast", cast + b"\n" * n).json["file"] for n in range(2)}
    assert set(library(env)) == paths
    assert len(paths) == 2


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("empty.cast", b"", "empty.cast is empty"),
        ("noise.bin", bytes(range(256)) * 40, "nor in a format that agentrec knows"),
        ("evil.zip", b"PK\x03\x04" + b"\xff" * 500, "evil.zip"),
        ("x.json", b'{"a": 1}', "JSON, but not in a format"),
        ("x.xz", b"\xfd7zXZ\0" + b"a" * 90, "compressed with xz"),
        ("cut.cast.gz", gzip.compress(b'{"version": 2, "width": 80}' * 90)[:-20], "cut.cast.gz"),
        ("deep.vcr", b'{"type": "session", "data": ' + b"[" * 100_000, "deep.vcr"),
        ("bad.ahr", None, "bad.ahr"),
    ],
    ids=itertools.count(),
)
def test_hostile_files_are_problems_and_leave_nothing(server, env, tmp_path, name, body, words):
    if body is None:
        whole = Path(make(str(tmp_path / "r.ahr"), shown(0, "x"), ended(1))).read_bytes()
        body = whole[:9] + b"\xff" * 20
    answer = send(server, name, body)
    assert answer.status == 422, answer.body
    assert words in answer.problem
    assert library(env) == []
    assert send(server, "good.cast", (CASTS / "v2.cast").read_bytes()).status == 201


def test_who_may_not_and_what_may_not(server, env):
    cast = (CASTS / "v2.cast").read_bytes()
    for headers, status in (
        ({"Authorization": None}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415),
    ):
        assert send(server, "x.cast", cast, **headers).status == status, headers
    assert server.request("POST", f"{API}/sessions", cast, Content_Type=BYTES).status == 400
    large = send(server, "x.cast", b"", Content_Length=str((256 << 20) + 1))
    assert (large.status, large.problem) == (413, "the file is larger than 256 MiB")
    assert large.json["hint"]
    assert library(env) == []


def begin(server, length="1000"):
    client = socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT)
    client.sendall(
        f"POST {API}/sessions?name=x.cast HTTP/1.1\r\nHost: {server.host}\r\nContent-Type: {BYTES}\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Length: {length}\r\n\r\nsome".encode()
    )
    return client


def test_one_at_a_time_and_one_that_breaks_off_leaves_nothing(server, env):
    cast = (CASTS / "v2.cast").read_bytes()
    client = begin(server)
    refused = awaited(
        lambda: (it := send(server, "y.cast", cast)).status == 503 and it, "that it is busy"
    )
    assert refused.problem == "another file is being added"
    kept = library(env)
    client.close()
    added = awaited(lambda: (it := send(server, "y.cast", cast)).status == 201 and it, "the end")
    assert [path for path in library(env) if path not in kept] == [added.json["file"]]


def test_a_file_may_come_slowly_but_not_stop(server, env, monkeypatch):
    monkeypatch.setattr(protocol.BoundedHttp, "request_timeout_seconds", 0.2)
    with begin(server) as client:
        try:
            assert client.recv(1) == b""  # it waited for more in vain
        except ConnectionResetError:
            pass
    monkeypatch.setattr(protocol.BoundedHttp, "request_timeout_seconds", LIMIT)
    monkeypatch.setattr(upload_endpoint, "ARRIVAL_TIMEOUT_SECONDS", 0.2)
    with begin(server) as client:
        assert client.recv(12) == b"HTTP/1.1 408"
    assert library(env) == []


def test_a_body_without_a_length_is_limited(server, env, monkeypatch):
    monkeypatch.setattr(upload_endpoint, "MAX_FILE_BYTES", 1000)
    chunks = b"".join(b"190\r\n" + b"a" * 400 + b"\r\n" for _ in range(3)) + b"0\r\n\r\n"
    headers = {"Transfer_Encoding": "chunked", "Content_Length": None}
    assert send(server, "x.cast", chunks, **headers).status == 413
    assert library(env) == []


def test_a_recording_made_from_one_can_be_cut(server):
    added = send(server, "v2.cast", (CASTS / "v2.cast").read_bytes()).json
    cut = server.post(f"/sessions/{added['id']}/cuts", {"until": 0.5})
    assert cut.status == 201
    with Recording.open(cut.json["file"]) as recording:
        assert recording.header["parent"]["id"] == added["id"]
