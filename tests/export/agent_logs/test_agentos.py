"""Actions of the AgentOS replay API as recordings."""

import json

import pytest

from agentrec.cli.main import main
from tests.cuts.recordings import read
from tests.web.conftest import agent_run
from tests.web.serving import Serving


def action(kind, data, ms=0, took=5):
    return {
        "sessionId": "s1",
        "agentId": "coder",
        "action": kind,
        "data": data,
        "durationMs": took,
        "timestamp": 1_767_000_000_000 + ms,
        "iteration": 1,
        "sequence": 1,
    }


def converted(tmp_path, actions):
    (tmp_path / "a.json").write_text(json.dumps(actions))
    assert main(["convert", str(tmp_path / "a.json"), str(tmp_path / "a.ahr"), "--overwrite"]) == 0
    return read(tmp_path / "a.ahr")


def test_calls_are_paired_by_tool_and_order(tmp_path):
    header, events = converted(
        tmp_path,
        [
            action("llm_call", {"model": "m", "usage": {"input": 7, "output": 3, "cost": 0.25}}),
            action("tool_call", {"toolId": "grep", "input": {"q": 1}}, 1000),
            action("tool_call", {"toolId": "grep", "input": {"q": 2}}, 1001),
            action("tool_result", {"toolId": "grep", "output": "one"}, 2000),
            action("tool_result", {"toolId": "grep", "error": "no"}, 2500, took=9),
            action("memory_op", {"op": "set", "key": "k", "value": 5}, 3000),
        ],
    )
    assert header["id"] == "s1"
    model, first, second, one, two, memory = events
    assert (model.data["usage"]["input"], model.data["cost_usd"]) == (7, 0.25)
    assert (one.span, two.span) == (first.span, second.span)
    assert (two.data["is_error"], two.data["duration_ms"]) == (True, 9)
    assert memory.data == {"op": "set", "key": "k", "value": 5}
    assert [event.t // 10**6 for event in events] == [0, 1000, 1001, 2000, 2500, 3000]


def test_what_our_own_server_answers_reads_back(tmp_path):
    path = str(tmp_path / "run.ahr")
    agent_run(path, id="one")
    with Serving(tmp_path) as server:
        actions = server.get("/replay/one").json
    _, events = converted(tmp_path, actions)
    names = ("llm/call", "tool/call", "tool/result")
    _, want = read(path, *names)
    told = [event for event in events if "/".join(event.name) in names]
    assert [event.name for event in told] == [event.name for event in want]


@pytest.mark.parametrize(
    "odd", [5, None, {}, {"action": "tool_result", "data": 3, "timestamp": "x"}]
)
def test_odd_actions(odd, tmp_path):
    _, events = converted(tmp_path, [action("llm_call", {}), odd])
    assert events[0].name == ("llm", "call")


def test_other_arrays(tmp_path, capsys):
    (tmp_path / "a.json").write_text('[{"action": "walk"}]')
    assert main(["info", str(tmp_path / "a.json")]) == 3
    (tmp_path / "b.json").write_text('[{"action": "llm_call"}')
    assert main(["info", str(tmp_path / "b.json")]) == 3
    assert "broken JSON" in capsys.readouterr().err
