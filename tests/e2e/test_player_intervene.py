"""Real agents, branched from the middle in the player, in a real terminal."""

import sys

import pytest

from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS
from tests.agents_env.drive import Press, Send, Settle, Type, Wait, drive
from tests.branches.helpers import files
from tests.e2e.test_branch_agents import Run
from tests.e2e.test_resume_agents import ANSWER, MESSAGE, SAID, SPOKEN, main_answers

pytestmark = pytest.mark.agents
BOTH = pytest.mark.parametrize("name", AGENTS)
PLAY = [sys.executable, "-P", "-m", "agentrec", "replay"]
SIZE = (200, 50)  # the panel has room beside the recording


@pytest.fixture
def server():
    with ModelServer(delay=0.002, thinks=0.4) as running:  # a model takes its time
        yield running


@BOTH
def test_intervene(name, server, tmp_path):
    """`i` shows what would be, runs the agent in the player's terminal, and comes back."""
    run = Run(name, server, tmp_path)
    kept = run.after(2)
    place = [one.id for one in run.kept].index(kept.id)
    count = len(main_answers(server))
    steps = [
        Wait(r"Marks \d"),
        *[Send(b"g"), Send(b" "), Send(b"g")],
        *[Send(b"}")] * place,  # the first one is at the start already
        Press(b"i", r"Intervene at"),
        Wait(rf"at {kept.id}, "),
        Wait(r"method +trimmed-transcript"),
        Type(MESSAGE),
        Settle(),
        Send(b"\r"),
        Wait(r"trust|Trust|" + ANSWER),
        Press(b"\r", ANSWER, every=5),
        Settle(1.0),
        *run.agent.leave,
        Wait(r"branch \S+: exit 0"),
        Wait(rf"⑂ {MESSAGE[:9]}"),
        Send(b"q"),
    ]
    done = drive([*PLAY, str(run.file)], run.env, run.work, *SIZE, steps)
    assert (done.status, done.restored) == (0, True)
    ((request, _), *_) = main_answers(server)[count:]
    assert SPOKEN[name](request) == [*run.history(2), SAID[name]]
    (new,) = run.entries()
    header = run.header(new)
    assert header["headless"] is False
    parent = header["parent"]
    assert {key: parent[key] for key in ("id", "snapshot", "message", "method", "at_ns")} == {
        "id": run.id,
        "snapshot": kept.id,
        "message": MESSAGE,
        "method": "trimmed-transcript",
        "at_ns": kept.t,
    }
    assert files(parent["worktree"]) == run.opened(kept)
    assert run.untouched() == run.before
