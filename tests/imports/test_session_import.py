"""Stored sessions as recordings: each once, again when it has grown, never the user's last run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agentrec.agents.follow import tail
from agentrec.cli.main import main
from agentrec.cli.upkeep.about import about
from agentrec.imports import session_events
from agentrec.imports.session_import import EMPTY, NEW, UNCHANGED, UPDATED, import_session
from agentrec.imports.stored_sessions import stored_sessions
from agentrec.library.resolve import resolve
from agentrec.recording.append import append_moment, append_note
from agentrec.recording.reader import Recording
from tests.agents.opencode.test_database import TABLES
from tests.library.helpers import ended, make, shown

TRANSCRIPTS = Path(__file__).parents[2] / "fixtures" / "transcripts"

SECRET = "ghp_" + "aB3dE5gH7jK9" * 3


def user(number, text, **more):
    return {
        "type": "user",
        "uuid": f"u{number}",
        "sessionId": "session-1",
        "timestamp": f"2026-01-31T10:00:{number:02}.000Z",
        "cwd": "/home/ada/shop",
        "message": {"role": "user", "content": text},
        **more,
    }


def answer(number, text, tokens=10):
    usage = {"input_tokens": tokens, "output_tokens": 5}
    message = {
        "id": f"msg-{number}",
        "role": "assistant",
        "model": "claude-opus-4-8",
        "usage": usage,
    }
    message |= {"content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}
    return user(number, "") | {"type": "assistant", "uuid": f"a{number}", "message": message}


class Home:
    def __init__(self, tmp_path):
        self.env = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data")}
        self.folder = tmp_path / ".claude" / "projects" / "-home-ada-shop"
        self.folder.mkdir(parents=True)

    def write(self, *records, name="session-1", raw=b""):
        path = self.folder / f"{name}.jsonl"
        with path.open("ab") as file:
            file.write(raw + b"".join(json.dumps(one).encode() + b"\n" for one in records))
        return path

    def run(self):
        return [import_session(one, self.env) for one in stored_sessions("claude", self.env)]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def texts(path):
    with Recording.open(path) as recording:
        assert not recording.damage
        return [
            (event.t / 1e9, event.data["text"])
            for event in recording.events(tracks=("agent",))
            if event.kind == "message"
        ]


def test_a_session_becomes_a_recording(home):
    source = home.write(user(0, f"Use {SECRET} please"), answer(3, "Done."))
    before = source.read_bytes()
    (result,) = home.run()
    assert result.state == NEW
    assert [(t, text) for t, text in texts(result.path)][1] == (3.0, "Done.")
    with Recording.open(result.path) as recording:
        header = recording.header
        events = [event.data for event in recording.events()]
    assert "please" in json.dumps(events)
    assert SECRET not in json.dumps([header, events])
    assert header["created"].startswith("2026-01-31T10:00:00")
    assert header["cwd"] == "/home/ada/shop"
    assert resolve(header["id"], home.env) == resolve("session-1", home.env) == result.path
    assert source.read_bytes() == before
    assert os.stat(result.path).st_mtime_ns == os.stat(source).st_mtime_ns


def test_only_what_has_changed_is_read_again(home):
    home.write(user(0, "one"), answer(1, "first"))
    (first,) = home.run()
    again = os.stat(first.path).st_ino
    (second,) = home.run()
    assert second.state == UNCHANGED
    assert os.stat(first.path).st_ino == again
    home.write(user(2, "two"), answer(3, "second"))
    (third,) = home.run()
    assert (third.state, third.path) == (UPDATED, first.path)
    assert [text for _, text in texts(third.path)] == ["one", "first", "two", "second"]


def test_odd_files_are_borne(home):
    home.write(user(0, "one"), raw=b"\0" * 4096 + b"\n{broken\n[1]\n")
    home.write(answer(1, "lone \ud800 surrogate"), raw=b"")
    home.write(raw=b'{"type": "user", "torn')
    home.write(name="empty", raw=b"{}\n")
    (home.folder / "agent-x.jsonl").write_text("{}\n")
    results = {os.path.basename(one.path): one.state for one in home.run()}
    assert results == {"session-1.ahr": NEW, "empty.ahr": EMPTY}
    found = texts(next(one.path for one in home.run() if one.state == UNCHANGED))
    assert [text for _, text in found] == ["one", "lone \ud800 surrogate"]


def test_lines_longer_than_a_read(home, monkeypatch):
    monkeypatch.setattr(tail, "READ_LIMIT_BYTES", 1000)
    home.write(user(0, "one"), answer(1, "first " + "x" * 5000), raw=b"\0\n" * 2000)
    (result,) = home.run()
    assert [text[:5] for _, text in texts(result.path)] == ["one", "first"]


@pytest.mark.parametrize("name", ["a.b", "x" * 120, "\u6f22" * 70, "..", "a\nb\x1b]0;c\x07"])
def test_ids_are_file_names_of_their_own(home, name):
    """Ids that differ only in what a file's name cannot have are sessions of their own."""
    others = ["a-b", "x" * 119, "--"]
    for one in (name, *others):
        home.write(user(0, one), answer(1, "first"), name=one)
    results = home.run()
    assert [result.state for result in results] == [NEW] * 4
    assert len({result.path for result in results}) == 4
    assert [result.state for result in home.run()] == [UNCHANGED] * 4
    for result in results:
        with Recording.open(result.path) as recording:
            identity = recording.header["id"]
        assert identity == f"imported-claude-code-{Path(result.path).stem}"
        assert identity.isascii()
        assert identity.isprintable()


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"projects": [1]}', b"\xff", None])
def test_files_beside_a_session_that_are_not_what_they_should_be(home, content):
    """The description of a sub-agent, Gemini's list of projects; None: a pipe that nobody writes to."""
    home.write(user(0, "one"), answer(1, "first"))
    chat = Path(home.env["HOME"]) / STORED["gemini"]
    sub_agent = home.folder / "session-1" / "subagents" / "agent-x.jsonl"
    for path in (chat, sub_agent):
        path.parent.mkdir(parents=True)
    shutil.copy(TRANSCRIPTS / "gemini.jsonl", chat)
    sub_agent.write_text("{}\n")
    for path in (chat.parents[2].parent / "projects.json", sub_agent.with_suffix(".meta.json")):
        path.write_bytes(content) if content else os.mkfifo(path)
    assert [one.state for one in home.run()] == [NEW]
    assert [import_session(one, home.env).state for one in stored_sessions("gemini", home.env)] == [
        NEW
    ]


