"""Which rollout a run of Codex writes."""

import json
import os
import time

from agentrec.agents.codex.companion import companion


def rollout(folder, name, cwd, *words):
    """Write one with what the user said; returns its path."""
    records = [{"type": "session_meta", "payload": {"id": name, "cwd": cwd}}]
    content = [{"type": "input_text", "text": words[0]}] if words else []
    if content:
        message = {"type": "message", "role": "user", "content": content}
        records.append({"type": "response_item", "payload": message})
        records.append(
            {"type": "event_msg", "payload": {"type": "user_message", "message": words[0]}}
        )
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 5))
    path = folder / f"rollout-2026-01-01T00-00-00-{name}.jsonl"
    path.write_text("".join(json.dumps({"timestamp": now, **it}) + "\n" for it in records))
    return path


def test_an_older_one_that_it_only_reads_is_not_its_own(tmp_path):
    folder = tmp_path / "codex" / "sessions" / "2026" / "01" / "01"
    folder.mkdir(parents=True)
    old = rollout(folder, "old", str(tmp_path), "Before.")
    os.utime(old, (1, 1))
    following = companion(["codex", "exec", "Now."])
    following.attach({"CODEX_HOME": str(tmp_path / "codex")}, str(tmp_path), time.time())
    told = []
    with old.open() as file:  # this process is the agent: it has the old one open
        file.read(1)
        following.start(lambda track, kind, data, **links: told.append((kind, data)), os.getpid())
        following.tick()
    rollout(folder, "new", str(tmp_path), "Now.")
    following.stop()
    assert [data["session_id"] for kind, data in told if kind == "session"] == ["new"]
    assert [data["text"] for kind, data in told if kind == "message"] == ["Now."]
