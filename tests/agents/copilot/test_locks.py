"""Which process has a session of Copilot CLI open."""

import json
import os

from agentrec.agents.copilot.locks import is_free, is_held_by, started_in


def test_the_process_in_the_name_of_the_lock_holds_the_session(tmp_path):
    (tmp_path / f"inuse.{os.getpid()}.lock").write_text(str(os.getpid()))
    assert is_held_by(str(tmp_path), {os.getpid()})
    assert not is_held_by(str(tmp_path), {os.getppid()})
    assert not is_free(str(tmp_path))


def test_a_lock_of_a_process_that_is_gone_holds_nothing(tmp_path):
    (tmp_path / f"inuse.{1 << 30}.lock").touch()
    (tmp_path / "inuse.x.lock").touch()
    assert is_free(str(tmp_path))
    assert is_free(str(tmp_path / "nowhere"))


def test_a_session_says_where_it_began(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text(json.dumps({"data": {"context": {"cwd": "/work"}}}) + "\n")
    assert started_in(str(path), "/work")
    assert not started_in(str(path), "/elsewhere")
    assert not started_in(str(tmp_path / "none"), "/work")
