"""What a branch would be: worked out from a recording and a directory, without making anything."""

import json
import os
import resource
import signal

import pytest

from agentrec.branches.create import child_command, create_branch, remove_unfinished
from agentrec.branches.plan_text import describe
from agentrec.branches.planner import plan_branch
from agentrec.capture.io.child import CannotRunError, NotFoundError
from agentrec.companions.snapshots import event_data
from agentrec.errors import AgentrecError, InputError, UsageError
from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer
from tests.branches.helpers import fill, git, picture
from tests.snapshots.helpers import environment, taker

SECRET = "ghp_" + "a1B2" * 9
MS = 1_000_000


class Bench:
    """A directory, its snapshots, and a recording that names them."""

    def __init__(self, tmp_path, **header):
        self.place, self.work = tmp_path, tmp_path / "work"
        self.work.mkdir()
        self.env = environment(tmp_path) | {"TERM": "xterm", "LANG": "C"}
        self.file = str(tmp_path / "run.ahr")
        about = {"id": "run", "command": ["sh", "-c", "true"], "cwd": str(self.work)}
        self.writer = Writer(self.file, about | header)
        self.writer.start()
        self.takes = taker(self.work, tmp_path)

    def step(self, t, files, **more):
        fill(self.work, files)
        snapshot, new = self.takes.take("step")
        assert new
        data = event_data(snapshot._asdict() | {"more": more})
        self.event(t, "fs", "snapshot", data | {"store": self.takes.store.name, "took_ms": 1})

    def event(self, t, track, kind, data, **links):
        self.writer.event(t * MS, track, kind, data, **links)

    def plan(self, at=None, **options):
        if self.writer is not None:
            self.writer.close()
            self.takes.store.close()
            self.writer = None
        with Recording.open(self.file) as recording:
            found = plan_branch(recording, at, env=self.env, **options)
        found.store.close()
        return found


@pytest.fixture
def bench(tmp_path):
    made = Bench(tmp_path)
    yield made
    if made.writer is not None:
        made.writer.close()
        made.takes.store.close()


