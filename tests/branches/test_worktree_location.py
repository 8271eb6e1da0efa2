"""Ids, directories and git branches: those that somebody has are never chosen."""

import pytest

from agentrec.branches import worktree_location
from agentrec.branches.create import create_branch
from agentrec.errors import OutputError
from tests.branches.helpers import fill, git, picture
from tests.snapshots.helpers import taker


@pytest.fixture
def ids(monkeypatch):
    """The ids that are tried, in order."""
    tried = []

    def new_id(program, **_):
        tried.append(f"{program}-{len(tried) + 1}")
        return tried[-1]

    monkeypatch.setattr(worktree_location, "new_id", new_id)
    return tried


@pytest.fixture
def committed(bench):
    git(bench.work, "init", "-q")
    git(bench.work, "commit", "-qm", "x", "--allow-empty")
    bench.takes.store.close()
    bench.takes = taker(bench.work, bench.place)
    bench.step(1000, {"a": "1"})
    return bench


def test_a_name_that_somebody_has(committed, ids):
    """As a directory, a git branch, a branch of ours, or one that is being made: the next one is tried."""
    fill(committed.place, {"work-sh-1": None})
    git(committed.work, "branch", "agentrec/sh-2")
    journal = "data/agentrec/branches"
    fill(committed.place, {f"{journal}/sh-3.json": "{}", f"{journal}/sh-4.begun": ""})
    before = picture(committed.place, skip=())
    plan = committed.plan(agent="sh")
    assert ids == ["sh-1", "sh-2", "sh-3", "sh-4", "sh-5"]
    assert (plan.id, plan.branch) == ("sh-5", "agentrec/sh-5")
    assert plan.worktree == str(committed.place / "work-sh-5")
    assert plan.cwd == plan.worktree
    assert {p for p in picture(committed.place, skip=()) if p not in before} <= {b"run.ahr"}
    create_branch(plan)
    assert list((committed.place / "work-sh-1").iterdir()) == []
    head = git(committed.work, "rev-parse", "HEAD")
    assert git(committed.work, "rev-parse", "agentrec/sh-2") == head


def test_when_somebody_has_every_name(committed, monkeypatch):
    monkeypatch.setattr(worktree_location, "new_id", lambda program, **_: f"{program}-1")
    fill(committed.place, {"work-sh-1": None})
    with pytest.raises(OutputError, match="could not find a free branch name after 5 attempts"):
        committed.plan(agent="sh")
