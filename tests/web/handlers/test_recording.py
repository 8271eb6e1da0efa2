"""One recording over HTTP: facts, events, timeline."""

import gzip
import json

import pytest

from agentrec.recording.reader import Recording
from tests.library.helpers import ended, make, shown
from tests.web.serving import Serving


def test_a_recording_in_full(server):
    told = server.get("/sessions/agent-1").json
    assert told["header"]["title"] == "Tests of the parser"
    assert (told["cols"], told["rows"], told["live"]) == (80, 24, False)
    assert told["exit"] == {"code": 1, "signal": None}
    assert told["by_kind"]["llm/call"]["events"] == 2


def test_a_file_that_was_replaced_is_read_anew(tmp_path):
    path = str(tmp_path / "one.ahr")
    make(path, shown(0, "old"), ended(1), id="one")
    with Serving(tmp_path) as server:
        assert server.get("/sessions/one/screen").json["text"][0] == "old"
        assert server.get("/sessions/one/events?track=term").json["events"][0]["data"] == "old"
        make(path, shown(0, "new"), ended(1), id="one")
        assert server.get("/sessions/one/screen").json["text"][0] == "new"
        assert server.get("/sessions/one/events?track=term").json["events"][0]["data"] == "new"


def test_events_page_by_page(server, folder):
    with Recording.open(str(folder / "agent.ahr")) as recording:
        seqs = [event.seq for event in recording.events() if isinstance(event.data, dict)]
    found, cursor = [], ""
    while cursor is not None:
        page = server.get(f"/sessions/agent-1/events?limit=3&cursor={cursor or 0}").json
        assert len(page["events"]) <= 3
        found += [event["seq"] for event in page["events"]]
        cursor = page["next"]
    assert found == seqs


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("track=tool", ["call", "result"]),
        ("track=tool&kind=result", ["result"]),
        ("track=llm&since=3", ["call"]),
        ("since=2&until=2.5&track=llm&track=tool", ["call", "call"]),
        ("actor=user", ["message"]),
        ("actor=use", []),
        ("track=term&kind=output&until=1", ["output"]),
    ],
)
def test_events_of_some_kinds(server, query, kinds):
    page = server.get(f"/sessions/agent-1/events?{query}").json
    assert [event["kind"] for event in page["events"]] == kinds
    assert page["next"] is None


def test_events_in_words_and_as_the_text_twin_has_them(server):
    page = server.get("/sessions/agent-1/events?track=tool&line=true").json
    assert page["events"][0]["line"] == "Bash: make test"
    told = server.get("/sessions/agent-1/recording?format=jsonl").body.splitlines()[1:]
    by_seq = {event["seq"]: event for event in map(json.loads, told)}
    for event in page["events"]:
        del event["line"]
        assert by_seq[event["seq"]] == event


def test_a_timeline(server):
    told = server.get("/sessions/agent-1/timeline").json
    assert [(it["ts"], it["label"], it["kind"]) for it in told["moments"]] == [
        (2.6, "tests began", "auto")
    ]
    assert told["fsSnapshots"] == []
    assert told["durationSec"] == 7.0


def test_what_cannot_be_read(tmp_path):
    make(str(tmp_path / "a.ahr"), ended(1), id="one")
    with Serving(tmp_path) as server:
        assert server.get("/sessions/one").status == 200
        (tmp_path / "a.ahr").write_bytes(gzip.compress(b"something else"))
        assert server.get("/sessions/one/events").status in (404, 422)


def test_a_terminal_that_cannot_be_shown(tmp_path):
    make(str(tmp_path / "a.ahr"), shown(0, "x"), ended(1), id="huge", cols=60_000, rows=60_000)
    with Serving(tmp_path) as server:
        for path in ("screen", "output", "activity", "film"):
            answer = server.get(f"/sessions/huge/{path}")
            assert answer.status == 422
            assert "cannot show a terminal" in answer.problem
        assert server.get("/sessions/huge/events?track=term").json["events"][0]["data"] == "x"
