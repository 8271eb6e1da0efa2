"""How the child continues: with a conversation, a new one, or none."""

import os

import pytest

from agentrec.errors import UsageError
from tests.branches.helpers import MS, Bench, fill, stub_agent


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


def told(bench, t, role, text, at=None):
    """A message, and the conversation with it. ``at`` is the agent's own time, if it reports one."""
    own = {} if at is None else {"at_ns": at * MS}
    actor = "user" if role == "user" else "aider"
    bench.event(t, "agent", "message", {"role": role, "text": text, **own}, actor=actor)
    about = {"session_id": "x", "transcript": "/none", "cwd": str(bench.work), "role": role}
    bench.event(t, "agent", "conversation", {**about, **own}, actor="aider")


@pytest.fixture
def talk(tmp_path):
    """Questions and answers, then a file is written at once: files s1 at 1 s, s2 at 5 s."""
    bench = Bench(tmp_path, command=["aider"])
    stub_agent(tmp_path, bench.env, name="aider")
    bench.event(100, "agent", "session", {"agent": "aider", "argv": ["aider"], "session_id": "x"})
    bench.step(1000, {"a": "1"})
    told(bench, 2000, "user", "first words")
    told(bench, 3000, "assistant", "an answer")
    told(bench, 4000, "user", "second words")
    bench.event(4900, "tool", "call", {"name": "Write"}, span="w")
    bench.event(4950, "tool", "result", {"name": "Write"}, span="w")
    told(bench, 4951, "assistant", "done")
    bench.step(5000, {"b": "2"}, at_seq=9, conversation=10)
    yield bench
    bench.close()


def test_what_was_said_before_the_first_file_change_counts(talk):
    for at, first, second in (
        ("0:02.5", True, False),
        ("0:04.5", True, True),
        ("last", True, True),
    ):
        words = talk.plan(at, message="new words", headless=True).argv[-1]
        assert ("first words" in words, "second words" in words) == (first, second), at
    assert "nothing had been said" in talk.plan("s1", message="new words", headless=True).fidelity
    assert talk.plan("last").point == talk.plan(None).point


def test_a_conversation_that_fits_no_files_is_not_replaced_by_an_empty_one(tmp_path):
    bench = Bench(tmp_path, command=["aider"])
    stub_agent(tmp_path, bench.env, name="aider")
    bench.event(100, "agent", "message", {"role": "user", "text": "words"}, actor="user")
    bench.step(1000, {"a": "1"})
    for request in ({"message": "new words"}, {}, {"agent": "aider", "message": "new words"}):
        with pytest.raises(UsageError, match="1 message had been exchanged") as caught:
            bench.plan(headless=True, **request)
        assert "--again" in caught.value.hint
    assert bench.plan(again=True).argv == ["aider"]
    assert bench.plan(agent="sh").argv == ["sh"]


def test_an_agent_that_continued_an_earlier_conversation(tmp_path):
    """Before its first prompt in this recording, the conversation is the earlier one."""
    bench = Bench(tmp_path, command=["aider"])
    stub_agent(tmp_path, bench.env, name="aider")
    bench.step(1000, {"a": "1"})
    started = {"agent": "aider", "argv": ["aider"], "session_id": "x"}
    bench.event(60_000, "agent", "session", started)
    about = {"session_id": "x", "transcript": "/none", "cwd": str(bench.work)}
    earlier = {**about, "at_ns": 0, "role": "assistant", "result": "said before"}
    bench.event(60_000, "agent", "conversation", earlier, actor="aider")
    bench.step(70_000, {"b": "2"}, conversation=2)
    found = bench.plan("s1", message="new words", headless=True)
    assert found.method == "replayed-prompts"
    assert found.point.conversation["result"] == "said before"


@pytest.mark.parametrize("command", [["some-agent", "the first prompt"], ["bash"]])
def test_a_message_for_a_program_nobody_knows_is_refused(tmp_path, command):
    bench = Bench(tmp_path, command=command)
    stub_agent(tmp_path, bench.env, name=command[0])
    bench.step(1000, {"a": "1"})
    with pytest.raises(UsageError, match=f"cannot give {command[0]} a message") as caught:
        bench.plan(message="new words")
    assert "--again" in caught.value.hint
    assert "claude" in caught.value.hint
    assert bench.plan().argv == bench.plan(again=True).argv == command
    with pytest.raises(UsageError, match="cannot give vim a message"):
        bench.plan(agent="vim", message="new words")
    for other in ({"message": "new words"}, {"agent": "claude"}):
        with pytest.raises(UsageError, match="cannot run the same command again with"):
            bench.plan(again=True, **other)


def test_a_known_agent_may_run_its_command_again(talk):
    found = talk.plan("last", again=True)
    assert (found.method, found.argv) == ("none", ["aider"])
    assert "run again from its start" in found.fidelity


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
