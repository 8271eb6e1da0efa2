"""What cannot be done does not stop the rest."""

from tests.snapshots.helpers import fill, restorer, taker, workspace


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
