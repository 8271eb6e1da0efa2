"""Directories made to do harm: nothing in them makes a snapshot wait, or leads out of them."""

import os

import pytest

from agentrec.capture.ignore import Ignored
from tests.snapshots.helpers import fill, git, taker, workspace

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
    ignored = Ignored(str(folder))
    assert not ignored("a")
    assert not ignored("sub/b")
