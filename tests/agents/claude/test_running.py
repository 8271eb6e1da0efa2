"""Which conversation a running Claude Code has."""

import json
import os
import subprocess

import pytest

from agentrec.agents.claude.running import live_sessions, sessions_of
from agentrec.agents.follow.open_files import started_at


@pytest.fixture
def child():
    process = subprocess.Popen(["sleep", "60"])
    yield process.pid
    process.kill()
    process.wait()


def write(home, pid, text):
    folder = home / "sessions"
    folder.mkdir(exist_ok=True)
    (folder / f"{pid}.json").write_text(text)


def session(name, pid, **more):
    return json.dumps({"pid": pid, "sessionId": name, "cwd": "/w"} | more)


def test_our_processes_and_those_of_others(tmp_path, child):
    write(tmp_path, child, session("s", child, procStart=started_at(child)))
    assert list(sessions_of(str(tmp_path), os.getpid())) == [("s", "/w")]
    assert live_sessions(str(tmp_path), os.getpid()) == set()
    assert live_sessions(str(tmp_path), child) == set()
    write(tmp_path, os.getpid(), session("mine", os.getpid()))
    assert live_sessions(str(tmp_path), child) == {"mine"}


def test_a_file_about_an_earlier_process_with_the_same_number(tmp_path, child):
    write(tmp_path, child, session("s", child, procStart="1"))
    assert list(sessions_of(str(tmp_path), os.getpid())) == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"sessionId": 1, "cwd": 2}'])
def test_a_broken_file_says_nothing(tmp_path, child, text):
    write(tmp_path, child, text)
    assert list(sessions_of(str(tmp_path), os.getpid())) == []


def test_no_files_at_all(tmp_path):
    assert list(sessions_of(str(tmp_path), os.getpid())) == []
    assert live_sessions(str(tmp_path), os.getpid()) == set()


def test_a_session_id_stays_in_its_folder(tmp_path, child):
    write(tmp_path, child, session("../../etc/x", child))
    assert list(sessions_of(str(tmp_path), os.getpid())) == [("x", "/w")]
