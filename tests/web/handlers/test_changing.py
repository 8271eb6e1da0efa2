"""What is added over HTTP: marks, and branches that are planned."""

from tests.branches.helpers import Bench, stub_agent
from tests.web.conftest import agent_run
from tests.web.serving import Serving, awaited


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


def test_a_message_that_nobody_would_get_is_refused(tmp_path):
    bench = Bench(tmp_path, id="one", command=["some-agent", "the first prompt"])
    stub_agent(tmp_path, bench.env, name="some-agent")
    bench.step(1000, {"a": "1"})
    bench.close()
    with Serving(tmp_path, env=bench.env) as server:
        address = "/sessions/one/session-branch"
        refused = server.post(address, {"injectedMessage": "other words", "confirm": True})
        assert refused.status == 409
        assert "cannot give some-agent a message" in refused.problem
        refused = server.post(address, {"injectedMessage": "other words", "again": True})
        assert refused.status == 409
        for body in ({}, {"again": True}):
            planned = server.post(address, body)
            assert planned.status == 200, planned.body
            assert planned.json["plan"]["argv"] == ["some-agent", "the first prompt"]
        assert not (tmp_path / "data/agentrec/branches").exists()


def test_notes_are_added_answered_and_found(tmp_path):
    agent_run(str(tmp_path / "a.ahr"), id="one")
    with Serving(tmp_path) as server:
        note = server.post("/sessions/one/notes", {"text": " a wrong turn ", "ts": 3.5})
        assert note.status == 201
        assert note.json["text"] == "a wrong turn"
        answer = server.post(
            "/sessions/one/notes", {"text": "agreed", "ts": 3.5, "answers": note.json["id"]}
        )
        events = server.get("/sessions/one/events?kind=note").json["events"]
        assert [f"n{it['seq']}" for it in events] == [note.json["id"], answer.json["id"]]
        assert events[0]["data"] == {
            "text": "a wrong turn",
            "source": "page",
            "at_ns": 3_500_000_000,
        }
        assert events[1]["data"]["answers"] == note.json["id"]
        found = lambda: server.get("/search?q=wrong&kind=note").json["hits"]  # noqa: E731
        (hit,) = awaited(found, "the note in the index")
        assert (hit["t"], hit["kind"]) == (3.5, "note")
        for body in ({"text": " "}, {"text": ""}, {"text": "x", "answers": "m1"}):
            assert server.post("/sessions/one/notes", body).status == 400


def test_a_stretch_is_cut_out_and_served(tmp_path):
    agent_run(str(tmp_path / "a.ahr"), id="one")
    with Serving(tmp_path) as server:
        answer = server.post("/sessions/one/cuts", {"since": 1, "until": 5, "drop": "2..3"})
        assert answer.status == 201
        assert answer.json["duration"] == 3
        assert answer.json["parent"]["id"] == "one"
        assert answer.json["file"] == str(tmp_path / "a.cut.ahr")
        part = server.get(f"/sessions/{answer.json['id']}").json
        assert part["parent"] == {"id": "one", "relation": "cut"}


def test_stretches_that_cannot_be_cut(tmp_path):
    agent_run(str(tmp_path / "a.ahr"), id="one")
    with Serving(tmp_path) as server:
        for body in ({"since": 5, "until": 5}, {"since": 500}, {"drop": "3..2"}):
            assert server.post("/sessions/one/cuts", body).status == 409
        assert server.post("/sessions/one/cuts", {"drop": "1"}).status == 400
    assert [path.name for path in tmp_path.glob("*.ahr")] == ["a.ahr"]
