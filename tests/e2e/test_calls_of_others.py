"""The other agents through the gateway, and played again with the model's server switched off."""

import pytest

from agentrec.gateway.recorded_calls import calls_of
from agentrec.text import plural
from tests.agents_env import OTHERS, RARE
from tests.e2e.test_agents_recorded import told
from tests.e2e.test_ghost import Runs, events, moved
from tests.e2e.test_model_calls import differing
from tests.e2e.test_rare_agents import installed

pytestmark = pytest.mark.agents
# It has no tools.
TALKS = "aider"


def story(found, runs):
    """What happened, without the ids that an agent makes. Side requests come at any time.

    Gemini CLI keeps each piece of a thought that came.
    """
    happened, thought = [], ""
    main = [event for event in found if not event.data.get("side")]
    for kind, what in moved(told(main), runs, "ghost"):
        if kind == "thinking":
            thought += "".join(what.split())
            continue
        happened += [("thinking", thought)] if thought else []
        thought = ""
        happened.append((kind, what[1:] if kind in ("tokens", "call") else what))
    return happened


def written(runs, folder):
    """The files, without aider's histories, which hold the time."""
    files = runs.files(folder).items()
    return {name: text for name, text in files if not name.startswith(".aider")}


@pytest.mark.parametrize("name", sorted(OTHERS | RARE))
def test_calls_are_recorded_and_play_again(name, tmp_path):
    installed(name)
    runs = Runs(name, tmp_path)
    scenario = "hello" if name == TALKS else "fix-tests"
    first = runs.record(scenario, {"before.txt": "was there\n"})
    assert [event.data for event in first if event.name == ("sys", "trouble")] == []
    calls = [call for call in calls_of(first) if call.request.method == "POST"]
    assert differing([call.body for call in calls], runs.sent) == []
    assert {call.response.ended for call in calls} == {"complete"}
    assert len(calls) >= (1 if name == TALKS else 7)
    assert name == TALKS or "width * height" in runs.files("work")["area.py"]

    done = runs.play()
    assert done.returncode == 0, done.stdout + done.stderr
    assert written(runs, "ghost") == written(runs, "work")
    second = events(runs.path("ghost"))
    assert story(second, runs) == story(first, runs)
    answered = [call for call in calls_of(second) if call.request.operation == "generate"]
    assert f"{plural(len(answered), 'request')} answered from the recording" in done.stderr
