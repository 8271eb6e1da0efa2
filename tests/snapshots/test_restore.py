"""Going back: what stays, what is warned of, who is in the way, and undoing it."""

import os
import shutil

import pytest

from agentrec.snapshots.model import SnapshotError
from tests.snapshots.helpers import fill, git, picture, restorer, taker, workspace


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


def test_what_the_rules_leave_out_is_never_deleted(tmp_path):
    folder = workspace(tmp_path)
    git(folder, "init", "-q")
    fill(
        folder, {".gitignore": "data/\n*.tmp\n", "src": "1", "data/big": "d", "node_modules/m": "m"}
    )
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    # Somebody stops ignoring it: now it is seen, but the snapshot never had it.
    fill(folder, {".gitignore": "", "x.tmp": "t", "new": "n", "newdir/node_modules/y": "y"})
    git(folder, "clone", "-q", ".", "cloned")
    fill(folder, {"cloned/file": "c"})
    assert "data/big" in takes.store.contents(takes.take()[0]).files
    done = restorer(takes).restore(snapshot)
    assert done.troubles == []
    assert sorted(done.plan.kept) == ["data/big", "x.tmp"]
    assert (folder / "data/big").read_text() == "d"
    assert (folder / "newdir/node_modules/y").read_text() == "y"
    assert (folder / "cloned/.git/HEAD").exists()
    assert not (folder / "new").exists()
    assert not (folder / "cloned/file").exists()
    restorer(takes).undo()
    assert (folder / "new").read_text() == "n"
    assert (folder / "cloned/file").read_text() == "c"


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


def test_nothing_outside_is_written_through_a_symlink(tmp_path):
    folder, outside = workspace(tmp_path), workspace(tmp_path, "outside")
    fill(folder, {"d/e/file": "inside", "d/keep": "k"})
    fill(outside, {"e/file": "outside", "keep": "outside"})
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    shutil.rmtree(folder / "d")
    os.symlink(outside, folder / "d")
    takes.take()
    before = picture(outside)
    done = restorer(takes).restore(snapshot)
    assert done.troubles == []
    assert (folder / "d/e/file").read_text() == "inside"
    assert picture(outside) == before
    restorer(takes).undo()
    assert (folder / "d").is_symlink()
    assert picture(outside) == before


def test_what_is_in_the_way_is_told_and_the_rest_is_done(tmp_path):
    folder = workspace(tmp_path)
    fill(folder, {"node_modules": "a file of that name", "other": "1"})
    takes = taker(folder, tmp_path)
    snapshot, _ = takes.take()
    (folder / "node_modules").unlink()
    fill(folder, {"node_modules/m": "out by rule", "other": "2"})
    done = restorer(takes).restore(snapshot)
    assert [path for path, _ in done.troubles] == ["node_modules"]
    assert (folder / "node_modules/m").read_text() == "out by rule"
    assert (folder / "other").read_text() == "1"


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
