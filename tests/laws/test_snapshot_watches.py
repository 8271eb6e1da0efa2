"""The law of watching: a scan of what changed finds what a scan of everything finds."""

import mmap
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentrec.snapshots.gitstore.pack import NameOnlySink
from agentrec.snapshots.manifest import manifest_json
from agentrec.snapshots.scan.scanner import TreeScanner
from agentrec.snapshots.scan.snapshot_rules import load_rules
from agentrec.snapshots.scan.tree_watcher import TreeWatcher
from tests.snapshots.helpers import environment, git

NAMES = ("a", "b", "x.log", ".codex", "node_modules", "ü")
IGNORED = (b"", b"*.log\n", b"a\n", b"!x.log\n/b/\n", b".env*\na/b\n")

which = st.integers(0, 7)  # one of the files or directories that are there
name = st.sampled_from(NAMES)
content = st.sampled_from([b"", b"one", b"two", b"three\n" * 9])
file_mode = st.sampled_from([0o644, 0o755, 0o600])
folder_mode = st.sampled_from([0o755, 0o700, 0o500])
ARGUMENTS = {
    "write": (which, content),
    "append": (which, content),
    "replace": (which, content),
    "hold": (which,),
    "write_held": (content,),
    "map": (which,),
    "write_map": (st.binary(min_size=1, max_size=1),),
    "release": (),
    "create": (which, name, content),
    "make_folder": (which, name),
    "rename": (which, which, name),
    "rename_folder": (which, which, name),
    "exchange": (which, which),
    "change_outside": (which, content),
    "remove": (which,),
    "remake": (which,),
    "remove_folder": (which,),
    "chmod": (which, file_mode),
    "chmod_folder": (which, folder_mode),
    "symlink": (which, name),
    "link": (which, which, name),
    "link_outside": (which, name),
    "write_outside": (content,),
    "ignore": (which, st.sampled_from(IGNORED)),
}
IN_REPOSITORIES = {"track": (which,), "untrack": (which,), "track_all": ()}


def operations(repository):
    kinds = {**ARGUMENTS, **(IN_REPOSITORIES if repository else {})}
    one = st.one_of(*(st.tuples(st.just(kind), *how) for kind, how in kinds.items()))
    between = st.sampled_from([("scan",), ("scan",), ("rest",), ()])
    return st.tuples(st.just(repository), st.lists(st.tuples(one, between), max_size=25))


