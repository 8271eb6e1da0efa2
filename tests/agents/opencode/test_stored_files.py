"""What opencode kept in files before it had a database.

``fixtures/transcripts/opencode-files.json`` holds the files of opencode 1.1.65, by their names in its
``storage``, and what our model server sent it: a session of two runs, one with a sub-agent, a refused one.
"""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from agentrec.agents.opencode import stored_files
from agentrec.cli.main import main
from agentrec.imports.session_events import SessionEvents
from agentrec.imports.session_import import NEW, UNCHANGED, UPDATED, import_session
from agentrec.imports.stored_sessions import stored_sessions
from tests.agents.opencode.test_database import TABLES

FIXTURE = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "transcripts" / "opencode-files.json").read_text()
)
SENT, FILES = FIXTURE["sent"], FIXTURE["files"]
DATA = ".local/share/opencode"


def in_storage(name):
    return f"storage/{name}"


def as_the_oldest_versions(name):
    """Where they kept the same: ``project/NAME/storage/session/...``, parts by session."""
    kind, _, rest = name.partition("/")
    if kind == "session":
        rest = f"info/{rest.partition('/')[2]}"
    elif kind == "part":
        rest = f"part/{FILES[name]['sessionID']}/{rest}"
    else:
        rest = name
    return f"project/home-ada-shop/storage/session/{rest}"


def store(home, place=in_storage):
    """The files, where opencode had them."""
    for name, value in FILES.items():
        path = home / DATA / place(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        left_out = "directory" if place is as_the_oldest_versions else ""
        known = {key: item for key, item in value.items() if key != left_out}
        path.write_text(json.dumps(known, indent=2))
    return home / DATA


@pytest.fixture
def env(tmp_path):
    return {"HOME": str(tmp_path), "XDG_DATA_HOME": ""}


def named(events, *names):
    return [event for event in events if f"{event.track}/{event.kind}" in names]


def by_prompt(env):
    """The events of each session, by the first word of its prompt."""
    found = {}
    for session in stored_sessions("opencode", env):
        reader = SessionEvents(session)
        events = list(reader.events())
        found[reader.prompt.strip('"').partition(" ")[0]] = events
    return found


@pytest.mark.parametrize("place", [in_storage, as_the_oldest_versions], ids=["1.1", "0.5"])
def test_every_message_call_and_token_is_what_was_sent(tmp_path, env, place):
    store(tmp_path, place)
    found = by_prompt(env)
    assert sorted(found) == ["Fan", "Mend", "No."]
    for events, names in ((found["Mend"], ("fix", "again")), (found["Fan"], ("task",))):
        sent = [SENT[name] for name in names]
        said = [e.data for e in named(events, "agent/message") if e.data["role"] == "assistant"]
        usages = [event.data["usage"] for event in named(events, "llm/call")]
        texts = [it["text"] for it in said if not it.get("thinking")]
        assert texts == [text for it in sent for text in it["texts"]]
        assert [it["text"] for it in said if it.get("thinking")] == [
            text for it in sent for text in it["thoughts"]
        ]
        assert [[e.data["name"], e.data["input"]] for e in named(events, "tool/call")] == [
            call for it in sent for call in it["calls"]
        ]
        assert sorted([u["input"] + u["cache_read"], u["output"]] for u in usages) == sorted(
            tokens for it in sent for tokens in it["tokens"]
        )
        calls, results = named(events, "tool/call"), named(events, "tool/result")
        assert sorted(e.span for e in calls) == sorted(e.span for e in results)
        assert not named(events, "sys/trouble")
        (session,) = named(events, "agent/session")
        assert session.data["cwd"] == "/home/ada/shop"
        assert session.data["version"] == "1.1.65"
    states = [event.data["state"] for event in named(found["No."], "agent/lifecycle")]
    assert states == ["started", "error", "finished"]


def test_what_a_sub_agent_did_is_where_it_did_it(tmp_path, env):
    store(tmp_path)
    said = [
        (event.actor, event.data["text"])
        for event in named(by_prompt(env)["Fan"], "agent/message")
        if not event.data.get("thinking")
    ]
    helper = "opencode/general-LU3SLcko"
    assert said[1:] == [
        ("opencode", "A helper looks first."),
        ("opencode", "Look around. [[scenario:write-file]]"),
        (helper, "I will write the file."),
        (helper, "Done: hello.txt holds two lines."),
        ("opencode", "The helper is back."),
    ]


def test_once_is_enough_until_it_grows(tmp_path, env):
    storage = store(tmp_path) / "storage"
    before = {path: path.read_bytes() for path in storage.rglob("*.json")}

    def states():
        return [import_session(one, env).state for one in stored_sessions("opencode", env)]

    assert states() == [NEW] * 3
    assert states() == [UNCHANGED] * 3
    assert {path: path.read_bytes() for path in storage.rglob("*.json")} == before
    name = next(name for name, value in FILES.items() if value.get("reason") == "stop")
    message = {"id": "msg_z", "sessionID": FILES[name]["sessionID"], "role": "user"}
    part = {"id": "prt_z", "type": "text", "text": "More."}
    (storage / "message" / message["sessionID"] / "msg_z.json").write_text(json.dumps(message))
    (storage / "part" / "msg_z").mkdir()
    (storage / "part" / "msg_z" / "prt_z.json").write_text(json.dumps(part))
    assert sorted(states()) == sorted([UPDATED, UNCHANGED, UNCHANGED])
    assert any("More." in str(events) for events in by_prompt(env).values())


def test_what_a_database_has_taken_over_counts_once(tmp_path, env):
    folder = store(tmp_path)
    base = sqlite3.connect(folder / "opencode.db")
    base.executescript(TABLES)
    taken = next(one.id for one in stored_sessions("opencode", env))
    base.execute("insert into session values (?, null, '/w', '1.1.65', null, 1, 2, null)", [taken])
    base.execute("insert into message values ('m1', ?, 1, '{\"role\":\"user\"}')", [taken])
    part = json.dumps({"type": "text", "text": "Hello."})
    base.execute("insert into part values ('p1', 'm1', ?, 2, ?)", (taken, part))
    base.commit()
    base.close()
    paths = {one.id: os.path.basename(one.path) for one in stored_sessions("opencode", env)}
    assert paths.pop(taken) == "opencode.db"
    assert sorted(paths.values()) == sorted(f"{name}.json" for name in paths)
    assert len(paths) == 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"\0" * 4096),
        lambda path: path.write_bytes(path.read_bytes()[:-20]),
        lambda path: path.write_text('["of another kind"]'),
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_text(json.dumps({"type": "text", "text": "x" * 3000})),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["NULs", "torn", "a list", "deep", "large", "pipe", "device", "folder"],
)
def test_a_part_that_cannot_be_read_is_counted(tmp_path, env, monkeypatch, spoil):
    storage = store(tmp_path) / "storage"
    monkeypatch.setattr(stored_files, "_FILE_LIMIT_BYTES", 2000)
    name = next(n for n, value in FILES.items() if value.get("text") == "I run the test.")
    spoil(storage / name)
    events = by_prompt(env)["Mend"]
    said = [event.data["text"] for event in named(events, "agent/message")]
    assert "I run the test." not in said
    assert {"Now its test.", "Once more the test."} <= set(said)
    (trouble,) = named(events, "sys/trouble")
    assert "files that are not JSON objects" in trouble.data["text"]


