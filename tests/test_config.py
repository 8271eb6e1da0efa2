"""Directories and settings."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from agentrec.config import (
    NoHomeError,
    cache_home,
    data_home,
    make_folders,
    parse_toml,
    record_settings,
    state_home,
)
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
        ("x = " + "[" * 9000, "not valid TOML"),
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


ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else's guest")
SOMEBODY = 12345


@ROOT_ONLY
def test_root_keeps_its_data_out_of_the_home_of_another(tmp_path: Path) -> None:
    home = pwd.getpwuid(0).pw_dir
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    for env in ({"HOME": str(tmp_path)}, {"XDG_DATA_HOME": f"{tmp_path}/a/b", "HOME": "/root"}):
        assert data_home(env) == f"{home}/.local/share/agentrec"
    assert state_home({"HOME": str(tmp_path)}) == f"{home}/.local/state/agentrec"
    assert cache_home({"HOME": str(tmp_path)}) == f"{home}/.cache/agentrec"
    os.chown(tmp_path, 0, 0)
    assert data_home({"HOME": str(tmp_path)}) == f"{tmp_path}/.local/share/agentrec"


@ROOT_ONLY
def test_folders_of_root_belong_to_whom_the_place_belongs(tmp_path: Path) -> None:
    os.chown(tmp_path, SOMEBODY, SOMEBODY)
    make_folders(f"{tmp_path}/a/b/c")
    make_folders(f"{tmp_path}/a/b/c")
    for folder in ("a", "a/b", "a/b/c"):
        status = (tmp_path / folder).stat()
        assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (SOMEBODY, SOMEBODY, 0o700)


def test_a_file_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    for path in (f"{tmp_path}/file", f"{tmp_path}/file/inside"):
        with pytest.raises(OSError, match=r"File exists|Not a directory"):
            make_folders(path)
    monkeypatch.chdir(tmp_path)
    make_folders("relative/inside")
    assert (tmp_path / "relative/inside").is_dir()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a." * 400_000 + "b = 1", "too many parts"),
        ("[" + "a . " * 400_000 + "b]", "too many parts"),
        ("x = " + "[" * 9000, "nested too deeply"),
        ("x = {" * 9000, "nested too deeply"),
    ],
    ids=["key", "table", "lists", "tables"],
)
def test_settings_that_take_long_to_read_are_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_toml(text.encode())


def test_long_values_are_no_long_keys() -> None:
    text = "x" * 100_000
    assert parse_toml(f'[a.b]\nv = "1.2.3 {text}" # {text}'.encode())["a"]["b"]
