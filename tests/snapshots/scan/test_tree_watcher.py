"""Watching instead of scanning: what it notices, and when everything is scanned all the same.

That both find the same whatever happens is a law: tests/laws/test_snapshot_watches.py.
"""

import mmap
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentrec.snapshots.gitstore.pack import NameOnlySink
from agentrec.snapshots.manifest import manifest_json
from agentrec.snapshots.scan.scanner import TreeScanner
from agentrec.snapshots.scan.snapshot_rules import load_rules
from agentrec.snapshots.scan.tree_watcher import TreeWatcher
from tests.snapshots.helpers import environment, fill, git, workspace

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has inotify")

FILES = {
    "top": "top",
    **{
        f"{place}/{number}": f"{place} {number}" for place in ("a", "a/b", "c") for number in (1, 2)
    },
}


class Watched:
    """A tree that is watched: the scans so far have seen everything, and its files are not new."""

    def __init__(self, folder, tmp_path, **rules):
        rules = load_rules(environment(tmp_path), str(folder))._replace(watch_from=0, **rules)
        self.folder, self.rules = folder, rules
        self.watcher = TreeWatcher(str(folder), rules)
        self.scanner = TreeScanner(str(folder), rules, self.watcher)
        self.root = None
        self.scan()
        time.sleep(0.03)
        self.scan()
        self.scan()

    def scan(self):
        """Whether it found what a scan of everything finds now."""
        self.root = self.scanner.scan(self.root, NameOnlySink())
        anew = TreeScanner(str(self.folder), self.rules)
        root = anew.scan(None, NameOnlySink())
        mine = (self.root.tree, manifest_json(self.root, {}), self.scanner.files)
        return mine == (root.tree, manifest_json(root, {}), anew.files)


@pytest.fixture
def watched(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, FILES)
    one = Watched(folder, tmp_path)
    assert one.watcher.watches is not None
    yield one
    one.watcher.close()


def exchange(folder):
    (folder / "a/b").rename(folder / "held")
    (folder / "c").rename(folder / "a/b")
    (folder / "held").rename(folder / "c")


def remake(folder):
    shutil.rmtree(folder / "a/b")
    (folder / "a/b").mkdir()
    (folder / "a/b/1").write_text("another")


def write_through_closed_map(folder):
    with (
        (folder / "a/b/1").open("r+b") as file,
        mmap.mmap(file.fileno(), 0) as mapped,
    ):
        mapped[0:1] = b"X"


def link_and_write(folder):
    (folder / "c/linked").hardlink_to(folder / "a/b/1")
    (folder / "c/linked").write_text("written by another name")


def take_access(folder):
    (folder / "a/b").chmod(0)
    (folder / "a/b").chmod(0o700)


