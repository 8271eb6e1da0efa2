"""`record` says when it keeps no snapshots, and why."""

import os
import subprocess
import sys

import pytest


def recorded(home, cwd, *options):
    ran = subprocess.run(
        [sys.executable, "-m", "agentrec", "record", "--headless", *options, "--", "true"],
        cwd=cwd,
        env={**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / ".data")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ran.stderr


def test_in_the_home_directory(tmp_path):
    said = recorded(tmp_path, tmp_path)
    assert f"agentrec: no snapshots of {tmp_path}: it is your home directory" in said


@pytest.mark.parametrize("options", [("--no-snapshots",), ("-q",)])
def test_not_where_none_are_wanted(tmp_path, options):
    assert "no snapshots" not in recorded(tmp_path, tmp_path, *options)


def test_not_where_there_are_some(tmp_path):
    (tmp_path / "work").mkdir()
    assert "no snapshots" not in recorded(tmp_path, tmp_path / "work")
