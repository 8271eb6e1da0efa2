"""Recordings as values of arguments."""

import os

import pytest

from agentrec.cli.completion.candidates import candidates
from agentrec.cli.main import main
from agentrec.recording_registry import remember
from tests.library.helpers import ended, make


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path / "agentrec/recordings"


def offered(*words):
    return [one.value for one in candidates(words).found]


def test_those_that_are_gone_are_not_offered(folder, tmp_path, capsys):
    for name in ("a", "b"):
        make(folder / f"{name}.ahr", ended(1))
    elsewhere = make(tmp_path / "else/c.ahr", ended(1))
    remember("c", elsewhere, os.environ)
    assert main(["ls", "--files"]) == 0
    assert set(offered("replay", "")) == {"last", "a", "b", "c"}
    os.unlink(elsewhere)
    (folder / "b.ahr").unlink()
    assert offered("replay", "") == ["last", "a"]
    capsys.readouterr()
    assert main(["ls", "--files"]) == 0
    assert capsys.readouterr().out == f"{folder}/a.ahr\n"
    (folder / "a.ahr").unlink()
    assert offered("replay", "") == []


def test_titles_come_from_the_index(folder, capsys):
    make(folder / "new.ahr", ended(1), created="2026-02-02T00:00:00Z", title="of\x1b[2J today")
    make(folder / "old.ahr", ended(1), created="2026-01-01T00:00:00Z", title="of then")
    assert main(["ls"]) == 0
    lines = [*candidates(["replay", ""]).lines()]
    assert lines == ["recordings space", "last\tthe newest", "new\tof^[[2J today", "old\tof then"]


def test_a_gate_is_also_compared_with_the_last_green_run(folder):
    assert offered("ci", "--against", "") == ["last-green"]


def test_broken_surroundings_are_borne(tmp_path, monkeypatch):
    (tmp_path / "agentrec").mkdir()
    (tmp_path / "agentrec/library.db").write_bytes(b"no database" * 100)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert offered("replay", "") == []
    assert "claude-code" in offered("ls", "--agent", "")
    assert offered("branch", "gone.ahr", "--at", "") == []
    assert offered("show", "gone.ahr@") == []
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "")
    assert offered("nothing", "") == []
