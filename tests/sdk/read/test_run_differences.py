"""States of two runs compared: the first step that differs, and the end."""

import json
import os
import time

import pytest

from agentrec import Recorder
from agentrec.cli.main import main
from agentrec.sdk import Run


def run(path, plan="x", extra=False):
    with Recorder(path, name="demo") as r:

        @r.step
        def think(state):
            return {**state, "plan": [plan], "id": "8b0a3c52-0d5e-4f43-9a35-8f6b7a0f12ab"}

        @r.step
        def act(state):
            kept = {name: value for name, value in state.items() if name != "query"}
            return {**kept, **({"more": True} if extra else {})}

        state = think({"query": "hi", "place": os.getcwd()})
        time.sleep(0.1)
        state = act(state)
        if extra:
            think(state)
    return str(path)


@pytest.fixture
def compared(tmp_path, capsys):
    def call(*runs, md=False):
        assert main(["compare", *runs, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)["comparisons"][0]["states"]
        assert main(["compare", *runs, *(["--md"] if md else [])]) == 0
        return found, capsys.readouterr().out

    return call


def test_equal_states(tmp_path, compared, monkeypatch):
    first = run(tmp_path / "a.ahr")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    found, shown = compared(first, run(tmp_path / "b.ahr"))
    assert found["first"] is None
    assert found["steps"] == [2, 2]
    assert "states: 2 and 2 steps of the program\n  all equal" in shown


def test_what_was_changed_added_and_removed(tmp_path, compared):
    found, shown = compared(run(tmp_path / "a.ahr"), run(tmp_path / "b.ahr", plan="y"))
    assert found["first"]["when"] == "after"
    assert found["first"]["left"]["node"] == "think"
    assert found["first"]["modified"] == [{"path": "plan[0]", "old": "x", "new": "y"}]
    assert 'changed  plan[0]: "x" → "y"' in shown
    found, shown = compared(run(tmp_path / "c.ahr"), run(tmp_path / "d.ahr", extra=True), md=True)
    assert (found["first"]["left"]["node"], found["steps"]) == ("act", [2, 3])
    assert found["first"]["added"] == [{"path": "more", "new": True}]
    assert "- added more: true" in shown


def test_two_points_of_a_run(tmp_path, compared):
    path = run(tmp_path / "a.ahr")
    with Run.load(path, env={}) as recorded:
        between = (recorded.steps[0].end + recorded.steps[1].t) / 2
    found, shown = compared(f"{path}@0:{between:09.6f}", path)
    assert found["steps"] == [1, 2]
    assert found["end"]["removed"] == [{"path": "query", "old": "hi"}]
    assert "step act is only in B" in shown
    assert 'removed  query: "hi"' in shown


def test_other_recordings_have_no_states(tmp_path, capsys):
    from tests.library.helpers import ended, make

    paths = [make(str(tmp_path / f"{name}.ahr"), ended(1, 0)) for name in "ab"]
    assert main(["compare", *paths, "--json"]) == 0
    assert "states" not in json.loads(capsys.readouterr().out)["comparisons"][0]
