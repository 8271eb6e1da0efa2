"""`agentrec doctor` as a whole: its report, its exit code, and machines it must not fall over on."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from agentrec.cli.doctor import doctor
from agentrec.cli.doctor.row import Row


@pytest.fixture
def run(tmp_path):
    """The command as a user starts it, with this environment alone."""

    def run(env, *args):
        command = [sys.executable, "-m", "agentrec", "doctor", *args]
        return subprocess.run(
            command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120
        )

    return run


@pytest.fixture
def env(tmp_path):
    """A user with git on PATH and nothing else."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(doctor.programs.find("git", os.environ))
    return {"HOME": str(tmp_path), "PATH": str(tmp_path / "bin"), "XDG_RUNTIME_DIR": str(tmp_path)}


def rows(done):
    return {row["name"]: row for row in json.loads(done.stdout)["checks"]}


def test_a_machine_with_all_that_is_needed(run, env):
    done = run(env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "agentrec has what it needs" in done.stdout
    states = {
        line[9:25].strip(): line.split()[0] for line in done.stdout.splitlines() if line[:1] > " "
    }
    needed = ("agentrec", "Python", "PTY", "terminal engine", "git", "data directory", "settings")
    assert {states[name] for name in needed} == {"ok"}
    assert states["agents"] == "warn"


def test_json_says_the_same(run, env):
    report = json.loads(run(env, "--json").stdout)
    assert report["ok"] is True
    assert [row["name"] for row in report["checks"]] == [*doctor.CHECKS, "agents"]
    assert all(set(row) == {"name", "state", "text", "hint"} for row in report["checks"])
    assert all(row["hint"] for row in report["checks"] if row["state"] != "ok")


def test_what_is_missing_is_the_exit_code(run, env):
    done = run(env | {"PATH": "/nonexistent"}, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False
    assert rows(done)["git"]["state"] == "missing"


@pytest.mark.parametrize(
    "hostile",
    [
        {"PATH": ""},
        {"PATH": ".:bin:/etc/passwd:/proc/self/fd:/\x1b[31m\n:" + "/x" * 4000},
        {"HOME": ""},
        {"HOME": "relative"},
        {"HOME": "/dev/null"},
        {"XDG_DATA_HOME": "/proc/nonexistent"},
        {
            "XDG_DATA_HOME": "/dev/null",
            "XDG_CONFIG_HOME": "/dev/null",
            "XDG_RUNTIME_DIR": "/dev/null",
        },
        {"XDG_RUNTIME_DIR": "/" + "long/" * 60},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_it_never_falls_over(run, env, hostile):
    done = run(env | hostile)
    assert done.returncode in (0, 1)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) >= len(doctor.CHECKS)
    assert "\x1b" not in done.stdout


def test_no_environment_at_all(run):
    done = run({})
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr


def test_a_directory_that_is_gone(env, tmp_path):
    (tmp_path / "gone").mkdir()
    script = 'cd gone; "$1" ../gone; exec "$0" -P -m agentrec doctor'
    command = ["/bin/sh", "-c", script, sys.executable, shutil.which("rmdir")]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "gone").exists()
    assert "could not be checked" not in done.stdout


def test_a_check_that_fails_is_a_row():
    def breaks(env):
        raise RecursionError("deep")

    def works(env):
        return Row("second", "ok", env["x"])

    found = list(doctor.checked({"first": breaks, "second": works}, {"x": "y"}))
    assert [(row.name, row.state) for row in found] == [("first", "warn"), ("second", "ok")]
    assert "deep" in found[0].text
