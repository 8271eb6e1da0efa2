"""Moments of real agents at work: what they are about, how they end, and the screen at their time."""

import pytest

from agentrec.recording.markers import list_markers
from agentrec.recording.reader import Recording
from agentrec.terminal.seek.timeline import Timeline
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.drive import drive
from tests.agents_env.recorded import PACKAGE, RECORD, events

pytestmark = pytest.mark.agents
PROMPT = "[[scenario:fix-tests]] Mend the area."


@pytest.mark.parametrize("name", AGENTS)
def test_moments_of_a_session(name, tmp_path):
    agent = require(AGENTS[name])
    path = tmp_path / "run.ahr"
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        steps = agent.session((PROMPT, "area multiplies"))
        prefix = [*RECORD, "-o", str(path), "--"]
        env |= {"PYTHONPATH": PACKAGE}
        result = drive(agent.argv(agent.tui), env, tmp_path / "work", 100, 30, steps, prefix=prefix)
    assert result.status == 0
    found = [e.data for e in events(path) if e.name == ("mark", "moment")]
    told = [(it["kind"], it["status"]) for it in found if it["source"] == "auto"]
    calls = [e for e in events(path) if e.name == ("tool", "call")]
    assert next(kind for kind, _ in told if kind != "tool") == "message"
    assert len([kind for kind, _ in told if kind == "tool"]) == len(calls) > 0
    assert told[-1] == ("ended", "ok")
    assert ("finished", "ok") in told
    with Recording.open(str(path)) as recording:
        labelled = [point for point in list_markers(recording) if point.source == "auto"]
        assert labelled == sorted(labelled, key=lambda point: point.t)
        assert labelled[0].label == f"you: {PROMPT}"
        timeline = Timeline(recording)
        assert "Mend the area." in timeline.screen_at(labelled[0].t).text()
        done = next(point for point in labelled if point.label == "agent is done")
        assert "area multiplies" in timeline.screen_at(done.t).text()
