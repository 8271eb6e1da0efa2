"""Real agents call every tool of our server, inside a recording."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys

import pytest

from agentrec.mcp.tools import TOOLS
from fixtures.modelserver import ModelServer
from tests.agents_env import AGENTS, require
from tests.agents_env.recorded import PACKAGE, answers, events, named, record

pytestmark = pytest.mark.agents
AGENTREC = [sys.executable, "-P", "-m", "agentrec"]
CALLS = {
    "search_recordings": {"query": "earlier"},
    "list_recordings": {},
    "timeline": {"recording": "run-1.ahr"},
    "summary": {"recording": "run-1.ahr"},
    "context": {"recording": "run-1.ahr"},
    "messages": {"recording": "run-1.ahr"},
    "status": {},
    "points": {"recording": "run-1.ahr"},
    "what_changed": {"recording": "run-1.ahr", "since": "first", "until": "last"},
    "diff": {"recording": "run-1.ahr", "since": "first", "until": "last"},
    "file_at": {"recording": "run-1.ahr", "snapshot": "last", "path": "hello.txt"},
    "restore_preview": {"recording": "run-1.ahr", "snapshot": "first"},
    "branch": {"recording": "run-1.ahr", "message": "use another file"},
    "mark": {"label": "marked by the agent"},
    "snapshot": {"label": "saved by the agent"},
    "session_recorder": {"action": "stop", "label": "done recording"},
}
ANSWERS = {
    "search_recordings": "made earlier",
    "list_recordings": "made earlier",
    "timeline": "term/exit",
    "context": "exit 0",
    "status": "run.ahr",
    "what_changed": "added    hello.txt",
    "diff": "+made earlier",
    "file_at": "made earlier",
    "restore_preview": "- hello.txt",
    "branch": "cannot give sh a message",
    "mark": "mark",
    "snapshot": "snapshot",
}
# Codex names the group of a tool apart, and each in a turn of its own.
SCENARIO = {
    "claude": lambda name: f"{{ tool = 'mcp__agentrec__{name}', input = {{ARGS}} }}",
    "codex": lambda name: f"{{ tool = '{name}', namespace = 'mcp__agentrec', input = {{ARGS}} }}",
}


def scenario(agent):
    replies = []
    for name, given in CALLS.items():
        pairs = ", ".join(f"{key} = {json.dumps(value)}" for key, value in given.items())
        call = SCENARIO[agent](name).replace("{ARGS}", f"{{ {pairs} }}")
        replies.append(f"[[reply]]\ntext = 'Now {name}.'\ncalls = [{call}]\n")
    return "".join(replies) + "[[reply]]\ntext = 'All tools were called.'\n"


@pytest.mark.parametrize("name", ["claude", "codex"])
def test_an_agent_calls_every_tool(name, tmp_path):
    assert set(CALLS) == set(TOOLS)
    agent = require(AGENTS[name])
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "tools.toml").write_text(scenario(name))
    with ModelServer(delay=0.002, scenarios=folder) as server:
        argv = agent.argv(agent.headless, "Go on. [[scenario:tools]]")
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        env |= {"PYTHONPATH": PACKAGE, "PATH": f"{os.path.dirname(argv[0])}:{env['PATH']}"}
        work = tmp_path / "work"
        earlier = ["sh", "-c", "echo made earlier > hello.txt; cat hello.txt; sleep 1"]
        command = [*AGENTREC, "record", "-q", "--headless", "-o", "run-1.ahr", "--", *earlier]
        subprocess.run(command, env=env, cwd=work, check=True)
        registered = run([*AGENTREC, "mcp", "install", name], env, work)
        assert f"to remove it: {name} mcp remove" in registered
        assert "All tools were called." in record(tmp_path / "run.ahr", argv, env, work)
        removed = run([*AGENTREC, "mcp", "remove", name], env, work)
        assert removed == f"removed agentrec from {name}\n"
        sent = json.dumps([request for request, _ in answers(server)][-1])
    for tool, text in ANSWERS.items():
        assert text in sent, tool
    marks = [event.data["label"] for event in named(events(tmp_path / "run.ahr"), "mark/moment")]
    assert {"marked by the agent", "saved by the agent", "done recording"} <= set(marks)


def test_a_new_session_is_told_what_the_last_one_did(tmp_path):
    """The hook of docs/mcp.md."""
    agent = require(AGENTS["claude"])
    command = shlex.join([*AGENTREC, "context", "--previous", "--tokens", "1000"])
    hooks = {"SessionStart": [{"hooks": [{"type": "command", "command": command}]}]}
    with ModelServer(delay=0.002) as server:
        env = agent.start(tmp_path / "home", tmp_path / "work", server.url)
        env |= {"PYTHONPATH": PACKAGE}
        work, settings = tmp_path / "work", tmp_path / "home" / ".claude" / "settings.json"
        subprocess.run(["git", "init", "-q"], cwd=work, check=True)
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(json.dumps({"hooks": hooks}))
        for scenario_name in ("write-file", "hello"):
            prompt = f"Go on. [[scenario:{scenario_name}]]"
            record(tmp_path / f"{scenario_name}.ahr", agent.argv(agent.headless, prompt), env, work)
        first, second = (json.dumps(answers(server)[at][0]) for at in (0, -1))
    assert "Recorded by agentrec" not in first
    assert "Recorded by agentrec" in second
    assert "task: Go on. [[scenario:write-file]]" in second
    assert "Bash: printf" in second


def run(command, env, folder):
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout
