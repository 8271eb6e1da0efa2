"""The other agents through the gateway, and played again with the model's server switched off."""

import re
import shutil

import pytest

from agentrec.gateway.recorded_calls import calls_of
from agentrec.text import plural
from fixtures.modelserver import ModelServer
from tests.agents_env import OTHERS, RARE
from tests.agents_env.agent import FOLDER, PINNED
from tests.agents_env.drive import drive
from tests.agents_env.recorded import PACKAGE, RECORD
from tests.e2e.test_agents_recorded import told
from tests.e2e.test_ghost import Runs, events, moved
from tests.e2e.test_model_calls import bodies, differing
from tests.e2e.test_rare_agents import installed
from tests.e2e.test_same_as_without import compare, drawn

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
    # Each counts once, whoever tells it.
    answers = [call for call in calls if call.request.operation == "generate"]
    assert len([event for event in first if event.name == ("llm", "call")]) == len(answers)

    done = runs.play()
    assert done.returncode == 0, done.stdout + done.stderr
    assert written(runs, "ghost") == written(runs, "work")
    second = events(runs.path("ghost"))
    assert story(second, runs) == story(first, runs)
    answered = [call for call in calls_of(second) if call.request.operation == "generate"]
    assert f"{plural(len(answered), 'request')} answered from the recording" in done.stderr


def steady(screen):
    """What is shown, without durations, counts and names of sessions."""
    text = "".join(char for char, _ in drawn(screen))
    return re.sub(r"\d+(\.\d+)?(ms|s|m)?", "*", re.sub(r"ses_\w+|\d{13}_[0-9a-z]{5}", "*", text))


@pytest.mark.skipif(FOLDER == PINNED, reason="takes minutes; by scripts/agents --latest")
@pytest.mark.parametrize("name", [name for name, agent in OTHERS.items() if agent.ready])
def test_in_a_terminal_the_agent_behaves_the_same(name, tmp_path):
    agent = installed(name)
    home, work = tmp_path / "home", tmp_path / "work"
    steps = agent.session(("[[scenario:fix-tests]] Mend the area.", "area multiplies"))
    recording = [*RECORD, "-q", "-o", str(tmp_path / "run.ahr"), "--model-calls", "--"]
    results, files = [], []
    for prefix in ([], recording):
        for folder in (home, work):
            shutil.rmtree(folder, ignore_errors=True)
        with ModelServer() as server:
            env = agent.start(home, work, server.url) | {"PYTHONPATH": PACKAGE}
            argv = agent.argv(agent.tui)
            results.append(drive(argv, env, work, 100, 40, steps, prefix=prefix, timeout=90))
            sent = bodies(server)
        files.append({it.name: it.read_text() for it in work.iterdir() if it.is_file()})
    assert "width * height" in files[0]["area.py"]
    assert files[0] == files[1]
    compare(*results, lambda screen: steady(agent.stable(screen)))
    calls = [call for call in calls_of(events(tmp_path / "run.ahr")) if call.request.bytes]
    assert differing([call.body for call in calls], sent) == []
