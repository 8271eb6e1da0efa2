"""When things end badly: killed at any moment, two at once, a full disk."""

import os
import random
import signal
import subprocess
import sys
import time

from agentrec.snapshots.snapshotter import Snapshotter
from tests.snapshots.helpers import environment, fill, picture, restorer, taker, workspace

START = """
import os, sys
from agentrec.snapshots.snapshotter import Snapshotter
from agentrec.snapshots.restore.restore import Restorer
folder, data, name = sys.argv[1:4]
takes = Snapshotter.open(folder, {"HOME": "/nonexistent", "XDG_DATA_HOME": data}, name)
print("ready", flush=True)
"""
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
RESTORE = """
restores = Restorer(takes.store, takes.rules)
target = takes.store.chain("run")[0]
sys.stdin.read()
restores.restore(target)
"""


def start(script, folder, tmp_path, *args, **options):
    line = [sys.executable, "-c", START + script, str(folder), str(tmp_path / "data"), *args]
    child = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, **options)
    assert child.stdout.readline() == "ready\n"
    return child


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


def test_a_killed_restore_can_be_undone(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {f"d{number % 20}/f{number}": f"old {number}" for number in range(600)})
    takes = taker(folder, tmp_path)
    takes.take()
    fill(folder, {f"d{number % 20}/f{number}": f"new {number}" for number in range(300)})
    fill(folder, {f"e{number}/f": "new" for number in range(100)})
    before = picture(folder)
    takes.save_scan()
    killed, chance = 0, random.Random(7)
    for _ in range(12):
        child = start(RESTORE, folder, tmp_path, "run", stdin=subprocess.PIPE)
        child.stdin.close()
        time.sleep(chance.uniform(0.005, 0.12))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        restores = restorer(takes)
        if restores.records():
            killed += restores.records()[-1].state == "begun"
            if restores.records()[-1].state != "undone" and not restores.records()[-1].undoes:
                restores.undo()
        assert picture(folder) == before
        takes.store.git("fsck", "--full")
    assert killed


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


FULL_RESTORE = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
done = Restorer(takes.store, takes.rules).restore(takes.store.chain("run")[0])
print(done.troubles)
"""


def test_a_workspace_without_room_keeps_the_old_file_and_can_be_undone(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"large": os.urandom(300_000), "small": "old", "z": "old"})
    takes = taker(folder, tmp_path)
    takes.take()
    fill(folder, {"large": "not so large now", "small": "new", "z": "new"})
    before = picture(folder)
    child = start(FULL_RESTORE, folder, tmp_path, "run")
    told = child.stdout.read()
    child.stdout.close()
    assert child.wait() == 0
    assert told == "[('large', 'File too large')]\n"
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "large": "not so large now",
        "small": "old",
        "z": "old",
    }
    restorer(takes).undo()
    assert picture(folder) == before


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
