"""What is made of a session is made again when a file beside it has changed."""

from __future__ import annotations

import json
import os
from contextlib import closing

import pytest

from agentrec.cli.common import opened
from tests.agents.cline.test_session import Documents, text
from tests.agents.opencode.test_database import NOW, SessionDatabase
from tests.imports.test_session_import import answer, user


def claude(folder):
    path = folder / "session-1.jsonl"
    path.write_text("".join(f"{json.dumps(it)}\n" for it in (user(0, "Go."), answer(3, "Gone."))))
    yield path
    beside = folder / "session-1" / "subagents"
    beside.mkdir(parents=True)
    inner = {**answer(1, "And more."), "isSidechain": True, "agentId": "a1"}
    (beside / "agent-a1.jsonl").write_text(json.dumps(inner) + "\n")
    yield path


def opencode(folder):
    path = folder / "data" / "opencode.db"
    with closing((database := SessionDatabase(path)).base):
        database.put("session", id="s1", directory="/w", version="1.18", time_created=NOW)
        database.put("message", id="m1", session_id="s1", time_created=NOW, data={"role": "user"})
        database.part(1, "m1", type="text", text="Go.")
        yield path
        database.part(2, "m1", type="text", text="And more.")  # into its log
        yield path


def cline(folder):
    documents = Documents(folder)
    documents.add("user", text("Go."))
    path = documents.folder / "s1.messages.json"
    yield path
    message = {"id": "x", "role": "assistant", "ts": 1, "content": [text("And more.")]}
    sub_agent = documents.folder / "agent_1.messages.json"
    sub_agent.write_text(json.dumps({"messages": [message]}))
    yield path


@pytest.mark.parametrize("agent", [claude, opencode, cline], ids=lambda agent: agent.__name__)
def test_a_session_is_read_again(agent, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def said(path):
        with opened(str(path)) as recording:
            events = list(recording.events())
        return [event.data["text"] for event in events if event.name == ("agent", "message")]

    states = agent(tmp_path)
    before = said(path := next(states))
    assert "And more." not in before
    assert said(path) == before
    status = os.stat(path)
    assert "And more." in said(next(states))
    assert (status.st_size, status.st_mtime_ns) == (
        os.stat(path).st_size,
        os.stat(path).st_mtime_ns,
    )
