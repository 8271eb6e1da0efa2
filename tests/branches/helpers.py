"""A user's desk with a recording to branch from, and what the user's repository is made of."""

import json
import subprocess
import sys
import time
from pathlib import Path

from agentrec.branches.branch_plan import BranchRequest
from agentrec.branches.planner import plan_branch
from agentrec.companions.snapshots import event_data
from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer
from tests.cli.test_snapshots import ME, Desk
from tests.snapshots.helpers import environment, fill, git, picture, taker

__all__ = ["ME", "MS", "Bench", "BranchDesk", "files", "fill", "git", "picture", "repository"]

MS = 1_000_000

# What `agentrec branch` announces and makes in a repository.
OURS = (b"worktrees", b"refs/heads/agentrec", b"logs/refs/heads/agentrec")


def repository(folder, *, without=()):
    """Everything in a repository's own directory but what is below ``without``."""
    found = picture(folder, skip=())
    return {
        path: what
        for path, what in found.items()
        if not any(path == top or path.startswith(top + b"/") for top in without)
    }


def files(folder):
    """What a snapshot promises of a directory that may be a worktree."""
    return {path: what for path, what in picture(folder).items() if path != b".git"}


class BranchDesk(Desk):
    """Runs `agentrec branch` and knows where things went."""

    def __init__(self, tmp_path):
        super().__init__(tmp_path)
        self.place = tmp_path
        # Wherever a test is started from, no outer repository is asked.
        self.env |= {"GIT_CEILING_DIRECTORIES": str(tmp_path)}

    @property
    def journal(self):
        return self.place / ".local/share/agentrec/branches"

    def branch(self, *options, code=0, file=None, **more):
        """The entry of the journal, the child's header, and what was said."""
        before = self.made()
        done = self.agentrec("branch", file or self.file, *options, code=code, **more)
        new = [entry for name, entry in self.made().items() if name not in before]
        return (new[0] if new else None), done

    def at(self, label):
        """The id of the snapshot with that label, or of the one that had the same files already."""
        for event in self.events():
            if event.kind in ("snapshot", "moment") and event.data["label"] == label:
                return event.data.get("snapshot") or event.data["id"]
        raise AssertionError(f"no snapshot was labelled {label}")

    def made(self):
        files = self.journal.glob("*.json") if self.journal.is_dir() else ()
        return {file.stem: json.loads(file.read_text()) for file in files}

    def header(self, name):
        """Of a recording in the data directory."""
        (path,) = (self.place / ".local/share/agentrec/recordings").rglob(f"{name}.ahr")
        with Recording.open(str(path)) as recording:
            return recording.header

    def nodes(self, *args):
        return json.loads(self.agentrec("branches", "--json", *args).stdout)

    def start(self, *args, **options):
        """An agentrec that is not waited for."""
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "agentrec", *map(str, args)],
            env=self.env | options.pop("env", {}),
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )


def stub_agent(place, env, does='exec sh "$@"', name="pi"):
    """A shell script with the name of an agent, found first on PATH."""
    fill(place, {f"bin/{name}": f"#!/bin/sh\n{does}\n"})
    (place / "bin" / name).chmod(0o755)
    env["PATH"] = f"{place}/bin:{env['PATH']}"
    return name


def wait_for(condition):
    """Until it is true; a minute is more than any of it takes."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.002)


def worktrees(place):
    """Directories beside the workspace that branches made."""
    return sorted(path for path in Path(place).iterdir() if path.name.startswith("work-"))


def script(*steps):
    """A shell script that keeps the files, and a copy of them beside, after each step."""
    lines = []
    for number, step in enumerate(steps, 1):
        lines += [step, f"{ME} snapshot step{number} >/dev/null || exit 9"]
        lines += [f"cp -a . ../then{number}"]
    return "\n".join(lines)


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
            found = plan_branch(recording, at, BranchRequest(**options), env=self.env)
        found.close()
        return found

    def close(self):
        if self.writer is not None:
            self.writer.close()
            self.takes.store.close()
