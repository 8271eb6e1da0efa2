"""Nothing is written outside."""

import os
import shutil

from tests.snapshots.helpers import fill, picture, restorer, taker, workspace


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
