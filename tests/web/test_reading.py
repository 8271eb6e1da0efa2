"""What is told of recordings that were made up: lists, events, files, sums."""

import gzip
import json
import shutil

import pytest

from agentrec.recording.reader import Recording
from tests.library.helpers import ended, make, shown
from tests.web.conftest import agent_run
from tests.web.serving import Serving, awaited


def ids(answer):
    return [row["id"] for row in answer.json["sessions"]]


def test_the_list(server):
    answer = server.get("/sessions").json
    assert answer["total"] == 4
    rows = {row["id"]: row for row in answer["sessions"]}
    assert {"agent-1", "shell-1", "torn-1"} < set(rows)
    agent = rows["agent-1"]
    assert (agent["agent"], agent["turns"], agent["cost_usd"]) == ("claude-code", 2, 0.75)
    assert (agent["exit_code"], agent["state"], agent["errors"]) == (1, "complete", 1)
    assert rows["torn-1"]["state"] == "torn"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("agent=claude-code&state=complete", {"agent-1"}),
        ("agent=sh", {"shell-1"}),
        ("exit=1", {"agent-1"}),
        ("exit=ok&agent=sh", {"shell-1"}),
        ("state=torn", {"torn-1"}),
        ("agent=nobody", set()),
        ("since=2026-03-05", set()),
        ("until=2026-03-03", set()),
    ],
)
def test_filters(server, query, found):
    answer = server.get(f"/sessions?{query}")
    assert set(ids(answer)) == found
    assert answer.json["total"] == len(found)


def test_pages_of_the_list(server):
    whole = ids(server.get("/sessions"))
    pages = [ids(server.get(f"/sessions?limit=1&offset={n}"))[0] for n in range(4)]
    assert pages == whole
    assert ids(server.get("/sessions?offset=4")) == []


def test_an_id_that_is_no_plain_name_gets_another(server):
    (odd,) = [name for name in ids(server.get("/sessions")) if name.startswith("~")]
    assert server.get(f"/sessions/{odd}").json["command"] == ["odd"]
    assert server.get("/search?q=odd").json["hits"][0]["id"] == odd
    assert server.get(f"/sessions/{odd}/branches").json["self"] == odd
    assert server.get(f"/sessions/{odd}/recording").headers["content-disposition"].count('"') == 2


def test_a_recording_in_full(server):
    told = server.get("/sessions/agent-1").json
    assert told["header"]["title"] == "Tests of the parser"
    assert (told["cols"], told["rows"], told["live"]) == (80, 24, False)
    assert told["exit"] == {"code": 1, "signal": None}
    assert told["by_kind"]["llm/call"]["events"] == 2


def test_what_comes_and_goes_is_noticed(tmp_path):
    make(str(tmp_path / "one.ahr"), ended(1))
    with Serving(tmp_path) as server:
        assert ids(server.get("/sessions")) == ["one"]
        make(str(tmp_path / "two.ahr"), ended(1))
        assert server.get("/sessions/two").status == 200 or awaited(
            lambda: server.get("/sessions/two").status == 200
        )
        (tmp_path / "one.ahr").unlink()
        awaited(lambda: ids(server.get("/sessions")) == ["two"])
        assert server.get("/sessions/one/events").status == 404
        (tmp_path / "two.ahr").unlink()
        assert server.get("/sessions/two/events").status == 404


def test_a_file_that_was_replaced_is_read_anew(tmp_path):
    path = str(tmp_path / "one.ahr")
    make(path, shown(0, "old"), ended(1), id="one")
    with Serving(tmp_path) as server:
        assert server.get("/sessions/one/screen").json["text"][0] == "old"
        assert server.get("/sessions/one/events?track=term").json["events"][0]["data"] == "old"
        make(path, shown(0, "new"), ended(1), id="one")
        assert server.get("/sessions/one/screen").json["text"][0] == "new"
        assert server.get("/sessions/one/events?track=term").json["events"][0]["data"] == "new"


def test_copies_are_one_recording(tmp_path):
    path = agent_run(str(tmp_path / "a.ahr"), id="same")
    shutil.copy(path, tmp_path / "b.ahr")
    with Serving(tmp_path) as server:
        answer = server.get("/sessions")
        assert ids(answer) == ["same"]
        assert answer.json["total"] == 1
        assert server.get("/stats").json["recordings"] == 1


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


