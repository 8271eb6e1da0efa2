"""opencode's table of version 2, as it grows."""

import json
import sqlite3

import pytest

from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.opencode.database import Database
from tests.agents.helpers import brief

NOW = 1_769_853_600_000  # ms
TABLES = """
create table session_v2 (id text primary key, parent_id text, directory text, version text, agent text,
    time_created integer, time_updated integer, revert text);
create table session_message (id text primary key, session_id text, type text, seq integer,
    time_created integer, time_updated integer, data text);
insert into session_v2 values ('s1', null, '/w', '2.0.24', 'build', 0, 0, null);
"""
MODEL = {"id": "gpt-5.5", "providerID": "scripted"}
TOKENS = {"input": 5, "output": 7, "reasoning": 2, "cache": {"read": 90, "write": 0}}


class Messages:
    """A database of one session, and a reader of it."""

    def __init__(self, path):
        self.base = sqlite3.connect(path)
        self.base.executescript(TABLES)
        self.builder = EventBuilder("opencode")
        self.reader = Database(self.builder, str(path), "/w", since=NOW / 1000)
        self.rows = 0

    def put(self, message_id, kind, created=NOW, **data):
        """Write a message, or write it anew."""
        self.rows += 1
        data.setdefault("time", {"created": created})
        values = (message_id, "s1", kind, self.rows, created, NOW + self.rows, json.dumps(data))
        self.base.execute(
            """insert into session_message values (?, ?, ?, ?, ?, ?, ?) on conflict (id)
               do update set time_updated = excluded.time_updated, data = excluded.data""",
            values,
        )
        self.base.commit()
        return brief(self.reader.read())

    def events(self):
        return self.reader.read()


@pytest.fixture
def messages(tmp_path):
    made = Messages(tmp_path / "opencode-next.db")
    yield made
    made.base.close()


def test_a_message_is_told_as_it_grows(messages):
    # The session's own times do not change: what counts are its messages.
    assert messages.put("m0", "user", created=5, text="said long before") == []
    assert messages.put("m1", "user", text="List them.") == [
        ("agent/session", "opencode", None),
        ("agent/lifecycle", "started", "opencode"),
        ("agent/message", "List them.", "user"),
        ("agent/conversation", "user", "opencode"),
    ]
    running = {"status": "running", "input": {"command": "ls"}, "metadata": {}}
    tool = {"type": "tool", "id": "c1", "name": "shell", "time": {"created": NOW, "ran": NOW}}
    content = [{"type": "text", "text": ""}, tool | {"state": running}]
    # The text comes after the tool that follows it.
    assert messages.put("m2", "assistant", model=MODEL, agent="build", content=content) == [
        ("agent/turn", 1, "opencode")
    ]
    content[0]["text"] = "I look."
    assert messages.put("m2", "assistant", model=MODEL, content=content) == [
        ("agent/message", "I look.", "opencode"),
        ("tool/call", "shell", "opencode"),
    ]
    done = running | {"status": "completed", "content": [{"type": "text", "text": "a b"}]}
    content[1] = tool | {"state": done, "time": {"ran": NOW, "completed": NOW + 50}}
    time = {"created": NOW, "completed": NOW + 60}
    story = {"model": MODEL, "content": content, "time": time, "finish": "stop"}
    names = [name for name, _, _ in messages.put("m2", "assistant", **story, tokens=TOKENS)]
    assert names == ["tool/result", "llm/call", "agent/lifecycle", "agent/conversation"]
    assert messages.events() == []


def test_the_result_and_the_tokens_of_a_message(messages):
    state = {"status": "completed", "input": {}, "metadata": {"exit": 2}}
    state["content"] = [{"type": "text", "text": "a b"}, {"type": "file", "uri": "x"}]
    tool = {"type": "tool", "id": "c1", "name": "shell", "state": state}
    tool["time"] = {"created": NOW, "ran": NOW, "completed": NOW + 50}
    time = {"created": NOW, "completed": NOW + 60}
    values = {"model": MODEL, "content": [tool], "time": time, "tokens": TOKENS, "cost": 0.25}
    data = {"id": "m2", "type": "assistant", "finish": "stop", **values}
    messages.base.execute(
        "insert into session_message values ('m2', 's1', 'assistant', 1, ?, ?, ?)",
        (NOW, NOW, json.dumps(data)),
    )
    messages.base.commit()
    found = {f"{event.track}/{event.kind}": event.data for event in messages.events()}
    result, call = found["tool/result"], found["llm/call"]
    assert (result["output"], result["exit_code"], result["is_error"]) == ("a b", 2, True)
    assert result["duration_ms"] == 50
    assert (call["model"], call["cost_usd"], call["stop_reason"]) == ("gpt-5.5", 0.25, "stop")
    assert call["usage"] == {
        "input": 5,
        "output": 9,
        "cache_read": 90,
        "cache_write": 0,
        "reasoning": 2,
    }


def test_modes_commands_of_the_user_compactions_and_errors(messages):
    messages.put("m1", "user", text="Go on.")
    assert messages.put("m2", "agent-switched", agent="plan", previous="build") == [
        ("agent/lifecycle", "mode", "opencode")
    ]
    assert messages.put("m3", "agent-switched", agent="plan") == []
    assert messages.put("m4", "shell", command="ls", status="running") == [
        ("tool/call", "shell", "user")
    ]
    ended = {"created": NOW, "completed": NOW + 9}
    shell = {"command": "ls", "status": "exited", "exit": 1, "output": "no", "time": ended}
    assert messages.put("m4", "shell", **shell) == [("tool/result", "no", "user")]
    assert messages.put("m5", "compaction", status="running", summary="") == []
    done = {"status": "completed", "summary": "so far", "model": MODEL, "tokens": TOKENS}
    assert [name for name, _, _ in messages.put("m5", "compaction", **done)] == [
        "llm/call",
        "agent/lifecycle",
    ]
    error = {"type": "provider", "message": "the server is busy"}
    messages.put("m6", "assistant", model=MODEL, content=[], error=error, time=ended)
    assert messages.put("m6", "assistant", model=MODEL, content=[], error=error, time=ended) == []
    assert messages.put("m7", "idle", outcome="failed") == []
    assert messages.put("m8", "unheard-of") == []
    messages.builder.troubles()
    (trouble,) = messages.builder.drain()
    assert "unheard-of" in trouble.data["text"]


def test_an_error_and_a_message_that_was_taken_back(messages):
    messages.put("m1", "user", text="Do it.")
    error = {"type": "provider", "message": "the server is busy"}
    time = {"created": NOW, "completed": NOW}
    messages.base.execute(
        "insert into session_message values ('m2', 's1', 'assistant', 2, ?, ?, ?)",
        (NOW, NOW, json.dumps({"model": MODEL, "content": [], "error": error, "time": time})),
    )
    messages.base.execute("""update session_v2 set revert = '{"messageID": "m1"}'""")
    messages.base.commit()
    found = [(e.data["state"], e.data["text"]) for e in messages.events() if e.kind == "lifecycle"]
    assert found == [("error", "the server is busy"), ("rewound", "Do it.")]
