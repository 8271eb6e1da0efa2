"""opencode's database, as it grows."""

import json
import sqlite3

import pytest

from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.opencode import session_parts
from agentrec.agents.opencode.database import Database
from agentrec.errors import FormatError
from tests.agents.helpers import brief

NOW = 1_769_853_600_000  # ms
TABLES = """
create table session (id text primary key, parent_id text, directory text, version text, agent text,
    time_created integer, time_updated integer, revert text);
create table message (id text primary key, session_id text, time_created integer, data text);
create table part (id text primary key, message_id text, session_id text, time_updated integer, data text);
pragma journal_mode = wal;
"""


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


def test_parts_come_once_in_order_as_they_grow(database, tmp_path):
    path = str(tmp_path / "data" / "opencode.db")
    reader = Database(EventBuilder("opencode"), path, "/w", since=NOW / 1000)
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
    tokens |= {"total": 104}
    database.part(5, "m2", type="step-finish", reason="stop", tokens=tokens, cost=0.25)
    events = reader.read()
    result, call = events[0], events[1]
    assert result.data["is_error"] is True
    assert result.data["exit_code"] == 2
    assert result.data["duration_ms"] == 50
    assert call.data["cost_usd"] == 0.25
    usage = {"input": 5, "output": 9, "cache_read": 90, "cache_write": 0, "reasoning": 2}
    assert call.data["usage"] == usage
    assert [name for name, _, _ in brief(events)[2:]] == ["agent/lifecycle", "agent/conversation"]
    assert reader.read() == []
    assert reader.has_sessions


def test_an_old_part_that_is_written_again_hides_no_later_one(database, tmp_path, monkeypatch):
    monkeypatch.setattr(session_parts, "MAX_PARTS", 2)
    database.put("session", id="s1", directory="/w", version="1.18", time_created=NOW)
    database.put("message", id="m1", session_id="s1", time_created=NOW + 1, data={"role": "user"})
    for number in range(5):
        database.part(number, "m1", type="text", text=f"said {number}")
    database.t += 3_600_000
    database.part(0, "m1", type="text", text="said 0", compacted=True)
    database.base.execute("update part set time_updated = 'never' where id = 'p4'")
    database.base.commit()
    path = str(tmp_path / "data" / "opencode.db")
    reader = Database(EventBuilder("opencode"), path, "", since=0.0, only="s1")
    said = [event.data["text"] for event in reader.read_stored() if event.kind == "message"]
    assert said == [f"said {number}" for number in range(5)]


def test_a_session_of_a_session_is_a_sub_agent(database, tmp_path):
    path = str(tmp_path / "data" / "opencode.db")
    reader = Database(EventBuilder("opencode"), path, "/w", since=NOW / 1000)
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


def stored(tmp_path, session="s1"):
    path = str(tmp_path / "data" / "opencode.db")
    reader = Database(EventBuilder("opencode"), path, "", since=0.0, only=session)
    return list(reader.read_stored())


def said(events):
    return [event.data["text"] for event in events if event.kind == "message"]


def test_tables_of_older_versions_lack_columns(database, tmp_path):
    """Up to version 1.3 sessions name no agent; version 1.14 has messages without numbers."""
    database.base.execute("alter table session drop column agent")
    database.base.execute("create table session_message (id text, session_id text, type text,"
                          " time_created integer, time_updated integer, data text)")  # fmt: skip
    for name, parent in (("s1", None), ("s2", "s1")):
        database.put(
            "session", id=name, parent_id=parent, directory="/w", version="1.3.2", time_created=NOW
        )
    asked = {"role": "user", "agent": "explore"}
    database.put("message", id="m1", session_id="s1", time_created=NOW + 1, data=asked)
    database.part(1, "m1", type="text", text="List them.")
    database.put("message", id="m2", session_id="s2", time_created=NOW + 2, data=asked)
    answer = {"role": "assistant", "time": {"created": NOW + 3}}
    database.put("message", id="m3", session_id="s2", time_created=NOW + 3, data=answer)
    text = {"type": "text", "text": "Listed.", "time": {"end": NOW + 4}}
    database.put("part", id="p3", message_id="m3", session_id="s2", data=text)
    message = {"time": {"created": NOW + 5}, "text": "And then?"}
    values = ("x1", "s1", "user", NOW + 5, NOW + 5, json.dumps(message))
    database.base.execute("insert into session_message values (?, ?, ?, ?, ?, ?)", values)
    database.base.commit()
    events = stored(tmp_path)
    assert said(events) == ["List them.", "Listed.", "And then?"]
    assert "opencode/explore-s2" in {event.actor for event in events}