def test_points_by_name_and_time(bench):
    bench.step(1000, {"a": "1"})
    bench.event(1500, "mark", "moment", {"label": "between", "source": "cli"})
    bench.step(2000, {"b": "2"})
    bench.event(3000, "mark", "note", {"text": "later"})
    for at, name, t in (
        (None, "s2", 3000),
        ("s1", "s1", 1000),
        ("m1", "s1", 1500),
        ("0:01.7", "s1", 1700),
        (2_500 * MS, "s2", 2500),
        (0, "s1", 1000),
    ):
        found = bench.plan(at)
        assert (found.point.kept.id, found.point.t // MS) == (name, t)
        assert found.parent["at_ns"] == t * MS
    assert bench.plan("m1").warnings == ["taking s1, 0.5 s before m1"]
    assert bench.plan(0).warnings == ["there is no snapshot before 0.0 s; taking the first, s1"]
    with pytest.raises(InputError, match="no snapshot s9"):
        bench.plan("s9")


def test_secrets_of_a_message_are_in_no_file_and_in_no_line(bench):
    bench.step(1000, {"a": "1"})
    found = bench.plan(message=f"use {SECRET} now", agent="sh")
    made = create_branch(found)
    assert SECRET not in "\n".join(describe(made.plan))
    assert SECRET not in json.dumps(made.plan.as_json())
    with open(made.journal, encoding="utf-8") as file:
        assert SECRET not in file.read()
    assert "use *** now" in made.plan.parent["message"]


def test_the_command_of_the_child(bench, tmp_path):
    (bench.work / "sub").mkdir()
    bench.step(1000, {"sub/a": "1"})
    found = bench.plan(headless=True, out="child.ahr", extra=["-x"])
    child = child_command(create_branch(found))
    assert child.cwd == found.worktree == child.env["PWD"]
    assert child.argv[-5:] == ["--", "sh", "-c", "true", "-x"]
    assert child.argv[child.argv.index("-o") + 1] == os.path.abspath("child.ahr")
    assert "--headless" in child.argv


@pytest.mark.parametrize("message", ["a\0b", "x" * 200_000])
def test_messages_that_cannot_be_given(bench, message):
    bench.step(1000, {"a": "1"})
    with pytest.raises(UsageError, match="message"):
        bench.plan(message=message)


def test_programs_of_the_directory(bench):
    bench.writer.close()
    bench.takes.store.close()
    os.unlink(bench.file)
    bench.writer = Writer(
        bench.file, {"id": "run", "command": ["./tool"], "cwd": str(bench.work / "sub")}
    )
    bench.writer.start()
    bench.step(1000, {"sub/tool": "#!/bin/sh\n", "other": ""})
    os.chmod(bench.work / "sub/tool", 0o755)
    bench.step(2000, {"sub/x": ""})
    with pytest.raises(CannotRunError, match="not executable in s1"):
        bench.plan("s1")
    found = bench.plan("s2")
    assert found.cwd == os.path.join(found.worktree, "sub")
    assert found.argv == ["./tool"]
    with pytest.raises(NotFoundError):
        bench.plan("s2", agent="nobody-has-this")


def test_a_masked_command_is_not_run(tmp_path):
    bench = Bench(tmp_path, command=["tool", "--token", "***"])
    bench.step(1000, {"a": "1"})
    with pytest.raises(UsageError, match="masked"):
        bench.plan()
    assert bench.plan(agent="sh").argv == ["sh"]


def test_an_agent_that_had_not_been_told_anything(tmp_path):
    bench = Bench(tmp_path, command=["codex", "--model", "m", "old words"])
    fill(tmp_path, {"bin/codex": "#!/bin/sh\n"})
    os.chmod(tmp_path / "bin/codex", 0o755)
    bench.env["PATH"] = f"{tmp_path}/bin:{bench.env['PATH']}"
    bench.step(1000, {"a": "1"})
    found = bench.plan(message="new words", headless=True)
    assert found.method == "none"
    assert "nothing had been said" in found.fidelity
    assert found.argv[0] == "codex"
    assert "old words" not in found.argv
    assert found.argv[-1] == "new words"


def test_an_agent_that_was_started_later(tmp_path):
    """From a recorded shell, in a directory below: it goes on there, the shell does not."""
    bench = Bench(tmp_path, command=["bash"])
    fill(tmp_path, {"bin/aider": "#!/bin/sh\n"})
    os.chmod(tmp_path / "bin/aider", 0o755)
    bench.env["PATH"] = f"{tmp_path}/bin:{bench.env['PATH']}"
    started = {"agent": "aider", "session_id": "x", "argv": ["aider", "--model", "m"]}
    bench.event(100, "agent", "session", started)
    bench.event(200, "agent", "message", {"role": "user", "text": "first words"}, actor="user")
    told = {
        "session_id": "x",
        "transcript": "/none",
        "cwd": str(bench.work / "sub"),
        "role": "user",
    }
    bench.event(300, "agent", "conversation", told, actor="aider")
    bench.step(1000, {"sub/a": "1"}, at_seq=2, conversation=2)
    bench.event(1500, "agent", "message", {"role": "user", "text": "second"}, actor="user")
    bench.event(1600, "agent", "conversation", told, actor="aider")
    found = bench.plan("s1", message="new words", headless=True)
    assert found.method == "replayed-prompts"
    assert found.argv[0] == "aider"
    assert found.cwd == os.path.join(found.worktree, "sub")
    assert "first words" in found.argv[-1]
    assert "second" not in found.argv[-1]
    assert found.argv[-1].endswith("new words")
    assert found.parent["at_seq"] == 3
    assert "second" in bench.plan(message="new words", headless=True).argv[-1]
    with pytest.raises(UsageError, match="message"):
        bench.plan("s1", headless=True)
    other = bench.plan("s1", agent="sh")
    assert (other.method, other.argv) == ("none", ["sh"])


def test_what_is_left_out_and_what_is_missing(bench):
    fill(bench.work, {".gitignore": "build/\n", "build/x": "", "node_modules/y": "", "kept": ""})
    git(bench.work, "init", "-q")
    bench.takes.store.close()
    bench.takes = taker(bench.work, bench.place)
    ran = [
        ("never-heard-of", "/"),
        ("/nowhere/at/all", "/"),
        ("./build/x", str(bench.work)),
        ("./kept", str(bench.work)),
        ("-sh", "/"),
        ("nginx: worker", "/"),
    ]
    for name, cwd in ran:
        bench.event(500, "sys", "process", {"argv": [name], "cwd": cwd})
    bench.event(500, "sys", "process", {"argv": ["python3", "./build/x"], "cwd": str(bench.work)})
    bench.step(1000, {})
    found = bench.plan("s1", agent="sh")
    assert found.missing == ["never-heard-of", "/nowhere/at/all", "build/x"]
    assert found.absent == ["build/", "node_modules/"]
    assert found.base.kind == "plain"  # nothing is committed


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


def test_a_name_that_somebody_has(bench):
    """Directory and branch of another are never taken: the next name is tried."""
    git(bench.work, "init", "-q")
    git(bench.work, "commit", "-qm", "x", "--allow-empty")
    bench.takes.store.close()
    bench.takes = taker(bench.work, bench.place)
    bench.step(1000, {"a": "1"})
    found = bench.plan(agent="sh")
    os.mkdir(found.worktree)
    made = create_branch(found)
    assert made.plan.id != found.id
    assert os.listdir(found.worktree) == []
    other = bench.plan(agent="sh")
    git(bench.work, "branch", other.branch)
    again = create_branch(other)
    assert again.plan.branch != other.branch
    assert not os.path.exists(other.worktree)
    assert git(bench.work, "rev-parse", other.branch) == git(bench.work, "rev-parse", "HEAD")
    fixed = bench.plan(agent="sh", worktree=str(bench.place / "mine"))
    fill(bench.place, {"mine/file": "mine"})
    with pytest.raises(AgentrecError, match="exists by now"):
        create_branch(fixed)
    assert (bench.place / "mine/file").read_text() == "mine"
