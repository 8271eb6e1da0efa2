"""A run of one version of an agent, played again by another: it plays, or the difference is named.

Runs where a second folder of agents is given, as `scripts/agents --latest` does.
"""

import pytest

from tests.agents_env import AGENTS, Agent
from tests.agents_env.agent import FOLDER, PINNED
from tests.e2e.test_ghost import MAX_REPORT_LINES, Runs, report_of

pytestmark = [
    pytest.mark.agents,
    pytest.mark.skipif(FOLDER == PINNED, reason="one version only; see scripts/agents --latest"),
]


def pinned(agent):
    """Its program at the pinned version."""
    found = (path for pattern in agent.programs for path in (PINNED / "node_modules").glob(pattern))
    return next(found, None)


@pytest.mark.parametrize("name", AGENTS)
def test_another_version_plays_or_its_difference_is_named(name, tmp_path, monkeypatch):
    runs = Runs(name, tmp_path)
    newest, old = runs.agent.program(), pinned(runs.agent)
    if old is None:
        pytest.skip(f"{name} is not installed at its pinned version")
    with monkeypatch.context() as patched:
        patched.setattr(Agent, "program", lambda _: old)
        runs.record("fix-tests")
    argv = runs.agent.argv(runs.agent.headless, "Go on. [[scenario:fix-tests]]")
    assert argv[0] == str(newest)
    done = runs.play(command=argv)
    if done.returncode == 0:
        assert runs.files("ghost") == runs.files("work")
        return
    assert done.returncode == 123, done.stdout + done.stderr
    report = report_of(done)
    assert len(report) <= MAX_REPORT_LINES
    before, now = report[1:3]
    assert before.startswith("  - user-agent: ")
    assert runs.agent.version in before
    assert now.startswith("  + user-agent: ")
    assert runs.agent.version not in now
