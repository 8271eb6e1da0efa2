"""A recording that runs, followed by server-sent events and by a WebSocket."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from agentrec.capture.control.client import connect_to
from agentrec.errors import InputError
from agentrec.recording.reader import Recording
from agentrec.web.live import _Opening
from tests.library.helpers import ended, make, shown
from tests.web.serving import API, LIMIT, TOKEN, Serving, awaited

PACKAGE = str(Path(__file__).resolve().parents[2])
RECORD = [sys.executable, "-m", "agentrec", "record", "-q", "--headless"]


class Running:
    """``cat``, recorded: it says what it is told, and ends when told nothing more."""

    def __init__(self, folder):
        self.path = Path(folder, "live.ahr")
        program = "stty -echo; while read line; do printf '%s\\n' \"$line\"; done < in"
        os.mkfifo(Path(folder, "in"))
        work = Path(folder, "work")
        work.mkdir()
        self.env = os.environ | {"PYTHONPATH": PACKAGE, "XDG_RUNTIME_DIR": folder}
        self._process = subprocess.Popen(
            [*RECORD, "-o", str(self.path), "--", "sh", "-c", f"cd ..; {program}"],
            cwd=work,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        self._pipe = open(Path(folder, "in"), "w")  # noqa: SIM115
        awaited(self._answers, "an answer of the recorder")

    def _answers(self):
        try:
            with Recording.open(str(self.path)) as recording:
                client = connect_to(recording.header["id"], self.env)
        except (InputError, KeyError):  # not there yet
            return False
        if client:
            client.close()
        return client is not None

    def say(self, text):
        self._pipe.write(f"{text}\n")
        self._pipe.flush()

    def end(self):
        self._pipe.close()
        assert self._process.wait(LIMIT) == 0

    def kill(self):
        """As a crash would: nothing more is written."""
        self._process.kill()
        self._process.wait(LIMIT)
        self._pipe.close()


@pytest.fixture
def running(short):
    it = Running(short)
    yield it
    it._pipe.close()
    it._process.wait(LIMIT)


@pytest.fixture
def server(running):
    with Serving(os.path.dirname(running.path), env=running.env) as serving:
        yield serving


def only(server):
    """The id of the one recording there is."""
    [row] = server.get("/sessions").json["sessions"]
    return row["id"]


class Stream:
    """Server-sent events as they come."""

    def __init__(self, server, path, **headers):
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LIMIT)
        headers = {"Authorization": f"Bearer {TOKEN}", **headers}
        self._connection.request("GET", API + path, headers=headers)
        self.response = self._connection.getresponse()

    def next(self):
        """The next message as a dict of its fields."""
        fields = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if line.startswith(":"):
                continue
            if not line:
                if fields:
                    return fields
                continue
            name, _, value = line.partition(": ")
            fields[name] = value

    def texts(self, until):
        """What was shown up to the text ``until``; the last message."""
        shown = ""
        while until not in shown:
            message = self.next()
            assert message["event"] == "events"
            shown += text_of(json.loads(message["data"]))
        return shown, message

    def close(self):
        self.response.close()
        self._connection.close()


def text_of(events):
    return "".join(
        it.get("data", "") for it in events if it["track"] == "term" and it["kind"] == "output"
    )


def test_events_come_as_they_happen(running, server):
    stream = Stream(server, f"/sessions/{only(server)}/live?seq=0")
    assert stream.response.headers["content-type"].startswith("text/event-stream")
    running.say("first")
    assert stream.texts("first")[0].strip() == "first"
    running.say("second")
    _, last = stream.texts("second")
    assert int(last["id"]) == json.loads(last["data"])[-1]["seq"]
    running.end()
    ended = awaited(lambda: (it := stream.next())["event"] == "end" and it)
    assert ended == {"event": "end", "data": "{}"}
    assert stream.response.read() == b""
    stream.close()


def test_without_a_place_it_begins_with_what_comes_next(running, server):
    running.say("before")
    path = f"/sessions/{only(server)}"
    awaited(lambda: "before" in text_of(server.get(f"{path}/events?track=term").json["events"]))
    stream = Stream(server, f"{path}/live")
    running.say("after")
    assert stream.texts("after")[0].strip() == "after"
    stream.close()


def test_a_lost_connection_goes_on_where_it_was(running, server):
    stream = Stream(server, f"/sessions/{only(server)}/live?seq=0")
    running.say("one")
    _, last = stream.texts("one")
    stream.close()
    running.say("two")
    running.say("three")
    again = Stream(server, f"/sessions/{only(server)}/live", **{"Last-Event-ID": last["id"]})
    assert again.texts("three")[0].split() == ["two", "three"]
    again.close()


def test_only_the_tracks_that_are_asked_for(running, server):
    stream = Stream(server, f"/sessions/{only(server)}/live?seq=0&track=mark")
    running.say("noise")
    assert server.post(f"/sessions/{only(server)}/moments", {"label": "here"}).status == 201
    told = json.loads(stream.next()["data"])
    assert [(it["track"], it["data"]["label"]) for it in told] == [("mark", "here")]
    stream.close()


def test_a_moment_of_a_running_recording_is_in_its_timeline(running, server):
    answer = server.post(f"/sessions/{only(server)}/moments", {"label": "look here"})
    assert answer.status == 201
    told = answer.json
    assert told["label"] == "look here"
    assert told["kind"] == "manual"
    timeline = server.get(f"/sessions/{only(server)}/timeline").json
    assert told["id"] in [it["id"] for it in timeline["moments"]]
    assert timeline["live"]


def test_a_snapshot_of_a_running_recording(running, server):
    (running.path.parent / "work" / "new.txt").write_text("made meanwhile")
    path = f"/sessions/{only(server)}"
    answer = server.post(f"{path}/fs-snapshots", {"label": "now"})
    assert answer.status == 201, answer.body
    told = answer.json
    assert told["provider"] == "git"
    assert server.get(f"{path}/snapshots/{told['id']}/files/new.txt").body == b"made meanwhile"
    assert told["id"] in [it["id"] for it in server.get(f"{path}/timeline").json["fsSnapshots"]]


def test_screen_and_output_of_what_runs(running, server):
    path = f"/sessions/{only(server)}"
    running.say("shown now")
    awaited(lambda: "shown now" in server.get(f"{path}/screen").json["text"])
    output = server.get(f"{path}/output").json
    assert output["live"]
    assert output["next"] is not None
    running.say("and later")

    def more():
        return server.get(f"{path}/output?seq={output['next']}").json["chunks"]

    awaited(more, "more output")
    running.end()
    awaited(lambda: not server.get(path).json["live"], "its end")
    last = server.get(f"{path}/output").json
    assert not last["live"]
    assert last["next"] is None
    assert last["chunks"][-1][2:] == ["x", "0"]


def address(server, query="", name=None):
    return f"ws://{server.host}{API}/sessions/{name or only(server)}/live/ws{query}"


def test_a_recording_that_ends_is_told_as_ended_where_nothing_else_is_asked(running, server):
    with Recording.open(str(running.path)) as recording:
        path = f"/sessions/{recording.header['id']}"
    assert server.get(path).json["state"] == "live"
    running.end()
    told = server.get(path).json
    assert (told["state"], told["exit_code"]) == ("complete", 0)
    running.path.unlink()
    assert server.get(path).status == 404


def test_a_recording_whose_recorder_is_killed_is_told_as_torn(running, server):
    path = f"/sessions/{only(server)}"
    assert server.get(path).json["live"]
    size = running.path.stat().st_size
    running.kill()
    told = server.get(path).json
    assert (told["state"], told["live"], told["exit_code"]) == ("torn", False, None)
    assert not server.get(f"{path}/timeline").json["live"]
    assert running.path.stat().st_size == size


def test_streams_end_with_the_server(running):
    with Serving(os.path.dirname(running.path), env=running.env) as server:
        path = f"/sessions/{only(server)}/live"
        stream = Stream(server, path)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with connect(address(server), additional_headers=headers) as client:
            server.server.stop()
            assert b"event: end" not in stream.response.read()
            with pytest.raises(ConnectionClosed):
                client.recv(LIMIT)
    stream.close()


def test_a_websocket_tells_the_same(running, server):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with connect(address(server, "?seq=0"), additional_headers=headers) as client:
        running.say("over a socket")
        shown = ""
        while "over a socket" not in shown:
            message = json.loads(client.recv(LIMIT))
            assert message["type"] == "events"
            shown += text_of(message["events"])
        running.end()
        while message["type"] != "end":
            message = json.loads(client.recv(LIMIT))
        with pytest.raises(ConnectionClosed):
            client.recv(LIMIT)


@pytest.mark.parametrize(
    ("headers", "origin", "host"),
    [
        ({}, None, None),
        ({"Authorization": "Bearer wrong"}, None, None),
        ({"Authorization": f"Bearer {TOKEN}"}, "http://evil.example", None),
        ({"Authorization": f"Bearer {TOKEN}"}, None, "evil.example"),
        ({"Authorization": f"Bearer {TOKEN}", "Sec-Fetch-Site": "cross-site"}, None, None),
    ],
)
def test_a_websocket_of_others_is_refused(running, server, headers, origin, host):
    target = address(server)
    if host:
        target = target.replace(server.host, f"{host}:{server.port}")
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT)
    with raw, pytest.raises(InvalidStatus) as refused:
        connect(target, additional_headers=headers, origin=origin, sock=raw).__enter__()
    assert refused.value.response.status_code == 403


def test_a_websocket_of_no_recording(running, server):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with pytest.raises(InvalidStatus):
        connect(address(server, name="nobody"), additional_headers=headers).__enter__()


def test_streams_are_bounded_and_given_back(running, server, monkeypatch):
    path = f"/sessions/{only(server)}/live"
    streams = [Stream(server, path) for _ in range(32)]
    assert {stream.response.status for stream in streams} == {200}
    assert server.get(path).status == 503
    for stream in streams:
        stream.close()
    running.say("so that their end is noticed")

    def free():
        stream = Stream(server, path)
        status = stream.response.status
        stream.close()
        return status == 200

    awaited(free, "a free stream")


def test_a_finished_recording_streams_to_its_end(server, running):
    running.say("all of it")
    running.end()
    path = f"/sessions/{only(server)}"
    awaited(lambda: not server.get(path).json["live"], "its end")
    stream = Stream(server, f"{path}/live?seq=0")
    kinds = []
    while (message := stream.next())["event"] != "end":
        kinds += [it["kind"] for it in json.loads(message["data"])]
    assert kinds.count("exit") == 1
    stream.close()


def test_who_reads_slowly_misses_nothing(running, server):
    stream = Stream(server, f"/sessions/{only(server)}/live?seq=0&track=term")
    for number in range(2000):
        running.say(f"line {number} " + "x" * 200)
    seen = ""
    while "line 1999 " not in seen:
        seen += text_of(json.loads(stream.next()["data"]))
        time.sleep(0)
    lines = [line.split()[1] for line in seen.splitlines() if line]
    assert lines == [str(number) for number in range(2000)]
    stream.close()


@pytest.mark.parametrize("leaves_first", [True, False])
def test_what_was_opened_for_a_client_that_left_is_closed(tmp_path, leaves_first):
    path = make(str(tmp_path / "a.ahr"), shown(1, "x"), ended(2))
    opening = _Opening(SimpleNamespace(row={"path": path}), 0)
    if leaves_first:
        opening.abandon()
    follower = opening.run()
    opening.abandon()
    assert follower.recording.file.closed
