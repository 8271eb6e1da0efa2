"""Where Claude Code keeps its transcripts."""

import pytest

from agentrec.agents.claude.companion import ClaudeCode, project_folder
from tests.agents.claude.records import answer, append, user


@pytest.mark.parametrize(
    ("cwd", "folder"),
    [
        ("/a/b.c_d e", "-a-b-c-d-e"),
        ("/a/é😀", "-a----"),
        ("/" + "a" * 199, "-" + "a" * 199),
        (
            "/tmp/r/claude-long/" + "g" * 90 + "/" + "h" * 91,
            "-tmp-r-claude-long-" + "g" * 90 + "-" + "h" * 90 + "-bronz5",
        ),
        (
            "/tmp/r/claude-long/" + "g" * 90 + "/" + "h" * 92,
            "-tmp-r-claude-long-" + "g" * 90 + "-" + "h" * 90 + "-9oodgn",
        ),
    ],
)
def test_claude_names_the_folder_of_a_directory_as_seen(cwd, folder):
    assert project_folder(cwd) == folder


def test_a_fork_in_the_same_run_counts_what_it_copied_once(tmp_path):
    cwd = tmp_path / "work"
    project = tmp_path / ".claude/projects" / project_folder(str(cwd))
    claude = ClaudeCode(["claude"])
    claude.attach({"HOME": str(tmp_path)}, str(cwd), 0.0)
    claude.start(lambda *_, **__: 0, 0)
    old = user("1"), answer("2", "m1", (1000, 500))
    append(project / "a.jsonl", *old)
    events = claude.poll()
    append(project / "b.jsonl", *old, user("3"), answer("4", "m2", (10, 5)))
    claude._follow(str(project / "b.jsonl"))
    events += [*claude.poll(), *claude.finish()]
    assert [e.data["usage"]["output"] for e in events if e.track == "llm"] == [500, 5]
    assert len([e for e in events if e.data.get("role") == "user" and e.kind == "message"]) == 2


@pytest.mark.parametrize(("env", "calls"), [({}, 2), ({"AGENTREC_MODEL_CALLS": "1"}, 1)])
def test_side_requests_are_left_out_if_model_calls_are_recorded(tmp_path, env, calls):
    claude = ClaudeCode(["claude"])
    claude.attach({"HOME": str(tmp_path)} | env, str(tmp_path), 0.0)
    events = []
    claude.start(lambda track, *_, **__: events.append(track) or 0, 0)
    totals = {"claude-haiku-4-5": {"inputTokens": 7, "outputTokens": 3}}
    state = {"type": "cost-state", "modelUsage": totals}
    project = tmp_path / ".claude/projects" / project_folder(str(tmp_path))
    append(project / "a.jsonl", user("1"), answer("2", "m", (10, 5)), state)
    claude.stop()
    assert events.count("llm") == calls
