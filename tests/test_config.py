"""Directories and settings."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from agentrec.config import NoHomeError, data_home, record_settings
from agentrec.errors import UsageError
from agentrec.snapshots.scan.workspace import why_refused


def test_data_home() -> None:
    assert data_home({"XDG_DATA_HOME": "/x", "HOME": "/h"}) == "/x/agentrec"
    assert data_home({"XDG_DATA_HOME": "relative", "HOME": "/h"}) == "/h/.local/share/agentrec"
    with pytest.raises(NoHomeError) as caught:
        data_home({"HOME": "relative"})
    assert "--out-file" in caught.value.hint


def user_file(tmp_path: Path, text: str) -> dict[str, str]:
    (tmp_path / "agentrec").mkdir()
    (tmp_path / "agentrec/config.toml").write_text(text)
    return {"XDG_CONFIG_HOME": str(tmp_path)}


def test_nearer_settings_win(tmp_path: Path) -> None:
    env = user_file(tmp_path, '[record]\nprefix-key = "ctrl-a"\nenv = ["EDITOR"]\n[other]\nx = 1\n')
    assert record_settings(env, str(tmp_path)) == {"prefix-key": "ctrl-a", "env": ["EDITOR"]}
    (tmp_path / ".agentrec.toml").write_text('[record]\nprefix-key = "ctrl-b"\n')
    assert record_settings(env, str(tmp_path))["prefix-key"] == "ctrl-b"
    env["AGENTREC_PREFIX_KEY"] = "none"
    assert record_settings(env, str(tmp_path))["prefix-key"] == "none"


def test_without_files(tmp_path: Path) -> None:
    assert record_settings({"HOME": "nowhere"}, str(tmp_path)) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[record", "not valid TOML"),
        ("[record]\ntypo = 1\n", "record.typo"),
        ("[record]\nprefix-key = 1\n", "must be a string"),
        ("[record]\nenv = [1]\n", "must be a list of strings"),
        ("record = 1\n", "must be a table"),
    ],
)
def test_broken_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    env = user_file(tmp_path, text)
    with pytest.raises(UsageError, match=words) as caught:
        record_settings(env, str(tmp_path))
    assert "config.toml" in str(caught.value)


def test_project_file_cannot_make_a_recording_hold_more(tmp_path: Path) -> None:
    (tmp_path / ".agentrec.toml").write_text('[record]\nenv = ["AWS_SECRET_ACCESS_KEY"]\n')
    with pytest.raises(UsageError, match=r"record\.env"):
        record_settings({"XDG_CONFIG_HOME": str(tmp_path)}, str(tmp_path))


@pytest.mark.parametrize("kind", ["pipe", "terminal"])
def test_a_project_makes_nobody_wait(tmp_path: Path, kind: str) -> None:
    """What stands under the name of its settings may be anything: reading it would wait for ever."""
    place = tmp_path / ".agentrec.toml"
    master, slave = os.openpty()
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(os.ttyname(slave))
    assert record_settings({"HOME": "nowhere"}, str(tmp_path)) == {}
    for fd in (master, slave):
        os.close(fd)


def test_an_empty_home_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else everything would be put into the root directory, by those who may write there."""
    monkeypatch.setenv("HOME", "")
    home = pwd.getpwuid(os.getuid()).pw_dir
    assert data_home({"HOME": ""}) == data_home({}) == f"{home}/.local/share/agentrec"
    assert why_refused(os.path.realpath(home), {"HOME": ""})
