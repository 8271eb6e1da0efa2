"""The store: complete for git, and only full names are names."""

import os

import pytest

from agentrec.snapshots.model import SnapshotError
from tests.snapshots.helpers import (
    environment,
    fill,
    taker,
    workspace,
)


def test_a_store_is_whole_for_git_and_keeps_large_files(tmp_path):
    folder = workspace(tmp_path)
    large = os.urandom(6_000_000)
    fill(folder, {"large": large, "copy": large, "small": "x", "d/e/f": "y"})
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    assert takes.store.read(snapshot, "large") == takes.store.read(snapshot, "copy") == large
    (folder / "small").write_text("z")
    takes.take()
    takes.store.git("fsck", "--full", "--strict")


def test_a_store_that_was_removed_is_made_again(tmp_path):
    import shutil

    folder = workspace(tmp_path)
    fill(folder, {"a": "1"})
    first = taker(folder, tmp_path)
    first.take()
    shutil.rmtree(first.store.folder)
    again = taker(folder, tmp_path)
    snapshot, new = again.take()
    assert (new, snapshot.id) == (True, "s1")
    assert environment(tmp_path)["XDG_DATA_HOME"] in again.store.folder


@pytest.mark.parametrize(
    "name", ["refs/recordings/run", "HEAD", "abbreviated", "two\nlines", "", "^{commit}", "\ud800"]
)
def test_only_the_whole_name_of_a_commit_is_a_name(taken, name):
    """A guess must not do: what a recording branches to is run in the files of its snapshot."""
    data, the_taker = taken
    named = {
        "abbreviated": data["commit"][:10],
        "two\nlines": f"{data['commit']}\n{data['commit']}",
    }.get(name, name)
    with pytest.raises(SnapshotError):
        the_taker.store.snapshot(named)
    assert the_taker.store.snapshot(data["commit"]).label == "step"  # and the next one is right
