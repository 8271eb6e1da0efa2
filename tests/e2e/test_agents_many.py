"""Many runs of an agent in one recorded shell, in a loop and at once: each is reported, none twice.

AGENTREC_RUNS=50 runs that many, half of them in a loop and half at once.
"""

import os
from collections import Counter

import pytest

from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.recorded import answers, events, named, record

pytestmark = pytest.mark.agents
RUNS = int(os.environ.get("AGENTREC_RUNS", "4"))
SCRIPT = """
half=$(($1 / 2)); shift
for n in $(seq $half); do "$@" "loop $n: go on. [[scenario:hello]]"; done
for n in $(seq $half); do "$@" "at once $n: go on. [[scenario:hello]]" & done
wait
"""


def test_runs_in_a_loop_and_at_once_are_each_reported_once(tmp_path):
    agent = require(AGENTS["claude"])
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        script = ["bash", "-c", SCRIPT, "bash", str(RUNS), *agent.argv(agent.headless)]
        record(tmp_path / "run.ahr", script, env, tmp_path / "work")
        sent = Counter(response["id"] for _, response in answers(server))
    found = events(tmp_path / "run.ahr")
    prompts = Counter(
        event.data["text"].partition(":")[0]
        for event in named(found, "agent/message")
        if event.data["role"] == "user"
    )
    kinds, half = ("loop", "at once"), RUNS // 2
    assert prompts == Counter(f"{kind} {n}" for kind in kinds for n in range(1, half + 1))
    assert Counter(event.data["id"] for event in named(found, "llm/call")) == sent
    assert len(named(found, "agent/session")) == 2 * half
