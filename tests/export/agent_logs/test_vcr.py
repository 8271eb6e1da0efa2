"""Sessions of Agent VCR as recordings."""

import json

import pytest

from agentrec import Run
from agentrec.cli.main import main
from tests.cuts.recordings import read

SESSION = {
    "session_id": "s-1",
    "parent_session_id": None,
    "created_at": "2026-01-02T03:04:05Z",
    "tags": ["demo"],
    "frame_count": 99,
}


def frame(second, kind, node, before=None, after=None, **more):
    meta = more.pop("metadata", {})
    return {
        "frame_id": str(second),
        "timestamp": f"2026-01-02T03:04:{5 + second:02}Z",
        "frame_type": kind,
        "node_name": node,
        "input_state": before,
        "output_state": after,
        "metadata": meta,
        **more,
    }


FRAMES = [
    frame(1, "node", "plan", {"a": 1}, {"a": 2}, metadata={"latency_ms": 250.0}),
    frame(2, "node", "act", {}, {"a": 2, "b": 3}, state_diff={"added": {"b": 3}}),
    frame(
        3,
        "llm",
        "ask",
        {"prompt": "hi"},
        {"text": "hello"},
        metadata={
            "model": "m",
            "tokens_input": 10,
            "tokens_output": 5,
            "cost_usd": 0.5,
            "latency_ms": 900,
        },
    ),
    frame(
        4,
        "tool",
        "search",
        {"tool_name": "grep", "args": {"q": "x"}},
        ["a"],
        metadata={"latency_ms": 3},
    ),
    frame(
        5,
        "error",
        "act",
        {"a": 2},
        None,
        metadata={"error_type": "ValueError", "error_message": "no"},
    ),
    frame(6, "checkpoint", "half way", None, {"a": 9}),
]


def write(path, session=SESSION, frames=FRAMES, tail=""):
    lines = [
        {"type": "session", "data": session},
        *({"type": "frame", "data": one} for one in frames),
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + tail)
    return str(path)


@pytest.fixture
def made(tmp_path):
    source = write(tmp_path / "run.vcr")
    assert main(["convert", source, str(tmp_path / "run.ahr")]) == 0
    return str(tmp_path / "run.ahr")


def test_steps_and_states(made):
    with Run.load(made) as run:
        assert [(one.node, one.duration_ms) for one in run.frames] == [
            ("plan", 250.0),
            ("act", 0.0),
        ]
        assert [run.input(0), run.output(0)] == [{"a": 1}, {"a": 2}]
        assert [run.input(1), run.output(1)] == [
            {"a": 2},
            {"a": 2, "b": 3},
        ]  # the state of the step before
        assert (run.name, run.cost) == ("s-1", 0.5)


def test_calls_errors_and_times(made):
    header, events = read(made)
    assert (header["created"], header["tags"]) == ("2026-01-02T03:04:05.000000000Z", ["demo"])
    by_name = {"/".join(event.name): event for event in events}
    assert by_name["llm/call"].data["usage"]["input"] == 10
    assert by_name["tool/call"].data == {"name": "grep", "input": {"q": "x"}}
    assert by_name["tool/result"].span == by_name["tool/call"].span
    assert by_name["step/error"].data["error"] == {"type": "ValueError", "message": "no"}
    assert by_name["step/state"].data["label"] == "half way"
    assert [event.t // 10**9 for event in events] == [0, 1, 2, 3, 4, 4, 5, 6, 6]


def test_every_reading_command_takes_it(tmp_path, capsys):
    source = write(tmp_path / "run.vcr")
    assert main(["info", source]) == 0
    assert "session of Agent VCR, which cannot hold screen, files" in capsys.readouterr().out
    assert main(["steps", source]) == 0
    assert "plan" in capsys.readouterr().out


def test_broken_lines_and_values_that_are_no_json(tmp_path, capsys):
    odd = [frame(1, "node", "x", {"v": float("nan")}, [1], metadata=5), frame(2, 7, None)]
    odd.append({"timestamp": 1e300})
    source = write(tmp_path / "run.vcr", frames=odd, tail='\n{"type": "frame", "da\n[]\n')
    assert main(["convert", source, str(tmp_path / "run.ahr")]) == 0
    assert "is broken" in capsys.readouterr().err
    with Run.load(str(tmp_path / "run.ahr")) as run:
        assert run.input(0) == {"v": None}
        assert len(run.frames) == 3


def test_a_fork_names_its_parent(tmp_path):
    fork = {**SESSION, "parent_session_id": "s-0", "forked_from_frame": "f7"}
    assert main(["convert", write(tmp_path / "a.vcr", fork), str(tmp_path / "a.ahr")]) == 0
    assert read(tmp_path / "a.ahr")[0]["parent"] == {
        "id": "s-0",
        "relation": "branch",
        "method": "vcr",
        "at_step": "f7",
    }


def test_without_its_session(tmp_path, capsys):
    (tmp_path / "a.vcr").write_text(json.dumps({"type": "frame", "data": FRAMES[0]}) + "\n")
    assert main(["info", str(tmp_path / "a.vcr")]) == 3
    assert "does not begin with a session" in capsys.readouterr().err
