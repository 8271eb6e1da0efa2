"""Which directory a snapshot is of, and which are refused."""

import pytest

from agentrec.snapshots.model import RefusedDirectoryError
from agentrec.snapshots.scan.workspace import workspace_of
from agentrec.snapshots.snapshotter import Snapshotter
from tests.snapshots.helpers import (
    environment,
    fill,
    workspace,
)


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
