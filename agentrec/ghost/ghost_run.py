"""What a ghost needs, taken from the recording that it plays again."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import InputError, OutputError, UsageError
from agentrec.gateway.dialects.known import GENERATE
from agentrec.gateway.recorded_calls import calls_of
from agentrec.ghost.recorded_answer import is_masked
from agentrec.json_values import JsonObject, text, words
from agentrec.redact import MASK
from agentrec.snapshots.lookup import recorded_snapshots
from agentrec.snapshots.restore.checkout import checkout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.gateway.recorded_calls import RecordedCall
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.lookup import RecordedSnapshot

RELATION = "ghost"


class GhostPlan(NamedTuple):
    """One ghost: what runs, where, and from which recording."""

    file: str
    id: str
    argv: list[str]
    # Where the recorded run's files were, and where these are to be; and where in there the agent works.
    directory_before: str
    directory: str
    inside: str
    snapshot: RecordedSnapshot | None
    calls: list[RecordedCall]
    # Whether recording was paused between these calls: what was asked then has no answer.
    has_gap: bool = False

    @property
    def cwd(self) -> str:
        """Where the agent is started."""
        return os.path.join(self.directory, self.inside) if self.inside else self.directory

    @property
    def parent(self) -> JsonObject:
        """For the header of the ghost's recording."""
        return {"id": self.id, "relation": RELATION}

    @property
    def masked(self) -> list[str]:
        """Spans of calls whose answers hold a mask: a ghost stops there."""
        return [call.span for call in self.calls if is_masked(call)]

    def as_json(self) -> JsonObject:
        """As a JSON object."""
        return {
            "id": self.id,
            "argv": self.argv,
            "directory": self.cwd,
            "snapshot": self.snapshot.id if self.snapshot else None,
            "calls": len(self.calls),
            "masked": self.masked,
        }


def plan_ghost(recording: Recording, argv: Sequence[str], directory: str) -> GhostPlan:
    """Return the plan for ``recording``; ``argv`` replaces its command if not empty.

    Raises InputError for a recording without model calls, UsageError for a command that is not known.
    """
    generated = [
        call
        for call in calls_of(recording.events(tracks=("llm",)))
        if call.request.operation == GENERATE
    ]
    if not generated:
        raise InputError(
            f"{recording.name} has no model calls", "record with --model-calls to play it again"
        )
    header = recording.header
    command = list(argv) or _recorded_command(header)
    snapshots = recorded_snapshots(recording)
    identity = text(header.get("id"))
    workspace, inside = workspace_of_run(text(header.get("cwd")), snapshots)
    return GhostPlan(
        os.path.abspath(recording.path),
        identity,
        command,
        workspace,
        os.path.abspath(directory or f"ghost-{identity}"),
        inside,
        snapshots[0] if snapshots else None,
        generated,
        _has_gap(recording, generated),
    )


def _has_gap(recording: Recording, calls: Sequence[RecordedCall]) -> bool:
    first, last = calls[0].seq, calls[-1].seq
    pauses = (event.seq for event in recording.events(tracks=("term",)) if event.kind == "paused")
    return any(first < seq < last for seq in pauses)


def workspace_of_run(cwd: str, snapshots: Sequence[RecordedSnapshot]) -> tuple[str, str]:
    """Return the directory that snapshots are of, and where in it the run was; else that directory."""
    workspace = snapshots[0].record.workspace if snapshots else ""
    if not workspace or os.path.commonpath([workspace, cwd or "/"]) != workspace:
        return cwd, ""
    inside = os.path.relpath(cwd, workspace)
    return workspace, "" if inside == os.curdir else inside


def _recorded_command(header: Mapping[str, object]) -> list[str]:
    argv = words(header.get("command"))
    if not argv or any(MASK in word for word in argv):
        what = "holds masked values" if argv else "is not known"
        raise UsageError(f"the recorded command {what}", "pass it: agentrec ghost FILE -- COMMAND")
    return argv


def make_directory(plan: GhostPlan, env: Mapping[str, str]) -> None:
    """Make the directory with the files of the first snapshot, and a repository if there was one.

    Raises OutputError or SnapshotError.
    """
    target = plan.directory
    try:
        os.makedirs(target, exist_ok=True)
        if os.listdir(target):
            raise OutputError(f"{target} is not empty", "choose another directory with --in")
    except OSError as error:
        raise OutputError(f"cannot create {target}: {error.strerror}") from None
    if plan.snapshot is None:
        return
    if plan.snapshot.record.head:
        _clone(plan.snapshot.record.workspace, plan.snapshot.record.head, target)
    store, snapshot = plan.snapshot.open(env)
    try:
        for path, why in checkout(store, snapshot, target):
            raise OutputError(f"cannot write {path}: {why}")
    finally:
        store.close()


def _clone(repository: str, commit: str, target: str) -> None:
    """Make a repository that shares the objects of the user's, at the recorded commit.

    What is shared is only read. Without it an agent would see another state than it did.
    """
    branch = _git(repository, "rev-parse", "--abbrev-ref", "HEAD") or "main"
    source = _git(repository, "rev-parse", "--absolute-git-dir")
    if not source:
        return
    _git(target, "clone", "-q", "--shared", "--no-checkout", source, target)
    _git(target, "remote", "remove", "origin")
    name = "main" if branch == "HEAD" else branch
    _git(target, "symbolic-ref", "HEAD", f"refs/heads/{name}")
    _git(target, "update-ref", f"refs/heads/{name}", commit)
    _git(target, "read-tree", commit)


def _git(folder: str, *arguments: str) -> str:
    """What git prints, or nothing if it fails."""
    env = {name: it for name, it in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
