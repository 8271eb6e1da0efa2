"""What the rules of that time left out."""

from tests.snapshots.helpers import fill, git, restorer, taker, workspace


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
