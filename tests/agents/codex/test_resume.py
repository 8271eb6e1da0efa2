"""Codex resumed from a copy of its rollout."""

import os

from tests.agents.resume.helpers import OLD, go_on, lines, written


def test_codex_gets_a_thread_of_its_own(tmp_path):
    path = tmp_path / "rollout-2026-01-01T00-00-00-old-thread.jsonl"
    meta = {"id": "old-thread", "session_id": "old-thread", "cwd": OLD, "forked_from_id": "older"}
    item = {"id": "i1", "call_id": "c1", "type": "function_call_output", "output": OLD}
    records = [
        {"type": "session_meta", "payload": meta | {"runtime_workspace_roots": [OLD, "/also"]}},
        {"type": "turn_context", "payload": {"cwd": OLD, "thread_id": "old-thread"}},
        {"type": "response_item", "payload": item},
    ]
    path.write_bytes(lines(*records))
    here = {
        "agent": "codex",
        "argv": ["codex", "-m", "gpt-5.5", "Do it."],
        "transcript": str(path),
        "offset": path.stat().st_size,
        "last": "i1",
        "role": "tool",
        "cwd": OLD,
    }
    found = go_on(here, tmp_path)
    found.prepare()
    session, context, result = written(found)
    thread = session["payload"]["id"]
    new = os.path.realpath(tmp_path / "new")
    assert thread in found.files[0]
    assert thread[14] == "7"
    assert session["payload"] == {
        "id": thread,
        "session_id": thread,
        "cwd": new,
        "forked_from_id": "older",
        "runtime_workspace_roots": [new, "/also"],
    }
    assert context["payload"] == {"cwd": OLD, "thread_id": thread}
    assert result == records[2]
    assert found.argv == [
        *("codex", "exec", "-C", new, "-m", "gpt-5.5", "--skip-git-repo-check"),
        *("resume", thread, "--", "And now?"),
    ]
    found = go_on(here, tmp_path, "", headless=False)
    assert found.argv[:5] == ["codex", "resume", "-C", new, "-m"]
    assert "--" not in found.argv
    found = go_on(here | {"started_in": "/work"}, tmp_path)
    assert found.argv[:4] == ["codex", "exec", "-C", f"{new}/old"]
