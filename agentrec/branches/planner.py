"""Working out everything that a branch would be, before anything is made. Only reads."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agentrec import recording_registry
from agentrec.branches import continuation, environment_diff, worktree_location
from agentrec.branches.branch_plan import BranchPlan, BranchRequest
from agentrec.branches.branch_point import find_point
from agentrec.capture.io import child
from agentrec.errors import UsageError
from agentrec.library.projects import project_of
from agentrec.snapshots.diff.rules_at import RulesAt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.branches.worktree_location import StartingPoint
    from agentrec.recording.reader import Recording


_MAX_MESSAGE_BYTES = 96 << 10  # bytes of a message: it is one word of a command line


def plan_branch(
    recording: Recording,
    at: str | int | None = None,
    *,
    message: str = "",
    agent: str = "",
    worktree: str = "",
    headless: bool = False,
    out: str = "",
    extra: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> BranchPlan:
    """What a branch of ``recording`` at ``at`` would be; nothing is written.

    ``at`` names a snapshot (s3), a moment (m12) or a time (``1:30``, or ns as a number); None is the end.
    ``agent`` names another program than the recorded one, ``worktree`` a directory that does not exist
    yet, ``out`` the child's file, ``extra`` more arguments for the agent. ``env`` is what the child will
    have (default: ours). The plan keeps the store open: ``make`` it, or ``plan.store.close()``.

    Raises InputError, UsageError, SnapshotError, and NotFoundError or CannotRunError for an agent that is
    not there.
    """
    env = dict(os.environ if env is None else env)
    _check(message)
    point = find_point(recording, at)
    store, snapshot = point.kept.open(env)
    try:
        contents = store.contents(snapshot)
        workspace = snapshot.workspace
        base = worktree_location.starting_point(workspace, str(snapshot.more.get("head", "")))
        bare = BranchPlan(
            wish=BranchRequest(message, agent, worktree, headless, out, tuple(extra)),
            id="",
            recording=os.path.abspath(recording.path),
            header=recording.header,
            point=point,
            snapshot=snapshot,
            base=base,
            project=_project(recording.header, base, workspace),
            worktree="",
            branch="",
            cwd="",
            going_on=continuation.NOTHING,
            differing=environment_diff.changed_variables(recording.header, env, headless=headless),
            missing=environment_diff.missing_programs(
                point.programs, workspace, contents, env.get("PATH")
            ),
            absent=environment_diff.left_out_entries(
                workspace, contents, RulesAt(contents, store.objects)
            ),
            warnings=[*point.words, *([base.note] if base.note else [])],
            store=store,
            contents=contents,
            env=env,
        )
        return named_anew(bare)
    except BaseException:
        store.close()
        raise


def named_anew(bare: BranchPlan) -> BranchPlan:
    """The same with a new name, its directory, and the command that fits them."""
    wish, warnings = bare.wish, list(bare.warnings)
    program = continuation.program(bare.header, bare.point.conversation, wish.agent)
    name = recording_registry.new_id(program)
    folder, word = worktree_location.worktree_for(
        wish.worktree, bare.snapshot.workspace, bare.project, name, bare.env
    )
    inner, lost = _cwd(bare)
    cwd = os.path.join(folder, inner) if inner else folder
    talk = bare.point.conversation
    talk = None if talk is None else {**talk, "workspace": bare.snapshot.workspace}
    found = continuation.plan_continuation(bare.header, talk, wish, cwd, bare.env)
    _find(found.argv[0], inner, bare)
    told = [text for text in (word, lost) if text and text not in warnings]
    return replace(
        bare,
        id=name,
        worktree=folder,
        branch=worktree_location.BRANCH_PREFIX + name
        if bare.base.kind == worktree_location.GIT
        else "",
        cwd=cwd,
        going_on=found,
        warnings=warnings + told,
    )


def _check(message: str) -> None:
    if "\0" in message:
        raise UsageError("a message cannot hold a NUL")
    if len(message.encode(errors="surrogateescape")) > _MAX_MESSAGE_BYTES:
        raise UsageError(
            f"the message is longer than {_MAX_MESSAGE_BYTES >> 10} KiB", "put it into a file"
        )


def _project(header: Mapping[str, Any], base: StartingPoint, workspace: str) -> str:
    """What the work is called: branches of branches keep the first one's name."""
    parent = header.get("parent")
    if isinstance(parent, dict) and isinstance(parent.get("project"), str):
        return str(parent["project"])
    root = project_of(base.repository) if base.repository else workspace
    return os.path.basename(root) or "work"


def _cwd(bare: BranchPlan) -> tuple[str, str]:
    """Where in the workspace the child starts ("" for its root), and a word if that is another place."""
    said = continuation.directory(bare.header, bare.point.conversation)
    inner = os.path.relpath(said, bare.snapshot.workspace) if os.path.isabs(said) else os.curdir
    if inner == os.curdir:
        return "", ""
    if inner.split(os.sep)[0] == os.pardir:
        return (
            "",
            f"it ran in {said}, outside the workspace: it starts at the top of the new directory",
        )
    if inner not in bare.contents.folders:
        return (
            "",
            f"there is no {inner}/ in the snapshot: it starts at the top of the new directory",
        )
    return inner, ""


def _find(program: str, inner: str, bare: BranchPlan) -> None:
    """Raises NotFoundError or CannotRunError for a program that will not be there."""
    if os.path.dirname(program) and not os.path.isabs(program):
        entry = bare.contents.files.get(os.path.normpath(os.path.join(inner, program)))
        if entry is None:
            raise child.NotFoundError(f"{program}: not in the snapshot {bare.point.kept.id}")
        if not entry.mode & 0o111:
            raise child.CannotRunError(f"{program}: not executable in {bare.point.kept.id}")
        return
    child.find(program, bare.env.get("PATH"))
