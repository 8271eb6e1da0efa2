"""Creating a branch: all of it, or nothing."""

import json
import os
import resource
import signal

import pyrage
import pytest

from agentrec.branches.create import child_command, create_branch, remove_unfinished
from agentrec.branches.journal import TakenError
from agentrec.branches.plan_text import plan_lines
from agentrec.errors import AgentrecError
from tests.branches.helpers import fill, git, picture, repository, stub_agent
from tests.snapshots.helpers import taker

SECRET = "ghp_" + "a1B2" * 9


def test_secrets_of_a_message_are_in_no_file_and_in_no_line(bench):
    bench.step(1000, {"a": "1"})
    agent = stub_agent(bench.place, bench.env)
    found = bench.plan(message=f"use {SECRET} now", agent=agent)
    created = create_branch(found)
    assert SECRET not in "\n".join(plan_lines(created.plan))
    assert SECRET not in json.dumps(created.plan.as_json())
    with open(created.entry_file, encoding="utf-8") as file:
        assert SECRET not in file.read()
    assert "use *** now" in created.plan.parent["message"]


def test_the_command_of_the_child(bench, tmp_path):
    (bench.work / "sub").mkdir()
    bench.step(1000, {"sub/a": "1"})
    found = bench.plan(headless=True, out="child.ahr", extra=["-x"])
    child = child_command(create_branch(found))
    assert child.cwd == found.worktree == child.env["PWD"]
    assert child.argv[-5:] == ["--", "sh", "-c", "true", "-x"]
    assert child.argv[child.argv.index("-o") + 1] == os.path.abspath("child.ahr")
    assert "--headless" in child.argv


def test_a_branch_is_encrypted_as_the_setting_says(bench):
    """In the clear are its directories, and not what was said."""
    bench.step(1000, {"a": "1"})
    key = str(pyrage.x25519.Identity.generate().to_public())
    bench.env["AGENTREC_ENCRYPT_TO"] = key
    bench.env["AGENTREC_IDENTITY"] = "/somewhere/key"
    agent = stub_agent(bench.place, bench.env)
    found = bench.plan(message="a private remark", agent=agent)
    assert "encrypted  to 1 key" in plan_lines(found)
    assert found.as_json()["encrypt_to"] == [key]
    assert "-encrypted-" in found.id
    created = create_branch(found)
    with open(created.entry_file, encoding="utf-8") as file:
        assert "private remark" not in file.read()
    child = child_command(created)
    assert child.argv[child.argv.index("--encrypt-to") + 1] == key
    assert "AGENTREC_IDENTITY" not in child.env


def test_nothing_stays_of_what_fails(bench):
    """A file that cannot be written: the disk is full for real, as far as the process can tell."""
    bench.step(1000, {"a": "1", "big": b"x" * 200_000})
    found = bench.plan(agent="sh")
    before = picture(bench.place, skip=())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        with pytest.raises(AgentrecError, match="big"):
            create_branch(found)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)
    after = picture(bench.place, skip=())
    assert {path for path in after if path not in before} <= {
        b"data/agentrec/branches",
        b"data/agentrec/branches/lock",
    }
    assert remove_unfinished(bench.env) == []


def commit(bench):
    """Make the directory a repository with a commit."""
    git(bench.work, "init", "-q")
    git(bench.work, "commit", "-qm", "x", "--allow-empty")
    bench.takes.store.close()
    bench.takes = taker(bench.work, bench.place)


def left_over(bench, before):
    """What is there now and was not before, but for the journal's folder and lock."""
    ours = {b"data/agentrec/branches", b"data/agentrec/branches/lock"}
    return set(picture(bench.place, skip=())) - set(before) - ours


@pytest.mark.parametrize("what", ["directory", "git branch", "id"])
def test_what_somebody_takes_after_the_plan_is_not_touched(bench, what):
    """Neither is anything else left behind."""
    commit(bench)
    bench.step(1000, {"a": "1"})
    plan = bench.plan(agent="sh")
    if what == "directory":
        fill(bench.place, {f"{os.path.basename(plan.worktree)}/file": "theirs"})
    elif what == "git branch":
        git(bench.work, "branch", plan.branch)
    else:
        fill(bench.place, {f"data/agentrec/branches/{plan.id}.json": "theirs"})
    before, repo = picture(bench.place, skip=()), repository(bench.work / ".git")
    with pytest.raises(TakenError, match="already exists"):
        create_branch(plan)
    assert left_over(bench, before) == set()
    assert repository(bench.work / ".git") == repo
    assert remove_unfinished(bench.env) == []
    again = create_branch(bench.plan(agent="sh"))  # planned anew, it is another one
    assert again.plan.id != plan.id
    assert (bench.place / again.plan.worktree / "a").read_text() == "1"


def test_a_directory_that_the_user_named_and_somebody_takes(bench):
    bench.step(1000, {"a": "1"})
    plan = bench.plan(agent="sh", worktree=str(bench.place / "mine"))
    fill(bench.place, {"mine/file": "mine"})
    with pytest.raises(AgentrecError, match="created after the plan was made"):
        create_branch(plan)
    assert (bench.place / "mine/file").read_text() == "mine"
    assert os.listdir(bench.place / "mine") == ["file"]
