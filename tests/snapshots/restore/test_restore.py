"""Restoring: what stays, what is warned of, who is in the way, and undoing it."""

import os
import random
import shutil
import signal
import subprocess
import time

import pytest

from agentrec.snapshots.model import SnapshotError
from agentrec.snapshots.restore.undo_log import UndoLog
from tests.snapshots.helpers import (
    fill,
    picture,
    restorer,
    start,
    taker,
    workspace,
)

RESTORE = """
restores = Restorer(takes.store, takes.rules)
target = takes.store.chain("run")[0]
sys.stdin.read()
restores.restore(target)
"""


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
    for number in range(12):
        child = start(RESTORE, folder, tmp_path, "run", stdin=subprocess.PIPE)
        child.stdin.close()
        if number % 2:  # at any moment
            time.sleep(chance.uniform(0.005, 0.12))
        else:  # while it writes files, however slow the machine is
            log = UndoLog(takes.store.folder)
            while child.poll() is None and all(one.state != "begun" for one in log.records()):
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.02))
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


def test_only_what_differs_is_touched(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"same": "1", "other": "2", "d/x": "3"})
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    before = os.stat(folder / "same")
    (folder / "other").write_text("changed")
    shutil.rmtree(folder / "d")
    done = restorer(takes).restore(snapshot)
    assert sorted(change.path for change in done.plan.steps.files) == ["d/x", "other"]
    after = os.stat(folder / "same")
    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)


def test_files_too_large_to_keep_are_saved_before_they_are_overwritten(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"grows": "small"})
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    takes.rules = takes.rules._replace(largest=1000)
    (folder / "grows").write_text("x" * 5000)
    restores = restorer(takes)
    restores.restore(snapshot)
    assert (folder / "grows").read_text() == "small"
    restores.undo()
    assert (folder / "grows").read_text() == "x" * 5000


def test_changes_of_others_are_told(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"mine": "1", "theirs": "1"})
    takes = taker(folder, tmp_path)
    first, _ = takes.take()
    fill(folder, {"mine": "2"})
    last, _ = takes.take()
    fill(folder, {"theirs": "by hand", "new": "by hand"})
    plan = restorer(takes).plan(first, last)
    assert [change.path for change in plan.steps.files] == ["mine", "new", "theirs"]
    assert plan.foreign == ["new", "theirs"]


def test_only_the_chosen_paths(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": "1", "b": "1"})
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    fill(folder, {"a": "2", "b": "2", "c": "2"})
    restorer(takes).restore(snapshot, only={"a", "c"}.__contains__)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"a": "1", "b": "2"}


def test_undo_leaves_later_work_alone_and_goes_step_by_step(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": "1", "b": "1"})
    takes = taker(folder, tmp_path)
    one, _ = takes.take()
    fill(folder, {"a": "2"})
    two, _ = takes.take()
    fill(folder, {"a": "3"})
    restores = restorer(takes)
    restores.restore(two)
    restores.restore(one)
    fill(folder, {"b": "later", "c": "later"})
    assert restores.plan_undo()[1].foreign == []
    restores.undo()
    assert [(folder / name).read_text() for name in "abc"] == ["2", "later", "later"]
    (folder / "a").write_text("by hand")
    _, plan = restores.plan_undo()
    assert plan.foreign == ["a"]
    _, done = restores.undo()
    assert (folder / "a").read_text() == "3"
    assert takes.store.read(done.safety, "a") == b"by hand"
    with pytest.raises(SnapshotError, match="nothing was restored"):
        restores.undo()


def test_every_kind_becomes_every_other(tmp_path):
    folder = workspace(tmp_path)
    kinds = {"file": "text", "link": ("file",), "folder/in/deep": "x", "none": None}
    names = list(kinds)
    fill(
        folder,
        {f"{a}-{b}/x" if a == "folder" else f"{a}-{b}": kinds.get(a) for a in names for b in names},
    )
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    before = picture(folder)
    for entry in list(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    fill(
        folder,
        {f"{a}-{b}/x" if b == "folder" else f"{a}-{b}": kinds.get(b) for a in names for b in names},
    )
    between = picture(folder)
    restores = restorer(takes)
    assert restores.restore(snapshot).troubles == []
    assert picture(folder) == before
    restores.undo()
    assert picture(folder) == between


def test_another_directory_of_that_name_is_refused(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"a": "1"})
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    folder.rename(tmp_path / "moved")
    with pytest.raises(SnapshotError, match="no longer exists"):
        restorer(takes).restore(snapshot)
    workspace(tmp_path, "filler")
    folder.mkdir()
    with pytest.raises(SnapshotError, match="is not the directory"):
        restorer(takes).plan(snapshot)
    assert list(folder.iterdir()) == []
