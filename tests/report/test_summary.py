"""Summaries of events with values of any kind."""

import json

import pytest

from agentrec.cli.main import main
from agentrec.recording.events import Event
from agentrec.recording.reader import Recording
from agentrec.report.summary import summarize
from agentrec.tui.draw.event_items import of_event
from tests.recording.helpers import write

ODD = [10**400, -(10**400), 1e308, "x", None, True, [], {"a": 1}]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: str(odd)[:5])
def test_numbers_that_nobody_can_sum_up(tmp_path, capsys, monkeypatch, odd):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    usage = {"input": odd, "output": 5}
    told = [
        ("llm", "call", {"model": "m", "usage": usage, "cost_usd": odd, "duration_ms": odd}),
        ("llm", "call", {"model": "m", "usage": {"output": 5}, "cost_usd": 0.5, "duration_ms": 20}),
        ("tool", "call", {"name": "t", "id": "1", "input": odd}),
        ("tool", "result", {"id": "1", "duration_ms": odd, "exit_code": odd}),
        ("sys", "command", {"text": "ls", "exit": odd, "duration_ms": odd}),
        ("sys", "process", {"argv": odd, "exit": odd, "duration_ms": odd}),
    ]
    events = [Event(seq, seq * 10**9, *one) for seq, one in enumerate(told)]
    path = write(tmp_path / "a.ahr", events)
    with Recording.open(path) as recording:
        found = summarize(recording)
        assert [of_event(event) for event in recording.events()]
    assert found["cost_usd"] == 0.5
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    for command in ("summary", "events", "ls --folder", "stats --folder", "cost --folder"):
        assert main([*command.split(), path]) == 0, command
    assert "Traceback" not in capsys.readouterr().err


def test_of_several_calls_with_one_id_the_last_counts(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    calls = [("a", 2, None), ("b", 7, 0.5), ("a", 345, 0.25), (None, 1, None), (None, 1, None)]
    events = []
    for n, (answer, output, cost) in enumerate(calls):
        data = {"model": "m", "usage": {"output": output}, "cost_usd": cost}
        data |= {"id": answer} if answer else {}
        events.append(Event(n, n * 10**9, "llm", "call", data))
    path = write(tmp_path / "a.ahr", events)
    with Recording.open(path) as recording:
        found = summarize(recording)
    assert found["tokens"]["output"] == 345 + 7 + 2
    assert (found["models"]["m"]["calls"], found["without_price"]) == (4, 2)
    assert found["cost_usd"] == 0.75
    assert main(["cost", "--json", "--folder", path]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["output"], row["calls"], row["cost_usd"]) == (354, 4, 0.75)
