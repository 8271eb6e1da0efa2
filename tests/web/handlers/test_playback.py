"""What a player gets: a state and what follows make the same screens as the recording itself."""

import base64
import random

import pytest

from agentrec.recording.reader import Recording
from agentrec.terminal.engine.screen import Screen
from tests.library.helpers import ended, make
from tests.web.serving import Serving

WORDS = [
    *(
        b"plain words ",
        "größer 測試 ".encode(),
        b"\x1b[1;32mgreen\x1b[0m ",
        b"\x1b[48;5;19m \x1b[0m",
    ),
    *(b"\r\n", b"\r\n", b"\x1b[5;3H", b"\x1b[K", b"\x1b[2J\x1b[H", b"\x1b[?25l", b"\x1b[?25h"),
    *(
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[3;9r",
        b"\x1b[r",
        b"\x1b7",
        b"\x1b8",
        b"\x1b[4:3mx\x1b[m",
    ),
]
COUNT = 400


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A program that draws all sorts of things; its output is cut anywhere."""
    chance = random.Random(11)
    stream = b"".join(chance.choices(WORDS, k=COUNT))
    told, at, t = [], 0, 0.0
    while at < len(stream):
        length = chance.randint(1, 40)
        told.append((t, "term", "output", stream[at : at + length]))
        at, t = at + length, t + chance.choice([0, 0.001, 0.05, 0.9])
        if chance.random() < 0.03:
            size = {"cols": chance.randint(30, 90), "rows": chance.randint(10, 30)}
            told.append((t, "term", "resize", size))
    path = tmp_path_factory.mktemp("playing") / "draws.ahr"
    return make(str(path), *told, ended(t + 1), id="draws-1", cols=60, rows=20)


@pytest.fixture(scope="module")
def server(path):
    with Serving(path) as serving:
        yield serving


@pytest.fixture(scope="module")
def duration(server):
    return server.get("/sessions/draws-1").json["duration"]


def play(screen, output):
    for _, _, kind, data in output["chunks"]:
        if kind == "o":
            screen.feed(base64.b64decode(data))
        elif kind == "r":
            screen.resize(*map(int, data.split("x")))


def begun(told):
    screen = Screen(told["cols"], told["rows"])
    screen.feed(base64.b64decode(told["state"]))
    return screen


def shown(screen):
    return screen.rows_text(), screen.cursor[:3], (screen.cols, screen.rows)


@pytest.mark.parametrize("part", range(12))
def test_from_any_point_to_the_end(server, duration, part):
    t = duration * part / 12
    told = server.post("/sessions/draws-1/seek", {"ts": t, "bytes": 500}).json
    screen = begun(told)
    at = server.get(f"/sessions/draws-1/screen?t={t}").json
    if told["seq"] == at["seq"]:  # else a sequence was under way
        assert screen.rows_text() == at["text"]
    output = told["output"]
    play(screen, output)
    while output["next"] is not None:
        output = server.get(f"/sessions/draws-1/output?seq={output['next']}&bytes=700").json
        play(screen, output)
    last = server.get("/sessions/draws-1/screen").json
    cursor = (last["cursor"]["x"], last["cursor"]["y"], last["cursor"]["visible"])
    assert shown(screen) == (last["text"], cursor, (last["cols"], last["rows"]))


def test_pages_of_output_are_all_of_it(server, path):
    with Recording.open(path) as recording:
        events = list(recording.events(tracks=("term",)))
    chunks, after = [], 0
    while after is not None:
        page = server.get(f"/sessions/draws-1/output?seq={after}&bytes=100").json
        chunks += page["chunks"]
        after = page["next"]
    outputs = [(it[0], it[1], base64.b64decode(it[3])) for it in chunks if it[2] == "o"]
    assert outputs == [(e.seq, e.t / 1e9, e.data) for e in events if e.kind == "output"]
    assert [it[3] for it in chunks if it[2] == "r"] == [
        f"{e.data['cols']}x{e.data['rows']}" for e in events if e.kind == "resize"
    ]
    assert chunks[-1][2:] == ["x", "0"]


def test_a_stretch_of_time(server, duration):
    since, until = duration / 3, duration / 2
    page = server.get(f"/sessions/draws-1/output?since={since}&until={until}").json
    times = [it[1] for it in page["chunks"]]
    whole = server.get("/sessions/draws-1/output").json["chunks"]
    assert times == [it[1] for it in whole if since <= it[1] <= until]


@pytest.mark.parametrize("body", [{}, {"ts": 0}, {"seq": 0}])
def test_the_beginning(server, body):
    told = server.post("/sessions/draws-1/seek", body).json
    assert told["seekTime"] == 0


def test_beyond_the_end_is_the_end(server, duration):
    told = server.post("/sessions/draws-1/seek", {"ts": 1e6}).json
    assert told["seekTime"] == duration
    assert told["output"]["chunks"] == []
    assert told["output"]["next"] is None
    assert server.post("/sessions/draws-1/seek", {"seq": 10**9}).json["seq"] == told["seq"]
    assert server.get("/sessions/draws-1/screen?t=1000000").json["t"] == duration


@pytest.mark.parametrize("body", [{"momentId": "m1"}, {"fsSnapshotId": "s1"}])
def test_points_that_are_not_there(server, body):
    assert server.post("/sessions/draws-1/seek", body).status == 404


def test_cells_cover_the_screen(server, duration):
    for part in range(5):
        told = server.get(f"/sessions/draws-1/screen?t={duration * part / 5}").json
        assert len(told["lines"]) == len(told["text"]) == told["rows"]
        assert {sum(run["width"] for run in line) for line in told["lines"]} == {told["cols"]}
    styles = [run["style"] for line in told["lines"] for run in line if "style" in run]
    assert all(set(style) - {"width"} for style in styles)


def test_activity_is_all_the_bytes(server, path):
    told = server.get("/sessions/draws-1/activity?parts=37").json
    with Recording.open(path) as recording:
        size = sum(len(it.data) for it in recording.events() if it.kind == "output")
    assert len(told["output"]) == 37
    assert sum(told["output"]) == size
    assert all(start < end for start, end in told["idle"])
    assert told["exit"] == told["durationSec"]


def test_film_ends_with_the_last_picture(server):
    told = server.get("/sessions/draws-1/film?limit=2000").json
    assert told["frames"][0]["s"] == [60, 20]
    assert told["until"] == told["durationSec"]
    one = server.get("/sessions/draws-1/film?t=1&step=1").json["frames"]
    assert len(one) == 1


@pytest.mark.parametrize("step", ["0", "2", "x"])
def test_a_step_is_forward_or_back(server, step):
    answer = server.get(f"/sessions/draws-1/film?step={step}")
    assert answer.status == 400
    assert "step" in answer.problem
