"""Directories made to do harm: nothing in them makes a snapshot wait, or leads out of them."""

import os
import shutil
import subprocess
import sys
import time

import pytest

from agentrec.companions.files.ignored import IgnoredPaths
from tests.snapshots.helpers import environment, fill, git, taker, workspace

SETTINGS = (".agentrec.toml", ".gitignore", ".git/info/exclude", "sub/.gitignore", "named")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", SETTINGS)
def test_pipes_that_nobody_writes_to(tmp_path, name):
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    git(folder, "config", "core.excludesFile", str(folder / "named"))
    fill(folder, {"a": "one\n", "sub/b": "two\n"})
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    the_taker = taker(folder, tmp_path)
    snapshot, new = the_taker.take("step")
    the_taker.store.close()
    assert new
    assert snapshot.files == 2
    ignored = IgnoredPaths(str(folder))
    assert not ignored("a")
    assert not ignored("sub/b")


@pytest.mark.skipif(shutil.which("pgrep") is None, reason="needs pgrep")
def test_a_git_that_waits_for_ever_ends_with_the_recording(tmp_path):
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    (folder / ".git/HEAD").unlink()
    os.mkfifo(folder / ".git/HEAD")
    command = f"until [ -n \"$(pgrep -f '^git -C {folder} ')\" ]; do :; done"
    record = ["record", "-q", "--headless", "-o", str(tmp_path / "run.ahr"), "--", "sh", "-c"]
    done = subprocess.run(
        [sys.executable, "-P", "-m", "agentrec", *record, command],
        env=environment(tmp_path),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    until = time.monotonic() + 60
    while subprocess.run(["pgrep", "-f", f"^git -C {folder} "], capture_output=True).stdout:
        assert time.monotonic() < until, "it still waits"
        time.sleep(0.05)
