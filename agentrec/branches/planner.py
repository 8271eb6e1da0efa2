"""Works out everything about a branch before anything is made. Only reads."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.branches import call_replay, continuation
from agentrec.branches.branch_plan import BranchPlan, BranchRequest
from agentrec.branches.branch_point import open_origin
from agentrec.branches.environment_diff import compare_environment
from agentrec.branches.from_commit.commit_origin import open_from_commit, why_from_commit
from agentrec.branches.worktree_location import choose_location, commit_point, starting_point
from agentrec.capture.io import child
from agentrec.errors import UsageError
from agentrec.library.projects import project_of
from agentrec.recording.encryption.recipients import NO_PROGRAM, recipients_for, refuse_setting
from agentrec.recording.rewrite import recipients_for_copy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.branches.branch_point import Origin
    from agentrec.branches.worktree_location import StartingPoint
    from agentrec.recording.reader import Recording

# The message is one word of a command line.
_MAX_MESSAGE_BYTES = 96 << 10
_DEFAULTS = BranchRequest()


def plan_branch(
    recording: Recording,
    at: str | int | None = None,
    request: BranchRequest = _DEFAULTS,
    *,
    env: Mapping[str, str] | None = None,
) -> BranchPlan:
    """What a branch of ``recording`` at ``at`` would be; nothing is written.

    ``at`` names a snapshot (s3), a mark (m12) or a time (``1:30``, or ns as a number); None is the end.
    ``env`` is the environment of the child (default: ours). The plan keeps the snapshot store open: pass it
    to ``create_branch``, or close it.

    The branch of an encrypted recording is encrypted to the same recipients.

    Raises InputError, UsageError, SnapshotError, NotFoundError or CannotRunError for an agent that is not
    there, and OutputError for an encrypted recording that has lost its recipients.
    """
    env = dict(os.environ if env is None else env)
    if request.fresh:
        # What is kept of it outside of its recording has the message.
        refuse_setting("a rerun", env)
    _check_message(request.message)
    continuation.check_again(request)
    origin = (open_from_commit if why_from_commit(recording) else open_origin)(recording, at, env)
    try:
        return _plan(recording, origin, request, env)
    except BaseException:
        origin.store.close()
        raise


def _plan(
    recording: Recording, origin: Origin, request: BranchRequest, env: Mapping[str, str]
) -> BranchPlan:
    recipients = recipients_for_copy(recording) or recipients_for(None, env)
    replay = call_replay.plan_replay(recording, origin, request, encrypted=bool(recipients))
    if replay is not None:
        origin = call_replay.starting_at_first(recording, origin)
    fresh = request.fresh
    if fresh and fresh.base_ref:
        start = commit_point(origin.workspace, fresh.base_ref)
    else:
        start = starting_point(origin.workspace, str(origin.snapshot.more.get("head", "")))
    project = _project(origin, start)
    program = NO_PROGRAM if recipients else continuation.program(origin, request)
    location = choose_location(
        request.worktree,
        origin.workspace,
        project,
        program,
        start,
        env,
        fresh.name if fresh else "",
    )
    subdirectory, moved = _subdirectory(origin)
    cwd = os.path.join(location.worktree, subdirectory) if subdirectory else location.worktree
    if replay is not None:
        resumption = call_replay.resumption(replay, origin, request)
    else:
        resumption = continuation.plan_continuation(origin, request, cwd, env)
    _check_program(resumption.argv[0], subdirectory, origin, env)
    notes = (*origin.point.notes, start.note, location.note, moved)
    return BranchPlan(
        request=request,
        origin=origin,
        start=start,
        location=location,
        project=project,
        cwd=cwd,
        resumption=resumption,
        environment=compare_environment(origin, env, headless=request.headless),
        warnings=list(dict.fromkeys(note for note in notes if note)),
        env=env,
        replay=replay,
        recipients=tuple(recipients),
    )


def _check_message(message: str) -> None:
    if "\0" in message:
        raise UsageError("the message contains a NUL character")
    if len(message.encode(errors="surrogateescape")) > _MAX_MESSAGE_BYTES:
        raise UsageError(
            f"the message is longer than {_MAX_MESSAGE_BYTES >> 10} KiB", "put it into a file"
        )


def _project(origin: Origin, start: StartingPoint) -> str:
    """What the work is called: branches of branches keep the first one's name."""
    parent = origin.header.get("parent")
    if isinstance(parent, dict) and isinstance(parent.get("project"), str):
        return str(parent["project"])
    root = project_of(start.repository) if start.repository else origin.workspace
    return os.path.basename(root) or "work"


def _subdirectory(origin: Origin) -> tuple[str, str]:
    """Where in the workspace the child starts ("" for its root), and a note if it ran elsewhere."""
    ran_in = continuation.directory(origin)
    inner = os.path.relpath(ran_in, origin.workspace) if os.path.isabs(ran_in) else os.curdir
    if inner == os.curdir:
        return "", ""
    instead = "the branch starts at the top of the new directory"
    if inner.split(os.sep)[0] == os.pardir:
        return "", f"it ran in {ran_in}, outside the workspace: {instead}"
    if inner not in origin.contents.folders:
        return "", f"the snapshot has no {inner}/: {instead}"
    return inner, ""


def _check_program(program: str, subdirectory: str, origin: Origin, env: Mapping[str, str]) -> None:
    """Raises NotFoundError or CannotRunError for a program that will not be there."""
    if not os.path.dirname(program) or os.path.isabs(program):
        child.find(program, env.get("PATH"))
        return
    entry = origin.contents.files.get(os.path.normpath(os.path.join(subdirectory, program)))
    snapshot_id = origin.point.recorded.id
    if entry is None:
        raise child.NotFoundError(f"{program}: not in the snapshot {snapshot_id}")
    if not entry.mode & 0o111:
        raise child.CannotRunError(f"{program}: not executable in {snapshot_id}")