def test_of_copies_the_newest_counts(home):
    home.write(user(0, "one"), answer(1, "first"))
    copy = home.folder.parent / "copy" / "session-1.jsonl"
    copy.parent.mkdir()
    shutil.copy(home.folder / "session-1.jsonl", copy)
    os.utime(copy, (1_500_000_000, 1_500_000_000))
    assert [one.state for one in home.run()] == [NEW]
    assert [one.state for one in home.run()] == [UNCHANGED]


def test_only_plain_files_are_sessions(home):
    (home.folder / "folder.jsonl").mkdir()
    os.mkfifo(home.folder / "pipe.jsonl")
    (home.folder / "device.jsonl").symlink_to("/dev/zero")
    (home.folder / "loop.jsonl").symlink_to("loop.jsonl")
    assert stored_sessions("claude", home.env) == []


def test_numbers_and_times_that_cannot_be(home):
    call = {"type": "tool_use", "id": "t", "name": "Bash", "input": {"n": float("inf")}}
    tool = answer(2, "")
    tool["message"]["content"] = [call]
    late = user(3, "three") | {"timestamp": "9999-12-31T23:59:59Z"}
    home.write(late, user(1, "one"), tool, late, answer(4, "done"))
    (result,) = home.run()
    assert [t for t, _ in texts(result.path)] == [0.0, 0.0, 3.0]
    with Recording.open(result.path) as recording:
        assert recording.header["created"].startswith("2026-01-31T10:00:01")
        troubles = [event.data["text"] for event in recording.events() if event.kind == "trouble"]
    assert troubles == ["claude-code: records that could not be understood"]


