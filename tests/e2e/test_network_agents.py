"""Connections of real agents: to the model server, by their process, with what was sent and received."""

from urllib.parse import urlsplit

import pytest

from agentrec.recording.reader import Recording
from agentrec.report.summary import summarize
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, ALL, RARE
from tests.agents_env.recorded import events, named, record
from tests.companions.processes.helpers import LINUX
from tests.e2e.test_rare_agents import installed

pytestmark = [pytest.mark.agents, LINUX]
EACH = [
    pytest.param(name, marks=[] if name in AGENTS else pytest.mark.slow)
    for name in sorted(ALL | RARE)
]


@pytest.mark.parametrize("name", EACH)
def test_an_agents_connections_to_its_model(name, tmp_path):
    agent, file = installed(name), tmp_path / "run.ahr"
    with ModelServer(delay=0.05) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        record(file, agent.argv(agent.headless, "Go on. [[scenario:slow]]"), env, tmp_path / "work")
        port = urlsplit(server.url).port
        asked = sum(int(it.headers.get("content-length", 0)) for it in server.received())
    found = events(file)
    to_model = [it.data for it in named(found, "sys/connection") if it.data["port"] == port]
    assert to_model
    assert {it["address"] for it in to_model} == {"127.0.0.1"}
    assert all(it["pid"] > 1 for it in to_model)
    with Recording.open(str(file)) as recording:
        told = summarize(recording)["connections"][f"127.0.0.1:{port}"]
    assert told["received"] > 500
    assert told["sent"] >= asked
