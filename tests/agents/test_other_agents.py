"""Agents that keep no lines of JSON: opencode's database, mini-swe-agent's document, aider's Markdown."""

import json
import sqlite3

import pytest

from agentrec.agents.aider.history import History
from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.mini.trajectory import Trajectory
from agentrec.agents.opencode.database import Database

NOW = 1_769_853_600_000  # ms
TABLES = """
create table session (id text primary key, parent_id text, directory text, version text, agent text,
    time_created integer, time_updated integer);
create table message (id text primary key, session_id text, time_created integer, data text);
create table part (id text primary key, message_id text, session_id text, time_updated integer, data text);
pragma journal_mode = wal;
"""


def brief(told):
    """track/kind and the one thing that matters."""
    keys = ("state", "text", "name", "output", "usage", "n", "role", "agent")
    found = []
    for event in told:
        value = next((event.data[key] for key in keys if key in event.data), None)
        found.append((f"{event.track}/{event.kind}", value, event.actor))
    return found


class SessionDatabase:
    def __init__(self, path):
        path.parent.mkdir(parents=True)
        self.base = sqlite3.connect(path)
        self.base.executescript(TABLES)
        self.t = NOW

    def put(self, table, **values):
        self.t += 10
        values |= {"time_updated": self.t} if table != "message" else {}
        for key, value in values.items():
            values[key] = json.dumps(value) if isinstance(value, dict) else value
        marks = ",".join("?" * len(values))
        names = ",".join(values)
        sql = f"insert or replace into {table} ({names}) values ({marks})"
        self.base.execute(sql, tuple(values.values()))
        self.base.commit()

    def part(self, number, message, **data):
        self.put("part", id=f"p{number}", message_id=message, session_id="s1", data=data)


@pytest.fixture
def database(tmp_path):
    written = SessionDatabase(tmp_path / "data" / "opencode.db")
    yield written
    written.base.close()


def test_opencode_parts_are_told_once_in_order_as_they_grow(database, tmp_path):
    reader = Database(
        EventBuilder("opencode"), str(tmp_path / "data" / "opencode.db"), "/w", since=NOW / 1000
    )
    database.put("session", id="old", directory="/w", version="1", time_created=1)
    database.base.execute("update session set time_updated = 5")
    database.put("session", id="s0", directory="/elsewhere", version="1", time_created=NOW)
    database.put("session", id="s1", directory="/w", version="1.18", time_created=NOW)
    database.put("message", id="m1", session_id="s1", time_created=NOW + 1, data={"role": "user"})
    database.part(1, "m1", type="text", text="List them.")
    database.part(2, "m1", type="text", text="a file's content", synthetic=True)
    assert brief(reader.read()) == [
        ("agent/session", "opencode", None),
        ("agent/lifecycle", "started", "opencode"),
        ("agent/message", "List them.", "user"),
        ("agent/conversation", "user", "opencode"),
    ]
    assert reader.read() == []
    answer = {"role": "assistant", "modelID": "gpt-5.5", "time": {"created": NOW + 2}}
    database.put("message", id="m2", session_id="s1", time_created=NOW + 2, data=answer)
    database.part(3, "m2", type="text", text="I lo", time={"start": NOW + 3})
    running = {"status": "running", "input": {"command": "ls"}, "time": {"start": NOW + 5}}
    database.part(4, "m2", type="tool", tool="bash", callID="c1", state=running)
    assert brief(reader.read()) == []  # the text still grows, what follows waits
    database.part(3, "m2", type="text", text="I look.", time={"start": NOW + 3, "end": NOW + 4})
    assert brief(reader.read()) == [
        ("agent/turn", 1, "opencode"),
        ("agent/message", "I look.", "opencode"),
        ("tool/call", "bash", "opencode"),
    ]
    done = {"status": "completed", "input": {"command": "ls"}, "output": "a b"}
    done |= {"metadata": {"exit": 2}, "time": {"start": NOW + 5, "end": NOW + 55}}
    database.part(4, "m2", type="tool", tool="bash", callID="c1", state=done)
    tokens = {"input": 5, "output": 7, "reasoning": 2, "cache": {"read": 90, "write": 0}}
    database.part(5, "m2", type="step-finish", reason="stop", tokens=tokens, cost=0.25)
    told = reader.read()
    result, call = told[0], told[1]
    assert result.data["is_error"] is True
    assert result.data["exit_code"] == 2
    assert result.data["duration_ms"] == 50
    assert call.data["cost_usd"] == 0.25
    usage = {"input": 5, "output": 9, "cache_read": 90, "cache_write": 0, "reasoning": 2}
    assert call.data["usage"] == usage
    assert [name for name, _, _ in brief(told)[2:]] == ["agent/lifecycle", "agent/conversation"]
    assert reader.read() == []
    assert brief(reader.finish()) == [("agent/lifecycle", "finished", "opencode")]


