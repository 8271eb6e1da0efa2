"""Branches of imported sessions: which commit their files are of, and what is said about it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from agentrec.branches.branch_plan import BranchRequest
from agentrec.branches.planner import plan_branch
from agentrec.cli.main import main
from agentrec.errors import InputError
from agentrec.imports.session_import import import_session
from agentrec.imports.stored_sessions import stored_sessions
from agentrec.recording.append import append_moment
from agentrec.recording.reader import Recording

START = 1_769_853_600  # 2026-01-31T10:00:00Z
ME = {f"GIT_{role}_{what}": "a@b" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
LONG_AGO = "f" * 40


class Desk:
    """A session of Codex, in a repository with commits at times of our choice."""

    def __init__(self, folder):
        self.work, self.folder = folder / "work", folder
        self.work.mkdir()
        program = folder / "bin" / "codex"
        program.parent.mkdir()
        program.symlink_to("/bin/true")
        self.env = {
            "HOME": str(folder / "home"),
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "XDG_DATA_HOME": str(folder / "data"),
        }
        self.git("init", "-q")

    def git(self, *words, at=START):
        env = (
            os.environ | ME | {f"GIT_{who}_DATE": f"{at} +0000" for who in ("AUTHOR", "COMMITTER")}
        )
        done = subprocess.run(
            ["git", *words], cwd=self.work, env=env, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def commit(self, text, at):
        (self.work / "file.txt").write_text(text)
        self.git("add", ".")
        self.git("commit", "-qm", text, at=at)
        return self.git("rev-parse", "HEAD")

    def session(self, commit=None):
        """Two prompts and two answers, a minute apart."""
        meta = {"id": "i" * 36, "cwd": str(self.work)}
        meta |= {"git": {"commit_hash": commit}} if commit else {}
        lines = [("session_meta", meta), ("turn_context", {"model": "m", "cwd": str(self.work)})]
        for number in (1, 2):
            prompt = {"type": "user_message", "message": f"prompt {number}"}
            content = [{"type": "output_text", "text": f"answer {number}"}]
            answer = {"type": "message", "role": "assistant", "content": content}
            lines += [("event_msg", prompt), ("response_item", answer)]
            lines.append(("event_msg", {"type": "task_complete"}))
        folder = self.folder / "home" / ".codex" / "sessions"
        folder.mkdir(parents=True)
        with (folder / f"rollout-2026-01-31T10-00-00-{'i' * 36}.jsonl").open("w") as file:
            for number, (kind, payload) in enumerate(lines):
                at = datetime.fromtimestamp(START + 60 * number, UTC).isoformat()
                file.write(json.dumps({"timestamp": at, "type": kind, "payload": payload}) + "\n")
        (session,) = stored_sessions("codex", self.env)
        return import_session(session, self.env).path

    def plan(self, path, at=None):
        with Recording.open(path) as recording:
            plan = plan_branch(recording, at, BranchRequest("go on", headless=True), env=self.env)
        plan.close()
        return plan


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_the_commit_that_the_session_names(desk):
    named = desk.commit("one", START - 100)
    desk.commit("two", START + 1)
    plan = desk.plan(desk.session(named))
    assert plan.start.commit == named
    note = f"the files are those of commit {named[:12]}, which the session names; "
    assert plan.warnings == [note + "what was not committed is not in them"]
    assert set(plan.origin.contents.files) == {"file.txt"}
    assert plan.origin.point.recorded.id == plan.parent["snapshot"] == named[:12]
    assert plan.origin.point.conversation["query"] == "prompt 2"


@pytest.mark.parametrize(("at", "index", "query"), [("3:10", 0, "prompt 1"), (None, 1, "prompt 2")])
def test_where_the_repository_was_at_that_time(desk, at, index, query):
    commits = [desk.commit("one", START - 100), desk.commit("two", START + 300)]
    plan = desk.plan(desk.session(LONG_AGO), at)
    assert plan.start.commit == commits[index]
    assert plan.origin.point.conversation["query"] == query
    assert plan.warnings[0].startswith(
        f"the files are those of commit {commits[index][:12]}, commit {LONG_AGO[:12]}, which the "
        "session names, is gone; this is where the repository was at that time"
    )


def test_a_repository_that_was_cloned_later(desk):
    """Its log of where it was begins too late; the history does not."""
    old = desk.commit("one", START - 100)
    desk.commit("two", START + 9999)
    shutil.rmtree(desk.work / ".git/logs")
    plan = desk.plan(desk.session())
    assert plan.start.commit == old
    assert "the last one before that time" in plan.warnings[0]


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (lambda desk: None, "is not a git repository with commits"),
        (lambda desk: desk.commit("late", START + 9999), "has no commit of its time"),
        (lambda desk: desk.work.rename(desk.folder / "moved"), "is not a directory"),
    ],
)
def test_no_files_is_an_error_that_says_why(desk, prepare, why):
    path = desk.session()
    prepare(desk)
    with pytest.raises(InputError, match=f"no files of the session: .*{why}"):
        desk.plan(path)


def test_a_time_after_the_end_is_the_end(desk):
    commits = [desk.commit("one", START - 100), desk.commit("what came of it", START + 3000)]
    plan = desk.plan(desk.session(), "1:30:00")
    assert plan.start.commit == commits[0]


def test_where_to_branch_from_is_said(desk, capsys):
    path = desk.session()
    assert main(["branch-points", path]) == 0
    assert capsys.readouterr().out == (
        "no marks or snapshots in this recording: it was imported, branch from a time or its end\n"
    )
    append_moment(path, 0, "here", "manual")
    assert main(["branch-points", path]) == 0
    assert capsys.readouterr().out.endswith(
        "no snapshots in this recording: it was imported, a branch has the files of a commit\n"
    )


def test_a_point_that_is_not_there(desk):
    desk.commit("one", START - 100)
    with pytest.raises(InputError, match="has no point s3"):
        desk.plan(desk.session(), "s3")


def test_a_second_branch_takes_no_second_snapshot(desk):
    desk.commit("one", START - 100)
    path = desk.session()
    assert desk.plan(path).origin.snapshot == desk.plan(path).origin.snapshot


def test_a_commit_of_the_same_second_is_called_that(desk):
    """Git keeps seconds: it may have been made a moment after that time."""
    desk.commit("one", START - 100)
    commit = desk.commit("two", START + 180)
    plan = desk.plan(desk.session(), "2:00")
    assert plan.start.commit == commit
    assert "where the repository was in that second" in plan.warnings[0]
