"""Taking snapshots: nobody's files are touched, whatever happens."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from agentrec.snapshots.snapshotter import Snapshotter
from tests.snapshots.helpers import (
    fill,
    fingerprint,
    git,
    picture,
    restorer,
    start,
    taker,
    workspace,
)


@pytest.fixture
def repository(tmp_path):
    """A repository with commits, a stash, a hook, filters and something staged."""
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    attributes = "* text=auto eol=crlf\n*.up filter=up ident\n*.utf working-tree-encoding=UTF-16\n"
    fill(folder, {"a.txt": "one\r\ntwo\r\n", ".gitattributes": attributes, "b.up": "$Id$ text\n"})
    git(folder, "config", "filter.up.clean", "tr a-z A-Z")
    git(folder, "config", "core.autocrlf", "true")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    fill(folder, {"a.txt": "three\r\n"})
    git(folder, "stash")
    fill(folder, {"staged": "staged\n", "untracked": "new\r\n"})
    git(folder, "add", "staged")
    hooks = folder / ".git" / "hooks"
    for name in ("pre-commit", "post-checkout", "post-index-change", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >>'{tmp_path}/hooked'\n")
        (hooks / name).chmod(0o755)
    return folder


def test_the_users_repository_is_not_touched(repository, tmp_path, monkeypatch):
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, str(repository / ".git" / "nowhere"))
    before = fingerprint(repository / ".git")
    look = picture(repository)
    takes = taker(repository, tmp_path)
    first, _ = takes.take()
    fill(repository, {"more": "x", "a.txt": "changed\n"})
    os.unlink(repository / "staged")
    takes.take()
    done = restorer(takes).restore(first)
    assert done.troubles == []
    assert picture(repository) == look
    restorer(takes).undo()
    assert (repository / "more").read_text() == "x"
    assert fingerprint(repository / ".git") == before
    assert not (tmp_path / "hooked").exists()


def test_contents_are_kept_as_they_are_on_disk(repository, tmp_path):
    takes = taker(repository, tmp_path)
    snapshot, _ = takes.take()
    for path in ("a.txt", "b.up", "untracked", "staged"):
        assert takes.store.read(snapshot, path) == (repository / path).read_bytes()
    assert takes.store.read(snapshot, "a.txt").count(b"\r\n") > 0


def test_an_unchanged_tree_is_the_same_snapshot_also_in_another_process(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": "1", "b/c": "2", "empty": None})
    takes = taker(folder, tmp_path)
    first, new = takes.take("one")
    assert new
    assert takes.take("two") == (first, False)
    takes.save_scan()
    again = taker(folder, tmp_path)
    assert again.take("three") == (first, False)
    os.rmdir(folder / "empty")
    second, new = again.take("four")
    assert (new, second.parent, second.changed) == (True, first.commit, 0)
    (folder / "a").chmod(0o600)
    third, new = again.take()
    assert new
    assert [one.id for one in again.store.chain("run")] == ["s1", "s2", "s3"]
    assert third.tree == second.tree


def test_an_equal_manifest_is_not_written_again(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"private": "1", "a": "1", "b": "1"})
    (folder / "private").chmod(0o600)
    takes = taker(folder, tmp_path)
    first, _ = takes.take()
    packs = Path(takes.store.objects_folder, "pack")
    before = set(packs.glob("*.idx"))
    (folder / "a").write_text("2")
    second, _ = takes.take()
    assert (second.manifest, second.changed) == (first.manifest, 1)
    (index,) = set(packs.glob("*.idx")) - before
    added = takes.store.git("show-index", data=index.read_bytes()).decode()
    assert second.commit in added
    assert second.manifest not in added
    takes.store.git("fsck", "--full", "--strict")
    assert takes.store.contents(second).files["private"].mode & 0o777 == 0o600


TAKE = """
for number in range(int(sys.argv[4])):
    for place in range(5):
        with open(f"{folder}/{name}{place}", "w") as file:
            file.write(f"{number} " * 2000)
    snapshot, new = takes.take(str(number))
    assert new
    takes.save_scan()
    print(snapshot.commit, flush=True)
"""


def test_killed_takers_leave_a_whole_store(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {f"f{number}": str(number) * 3000 for number in range(200)})
    chance = random.Random(5)
    told = []
    for _ in range(15):
        child = start(TAKE, folder, tmp_path, "run", "1000")
        time.sleep(chance.uniform(0, 0.15))
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read().split()
        child.wait()
        child.stdout.close()
    takes = Snapshotter.open(
        str(folder), {"HOME": "/nonexistent", "XDG_DATA_HOME": str(tmp_path / "data")}, "run"
    )
    snapshot, _ = takes.take()
    takes.store.git("fsck", "--full", "--strict")
    known = {one.commit for one in takes.store.chain("run")}
    assert told
    assert {commit for commit in told if len(commit) == 40} <= known
    assert [
        name for name in os.listdir(f"{takes.store.objects_folder}/pack") if "tmp" in name
    ] == []
    assert restorer(takes).plan(snapshot).empty
    fresh = Snapshotter(takes.store, takes.rules, "fresh")  # what was remembered is true
    assert fresh.take()[0].tree == snapshot.tree


def test_two_takers_at_once_wait_for_each_other(tmp_path):
    folder = workspace(tmp_path)
    children = [start(TAKE, folder, tmp_path, name, "15") for name in ("one", "two", "three")]
    told = {}
    for name, child in zip(("one", "two", "three"), children, strict=True):
        told[name] = child.stdout.read().split()
        assert child.wait() == 0
        child.stdout.close()
    takes = Snapshotter.open(
        str(folder), {"HOME": "/nonexistent", "XDG_DATA_HOME": str(tmp_path / "data")}, "x"
    )
    for name, commits in told.items():
        assert [one.commit for one in takes.store.chain(name)] == commits
        assert takes.store.read(takes.store.snapshot(commits[-1]), f"{name}4") == b"14 " * 2000
    takes.store.git("fsck", "--full", "--strict")


FULL = """
import resource, signal
from agentrec.snapshots.model import SnapshotError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    takes.take()
except SnapshotError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
print(takes.take()[0].files)
"""


def test_a_store_without_room_is_a_line_and_the_next_snapshot_is_whole(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {f"f{number}": os.urandom(10_000) for number in range(50)})
    child = start(FULL, folder, tmp_path, "run")
    told = child.stdout.read().splitlines()
    child.stdout.close()
    assert child.wait() == 0
    assert told == ["cannot write the snapshot: File too large", "50"]
    takes = Snapshotter.open(
        str(folder), {"HOME": "/nonexistent", "XDG_DATA_HOME": str(tmp_path / "data")}, "run"
    )
    takes.store.git("fsck", "--full", "--strict")
    assert len(os.listdir(f"{takes.store.objects_folder}/pack")) == 2
