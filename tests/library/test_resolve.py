"""Recordings by name."""

import os
import subprocess
import sys

import pytest

from agentrec.errors import InputError
from agentrec.library.resolve import resolve
from tests.library.helpers import ended, make, shown


@pytest.fixture
def env(tmp_path):
    return {"XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}


def kept(env, name, age=0, created="2026-03-04T05:06:07Z"):
    path = os.path.join(env["XDG_DATA_HOME"], "agentrec/recordings/2026/01", f"{name}.ahr")
    make(path, shown(1, name), ended(2), created=created)
    os.utime(path, (1_700_000_000 - age,) * 2)
    return path


def test_an_id_its_beginning_and_its_end_mean_a_recording(env):
    one = kept(env, "20260101-101010-claude-9f3c")
    two = kept(env, "20260102-101010-vim-00aa", created="2026-03-05T00:00:00Z")
    for name in ("20260101-101010-claude-9f3c", "20260101", "9f3c", "claude-9f3c"):
        assert resolve(name, env) == one
    assert resolve("20260102-", env) == two
    with pytest.raises(InputError) as several:
        resolve("2026", env)
    assert "20260102-101010-vim-00aa, 20260101-101010-claude-9f3c" in several.value.hint


def test_last_is_the_newest_recorded_run_and_the_first_of_the_list(env):
    old = kept(env, "20260101-101010-claude-9f3c", created="2023-01-01T00:00:00Z")
    new = kept(env, "20260102-101010-vim-00aa", age=50, created="2023-01-02T00:00:00Z")
    with open(new.replace("00aa", "bad"), "wb") as file:
        file.write(b"no recording")
    listed = subprocess.run(
        [sys.executable, "-m", "agentrec", "ls", "--files"],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout.split() == [new, old]
    assert resolve("last", env) == new


@pytest.mark.parametrize("name", ["nothing", "-", "", "a/20260101", "20260101.ahr"])
def test_what_means_nothing_stays_as_it_is(name, env):
    kept(env, "20260101-101010-claude-9f3c")
    assert resolve(name, env) == name


def test_without_recordings_there_is_no_last_one(env):
    with pytest.raises(InputError, match="there are no recordings yet"):
        resolve("last", env)


def test_a_file_of_that_name_comes_first(env, tmp_path, monkeypatch):
    kept(env, "20260101-101010-claude-9f3c")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "9f3c").write_bytes(b"")
    assert resolve("9f3c", env) == "9f3c"


def test_a_recording_made_elsewhere_is_listed_found_and_forgotten(env, tmp_path):
    path = tmp_path / "mine" / "run.ahr"
    env = {**os.environ, **env}

    def agentrec(*args):
        ran = subprocess.run(
            [sys.executable, "-m", "agentrec", *args], env=env, capture_output=True, text=True
        )
        return ran.returncode, ran.stdout + ran.stderr

    command = ("--", "sh", "-c", "echo elsewhere")
    assert agentrec("record", "-q", "--headless", "-o", str(path), *command)[0] == 0
    assert "elsewhere" in agentrec("cat", "last")[1]
    assert str(path) in agentrec("ls", "--json")[1]
    assert "run.ahr" in agentrec("search", "elsewhere", "--json")[1]
    path.unlink()
    assert agentrec("ls", "--json") == (1, "[]\n")
    code, text = agentrec("info", "last")
    assert (code, "there are no recordings yet" in text) == (3, True)
