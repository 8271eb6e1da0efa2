"""A model server that refuses: the recording says so in the server's words."""

import subprocess

import pytest

from fixtures.modelserver import ModelServer
from tests.agents_env import ALL, require
from tests.agents_env.recorded import PACKAGE, RECORD, events, named

pytestmark = pytest.mark.agents


@pytest.fixture(scope="module")
def server():
    with ModelServer(delay=0.002) as running:
        yield running


@pytest.mark.parametrize("name", ["claude", "codex", "cline", "copilot", "opencode"])
def test_a_refused_request_is_an_error_in_words(name, server, tmp_path):
    agent, path = require(ALL[name]), tmp_path / "run.ahr"
    env = agent.start(tmp_path / "home", tmp_path / "work", server.url) | {"PYTHONPATH": PACKAGE}
    argv = agent.argv(agent.headless, "Go on. [[scenario:refused]]")
    done = subprocess.run(
        [*RECORD, "-q", "-o", str(path), "--headless", "--", *argv],
        env=env,
        cwd=tmp_path / "work",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    states = [event.data for event in named(events(path), "agent/lifecycle")]
    texts = [data["text"] for data in states if data["state"] == "error"]
    assert texts
    for text in texts:
        assert "the scripted model refuses this request" in text
        assert "{" not in text
