"""Which directory a snapshot is of, and which are refused."""

import pytest

from agentrec.snapshots.model import RefusedDirectoryError
from agentrec.snapshots.scan.workspace import workspace_of
from agentrec.snapshots.snapshotter import Snapshotter
from tests.snapshots.helpers import (
    environment,
    fill,
    git,
    workspace,
)


def test_directories_that_hold_too_much_are_refused(tmp_path):
    env = environment(tmp_path)
    inner = tmp_path / "home" / "project" / "deep"
    inner.mkdir(parents=True)
    for folder in ("/", "/tmp", env["HOME"], str(tmp_path)):
        with pytest.raises(RefusedDirectoryError, match="no snapshots of"):
            workspace_of(folder, env)
    (tmp_path / "home" / ".git").mkdir()  # a home under version control
    assert workspace_of(str(inner), env) == str(inner)
    (tmp_path / "home" / "project" / ".git").mkdir()
    assert workspace_of(str(inner), env) == str(inner.parent)

    many = workspace(tmp_path, "many")
    fill(many, {f"f{number}": "" for number in range(30)})
    takes = Snapshotter.open(str(many), env)
    small = Snapshotter(takes.store, takes.rules._replace(most_files=29))
    with pytest.raises(RefusedDirectoryError, match="more than 29 files"):
        small.take()
    small = Snapshotter(takes.store, takes.rules._replace(most_bytes=10))
    fill(many, {"g": "x" * 11})
    with pytest.raises(RefusedDirectoryError, match="more than"):
        small.take()
    assert takes.take()[0].files == 31


def test_a_repository_s_own_directory_is_refused(tmp_path):
    """A restore would take back commits."""
    env = environment(tmp_path)
    work = workspace(tmp_path)
    fill(work, {"a": "1", "inner/b": "2"})
    git(work, "init", "-q")
    git(work, "add", ".")
    git(work, "commit", "-qm", "x")
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(work), str(bare))
    for folder in (bare, bare / "refs" / "heads"):
        with pytest.raises(RefusedDirectoryError, match="is a bare git repository"):
            workspace_of(str(folder), env)
    # A worktree in it has files of its own.
    git(bare, "worktree", "add", "-q", str(bare / "main"), "-b", "other")
    assert workspace_of(str(bare / "main" / "inner"), env) == str(bare / "main")
    around = workspace(tmp_path, "around")
    git(tmp_path, "clone", "-q", "--bare", str(work), str(around / ".bare"))
    fill(around, {".git": "gitdir: ./.bare\n"})
    with pytest.raises(RefusedDirectoryError, match="it contains its git repository"):
        workspace_of(str(around), env)
    # The repository's own `.git` and that of a submodule are no reason.
    assert workspace_of(str(work / ".git" / "refs"), env) == str(work)
    fill(work, {"sub/.git": "gitdir: ../.git/modules/sub\n"})
    assert workspace_of(str(work / "sub"), env) == str(work / "sub")
