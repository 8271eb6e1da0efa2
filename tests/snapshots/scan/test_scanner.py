"""Scanning: what is in, whatever stands in a directory, and what changes meanwhile."""

import os
import socket
import subprocess
import sys
import threading

import pytest

from agentrec.companions.files.ignored import IgnoredPaths
from tests.snapshots.helpers import (
    fill,
    fingerprint,
    git,
    restorer,
    taker,
    workspace,
)


def paths(the_taker, snapshot):
    return set(the_taker.store.contents(snapshot).files)


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


def test_an_ignore_file_that_was_there_for_a_moment(tmp_path):
    """Written and removed between two snapshots that follow at once: it decides nothing any more."""
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    fill(folder, {"a": "1", "sub/x.log": "1"})
    takes = taker(folder, tmp_path)
    takes.take()
    for place in (folder, folder / "sub"):
        (place / ".gitignore").write_text("*.log\n")
        ignoring, _ = takes.take()
        assert "sub/x.log" not in paths(takes, ignoring)
        (place / ".gitignore").unlink()
        snapshot, _ = takes.take()
        assert paths(takes, snapshot) == {"a", "sub/x.log"}


def test_what_codex_sandbox_makes_for_a_moment_is_no_change(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": "1", "sub/b": "2"})
    takes = taker(folder, tmp_path)
    first, _ = takes.take()
    names = (".agents", ".aws", ".codex")
    fill(folder, {f"{place}{name}": None for place in ("", "sub/") for name in names})
    assert takes.take() == (first, False)
    fill(folder, {".codex/config.toml": "x", "other": None})
    second, new = takes.take()
    assert new
    assert set(takes.store.contents(second).folders) == {".codex", "other", "sub"}
