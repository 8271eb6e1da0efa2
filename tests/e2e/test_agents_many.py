"""Many runs of an agent in one recorded shell: each is reported, none twice. `scripts/sessions` runs more."""

import subprocess

import pytest

from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, ALL, OTHERS, require
from tests.agents_env.many import names, run_many
from tests.agents_env.recorded import RECORD, events, named, record

pytestmark = pytest.mark.agents
LOOP, AT_ONCE = 4, 2


@pytest.mark.parametrize("name", AGENTS)
def test_runs_in_a_loop_and_at_once_are_each_reported_once(name, tmp_path):
    tally = run_many(require(AGENTS[name]), tmp_path, LOOP, AT_ONCE)
    assert tally.prompts == names(LOOP, AT_ONCE)
    assert tally.calls == tally.sent
    assert tally.sessions == LOOP + AT_ONCE
    assert tally.tokens[0] == tally.tokens[1]


def test_gemini_whose_runs_cannot_be_told_apart_is_reported_once_too(tmp_path):
    tally = run_many(require(OTHERS["gemini"]), tmp_path, 2, 3, 240)
    assert tally.prompts == names(2, 3)
    assert set(tally.calls.values()) == {1}
    assert tally.sessions == 5


@pytest.mark.parametrize("name", ["opencode"])
def test_recordings_at_once_in_one_directory_each_tell_their_own_run(name, tmp_path):
    """All of them write to one database."""
    with ModelServer(delay=0.002) as server:
        agent = require(ALL[name])
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        first = agent.argv(agent.headless, "First. [[scenario:hello]]")
        record(tmp_path / "first.ahr", first, env, tmp_path / "work")  # makes the database
        paths = [tmp_path / f"{n}.ahr" for n in range(3)]
        running = [
            subprocess.Popen(
                [
                    *[*RECORD, "-q", "-o", str(path), "--"],
                    *agent.argv(agent.headless, f"Run {path.stem}. [[scenario:hello]]"),
                ],
                env=env,
                cwd=tmp_path / "work",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            for path in paths
        ]
        assert [run.wait(120) for run in running] == [0, 0, 0]
    for path in paths:
        found = events(path)
        said = [e.data["text"] for e in named(found, "agent/message") if e.data["role"] == "user"]
        assert [f"Run {path.stem}." in text for text in said] == [True]
        assert len(named(found, "llm/call")) == len(named(found, "agent/session")) == 1
