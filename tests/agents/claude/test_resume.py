"""Claude Code resumed from a copy of its transcript, and what it is told."""

import os
from pathlib import Path

import pytest

from agentrec.agents.resume.resume import resume
from tests.agents.resume.helpers import (
    OLD,
    claude_record,
    go_on,
    lines,
    point,
    write_transcript,
    written,
)


@pytest.fixture
def transcript(tmp_path):
    return write_transcript(tmp_path)


def test_the_copy_holds_the_records_up_to_the_point_for_the_new_session(transcript, tmp_path):
    before = transcript.read_bytes()
    found = go_on(point(transcript), tmp_path)
    found.prepare()
    records = written(found)
    assert [record["uuid"] for record in records] == ["u0", "u1", "u2"]
    new = os.path.realpath(tmp_path / "new")
    assert {record["cwd"] for record in records} == {new}
    assert {record["sessionId"] for record in records} == {Path(found.files[0]).stem}
    assert [record["message"]["content"] for record in records] == ["said 0", "said 1", "said 2"]
    times = [record["timestamp"] for record in records]
    assert times == sorted(times)
    assert times[0] > "2026-01-02"
    assert transcript.read_bytes() == before
    slug = "".join(char if char.isalnum() and char.isascii() else "-" for char in new)
    assert Path(found.files[0]).parent == tmp_path / "home" / ".claude" / "projects" / slug


def test_no_system_prompt_or_state_of_the_old_session_is_copied(tmp_path):
    """From 2.1.3xx on, with links past the records that are left out."""
    transcript = tmp_path / "old-session.jsonl"
    snapshot = {"attachment": {"type": "prompt_snapshot"}, "message": None}
    transcript.write_bytes(
        lines(
            claude_record(0),
            claude_record(1, "attachment", **snapshot),
            claude_record(2, "attachment", **snapshot),
            {"type": "api-request", "sessionId": "old-session"},
            {"type": "file-history-delta", "messageId": "u0"},
            claude_record(3, "assistant"),
            claude_record(4, "attachment", attachment={"type": "date"}),
            claude_record(5),
        )
    )
    found = go_on(point(transcript, "u5"), tmp_path)
    found.prepare()
    links = [(record["uuid"], record["parentUuid"]) for record in written(found)]
    assert links == [("u0", None), ("u3", "u0"), ("u4", "u3"), ("u5", "u4")]


def use(number, name, **more):
    content = [{"type": "tool_use", "id": f"t{number}", "name": name}]
    return claude_record(number, "assistant", message={"role": "assistant", "content": content})


def result(number, of, **more):
    content = [{"type": "tool_result", "tool_use_id": f"t{of}", **more}]
    return claude_record(number, message={"role": "user", "content": content})


MODE = {"type": "permission-mode", "permissionMode": "acceptEdits"}


@pytest.mark.parametrize(
    ("records", "mode"),
    [
        pytest.param([], "plan", id="nothing said"),
        pytest.param([use(1, "ExitPlanMode"), result(2, 1)], "default", id="the plan was approved"),
        pytest.param([use(1, "ExitPlanMode"), result(2, 1, is_error=True)], "plan", id="rejected"),
        pytest.param([use(1, "ExitPlanMode"), result(2, 1), MODE], "acceptEdits", id="approved"),
        pytest.param([use(1, "Bash"), result(2, 1)], "plan", id="another tool"),
        pytest.param([claude_record(1, permissionMode="default")], "default", id="by a key"),
        pytest.param(
            [claude_record(1, permissionMode="bypassPermissions")], None, id="never more allowed"
        ),
    ],
)
def test_the_permission_mode_is_that_of_the_point(records, mode, tmp_path):
    transcript = tmp_path / "old-session.jsonl"
    transcript.write_bytes(lines(claude_record(0), *records, claude_record(9)))
    for option in (["--permission-mode", "plan"], ["--permission-mode=plan"]):
        here = point(transcript, "u9", argv=["claude", *option, "--model", "opus"])
        words = " ".join(go_on(here, tmp_path).argv)
        given = words.replace("=", " ").partition("--permission-mode ")[2].split()[:1]
        assert given == ([mode] if mode else [])
        assert "--model opus" in words


def test_in_a_terminal_the_message_is_the_last_record(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path, "--help", headless=False)
    found.prepare()
    last = written(found)[-1]
    assert last["message"] == {"role": "user", "content": "--help"}
    assert last["parentUuid"] == "u2"
    assert found.argv[-2] == "--resume"
    assert found.env == {"CLAUDE_CODE_RESUME_INTERRUPTED_TURN": "1"}


def test_claude_is_told_where_its_directory_went(transcript, tmp_path):
    found = go_on(point(transcript), tmp_path)
    said = found.argv[found.argv.index("--append-system-prompt") + 1]
    new = os.path.realpath(tmp_path / "new")
    assert OLD in said
    assert new in said
    assert f"paths in earlier tool inputs still name {OLD}" in found.notes
    argv = ["claude", "--append-system-prompt", "Be kind."]
    found = go_on(point(transcript, argv=argv), tmp_path)
    assert found.argv.count("--append-system-prompt") == 1
    assert found.argv[4].startswith("Be kind.\n\nThis conversation began in ")
    found = go_on(point(transcript, cwd=new), tmp_path)
    assert "--append-system-prompt" not in found.argv


def test_the_root_of_the_workspace_is_named_where_it_is_known(transcript, tmp_path):
    here = point(transcript, cwd="/work/old/sub", workspace="/work/old")
    found = resume(
        here, str(tmp_path / "new" / "sub"), "Go.", headless=True, env={"HOME": str(tmp_path)}
    )
    said = found.argv[found.argv.index("--append-system-prompt") + 1]
    assert "began in /work/old." in said
    assert f"{os.path.realpath(tmp_path / 'new')}:" in said


@pytest.mark.parametrize(
    ("old", "rule"),
    [
        ("/work/old", "Edit(//work/old/**)"),
        ("/work/my old-1", "Edit(//work/my old-1/**)"),
        ("/work/(old)", None),
        ("/work/*", None),
        ("/", None),
    ],
)
def test_claude_may_not_write_into_the_directory_of_the_run_before(old, rule, transcript, tmp_path):
    argv = ["claude", "--disallowedTools", "WebFetch", "Bash"]
    found = go_on(point(transcript, cwd=old, argv=argv), tmp_path)
    assert found.argv[1:3] == ["--disallowedTools", rule or "WebFetch"]
    assert found.argv[-11:-8] == ["WebFetch", "Bash", "--append-system-prompt"]
    inside = go_on(point(transcript, cwd=os.path.realpath(tmp_path)), tmp_path)
    assert "--disallowedTools" not in inside.argv


def test_claude_is_told_that_its_shell_stood_below_its_directory(transcript, tmp_path):
    found = go_on(point(transcript, started_in=OLD, cwd=f"{OLD}/a/b"), tmp_path)
    said = found.argv[found.argv.index("--append-system-prompt") + 1]
    assert f"began in {OLD}." in said
    assert "was in a/b then" in said
    assert any("was in a/b" in note for note in found.notes)