CHANGES = {
    "write": lambda folder: (folder / "a/b/1").write_text("one"),
    "create": lambda folder: (folder / "a/b/new").write_text("one"),
    "remove": lambda folder: (folder / "a/b/1").unlink(),
    "chmod": lambda folder: (folder / "a/b/1").chmod(0o755),
    "move": lambda folder: (folder / "a/b/1").rename(folder / "c/1"),
    "move a directory": lambda folder: (folder / "a/b").rename(folder / "c/d"),
    "exchange directories": exchange,
    "remake a directory": remake,
    "chmod a directory": take_access,
    "write through a map": write_through_closed_map,
    "write by another name": link_and_write,
    "ignore": lambda folder: (folder / "a/.gitignore").write_text("1\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_found(watched, change):
    change(watched.folder)
    assert watched.scan()
    assert watched.scanner.files <= len(FILES) + 2
    (watched.folder / "c").mkdir(exist_ok=True)
    (watched.folder / "c/later").write_text("later")
    assert watched.scan()


def test_only_what_changed_is_looked_at(watched):
    before = watched.root
    assert watched.scan()
    assert watched.root is before
    (watched.folder / "a/b/1").write_text("one")
    assert watched.scan()
    assert watched.root.folders["c"] is before.folders["c"]
    assert watched.root.folders["a"] is not before.folders["a"]
    assert watched.scanner.read == 1
    assert watched.watcher.why == ""


def test_a_file_whose_time_proves_nothing_yet_is_read_again(watched):
    (watched.folder / "a/b/1").write_text("one")
    reads = []
    for wait in (0, 0, 0.03, 0.03):
        time.sleep(wait)
        assert watched.scan()
        reads.append(watched.scanner.read)
    assert reads[0] == 1
    assert reads[-1] == 0


def test_a_file_that_is_held_open(watched):
    with (watched.folder / "a/b/1").open("r+b", buffering=0) as file:
        for number in range(3):
            file.write(b"%d" % number)
            assert watched.scan()


def test_a_mapped_file_that_stays_mapped(watched):
    path = watched.folder / "a/b/1"
    with path.open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0)
    with mapped:
        for number in b"123":
            mapped.flush()
            time.sleep(0.03)
            mapped[0] = number
            assert watched.scan()


def test_a_file_with_a_name_outside(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, FILES)
    (tmp_path / "outside").write_text("outside")
    (folder / "c/linked").hardlink_to(tmp_path / "outside")
    one = Watched(folder, tmp_path)
    for text in ("written outside", "and again"):
        (tmp_path / "outside").write_text(text)
        assert one.scan()
        assert one.watcher.why == ""
    one.watcher.close()


def test_what_is_tracked_decides_without_a_change_of_the_file(tmp_path):
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    fill(
        folder, {**FILES, ".gitignore": ".env\n*.log\n", "a/x.log": "x", "a/.env": "y" * 2_000_000}
    )
    one = Watched(folder, tmp_path)
    assert one.root.totals.left == 1
    git(folder, "add", "-f", "a/.env", "a/x.log")
    assert one.scan()
    assert {".env", "x.log"} <= one.root.folders["a"].files.keys()
    git(folder, "rm", "-q", "--cached", "a/.env", "a/x.log")
    assert one.scan()
    assert one.root.totals.left == 1
    git(folder, "add", "top")
    before = one.root
    assert one.scan()
    assert one.root.folders["c"] is before.folders["c"]
    one.watcher.close()


def test_more_changes_than_the_kernel_keeps(watched):
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    with (
        (watched.folder / "top").open("ab", 0) as one,
        (watched.folder / "c/1").open("ab", 0) as two,
    ):
        for _ in range(most // 2 + 2):
            one.write(b"1")
            two.write(b"2")
    (watched.folder / "a/b/late").write_text("late")
    assert watched.scan()
    assert watched.watcher.why == "too many changes at once"
    (watched.folder / "a/b/late").write_text("later")
    assert watched.scan()
    assert watched.watcher.why == ""


def test_taking_what_changed_in_between_keeps_it(watched):
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    for _ in range(3):
        with (
            (watched.folder / "top").open("ab", 0) as one,
            (watched.folder / "c/1").open("ab", 0) as two,
        ):
            for _ in range(most // 4):
                one.write(b"1")
                two.write(b"2")
        watched.watcher.note()
    assert watched.scan()
    assert watched.watcher.why == ""


def test_a_scan_that_failed_loses_no_change(watched):
    class FullError(Exception):
        pass

    class FullSink(NameOnlySink):
        def add(self, kind, data):
            raise FullError

    (watched.folder / "a/b/1").write_text("one")
    with pytest.raises(FullError):
        watched.scanner.scan(watched.root, FullSink())
    assert watched.scan()


@pytest.mark.parametrize("how", ["moved", "removed"])
def test_another_directory_in_its_place(watched, how):
    if how == "moved":
        watched.folder.rename(watched.folder.with_name("old"))
    else:
        shutil.rmtree(watched.folder)
    watched.folder.mkdir()
    fill(watched.folder, {"a/b/1": "another"})
    assert watched.scan()
    replaced = ("something was mounted or moved", "the directory was replaced")
    assert watched.watcher.why == replaced[how == "removed"]


LIMITED = (
    ({"file_systems": ()}, "does not report every change"),
    ({"watch_share": 0}, "the directories need more than 0 inotify watches"),
)


@pytest.mark.parametrize(("rules", "why"), LIMITED, ids=["file system", "share"])
def test_what_cannot_be_watched_is_scanned_and_says_so(tmp_path, rules, why):
    folder = workspace(tmp_path)
    fill(folder, FILES)
    one = Watched(folder, tmp_path, **rules)
    (folder / "a/b/1").write_text("changed")
    assert one.scan()
    assert one.watcher.why.endswith(why)
    assert one.watcher.watches is None


def test_everything_is_scanned_now_and_then(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, FILES)
    one = Watched(folder, tmp_path, full_scan=0)
    before = one.root
    assert one.scan()
    assert one.root is not before
    assert one.watcher.why == ""
    one.watcher.close()


def test_a_small_tree_is_not_watched(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, FILES)
    rules = load_rules(environment(tmp_path), str(folder))
    watcher = TreeWatcher(str(folder), rules)
    scanner = TreeScanner(str(folder), rules, watcher)
    scanner.scan(scanner.scan(None, NameOnlySink()), NameOnlySink())
    assert (watcher.watches, watcher.why) == (None, "")


# In user and mount namespaces of their own, where everybody may mount and set limits.
ALONE = ("unshare", "--user", "--map-root-user", "--mount", "--propagation", "private")
ALONE_START = """
import os, subprocess, sys
from pathlib import Path
from tests.snapshots.scan.test_tree_watcher import Watched
folder, place = Path(sys.argv[1]), Path(sys.argv[2])
"""
MOUNTS = """
one = Watched(folder, place)
assert one.watcher.watches is not None
(place / "other").mkdir()
(place / "other/1").write_text("bound")
for line in (["-t", "tmpfs", "none", "a/b"], ["--bind", place / "other", "c"]):
    subprocess.run(["mount", *line[:-1], folder / line[-1]], check=True)
    assert one.scan()
    assert one.watcher.why == "something was mounted or moved", one.watcher.why
    assert one.scan()
    assert one.watcher.why == "", one.watcher.why
assert one.root.folders["a"].left == {"b": "other file system"}
(place / "other/1").write_text("written where it is mounted from")
assert one.scan()
subprocess.run(["umount", folder / "a/b"], check=True)
assert one.scan()
assert "b" in one.root.folders["a"].folders
"""
LIMIT = """
Path("/proc/sys/user/max_inotify_watches").write_text("2")
one = Watched(folder, place)
assert one.watcher.watches is None
assert one.watcher.why == "no inotify watches are left", one.watcher.why
(folder / "a/b/1").write_text("changed")
assert one.scan()
"""


@contextmanager
def _alone(script, folder, tmp_path):
    if subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no namespaces here")
    line = [*ALONE, sys.executable, "-c", ALONE_START + script, str(folder), str(tmp_path)]
    yield subprocess.run(line, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs unshare")
@pytest.mark.parametrize("script", [MOUNTS, LIMIT], ids=["mounts", "limit"])
def test_mounts_and_limits(tmp_path, script):
    folder = workspace(tmp_path)
    fill(folder, FILES)
    with _alone(script, folder, tmp_path) as done:
        assert done.returncode == 0, done.stderr


def test_watches_cost_nothing_when_closed(watched):
    watched.watcher.close()
    assert watched.watcher.fileno() is None
    assert len([fd for fd in os.listdir("/proc/self/fd") if _is_inotify(fd)]) == 0


def _is_inotify(fd):
    try:
        return "inotify" in os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return False