def test_lone_surrogates_are_borne(tmp_path, env):
    storage = store(tmp_path) / "storage"
    name = next(n for n, value in FILES.items() if value.get("text") == "I run the test.")
    (storage / name).write_text(json.dumps(FILES[name] | {"text": "half \ud83d of it"}))
    (session,) = [
        one for one in stored_sessions("opencode", env) if one.id == FILES[name]["sessionID"]
    ]
    assert import_session(session, env).state == NEW
    said = [event.data["text"] for event in named(by_prompt(env)["Mend"], "agent/message")]
    assert "half \ud83d of it" in said


def test_a_text_without_an_end_is_told_as_far_as_it_goes(tmp_path, env):
    """opencode was killed while the model spoke."""
    storage = store(tmp_path) / "storage"
    name = next(
        n for n, value in FILES.items() if value.get("text", "").startswith("The test passes")
    )
    part = FILES[name] | {"text": "The test pas", "time": {"start": 1}}
    message = f"message/{part['sessionID']}/{part['messageID']}.json"
    (storage / name).write_text(json.dumps(part))
    (storage / message).write_text(json.dumps(FILES[message] | {"time": {"created": 1}}))
    said = [event.data["text"] for event in named(by_prompt(env)["Mend"], "agent/message")]
    assert "The test pas" in said


def test_the_file_of_a_session_is_read_by_every_command(tmp_path, env, monkeypatch, capsys):
    folder = store(tmp_path) / "storage" / "session" / "global"
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    name = next(n for n, it in FILES.items() if it.get("text", "").startswith('"Mend'))
    path = folder / f"{FILES[name]['sessionID']}.json"
    assert main(["summary", str(path)]) == 0
    assert "Mend it." in capsys.readouterr().out
    part = {"id": "prt_zz", "type": "text", "text": "And more.", "time": {"end": 1}}
    name = next(n for n, it in FILES.items() if it.get("text", "").startswith("The test passes"))
    (tmp_path / DATA / "storage" / name).with_name("prt_zz.json").write_text(json.dumps(part))
    assert main(["events", str(path)]) == 0
    assert "And more." in capsys.readouterr().out
    copy = tmp_path / "copy.json"
    copy.write_bytes(path.read_bytes())
    assert main(["summary", str(copy)]) == 3
    first, hint = capsys.readouterr().err.splitlines()
    assert "copy.json has no session of an agent that can be read" in first
    assert "its messages are in other files" in hint
