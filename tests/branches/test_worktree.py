"""Law: the directory of a branch is the snapshot, whatever the tree; and the repository is as it was."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentrec.branches import worktree
from agentrec.branches.create import remove_tree
from agentrec.snapshots.restore.checkout import checkout
from tests.branches.helpers import OURS, files, fill, git, picture, repository
from tests.laws.test_snapshots import build, roots
from tests.laws.test_snapshots import clear as empty
from tests.snapshots.helpers import taker


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(committed=roots, staged=roots, now=roots, detached=st.booleans())
def test_a_worktree_is_the_snapshot(committed, staged, now, detached):
    with tempfile.TemporaryDirectory() as place:
        folder, target = Path(place) / "work", Path(place) / "branch"
        folder.mkdir()
        git(folder, "init", "-q")
        for tree in (committed, staged):
            build(folder, tree)
            git(folder, "add", "-A")
            if tree is committed:
                git(folder, "commit", "-qm", "x", "--allow-empty")
            empty(folder)
        if detached:
            git(folder, "checkout", "-q", "--detach")
            empty(folder)
        build(folder, now)
        before, repo = picture(folder), repository(folder / ".git")
        takes = taker(folder, Path(place))
        snapshot, _ = takes.take()
        commit = git(folder, "rev-parse", "HEAD").strip()
        assert snapshot.more["head"] == commit

        target.mkdir()
        keep = os.open(place, os.O_RDONLY)
        worktree.add(str(folder), str(target), "agentrec/x", commit, keep)
        os.close(keep)
        assert checkout(takes.store, snapshot, str(target)) == []
        takes.store.close()
        assert files(target) == before
        assert picture(folder) == before
        assert repository(folder / ".git", without=OURS) == repo
        remove_tree(str(target))
        assert worktree.remove(str(folder), str(target), "agentrec/x") == []
        assert repository(folder / ".git") == repo
        empty(folder)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (True, "refs/heads/agentrec/x.lock"),
        (False, "refs/heads/agentrec/x.lock"),
        (True, "packed-refs.lock"),  # of one that deleted another branch
    ],
    ids=["a branch", "no branch yet", "of the packed refs"],
)
def test_the_lock_that_a_killed_git_left_is_removed(tmp_path, made, name):
    fill(tmp_path, {"a.txt": "a\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "x")
    if made:
        git(tmp_path, "branch", "agentrec/x")
    lock = tmp_path / ".git" / name
    lock.parent.mkdir(exist_ok=True)
    lock.touch()
    assert worktree.remove(str(tmp_path), str(tmp_path / "gone"), "agentrec/x") == []
    assert not lock.exists()
    assert git(tmp_path, "branch", "--list", "agentrec/x") == ""


def test_what_a_killed_git_left_of_another_worktree_is_removed(tmp_path):
    """The file that git writes last is empty then, and `git worktree` fails in the whole repository."""
    shop, target = tmp_path / "shop", tmp_path / "branch"
    shop.mkdir()
    fill(shop, {"a.txt": "a\n"})
    git(shop, "init", "-q")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "x")
    half = shop / ".git/worktrees/other"
    half.mkdir(parents=True)
    for name, text in {
        "locked": "initializing",
        "commondir": "",
        "gitdir": "/nowhere/.git\n",
    }.items():
        (half / name).write_text(text)
    commit = git(shop, "rev-parse", "HEAD").strip()
    target.mkdir()
    keep = os.open(tmp_path, os.O_RDONLY)
    worktree.add(str(shop), str(target), "agentrec/x", commit, keep)
    os.close(keep)
    assert not half.exists()
    assert set(worktree.worktrees(str(shop))) == {str(shop), str(target)}
