"""A run that opencode's log says little about."""

import time

import pytest

from agentrec.agents.follow.run_mark import mark_in, with_marks
from agentrec.agents.opencode.companion import companion
from tests.agents.opencode.test_database import SessionDatabase

TEXT = "List them."


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "opencode"


@pytest.fixture
def run(tmp_path, folder):
    env = {"AGENTREC_SOCKET": str(tmp_path / "socket"), "AGENTREC_SESSION": "one"}
    env = with_marks(env | {"XDG_DATA_HOME": str(tmp_path / "data")})
    run = companion(["opencode", "run", TEXT])
    run.attach(env, "/w", time.time())
    written = SessionDatabase(folder / "opencode.db")
    written.t = round(time.time() * 1000)
    (folder / "log").mkdir()
    log(folder, "aa11", f"path={mark_in(env, 'OPENCODE_CONFIG')}")
    run.open()
    written.put("session", id="ses_a", directory="/w", version="1.18", time_created=written.t)
    written.put(
        "message", id="m1", session_id="ses_a", time_created=written.t, data={"role": "user"}
    )
    text = {"type": "text", "text": TEXT}
    written.put("part", id="p1", message_id="m1", session_id="ses_a", data=text)
    written.base.close()
    return run


def log(folder, run, text):
    with (folder / "log" / "opencode.log").open("a") as file:
        file.write(f"level=INFO run={run} {text}\n")


def texts(events):
    return [event.data["text"] for event in events if event.kind == "message"]


def test_a_session_that_was_never_logged_is_told_at_the_end(run):
    assert texts(run.poll()) == []
    assert texts(run.finish()) == [TEXT]


def test_a_session_that_another_run_has_logged_is_not_ours(run, folder):
    log(folder, "bb22", "message=loop session.id=ses_a step=0")
    assert texts(run.poll()) == []
    assert texts(run.finish()) == []