class Tree:
    """A directory in which things happen, and what is next to it."""

    def __init__(self, place, *, repository):
        self.root, self.outside = place / "work", place / "outside"
        self.root.mkdir()
        self.outside.mkdir()
        (self.outside / "file").write_bytes(b"outside")
        self.held, self.maps = [], []
        if repository:
            git(self.root, "init", "-q")
        for folder in ("", "a", "a/b", "a/b/c", "b"):
            (self.root / folder).mkdir(exist_ok=True)
            (self.root / folder / "first").write_text(f"first in {folder}")
        (self.root / "x.log").write_text("log")

    def do(self, operation):
        """What cannot be done is left."""
        kind, *args = operation
        try:
            getattr(self, kind)(*args)
        except (OSError, ValueError, subprocess.CalledProcessError):
            return

    def file(self, number):
        return _nth([path for path in self._paths() if not path.is_dir()], number)

    def folder(self, number):
        return _nth([path for path in self._paths() if _is_folder(path)], number)

    def _paths(self):
        found = (path for path in self.root.rglob("*") if ".git" not in path.parts)
        return sorted(found)

    def any_folder(self, number):
        return _nth([self.root, *(path for path in self._paths() if _is_folder(path))], number)

    def write(self, number, content):
        self.file(number).write_bytes(content)

    def append(self, number, content):
        with self.file(number).open("ab") as file:
            file.write(content)

    def replace(self, number, content):
        path = self.file(number)
        (self.root / "new").write_bytes(content)
        (self.root / "new").replace(path)

    def hold(self, number):
        self.held.append(self.file(number).open("ab", buffering=0))

    def write_held(self, content):
        self.held[-1:] and self.held[-1].write(content)

    def map(self, number):
        with self.file(number).open("r+b") as file:
            self.maps.append(mmap.mmap(file.fileno(), 0))

    def write_map(self, byte):
        for one in self.maps:
            one.flush()  # else the file's time stays what it was at the last write
            one[0:1] = byte

    def release(self):
        for one in (*self.maps, *self.held):
            one.close()
        self.maps, self.held = [], []

    def create(self, number, name, content):
        (self.any_folder(number) / name).write_bytes(content)

    def make_folder(self, number, name):
        (self.any_folder(number) / name).mkdir()

    def rename(self, number, to, name):
        self.file(number).rename(self.any_folder(to) / name)

    def rename_folder(self, number, to, name):
        self.folder(number).rename(self.any_folder(to) / name)

    def exchange(self, one, other):
        one, other = self.folder(one), self.folder(other)
        if one in other.parents or other in one.parents or one == other:
            return
        one.rename(self.outside / "held")
        other.rename(one)
        (self.outside / "held").rename(other)

    def change_outside(self, number, content):
        """A directory leaves, is changed, and comes back as it was called."""
        folder = self.folder(number)
        folder.rename(self.outside / "held")
        (self.outside / "held" / "first").write_bytes(content)
        (self.outside / "held").rename(folder)

    def remove(self, number):
        self.file(number).unlink()

    def remake(self, number):
        """A new directory, often with the inode of the old one."""
        folder = self.folder(number)
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / "b").write_bytes(b"new")

    def remove_folder(self, number):
        shutil.rmtree(self.folder(number))

    def chmod(self, number, mode):
        path = self.file(number)
        if not path.is_symlink():
            path.chmod(mode)

    def chmod_folder(self, number, mode):
        self.any_folder(number).chmod(mode)

    def symlink(self, number, name):
        (self.any_folder(number) / name).symlink_to(name)

    def link(self, number, to, name):
        (self.any_folder(to) / name).hardlink_to(self.file(number))

    def link_outside(self, number, name):
        (self.any_folder(number) / name).hardlink_to(self.outside / "file")

    def write_outside(self, content):
        (self.outside / "file").write_bytes(content)

    def ignore(self, number, content):
        (self.any_folder(number) / ".gitignore").write_bytes(content)

    def track(self, number):
        git(self.root, "add", "-f", str(self.file(number)))

    def untrack(self, number):
        git(self.root, "rm", "-rq", "--cached", str(self.file(number)))

    def track_all(self):
        git(self.root, "add", "-A")


def _nth(found, number):
    if not found:
        raise FileNotFoundError
    return found[number % len(found)]


def _is_folder(path):
    return path.is_dir() and not path.is_symlink()


class Scans:
    """A scanner that watches, and one that never does."""

    def __init__(self, place, tree):
        rules = load_rules(environment(place), str(tree.root))._replace(watch_from=0)
        root = str(tree.root)
        self.watcher = TreeWatcher(root, rules)
        self.watching = TreeScanner(root, rules, self.watcher)
        self.scanning, self.anew = TreeScanner(root, rules), TreeScanner(root, rules)
        self.by_watching = self.by_scanning = None

    def scan(self):
        self.compare()

    def rest(self):
        """When all changes are so old that their times prove something."""
        time.sleep(0.03)
        self.compare()

    def compare(self):
        self.by_watching = self.watching.scan(self.by_watching, NameOnlySink())
        self.by_scanning = self.scanning.scan(self.by_scanning, NameOnlySink())
        expected = [picture(self.anew, self.anew.scan(None, NameOnlySink()))] * 2
        found = [
            picture(self.watching, self.by_watching),
            picture(self.scanning, self.by_scanning),
        ]
        assert found == expected


def picture(scanner, root):
    return root.tree.hex(), manifest_json(root, {}), scanner.files, scanner.bytes, root.totals


@pytest.mark.skipif(not os.path.exists("/proc/self/mountinfo"), reason="needs Linux")
@settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([False, False, False, True]).flatmap(operations))
def test_watching_finds_what_scanning_finds(told):
    repository, happened = told
    with tempfile.TemporaryDirectory() as place:
        tree = Tree(Path(place), repository=repository)
        scans = Scans(Path(place), tree)
        try:
            scans.compare()
            scans.rest()
            scans.rest()
            assert scans.watcher.watches is not None
            for operation, between in happened:
                tree.do(operation)
                for step in between:
                    getattr(scans, step)()
            scans.compare()
        finally:
            scans.watcher.close()
            tree.release()
            for folder, _, _ in os.walk(place):
                os.chmod(folder, 0o700)
