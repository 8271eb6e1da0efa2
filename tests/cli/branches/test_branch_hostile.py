"""Branching in repositories and from recordings that were made to do harm."""

import shutil

import pytest

from tests.branches.helpers import BranchDesk, fill, git, stub_agent


@pytest.fixture
def desk(tmp_path):
    desk = BranchDesk(tmp_path)
    git(desk.work, "init", "-q")
    fill(desk.work, {"a": "1\n"})
    git(desk.work, "add", ".")
    git(desk.work, "commit", "-qm", "x")
    return desk


def test_nothing_is_fetched_by_the_way(desk):
    """A repository can say that what it lacks is elsewhere, and which program gets it from there."""
    desk.record("echo 2 >>a; sleep 1")
    older = desk.place / "bin/git"  # those before 2.44 do not know GIT_NO_LAZY_FETCH
    fill(
        desk.place,
        {"bin/git": f'#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nexec {shutil.which("git")} "$@"'},
    )
    older.chmod(0o755)
    desk.env["PATH"] = f"{older.parent}:{desk.env['PATH']}"
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": "ssh://host/x",
        "core.sshCommand": "touch ../fetched; false",
    }.items():
        git(desk.work, "config", name, value)
    git(desk.work, "commit", "-q", "--amend", "-m", "y")
    git(desk.work, "reflog", "expire", "--expire=now", "--all")
    git(desk.work, "-c", "remote.origin.promisor=false", "prune", "--expire=now")
    said = desk.branch("--headless", "--agent", "true")[1]
    assert "is no longer in the repository" in said.stderr
    assert not (desk.place / "fetched").exists()


@pytest.mark.parametrize(
    "message", ["--help", "-x", "- one\n- two", "a 'b' \"c\" $(d) `e`\n\n\\", "é\u202e😀"]
)
def test_messages_that_look_like_something_else(desk, message):
    desk.record("sleep 0.6")
    agent = stub_agent(desk.place, desk.env)
    if message.startswith("-") and " " not in message:
        said = desk.branch("--headless", "--agent", agent, "-m", message, code=2)[1].stderr
        assert "--message=-x" in said
    entry, _ = desk.branch("--headless", "--agent", agent, f"--message={message}", "--", "-c", ":")
    assert entry["parent"]["message"] == message
    assert desk.header(entry["id"])["parent"]["message"] == message
