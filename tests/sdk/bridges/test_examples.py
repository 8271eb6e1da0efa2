"""Each bridge's example in the docs runs as shown, as a program, with the scripted model server."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from fixtures.modelserver.server import ModelServer
from tests.sdk.bridges.scripted import counted, recorded
from tests.sdk.runs import load

DOCS = Path(__file__).parents[3] / "docs" / "python.md"
_EXAMPLE = re.compile(r"^```python (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(_EXAMPLE.findall(DOCS.read_text()))
NEEDS = {"clients": "openai", "openai-agents": "agents", "pydantic-ai": "pydantic_ai"}
STEPS = {
    "clients": [],
    "langgraph": ["LangGraph", "answer"],
    "openai-agents": ["Agent workflow", "researcher"],
    "pydantic-ai": ["invoke_agent researcher"],
    "strands": ["invoke_agent researcher", "execute_event_loop_cycle"],
    "crewai": ["research", "Why is the sky blue?", "researcher"],
}


def test_every_bridge_has_an_example():
    assert EXAMPLES.keys() == STEPS.keys()


@pytest.mark.parametrize("name", STEPS)
def test_the_example(name, tmp_path):
    if not find_spec(NEEDS.get(name, name)):
        pytest.skip(f"{name} is not installed: run scripts/frameworks {name}")
    (tmp_path / "example.py").write_text(EXAMPLES[name])
    with ModelServer() as server:
        env = {
            **os.environ,
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "CREWAI_STORAGE_DIR": str(tmp_path),
            "OPENAI_BASE_URL": f"{server.url}/v1",
            "OPENAI_API_KEY": "k",
            "CREWAI_DISABLE_TELEMETRY": "true",
            "CREWAI_TRACING_ENABLED": "false",
        }
        command = [sys.executable, "-P", "example.py"]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        with load(tmp_path / "research.ahr") as run:
            assert recorded(run) == counted(server)
            assert recorded(run)["calls"] > 0
            assert [step.node for step in run.steps] == STEPS[name]
            assert not any(step.running or step.failed for step in run.steps)
