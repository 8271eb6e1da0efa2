"""A branch from a run without snapshots: one that was imported, or that is encrypted.

Its files are those of a commit: the one that the agent's transcript names, or else the one that the
repository was at. What was not committed then is in no commit, which is said.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from agentrec.agents import AGENTS
from agentrec.branches.branch_point import Origin, point_of_files
from agentrec.branches.from_commit.commit_snapshot import snapshot_of_commit
from agentrec.companions.snapshots import event_data
from agentrec.errors import InputError
from agentrec.json_values import table, text
from agentrec.recording.events.fs import FsSnapshot
from agentrec.signatures.origin import signed_origin
from agentrec.snapshots.gitstore.git import query_repository
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.lookup import (
    RecordedSnapshot,
    labeled_time,
    named_time,
    recorded_snapshots,
)
from agentrec.snapshots.model import RefusedDirectoryError
from agentrec.snapshots.scan.workspace import workspace_of
from agentrec.times import NS_PER_SECOND, parse_rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.recording.reader import Recording

_SHOWN_DIGITS = 12
_HINT = "recordings with snapshots have the files of every point"


def why_from_commit(recording: Recording) -> str:
    """Why a branch of it has the files of a commit; empty for one with snapshots, whose files those are."""
    agents = {agent.name for agent in AGENTS.values()}
    imported = table(recording.header.get("imported"))
    why = "it is encrypted" if recording.encrypted else ""
    why = "it was imported" if text(imported.get("format")) in agents else why
    return "" if why and recorded_snapshots(recording) else why


def open_from_commit(recording: Recording, at: str | int | None, env: Mapping[str, str]) -> Origin:
    """The point at ``at``: a mark, a time, or the end. Raises InputError, SnapshotError, GitError."""
    t = min(_time(recording, at), recording.duration)  # a later commit has what came of it
    unknown = RecordedSnapshot("", 0, 0, "", FsSnapshot({}))
    point = point_of_files(recording, unknown, None, t)
    conversation = point.conversation or {}
    workspace = _workspace(text(conversation.get("cwd")) or text(recording.header.get("cwd")), env)
    began = parse_rfc3339(recording.header.get("created")) or 0
    commit, why = _commit(workspace, text(conversation.get("commit")), began + t)
    short = commit[:_SHOWN_DIGITS]
    note = f"the files are those of commit {short}, {why}; what was not committed is not in them"
    store = SnapshotStore.of(workspace, env)
    try:
        name = text(recording.header.get("id"))
        snapshot = snapshot_of_commit(store, commit, name, f"commit {short}", env)
        data = event_data(snapshot._asdict()) | {"store": store.name}
        recorded = RecordedSnapshot(short, point.t, 0, "", FsSnapshot(data))
        point = point._replace(recorded=recorded, notes=[note])
        path = os.path.abspath(recording.path)
        contents, signed = store.contents(snapshot), signed_origin(recording)
        return Origin(path, recording.header, point, snapshot, contents, store, signed)
    except BaseException:
        store.close()
        raise


def _time(recording: Recording, at: str | int | None) -> int:
    if at in (None, "last"):
        return recording.duration
    if isinstance(at, int):
        return at
    found = 0 if at == "first" else named_time(recording, at)
    found = labeled_time(recording, at) if found is None else found
    if found is None:
        raise InputError(
            f"{recording.name} has no point {at}",
            "it has no snapshots: use a time, a mark, or last",
        )
    return found


def _workspace(cwd: str, env: Mapping[str, str]) -> str:
    """The top of the repository that the session was in."""
    if not cwd:
        raise InputError("the session does not say in which directory it was", _HINT)
    try:
        workspace = workspace_of(cwd, env)
    except RefusedDirectoryError as error:
        raise InputError(f"no files of the session: {error}", error.hint or _HINT) from None
    if not query_repository(workspace, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
        raise InputError(
            f"no files of the session: {workspace} is not a git repository with commits",
            _HINT,
        )
    return workspace


def _commit(workspace: str, named: str, then: int) -> tuple[str, str]:
    """The commit of the time ``then`` (ns since 1970), and why this one. Raises InputError."""
    if re.fullmatch(r"[0-9a-f]{7,64}", named):
        if found := _query(workspace, "rev-parse", "--verify", "--quiet", named + "^{commit}"):
            return found, "which the session names"
        gone = f"commit {named[:_SHOWN_DIGITS]}, which the session names, is gone; this is "
    else:
        gone = ""
    seconds = then // NS_PER_SECOND
    lines = _query(workspace, "log", "-g", "--date=unix", "--format=%H %gd", "HEAD").splitlines()
    for line in lines:
        match = re.fullmatch(r"([0-9a-f]+) HEAD@\{(\d+)\}", line)
        if match and int(match[2]) <= seconds:
            second = "in that second" if int(match[2]) == seconds else "at that time"
            return match[1], f"{gone}where the repository was {second}"
    if before := _query(workspace, "rev-list", "-1", f"--before={seconds}", "HEAD"):
        return before, f"{gone}the last one before that time"
    raise InputError(f"no files of the session: {workspace} has no commit of its time", _HINT)


def _query(workspace: str, *words: str) -> str:
    return os.fsdecode(query_repository(workspace, *words) or b"").strip()