@pytest.mark.parametrize(("limit", "why"), [(4 << 30, "is damaged"), (1000, "unpacks to too much")])
def test_a_compressed_file_that_cannot_be_read_stops_no_other(
    home, monkeypatch, capsys, limit, why
):
    zstandard = pytest.importorskip("zstandard")
    monkeypatch.setattr(session_events, "_MAX_UNPACKED_BYTES", limit)
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, home.env[name])
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    home.write(user(0, "one"), answer(1, "first"))
    folder = Path(home.env["HOME"]) / ".codex" / "sessions"
    folder.mkdir(parents=True)
    packed = zstandard.compress((TRANSCRIPTS / "codex.jsonl").read_bytes())
    (folder / f"rollout-{'1' * 36}.jsonl.zst").write_bytes(packed if limit == 1000 else b"no frame")
    assert main(["import", "codex", "claude"]) == 1
    told = capsys.readouterr()
    assert sorted(told.out.removeprefix("2 sessions: ").strip().split(", ")) == [
        "1 failed",
        "1 new",
    ]
    assert why in told.err


def test_a_database_with_values_of_other_types(tmp_path):
    path = tmp_path / ".local" / "share" / "opencode" / "opencode.db"
    path.parent.mkdir(parents=True)
    base = sqlite3.connect(path)
    base.executescript(TABLES)
    part = json.dumps({"type": "text", "text": "Hello."})
    for identity, data, updated in (("s1", part, 2), ("s2", None, "later"), (b"3", part, 1e300)):
        base.execute(
            "insert into session values (?, null, '/w', 5, null, 1, 2, x'ff')", (identity,)
        )
        base.execute('insert into message values (?, ?, 1, \'{"role":"user"}\')', [identity] * 2)
        base.execute("insert into part values (?1, ?1, ?1, ?2, ?3)", (identity, updated, data))
    base.commit()
    base.close()
    env = {"HOME": str(tmp_path)}
    states = {one.id: import_session(one, env).state for one in stored_sessions("opencode", env)}
    assert states["s1"] == NEW


def test_a_database_whose_ids_are_numbers(tmp_path):
    path = tmp_path / ".local" / "share" / "opencode" / "opencode.db"
    path.parent.mkdir(parents=True)
    base = sqlite3.connect(path)
    base.executescript(TABLES.replace(" text", "").replace(" integer", ""))
    base.execute("insert into session values ('1', null, '/w', 5, 6, 1, 2, null)")
    base.execute("insert into session values (2, '1', '/w', 5, 6, 1, 2, null)")
    base.execute("insert into message values (3, '1', 1, '{\"role\":\"assistant\"}')")
    said = {"type": "text", "text": "Hello.", "time": {"end": 1}}
    base.execute("insert into part values (x'04', 3, '1', 3, ?)", (json.dumps(said),))
    base.commit()
    base.close()
    env = {"HOME": str(tmp_path)}
    (session,) = stored_sessions("opencode", env)
    assert [text for _, text in texts(import_session(session, env).path)] == ["Hello."]


def test_times_that_are_none_in_documents(tmp_path):
    path = tmp_path / ".cline" / "data" / "sessions" / "s1" / "s1.messages.json"
    path.parent.mkdir(parents=True)
    messages = [
        {"id": str(number), "role": role, "ts": ts, "content": role}
        for number, (role, ts) in enumerate(
            [("user", 10**400), ("assistant", float("nan")), ("user", -(10**30)), ("user", "x")]
        )
    ]
    path.write_text(json.dumps({"messages": messages}))
    env = {"HOME": str(tmp_path)}
    (session,) = stored_sessions("cline", env)
    assert [text for _, text in texts(import_session(session, env).path)] == [
        *("user", "assistant", "user", "user")
    ]


def test_an_import_is_never_the_last_run(home, tmp_path):
    folder = os.path.join(home.env["XDG_DATA_HOME"], "agentrec/recordings/2020/01")
    recorded = make(os.path.join(folder, "run.ahr"), shown(0, "x"), ended(1))
    os.utime(recorded, (1_500_000_000, 1_500_000_000))
    home.write(user(0, "one"), answer(1, "first"))
    home.run()
    assert resolve("last", home.env) == recorded


