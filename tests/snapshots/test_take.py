"""Taking: what is in, what stays out, and whose files are never touched."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agentrec.snapshots.model import RefusedDirectoryError
from agentrec.snapshots.scan.workspace import workspace_of
from agentrec.snapshots.snapshotter import Snapshotter
from tests.snapshots.helpers import (
    environment,
    fill,
    fingerprint,
    git,
    picture,
    restorer,
    taker,
    workspace,
)


def paths(the_taker, snapshot):
    return set(the_taker.store.contents(snapshot).files)


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


def test_nested_repositories_are_content_and_their_own_data_stays(tmp_path):
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    for name in ("nested", "empty"):
        (folder / name).mkdir()
        git(folder / name, "init", "-q")
        fill(folder / name, {"file": name})
    git(folder / "nested", "add", "-A")
    git(folder / "nested", "commit", "-qm", "x")
    git(folder, "-c", "protocol.file.allow=always", "submodule", "add", "-q", "./nested", "sub")
    marks = [fingerprint(folder / name / ".git") for name in ("nested", "empty")]
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    assert {"nested/file", "empty/file", "sub/file", ".gitmodules"} <= paths(takes, snapshot)
    assert not any(".git/" in path or path.endswith("/.git") for path in paths(takes, snapshot))
    (folder / "nested" / "file").write_text("changed")
    (folder / "empty" / "file").unlink()
    restorer(takes).restore(snapshot)
    assert (folder / "nested" / "file").read_text() == "nested"
    assert (folder / "empty" / "file").read_text() == "empty"
    assert [fingerprint(folder / name / ".git") for name in ("nested", "empty")] == marks


def test_what_is_ignored_is_in_or_out_by_the_rules(tmp_path):
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    fill(
        folder,
        {
            ".gitignore": "build/\n*.log\n.env*\n.claude/\nforced/\n",
            ".env": "KEY=1",
            ".env.local": "x" * 2_000_000,
            ".claude/settings.json": "{}",
            "build/out.o": "o",
            "run.log": "log",
            "node_modules/x/index.js": "js",
            "src/node_modules": "a file of that name",
            "src/__pycache__/m.pyc": "pyc",
            "forced/kept": "tracked though ignored",
            "forced/other": "not tracked",
            "src/.gitignore": "!*.log\n",
            "src/keep.log": "wanted here",
            "plain.ahr": "a recording",
            "untracked": "yes",
        },
    )
    git(folder, "add", "-f", "forced/kept")
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    assert paths(takes, snapshot) == {
        *(".gitignore", ".env", ".claude/settings.json", "src/node_modules", "forced/kept"),
        *("src/.gitignore", "src/keep.log", "untracked"),
    }
    assert takes.store.contents(snapshot).left == {".env.local": "large"}

    git(folder, "add", "-f", "run.log")
    snapshot, new = takes.take()
    assert new
    assert "run.log" in paths(takes, snapshot)
    (folder / ".gitignore").write_text("untracked\n")
    snapshot, _ = takes.take()
    assert "untracked" not in paths(takes, snapshot)
    assert {"build/out.o", "forced/other", ".env"} <= paths(takes, snapshot)


def test_rules_are_the_users_to_change(tmp_path):
    folder = workspace(tmp_path)
    config = tmp_path / "home" / ".config" / "agentrec"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(
        '[snapshots]\nout = ["!node_modules/", "*.big"]\nlargest = "1 KB"\n'
    )
    project = '[snapshots]\nout = ["private/", "!*.big"]\nlargest = "9 GB"\nkeep = ["*"]\n'
    (folder / ".agentrec.toml").write_text(project)
    fill(
        folder,
        {"node_modules/a": "1", "b.big": "2", "private/c": "3", "large": "4" * 1001, "d": "5"},
    )
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    assert paths(takes, snapshot) == {"node_modules/a", "d", ".agentrec.toml"}
    assert takes.store.contents(snapshot).left == {"large": "large"}


def test_what_is_no_file_is_named(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"loop": ("loop",), "up": ("..",), "a/b": ("../a",), "gone": ("nowhere",)})
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(folder / "sock"))
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    contents = takes.store.contents(snapshot)
    assert set(contents.files) == {"loop", "up", "a/b", "gone"}
    assert contents.left == {"pipe": "fifo", "sock": "socket"}
    done = restorer(takes).restore(snapshot)
    assert done.plan.empty
    assert (folder / "pipe").is_fifo()


LIMITED = """
import os, sys
from agentrec.snapshots.snapshotter import Snapshotter
from agentrec.snapshots.restore.restore import Restorer
folder, data = sys.argv[1:]
env = {"HOME": "/nonexistent", "XDG_DATA_HOME": data}
takes = Snapshotter.open(folder, env)
snapshot, _ = takes.take()
contents = takes.store.contents(snapshot)
assert set(contents.files) == {"open", "closed/in"}, contents
assert contents.left == {"secret": "unreadable", "shut": "unreadable"}, contents
os.chmod(folder + "/closed", 0o700)
os.unlink(folder + "/closed/in")
os.chmod(folder + "/closed", 0o500)
os.unlink(folder + "/open")
done = Restorer(takes.store, takes.rules).restore(snapshot)
assert done.troubles == [], done
assert sorted(done.plan.lost) == ["secret", "shut"], done
assert open(folder + "/closed/in").read() == "in"
assert os.stat(folder + "/closed").st_mode & 0o777 == 0o500
"""


def test_what_cannot_be_read_is_named_and_left_alone(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"open": "1", "secret": "2", "shut/in": "3", "closed/in": "in"})
    os.chmod(folder / "secret", 0)
    os.chmod(folder / "shut", 0)
    os.chmod(folder / "closed", 0o500)
    # To root all doors are open, unless it gives up the right to that.
    plain = (
        ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    )
    done = subprocess.run(
        [*plain, sys.executable, "-c", LIMITED, str(folder), str(tmp_path / "data")],
        capture_output=True,
        text=True,
    )
    os.chmod(folder / "shut", 0o700)
    os.chmod(folder / "closed", 0o700)
    assert done.returncode == 0, done.stderr


def test_a_file_that_changes_all_the_time_is_kept_as_it_was_read(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"still": "still", "log": ""})
    stop = threading.Event()

    def scribble():
        with open(folder / "log", "ab", buffering=0) as log:
            while not stop.is_set():
                log.write(b"0123456789")

    thread = threading.Thread(target=scribble)
    thread.start()
    takes = taker(folder, tmp_path)
    try:
        found = [takes.take()[0] for _ in range(10)]
    finally:
        stop.set()
        thread.join()
    sizes = []
    for snapshot in found:
        assert takes.store.read(snapshot, "still") == b"still"
        data = takes.store.read(snapshot, "log")
        assert data == (b"0123456789" * (len(data) // 10 + 1))[: len(data)]
        sizes.append(len(data))
    assert sizes == sorted(sizes)
    last, _ = takes.take()
    assert takes.store.read(last, "log") == (folder / "log").read_bytes()


def test_a_change_within_one_tick_of_the_clock_is_seen(tmp_path):
    folder = workspace(tmp_path)
    takes = taker(folder, tmp_path)
    for number in range(40):
        (folder / "file").write_text(f"{number:04}")
        snapshot, _ = takes.take()
        assert takes.store.read(snapshot, "file") == b"%04d" % number


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


def test_what_was_remembered_is_not_believed_when_it_is_broken_or_gone(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": "1", "b": "2" * 5000})
    takes = taker(folder, tmp_path)
    takes.take()
    takes.save_scan()
    seen = Path(takes.store.folder) / "seen.json"
    for damage in (b"", b"[]", seen.read_bytes()[:50], b'{"version":1,"epoch":"","root":[1,2]}'):
        seen.write_bytes(damage)
        other = taker(folder, tmp_path, "other")
        assert other.store.read(other.take()[0], "a") == b"1"
    takes.save_scan()
    pack = Path(takes.store.objects_folder) / "pack"
    takes.store.remove_head("run")
    takes.store.remove_head("other")
    for file in pack.iterdir():
        file.unlink()
    fresh = taker(folder, tmp_path, "fresh")
    snapshot, new = fresh.take()
    assert new
    assert fresh.store.read(snapshot, "b") == b"2" * 5000


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