def test_search(server):
    hits = server.get("/search?q=fail&kind=message&agent=claude-code&session=agent-1").json["hits"]
    assert [(hit["id"], hit["t"], hit["text"]) for hit in hits] == [
        ("agent-1", 5.5, "two of them fail")
    ]
    assert hits[0]["line"] == [["two of them ", False], ["fail", True]]
    assert server.get("/search?tool=Bash&session=agent-1").json["hits"][0]["failed"] is True
    assert server.get("/search").json["hits"] == []
    assert server.get("/search?q=%21%21").json["hits"] == []
    assert server.get("/search?q=x&session=nobody").status == 404


def test_sums(server):
    (row,) = server.get("/cost").json["rows"]
    # The torn one lost its calls or has some of them.
    assert row["model"] == "big-model"
    assert row["cost_usd"] >= 0.75
    stats = server.get("/stats?state=complete&agent=claude-code").json
    assert stats["tools"][0]["name"] == "Bash"
    assert stats["slowest"][0]["id"] in ("agent-1", "torn-1")
    summary = server.get("/sessions/agent-1/summary").json
    assert summary["cost_usd"] == 0.75
    assert summary["turns"] == 2


def test_a_timeline(server):
    told = server.get("/sessions/agent-1/timeline").json
    assert [(it["ts"], it["label"], it["kind"]) for it in told["moments"]] == [
        (2.6, "tests began", "auto")
    ]
    assert told["fsSnapshots"] == []
    assert told["durationSec"] == 7.0


def test_moments_are_added_to_a_finished_recording(tmp_path):
    agent_run(str(tmp_path / "a.ahr"), id="one")
    with Serving(tmp_path) as server:
        answer = server.post("/sessions/one/moments", {"label": "here it broke", "ts": 3.5})
        assert answer.status == 201
        assert answer.json["ts"] == 3.5
        told = server.get("/sessions/one/timeline").json["moments"]
        assert [it["label"] for it in told] == ["tests began", "here it broke"]
        assert told[1]["id"] == answer.json["id"]
        assert server.post("/sessions/one/moments", {"label": "end"}).json["ts"] == 7.0
        assert server.post("/sessions/one/fs-snapshots", {}).status == 409


def test_nothing_is_added_to_one_that_was_cut_short(server):
    answer = server.post("/sessions/torn-1/moments", {"label": "x", "ts": 0})
    assert answer.status == 409
    assert "cut short" in answer.problem


def test_downloads(server, folder):
    raw = server.get("/sessions/agent-1/recording")
    assert raw.body == (folder / "agent.ahr").read_bytes()
    cast = server.get("/sessions/agent-1/recording?format=cast")
    assert json.loads(cast.body.splitlines()[0])["version"] == 2
    assert cast.headers["content-disposition"] == 'attachment; filename="agent-1.cast"'
    assert (
        json.loads(
            server.get("/sessions/agent-1/recording?format=asciicast3").body.splitlines()[0]
        )["version"]
        == 3
    )
    assert b"collected 5 items" in server.get("/sessions/agent-1/recording?format=txt").body
    page = server.get("/sessions/agent-1/recording?format=html&redact=true")
    assert page.status == 200
    assert page.headers["content-type"] == "application/octet-stream"


def test_secrets_are_masked_when_that_is_asked_for(tmp_path):
    secret = "ghp_" + "a1B2" * 9
    make(str(tmp_path / "a.ahr"), shown(0, f"token {secret}\r\n"), ended(1), id="one")
    with Serving(tmp_path) as server:
        for kind in ("ahr", "jsonl", "cast", "txt"):
            path = f"/sessions/one/recording?format={kind}"
            masked = server.get(f"{path}&redact=true")
            assert masked.status == 200
            assert secret.encode() not in masked.body
        assert secret.encode() in server.get("/sessions/one/recording?format=txt").body
        (tmp_path / "masked").mkdir()
        (tmp_path / "masked/b.ahr").write_bytes(
            server.get("/sessions/one/recording?redact=true").body
        )
    with Recording.open(str(tmp_path / "masked/b.ahr")) as recording:
        assert secret.encode() not in b"".join(
            it.data for it in recording.events() if isinstance(it.data, bytes)
        )


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


def test_what_is_served_is_described(server):
    told = server.get("/openapi.json").json
    assert told["openapi"].startswith("3.1")
    service = server.get("").json
    assert service["recordings"] == 4
    assert service["version"] == told["info"]["version"]