def test_the_command(home, monkeypatch, capsys):
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, home.env[name])
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.delenv("CODEX_HOME", raising=False)
    home.write(user(0, "one"), answer(1, "first"))
    assert main(["import", "claude", "--list"]) == 0
    assert "session-1.jsonl" in capsys.readouterr().out
    assert main(["import", "--all"]) == 0
    assert capsys.readouterr().out == "1 session: 1 new\n"
    assert main(["import", "claude", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["state"] == UNCHANGED
    assert main(["import", "codex"]) == 1
    assert capsys.readouterr().out == "no sessions found\n"
    for arguments in (["import"], ["import", "vim"]):
        assert main(arguments) == 2
    capsys.readouterr()
    assert main(["import", "claude", "claude"]) == 0
    assert capsys.readouterr().out == "1 session: 1 unchanged\n"
    monkeypatch.setenv("XDG_DATA_HOME", "/proc")
    assert main(["import", "claude"]) == 1
    told = capsys.readouterr()
    assert told.out == "1 session: 1 failed\n"
    assert told.err.endswith("session-1.jsonl: No such file or directory: /proc/agentrec\n")


def test_a_database_that_the_user_has_chosen(tmp_path):
    path = tmp_path / "elsewhere" / "mine.sqlite"
    path.parent.mkdir()
    base = sqlite3.connect(path)
    base.executescript(TABLES)
    base.execute("insert into session values ('s1', null, '/w', '1.18', null, 1, 2, null)")
    data = json.dumps({"type": "text", "text": "Hello."})
    base.execute("insert into message values ('m1', 's1', 1, '{\"role\":\"user\"}')")
    base.execute("insert into part values ('p1', 'm1', 's1', 2, ?)", (data,))
    base.commit()
    base.close()
    env = {"HOME": str(tmp_path), "OPENCODE_DB": str(path)}
    assert [(one.id, one.path) for one in stored_sessions("opencode", env)] == [("s1", str(path))]


STORED = {
    "copilot": ".copilot/session-state/one/events.jsonl",
    "gemini": ".gemini/tmp/area/chats/session-one.jsonl",
    "pi": ".pi/agent/sessions/--w--/one.jsonl",
    "qwen": ".qwen/projects/-w/chats/one.jsonl",
}


@pytest.mark.parametrize("agent", STORED)
def test_what_real_agents_have_stored(agent, tmp_path):
    """Their own files, as `tests/agents` reads them; torn and odd lines are borne."""
    path = tmp_path / STORED[agent]
    path.parent.mkdir(parents=True)
    shutil.copy(TRANSCRIPTS / f"{agent}.jsonl", path)
    projects = tmp_path / ".gemini" / "projects.json"
    projects.parent.mkdir(exist_ok=True)
    projects.write_text(json.dumps({"projects": {"/w": "area"}}))
    env = {"HOME": str(tmp_path)}
    (session,) = stored_sessions(agent, env)
    result = import_session(session, env)
    assert result.state == NEW
    with Recording.open(result.path) as recording:
        found = list(recording.events())
        said = [event.data for event in found if event.name == ("agent", "message")]
        calls = [event.data for event in found if event.name == ("llm", "call")]
    assert {message["role"] for message in said} >= {"user", "assistant"}
    assert sum(call["usage"]["output"] for call in calls) > 0
    assert import_session(session, env).state == UNCHANGED
    with path.open("ab") as file:
        file.write(b'\0\0\0\n{"torn": "\xff\n[]\n{"type": "user')
    (grown,) = stored_sessions(agent, env)
    assert import_session(grown, env).state == UPDATED
    with Recording.open(result.path) as recording:
        again = [event for event in recording.events() if event.name == ("agent", "message")]
    assert [event.data["text"] for event in again] == [message["text"] for message in said]


def test_watching(home):
    command = [sys.executable, "-P", "-m", "agentrec", "import", "claude", "--watch"]
    env = {**os.environ, **home.env}
    env.pop("CLAUDE_CONFIG_DIR", None)
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as watching:
        home.write(user(0, "one"), answer(1, "first"))
        assert watching.stdout.readline().startswith("new: ")
        home.write(user(0, "one"), answer(1, "first"), user(2, "two"), answer(3, "second"))
        line = watching.stdout.readline()
        assert line.startswith("updated: ")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 0
    said = texts(line.removeprefix("updated: ").strip())
    assert [text for _, text in said] == ["one", "first", "two", "second"]


@pytest.mark.parametrize("folder", ["session-1/subagents", "."], ids=["below", "beside"])
def test_sub_agents_of_older_versions_have_no_description(home, folder):
    """Their transcripts were beside those of all sessions; one of another session is not read."""
    home.write(user(0, "Go."), answer(3, "Gone."))
    place = home.folder / folder
    place.mkdir(parents=True, exist_ok=True)
    for name, session in (("a1", "session-1"), ("a2", "other")):
        inner = {**answer(1, f"From {name}."), "isSidechain": True, "agentId": name}
        text = json.dumps(inner | {"sessionId": session})
        (place / f"agent-{name}.jsonl").write_text(text + "\n")
    if folder != ".":
        (place / "agent-a2.jsonl").unlink()
    (result,) = home.run()
    said = [text for _, text in texts(result.path)]
    assert said == ["Go.", "From a1.", "Gone."]


def test_a_session_of_an_older_gemini_cli_is_one_object(tmp_path):
    path = tmp_path / ".gemini/tmp/area/chats/session-one.json"
    path.parent.mkdir(parents=True)
    said = {"id": "1", "timestamp": "2026-01-31T10:00:00.000Z", "type": "user", "content": "Go."}
    chat = {"sessionId": "G", "projectHash": "x", "messages": [said]}
    path.write_text(json.dumps(chat, indent=2))
    env = {"HOME": str(tmp_path)}
    (session,) = stored_sessions("gemini", env)
    result = import_session(session, env)
    assert (result.state, [text for _, text in texts(result.path)]) == (NEW, ["Go."])


def test_what_somebody_added_is_kept_when_a_session_grows(home, capsys):
    home.write(user(0, "Go."), answer(1, "Gone."))
    (first,) = home.run()
    append_moment(first.path, 500_000_000, "look here", "test")
    note = append_note(first.path, 600_000_000, {"text": "why?"})
    append_note(first.path, 600_000_000, {"text": "because", "answers": f"n{note}"})
    assert main(["title", first.path, "a title"]) == 0
    assert main(["tag", first.path, "demo"]) == 0
    home.write(user(5, "More."), answer(6, "Done."))
    (again,) = home.run()
    assert (again.state, again.path) == (UPDATED, first.path)
    with Recording.open(again.path) as recording:
        assert not recording.damage
        assert recording.duration == 6_000_000_000
        marks = {event.seq: event for event in recording.events(tracks=("mark",))}
        times = [event.t for event in recording.events()]
    told = about(again.path)
    assert (told["title"], list(told["tags"])) == ("a title", ["demo"])
    assert times == sorted(times)
    notes = {e.data["text"]: e for e in marks.values() if e.kind == "note"}
    assert notes["because"].data["answers"] == f"n{notes['why?'].seq}"
    assert notes["why?"].data["at_ns"] == 600_000_000
    assert home.run()[0].state == UNCHANGED
    home.write(user(7, "And more."))
    home.run()
    with Recording.open(again.path) as recording:
        assert len(list(recording.events(tracks=("mark",)))) == len(marks)


def test_a_line_of_60_mb_is_left_out_and_told(home):
    home.write(user(0, "one"), user(1, "x" * 60_000_000), answer(2, "first"))
    (result,) = home.run()
    assert [text for _, text in texts(result.path)] == ["one", "first"]
    with Recording.open(result.path) as recording:
        (trouble,) = recording.events(tracks=("sys",))
    assert "lines that are not JSON" in str(trouble.data)
    assert os.path.getsize(result.path) < 5_000


def test_a_fork_that_repeats_its_parent_is_counted_once(home, monkeypatch, capsys):
    repeated = (user(0, "one"), answer(1, "first"), answer(2, "second"))
    home.write(*repeated, name="parent")
    fork = [dict(it, uuid=f"copy-{it['uuid']}", sessionId="fork") for it in repeated]
    home.write(*fork, user(3, "on"), answer(4, "third"), name="fork")
    assert [result.state for result in home.run()] == [NEW, NEW]
    for name, value in home.env.items():
        monkeypatch.setenv(name, value)
    assert main(["cost", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["recordings"], row["calls"], row["input"], row["output"]) == (2, 3, 30, 15)