def test_tables_that_cannot_be_read_are_an_error(database, tmp_path, monkeypatch):
    """Nothing is imported of a part of a session."""
    monkeypatch.setattr("agentrec.agents.opencode.database._AGAIN_SECONDS", 0)
    database.put("session", id="s1", directory="/w", version="1.18", time_created=NOW)
    database.put("message", id="m1", session_id="s1", time_created=NOW + 1, data={"role": "user"})
    database.part(1, "m1", type="text", text="List them.")
    database.base.execute("alter table session drop column revert")
    with pytest.raises(FormatError, match="cannot be read: no such column: revert"):
        stored(tmp_path)


@pytest.mark.parametrize(
    ("version", "total", "output"),
    [("1.1.11", 0, 7), ("1.2.27", 102, 7), ("1.14.34", 104, 9), ("1.18.33", 0, 9)],
)
def test_thinking_is_inside_the_output_of_older_versions(
    database, tmp_path, version, total, output
):
    """As the total shows, which the oldest do not write."""
    database.put("session", id="s1", directory="/w", version=version, time_created=NOW)
    answer = {"role": "assistant", "modelID": "gpt-5.5", "time": {"created": NOW + 2}}
    database.put("message", id="m2", session_id="s1", time_created=NOW + 2, data=answer)
    tokens = {"input": 5, "output": 7, "reasoning": 2, "cache": {"read": 90, "write": 0}}
    tokens |= {"total": total} if total else {}
    database.part(5, "m2", type="step-finish", reason="stop", tokens=tokens, cost=0)
    (call,) = [event for event in stored(tmp_path) if event.track == "llm"]
    usage = {"input": 5, "output": output, "cache_read": 90, "cache_write": 0, "reasoning": 2}
    assert call.data["usage"] == usage


def test_what_is_stored_is_in_the_order_of_its_times(database, tmp_path):
    """A failed answer before the next prompt, what a sub-agent said before what came of it."""
    for name, parent in (("s1", None), ("s2", "s1")):
        database.put(
            "session", id=name, parent_id=parent, directory="/w", version="1.18", agent="explore",
            time_created=NOW,
        )  # fmt: skip
    number = 0

    def say(session, role, text, **message):
        nonlocal number
        number += 1
        data = {"role": role, "time": {"created": NOW + number, "completed": NOW + number}}
        name = f"m{number}"
        database.put(
            "message", id=name, session_id=session, time_created=NOW + number, data=data | message
        )
        if text:
            part = {"type": "text", "text": text, "time": {"end": NOW + number}}
            database.put("part", id=f"p{number}", message_id=name, session_id=session, data=part)

    say("s1", "user", "one")
    say("s1", "assistant", "", error={"name": "APIError", "data": {"message": "refused"}})
    say("s1", "user", "two")
    say("s2", "assistant", "from below")
    say("s1", "assistant", "three")
    told = [e.data["text"] for e in stored(tmp_path) if e.data.get("text")]
    assert told == ["one", "refused", "two", "from below", "three"]


def test_a_stored_text_without_an_end_is_told_as_far_as_it_goes(database, tmp_path):
    """opencode was killed while the model spoke."""
    database.put("session", id="s1", directory="/w", version="1.18", time_created=NOW)
    answer = {"role": "assistant", "modelID": "m", "time": {"created": NOW + 2}}
    database.put("message", id="m2", session_id="s1", time_created=NOW + 2, data=answer)
    database.part(3, "m2", type="text", text="I lo", time={"start": NOW + 3})
    assert said(stored(tmp_path)) == ["I lo"]


def test_without_a_database_there_are_no_events(tmp_path):
    reader = Database(EventBuilder("opencode"), str(tmp_path / "none.db"), "/w", since=0)
    assert reader.read() == []
    (tmp_path / "none.db").write_text("no database")
    assert reader.read() == []
    reader.finish()
    assert not reader.has_sessions


def test_only_sessions_that_are_ours(database, tmp_path):
    path = str(tmp_path / "data" / "opencode.db")
    ours = set()
    reader = Database(
        EventBuilder("opencode"),
        path,
        "/w",
        since=NOW / 1000,
        is_ours=lambda session, parent: bool({session, parent} & ours),
    )
    for name, parent in (("s1", None), ("s2", None), ("s3", "s1")):
        database.put(
            "session", id=name, parent_id=parent, directory="/w", version="1.18", time_created=NOW
        )
    assert reader.read() == []
    ours.add("s1")
    assert reader.read() == []  # nothing was written
    told = reader.read(again=True)
    assert [event.data["session_id"] for event in told if event.kind == "session"] == ["s1"]
