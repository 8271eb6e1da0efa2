"""Transactions of a program."""

from pathlib import Path

import pytest

from agentrec import Recorder, Run, Workspace
from agentrec.errors import UsageError
from agentrec.sdk import ConflictError
from agentrec.transactions.transaction import open_transactions
from tests.snapshots.helpers import fill
from tests.transactions.helpers import Shop


@pytest.fixture
def shop(tmp_path, monkeypatch):
    made = Shop(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", made.env["XDG_DATA_HOME"])
    return made


def test_as_a_block_it_commits_or_aborts(shop):
    with Workspace(shop.folder, shop.env) as workspace:
        fill(workspace.path, {"a": "two\n"})
    assert (shop.folder / "a").read_text() == "two\n"
    with pytest.raises(KeyError):
        _fail_in(Workspace(shop.folder, shop.env))
    assert (shop.folder / "a").read_text() == "two\n"
    assert open_transactions(shop.env) == []


def _fail_in(workspace):
    with workspace:
        fill(workspace.path, {"a": "three\n"})
        raise KeyError


def test_a_conflict_leaves_it_open(shop):
    workspace = Workspace(shop.folder, shop.env)
    fill(workspace.begin(), {"a": "theirs\n"})
    fill(shop.folder, {"a": "mine\n"})
    shop.git("commit", "-qam", "mine")
    with pytest.raises(ConflictError) as caught:
        workspace.commit()
    assert caught.value.conflicts[0].transaction == "theirs\n"
    assert Path(workspace.path).exists()
    workspace.rollback()
    workspace.commit()
    assert (shop.folder / "a").read_text() == "mine\n"


def test_calls_out_of_order_are_refused(shop):
    workspace = Workspace(shop.folder, shop.env)
    for act in (workspace.savepoint, workspace.rollback, workspace.commit, workspace.abort):
        with pytest.raises(UsageError, match="no transaction is open"):
            act()
    workspace.begin()
    with pytest.raises(UsageError, match="a transaction is open"):
        workspace.begin()
    workspace.abort()


def test_the_recorder_that_runs_gets_marks(shop, tmp_path):
    with Recorder(str(tmp_path / "run.ahr")):
        workspace = Workspace(shop.folder, shop.env)
        workspace.begin()
        workspace.savepoint("green")
        workspace.rollback("green")
        fill(workspace.path, {"a": "theirs\n"})
        fill(shop.folder, {"a": "mine\n"})
        shop.git("commit", "-qam", "mine")
        with pytest.raises(ConflictError):
            workspace.commit()
        workspace.rollback()
        workspace.commit()
    with Run.load(tmp_path / "run.ahr") as run:
        marks = run.transactions
        (about,) = run.summary["transactions"]
    assert [mark.label for mark in marks] == [
        *("transaction begun", "savepoint green", "rolled back to green"),
        *("transaction not committed: conflict", "rolled back to begin", "transaction committed"),
    ]
    assert [mark.status for mark in marks] == ["", "", "", "failed", "", ""]
    assert marks[1].transaction["savepoint"] == "1 green"
    del about["id"]
    counts = {"savepoints": 1, "rollbacks": 2, "conflicts": 1}
    assert about == {"name": "", "base": "trunk", "state": "committed", **counts}
