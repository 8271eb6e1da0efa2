"""How the child continues: with a conversation, a new one, or none."""

import os

import pytest

from agentrec.errors import UsageError
from tests.branches.helpers import Bench, fill


def test_a_masked_command_is_not_run(tmp_path):
    bench = Bench(tmp_path, command=["tool", "--token", "***"])
    bench.step(1000, {"a": "1"})
    with pytest.raises(UsageError, match="masked"):
        bench.plan()
    assert bench.plan(agent="sh").argv == ["sh"]


def test_an_agent_that_had_not_been_told_anything(tmp_path):
    bench = Bench(tmp_path, command=["codex", "--model", "m", "old words"])
    fill(tmp_path, {"bin/codex": "#!/bin/sh\n"})
    os.chmod(tmp_path / "bin/codex", 0o755)
    bench.env["PATH"] = f"{tmp_path}/bin:{bench.env['PATH']}"
    bench.step(1000, {"a": "1"})
    found = bench.plan(message="new words", headless=True)
    assert found.method == "none"
    assert "nothing had been said" in found.fidelity
    assert found.argv[0] == "codex"
    assert "old words" not in found.argv
    assert found.argv[-1] == "new words"


def test_an_agent_that_was_started_later(tmp_path):
    """From a recorded shell, in a directory below: it goes on there, the shell does not."""
    bench = Bench(tmp_path, command=["bash"])
    fill(tmp_path, {"bin/aider": "#!/bin/sh\n"})
    os.chmod(tmp_path / "bin/aider", 0o755)
    bench.env["PATH"] = f"{tmp_path}/bin:{bench.env['PATH']}"
    started = {"agent": "aider", "session_id": "x", "argv": ["aider", "--model", "m"]}
    bench.event(100, "agent", "session", started)
    bench.event(200, "agent", "message", {"role": "user", "text": "first words"}, actor="user")
    told = {
        "session_id": "x",
        "transcript": "/none",
        "cwd": str(bench.work / "sub"),
        "role": "user",
    }
    bench.event(300, "agent", "conversation", told, actor="aider")
    bench.step(1000, {"sub/a": "1"}, at_seq=2, conversation=2)
    bench.event(1500, "agent", "message", {"role": "user", "text": "second"}, actor="user")
    bench.event(1600, "agent", "conversation", told, actor="aider")
    found = bench.plan("s1", message="new words", headless=True)
    assert found.method == "replayed-prompts"
    assert found.argv[0] == "aider"
    assert found.cwd == os.path.join(found.worktree, "sub")
    assert "first words" in found.argv[-1]
    assert "second" not in found.argv[-1]
    assert found.argv[-1].endswith("new words")
    assert found.parent["at_seq"] == 3
    assert "second" in bench.plan(message="new words", headless=True).argv[-1]
    with pytest.raises(UsageError, match="message"):
        bench.plan("s1", headless=True)
    other = bench.plan("s1", agent="sh")
    assert (other.method, other.argv) == ("none", ["sh"])
