"""Files of agents' own, read as recordings without the place where the agent keeps them."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.errors import FormatError
from agentrec.export import FORMATS, STORED_SESSIONS
from agentrec.export.conversion import Source
from agentrec.export.reading.detect_format import detect_format
from agentrec.imports.session_events import SessionEvents
from agentrec.imports.stored_sessions import StoredSession
from tests.agents.cline.test_session import Documents, text
from tests.agents.opencode.test_database import NOW, SessionDatabase
from tests.imports.test_aider_sessions import CHAT, as_written
from tests.imports.test_session_import import answer, user

TRANSCRIPTS = Path(__file__).parents[3] / "fixtures" / "transcripts"
LINES = {
    "claude": "claude-code",
    "codex": "codex",
    "codex-totals": "codex",
    "copilot": "copilot",
    "gemini": "gemini-cli",
    "pi": "pi",
    "qwen": "qwen-code",
}


def read(data, name, path=""):
    """The format that ``data`` is in, and the recording."""
    format_ = detect_format(data[: 1 << 16], name)
    session = format_.read(Source(name, io.BytesIO(data), path=path))
    return format_.name, session, list(session.events)


def without_place(events):
    return [
        event._replace(
            data={k: v for k, v in event.data.items() if k not in ("transcript", "resume")}
        )
        for event in events
    ]


def imported(agent, path):
    session = StoredSession(agent, path.stem, str(path), path.stat().st_size, 0)
    return without_place(SessionEvents(session).events())


def said(events):
    return [event.data["text"] for event in events if event.name == ("agent", "message")]


@pytest.mark.parametrize("name", LINES)
def test_it_is_what_the_import_makes_of_it(name):
    path = TRANSCRIPTS / f"{name}.jsonl"
    agent, session, found = read(path.read_bytes(), path.name)
    assert agent == LINES[name]
    assert without_place(found) == imported(agent, path)
    assert session.header["title"]
    (about,) = [event.data for event in found if event.name == ("agent", "session")]
    assert about["transcript"] == path.name
    assert not any("/" in word for word in about["resume"]["argv"])


@pytest.mark.parametrize("name", LINES)
def test_a_name_that_says_nothing(name):
    path = TRANSCRIPTS / f"{name}.jsonl"
    for other in ("standard input", "../../x.txt", "a/b\0.cast"):
        agent, _, found = read(path.read_bytes(), other)
        assert agent == LINES[name]
        assert said(found) == said(imported(agent, path))


@pytest.mark.skipif(not shutil.which("zstd"), reason="the program zstd is not installed")
def test_a_compressed_rollout():
    path = TRANSCRIPTS / "codex.jsonl"
    done = subprocess.run(["zstd", "-c", str(path)], capture_output=True, check=True)
    agent, _, found = read(done.stdout, "rollout-x.jsonl.zst")
    assert (agent, without_place(found)) == ("codex", imported("codex", path))
    with pytest.raises(FormatError, match="compressed with Zstandard"):
        read(done.stdout, "something.zst")


def test_an_object_of_an_older_gemini_cli_is_the_same_as_its_lines(tmp_path):
    messages = [
        {"id": "1", "timestamp": "2026-01-31T10:00:00.000Z", "type": "user", "content": "List."},
        {
            "id": "2",
            "timestamp": "2026-01-31T10:00:01.000Z",
            "type": "gemini",
            "content": "Two files.",
            "model": "gemini-2.5-pro",
            "tokens": {"input": 10, "output": 4, "cached": 0, "thoughts": 0, "total": 14},
        },
    ]
    about = {"sessionId": "G", "projectHash": "x", "startTime": "2026-01-31T10:00:00.000Z"}
    whole = json.dumps({**about, "messages": messages}, indent=2).encode()
    lines = "".join(f"{json.dumps(it)}\n" for it in [about, *messages]).encode()
    for name in ("session-2026.json", "x"):
        agent, _, found = read(whole, name)
        assert agent == "gemini-cli"
        assert said(found) == ["List.", "Two files."]
        assert without_place(found) == without_place(read(lines, "session-2026.jsonl")[2])


def test_of_a_chat_history_of_aider_the_newest_session():
    other = CHAT.replace("2026-01-31 10", "2026-01-30 09").replace("Mend the sum.", "Before that.")
    agent, session, found = read(as_written(other + CHAT).encode(), ".aider.chat.history.md")
    assert agent == "aider"
    assert "Before that." not in "".join(said(found))
    assert session.header["title"].startswith("Mend the sum.")
    (note,) = session.notes.lines()
    assert note.startswith("1 older session left out")


def test_of_a_database_of_opencode_the_newest_session(tmp_path):
    path = tmp_path / "data" / "opencode.db"
    database = SessionDatabase(path)
    for number in (1, 2):
        session = f"s{number}"
        database.put("session", id=session, directory="/w", version="1.18", time_created=NOW)
        database.put(
            "message", id=f"m{number}", session_id=session, time_created=NOW, data={"role": "user"}
        )
        data = {"type": "text", "text": f"Prompt {number}."}
        database.put(
            "part", id=f"p{number}", message_id=f"m{number}", session_id=session, data=data
        )
    database.base.execute("pragma journal_mode = delete")
    database.base.close()
    agent, session, found = read(path.read_bytes(), "opencode.db")
    assert (agent, said(found)) == ("opencode", ["Prompt 2."])
    assert session.notes.lines()[0].startswith("1 older session left out")
    assert read(path.read_bytes(), "kilo.db")[0] == "kilo"


def test_a_document_of_cline(tmp_path):
    documents = Documents(tmp_path)
    documents.add("user", text("Go."))
    documents.add("assistant", text("Gone."))
    data = (documents.folder / "s1.messages.json").read_bytes()
    for name in ("s1.messages.json", "other.json"):
        agent, _, found = read(data, name)
        assert (agent, said(found)) == ("cline", ["Go.", "Gone."])


def test_where_the_agent_has_it_its_sub_agents_are_read(tmp_path):
    path = tmp_path / "session-1.jsonl"
    path.write_text("".join(f"{json.dumps(it)}\n" for it in (user(0, "Go."), answer(1, "Gone."))))
    beside = tmp_path / "session-1" / "subagents"
    beside.mkdir(parents=True)
    inner = {**answer(2, "From below."), "isSidechain": True, "agentId": "a1"}
    (beside / "agent-a1.jsonl").write_text(json.dumps(inner) + "\n")
    assert "From below." not in said(read(path.read_bytes(), path.name)[2])
    assert "From below." in said(read(path.read_bytes(), path.name, str(path))[2])
    command = [sys.executable, "-P", "-m", "agentrec", "convert", str(path), "-", "--to", "md"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "From below." in done.stdout, done.stderr
    packed = tmp_path / "session-1.jsonl.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    done = subprocess.run(
        [*command[:5], str(packed), *command[6:]], capture_output=True, text=True, timeout=60
    )
    assert "Gone." in done.stdout, done.stderr


def other_database():
    base = sqlite3.connect(":memory:")
    base.execute("create table notes (id)")
    return base.serialize()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("other.db", other_database()),
        ("torn.db", b"SQLite format 3\0" + b"\xff" * 4000),
        ("empty.jsonl", b'{"type":"session_meta","payload":{}}\n'),
        ("torn.jsonl.zst", b"\x28\xb5\x2f\xfd\xff\xff"),
        ("odd.md", b"# aider chat started at never\n"),
        ("odd.json", b'{"projectHash":"x","sessionId":1,"messages":7}'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_without_a_conversation_that_is_said(name, data, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    command = [sys.executable, "-P", "-m", "agentrec", "info", str(path)]
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 3
    assert name in done.stderr
    assert len(done.stderr.splitlines()) <= 2, done.stderr


def test_of_a_database_without_its_log_that_is_said(tmp_path):
    database = SessionDatabase(tmp_path / "data" / "opencode.db")
    database.put("session", id="s1", directory="/w", version="1.18", time_created=NOW)
    with pytest.raises(FormatError) as caught:
        read((tmp_path / "data" / "opencode.db").read_bytes(), "opencode.db")
    database.base.close()
    assert "-wal" in caught.value.hint


def test_each_agent_has_a_format():
    assert all(FORMATS[agent].reader for agent in STORED_SESSIONS)
