"""The user's git index, read without git, compared with what git says."""

import os

import pytest

from agentrec.snapshots.first_look.git_index import read_index
from tests.snapshots.helpers import fill, git, workspace

FILES = {
    "a": "1",
    "folder/b": "2",
    "folder/" + "long" * 30 + "/" + "name" * 50: "3",
    "caf\udcff": "4",
}


def repository(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, FILES)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "all")
    return folder


@pytest.mark.parametrize("version", ["2", "3"])
def test_entries_and_head_are_those_of_git(tmp_path, version):
    folder = repository(tmp_path)
    git(folder, "update-index", "--index-version", version)
    if version == "3":  # written only for entries with more flags
        git(folder, "update-index", "--skip-worktree", "a")
    index = read_index(str(folder))
    assert index.data[7] == int(version)
    assert index.mtimes == {path: os.lstat(folder / path).st_mtime_ns for path in FILES}
    assert index.time == os.stat(folder / ".git/index").st_mtime_ns
    assert index.head == git(folder, "rev-parse", "HEAD").strip()


def test_head_in_every_place(tmp_path):
    folder = repository(tmp_path)
    first = git(folder, "rev-parse", "HEAD").strip()
    git(folder, "pack-refs", "--all")
    assert read_index(str(folder)).head == first
    git(folder, "commit", "-qm", "more", "--allow-empty")
    second = git(folder, "rev-parse", "HEAD").strip()
    assert read_index(str(folder)).head == second
    git(folder, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"), first)
    assert read_index(str(tmp_path / "tree")).head == first
    assert read_index(str(tmp_path / "tree")).mtimes.keys() == FILES.keys()
    git(folder, "checkout", "-q", "--detach", first)
    assert read_index(str(folder)).head == first


@pytest.mark.parametrize(
    "how",
    [
        ("update-index", "--index-version", "4"),
        ("update-index", "--split-index"),
        ("sparse-checkout", "set", "--cone", "--sparse-index", "folder"),
    ],
)
def test_of_other_indexes_nothing_wrong_is_said(tmp_path, how):
    folder = repository(tmp_path)
    git(folder, *how)
    fill(folder, {"later": "5"})
    git(folder, "add", "later")
    index = read_index(str(folder))
    assert (index.mtimes, index.data) == ({}, b"")
    assert index.head


def test_a_repository_with_long_names_has_no_entries(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, FILES)
    git(folder, "init", "-q", "--object-format=sha256")
    git(folder, "add", "-A")
    assert read_index(str(folder)).mtimes == {}


@pytest.mark.parametrize("data", [b"", b"DIRC", b"DIRC\0\0\0\2\xff\xff\xff\xff", b"\0" * 1000])
def test_a_damaged_index_is_none(tmp_path, data):
    folder = repository(tmp_path)
    (folder / ".git/index").write_bytes(data)
    index = read_index(str(folder))
    assert (index.mtimes, index.data) == ({}, b"") or not index.mtimes


def test_without_git(tmp_path):
    index = read_index(str(workspace(tmp_path)))
    assert (index.mtimes, index.head, index.git_dir) == ({}, "", "")