def test_opencode_a_session_of_a_session_is_a_sub_agent(database, tmp_path):
    reader = Database(
        EventBuilder("opencode"), str(tmp_path / "data" / "opencode.db"), "/w", since=NOW / 1000
    )
    database.put(
        "session", id="s1", parent_id="s0", directory="/w", agent="explore", time_created=NOW
    )
    answer = {"role": "assistant", "modelID": "m", "time": {"created": NOW + 2, "completed": 3}}
    database.put("message", id="m2", session_id="s1", time_created=NOW + 2, data=answer)
    database.part(3, "m2", type="text", text="Here.", time={"end": NOW + 4})
    assert brief(reader.read()) == [
        ("agent/turn", 1, "opencode/explore-s1"),
        ("agent/message", "Here.", "opencode/explore-s1"),
    ]


def test_opencode_no_database_is_no_story(tmp_path):
    reader = Database(EventBuilder("opencode"), str(tmp_path / "none.db"), "/w", since=0)
    assert reader.read() == []
    (tmp_path / "none.db").write_text("no database")
    assert reader.read() == []
    assert reader.finish() == []


USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 5,
    "prompt_tokens_details": {"cached_tokens": 90},
}
MINI = [
    {"role": "system", "content": "You help."},
    {"role": "user", "content": "List them."},
    {
        "role": "assistant",
        "content": "I look.",
        "tool_calls": [
            {"id": "c1", "function": {"name": "bash", "arguments": '{"command": "ls"}'}}
        ],
        "extra": {
            "response": {"id": "r1", "model": "gpt-4o", "usage": USAGE},
            "cost": 0.5,
            "timestamp": NOW / 1000,
        },
    },
    {
        "role": "tool",
        "content": "x",
        "tool_call_id": "c1",
        "extra": {"raw_output": "no", "returncode": 2, "timestamp": NOW / 1000 + 1},
    },
    {"role": "exit", "content": "", "extra": {"exit_status": "Submitted"}},
]


def test_mini_a_document_that_is_written_anew_is_told_once(tmp_path):
    path = tmp_path / "traj.json"
    trajectory = Trajectory(EventBuilder("mini"), str(path), "/w", since=0)
    told = []
    for count in range(1, len(MINI) + 1):
        path.write_text(json.dumps({"info": {}, "messages": MINI[:count]})[:-1])
        assert trajectory.read() == []  # half written
        path.write_text(json.dumps({"info": {}, "messages": MINI[:count]}))
        told += trajectory.read()
    told += trajectory.finish()
    assert brief(told) == [
        ("agent/session", "mini", None),
        ("agent/lifecycle", "started", "mini"),
        ("agent/message", "List them.", "user"),
        ("agent/conversation", "user", "mini"),
        ("agent/turn", 1, "mini"),
        ("agent/message", "I look.", "mini"),
        ("tool/call", "bash", "mini"),
        ("llm/call", {"input": 10, "output": 5, "cache_read": 90, "cache_write": 0}, "mini"),
        ("tool/result", "no", "mini"),
        ("agent/conversation", "tool", "mini"),
        ("agent/lifecycle", "idle", "mini"),
        ("agent/lifecycle", "finished", "mini"),
    ]
    assert told[0].data["system_prompt"] == "You help."
    result = next(event for event in told if event.kind == "result")
    assert result.data["exit_code"] == 2
    assert result.data["duration_ms"] == 1000


def test_mini_a_document_from_before_is_nobodys(tmp_path):
    path = tmp_path / "traj.json"
    path.write_text(json.dumps({"messages": MINI}))
    assert Trajectory(EventBuilder("mini"), str(path), "/w", since=4e9).read() == []


AIDER = """
# aider chat started at 2026-01-31 10:00:00

> Main model: openai/gpt-4o with diff edit format
> Git repo: .git with 3 files

#### Mend the sum
#### in area.py.

<thinking-content-7bbeb8e1>
It adds.
</thinking-content-7bbeb8e1>

It should multiply.

    a * b

> Tokens: 2.4k sent, 79 received. Cost: $0.0068 message, $0.0068 session.
> Applied edit to area.py
"""


def test_aider_its_markdown_and_its_log_make_one_story(tmp_path):
    path = tmp_path / "history.md"
    path.write_text("#### from before\n")
    history = History(EventBuilder("aider"), str(path), "/w", start=path.stat().st_size)
    assert history.read() == []
    with path.open("a") as file:
        file.write(AIDER)
    told = history.read()
    facts = {"main_model": "openai/REDACTED", "prompt_tokens": 2402, "completion_tokens": 79}
    history.analytics({"event": "cli session", "properties": {}})
    history.analytics({"event": "message_send", "properties": facts | {"cost": 0.0068}})
    told += history.finish()
    found = brief(told)
    assert [entry[1] for entry in found if entry[0] == "agent/message"] == [
        "Main model: openai/gpt-4o with diff edit format\nGit repo: .git with 3 files",
        "Mend the sum\nin area.py.",
        "It adds.",
        "It should multiply.\n\n    a * b",
        "Applied edit to area.py",
    ]
    (call,) = [event for event in told if event.track == "llm"]
    assert call.data["model"] == "openai/gpt-4o"
    assert call.data["usage"]["input"] == 2402
    assert call.data["cost_usd"] == 0.0068
    assert call.span == next(event.parent for event in told if event.kind == "turn")
