"""Creates a branch: directory, files, conversation; and the command that runs the child.

Whatever is made is written down first, so that nothing is left of a branch that could not be completed.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.resume.resumption import discard_copies
from agentrec.branches import worktree
from agentrec.branches.call_replay import settings_of
from agentrec.branches.journal import BranchJournal, TakenError
from agentrec.branches.worktree_location import GIT
from agentrec.config import make_folders
from agentrec.errors import OutputError
from agentrec.recording.encryption.identities import VARIABLE as IDENTITIES
from agentrec.snapshots.restore.checkout import checkout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agentrec.branches.branch_plan import BranchPlan
    from agentrec.branches.journal import Claim
    from agentrec.json_values import JsonObject


class CreatedBranch(NamedTuple):
    """A branch that exists: its plan, and the file of its journal entry."""

    plan: BranchPlan
    entry_file: str


class ChildCommand(NamedTuple):
    """What runs the child and records it. ``env`` is all of its environment."""

    argv: list[str]
    env: dict[str, str]
    cwd: str


def create_branch(plan: BranchPlan) -> CreatedBranch:
    """Make what ``plan`` says and close its store. Raises AgentrecError; then nothing is left of it.

    TakenError: somebody has taken its id, directory or git branch since it was planned.
    """
    journal = BranchJournal(plan.env)
    try:
        with journal.lock():
            remove_killed(journal)
            claim = journal.claim(_entry(plan))
        try:
            _make(journal, claim, plan)
            return CreatedBranch(plan, claim.finish())
        except BaseException:
            with journal.lock():
                undo_claim(claim)
            raise
    finally:
        plan.close()


def child_command(created: CreatedBranch) -> ChildCommand:
    """The command that runs the child in its directory and records it."""
    plan = created.plan
    argv = recorder(created.entry_file, _record_command(plan))
    env = {**plan.env, **plan.resumption.env, "PWD": plan.cwd}
    env.pop(IDENTITIES, None)  # an option --identity has set it; the agent needs no private key
    return ChildCommand(argv, env, plan.cwd)


def recorder(entry_file: str, words: Iterable[str]) -> list[str]:
    """The command line that records the child of a journal entry; ``words`` are its options and command."""
    return [sys.executable, "-P", "-m", "agentrec", "record", "--parent", entry_file, *words]


def _record_command(plan: BranchPlan) -> list[str]:
    request = plan.request
    options = ["--headless"] if request.headless else []
    options += ["--title", request.fresh.name] if request.fresh else []
    options += ["--redact"] if plan.origin.header.get("redact") is True else []
    options += [word for key in plan.recipients for word in ("--encrypt-to", key)]
    options += ["-o", os.path.abspath(request.out)] if request.out else []
    return [*options, "--", *plan.argv]


def remove_unfinished(env: Mapping[str, str]) -> list[str]:
    """Remove what killed processes left unfinished; returns the ids."""
    journal = BranchJournal(env)
    if not os.path.isdir(journal.folder):
        return []
    with journal.lock():
        return remove_killed(journal)


def remove_tree(folder: str) -> None:
    """Remove a directory with everything in it, also where permissions forbid it. Raises OSError."""
    for path, _, _ in os.walk(folder):
        mode = os.lstat(path).st_mode
        if mode & 0o700 != 0o700:
            os.chmod(path, mode & 0o7777 | 0o700)
    shutil.rmtree(folder)


def _make(journal: BranchJournal, claim: Claim, plan: BranchPlan) -> None:
    hint = "choose another directory" if plan.request.worktree else ""
    make_directory(plan.worktree, plan.origin.workspace, claim, hint)
    if plan.start.kind == GIT:
        with journal.lock():
            remove_killed(journal)  # those that were killed since
            start = plan.start
            add_worktree(start.repository, plan.worktree, plan.branch, start.commit, claim)
            worktree.leave_sparse(start.repository, plan.worktree, plan.origin.contents.files)
    fresh, origin = plan.request.fresh, plan.origin
    if fresh and fresh.base_ref:
        worktree.check_out(plan.worktree, claim.fd)
        return
    for path, why in checkout(origin.store, origin.snapshot, plan.worktree):
        raise OutputError(f"cannot write {path}: {why}")
    plan.resumption.prepare()


def _entry(plan: BranchPlan) -> JsonObject:
    """What is written down, in the clear: of an encrypted branch not what was said."""
    return {
        "version": 1,
        "id": plan.id,
        "created": time.time_ns(),
        "parent": plan.parent | ({"message": ""} if plan.recipients else {}),
        "snapshot": {
            "store": plan.origin.store.name,
            "commit": plan.origin.snapshot.commit,
        },
        "kind": plan.start.kind,
        "repository": plan.start.repository,
        "commit": plan.start.commit,
        "branch": plan.branch,
        "worktree": plan.worktree,
        "cwd": plan.cwd,
        "copies": plan.resumption.files,
        "out": os.path.abspath(plan.request.out) if plan.request.out else "",
        **_fresh_entry(plan),
        **_replay(plan),
    }


def _replay(plan: BranchPlan) -> JsonObject:
    """What the child needs to replay calls."""
    if plan.replay is None:
        return {}
    inside = os.path.relpath(plan.cwd, plan.worktree)
    told = settings_of(plan.replay, plan.origin, plan.point.recorded.commit, plan.request.message)
    place = {"directory": plan.worktree, "inside": "" if inside == os.curdir else inside}
    return {"replay": told | place}


def _fresh_entry(plan: BranchPlan) -> JsonObject:
    """What runs it later, and makes it again: with the message, so only its owner can read the file."""
    fresh = plan.request.fresh
    return {"argv": _record_command(plan), "rerun": fresh.request} if fresh else {}


def make_directory(path: str, workspace: str, claim: Claim, hint: str = "") -> None:
    """Make the directory, as open to others as the workspace is. Raises TakenError, OutputError."""
    try:
        make_folders(os.path.dirname(path))
        os.mkdir(path, 0o700)
        status = os.lstat(path)
        claim.note({"folder": [status.st_dev, status.st_ino]})
        try:
            os.chmod(path, os.stat(workspace).st_mode & 0o777 | 0o700)
        except FileNotFoundError:
            return  # the workspace is gone
    except FileExistsError:
        claim.entry["worktree"] = ""  # it is not ours to remove
        raise _taken(path, hint) from None
    except OSError as error:
        raise OutputError(f"cannot create {path}: {error.strerror}") from None


def add_worktree(repository: str, path: str, branch: str, commit: str, claim: Claim) -> None:
    """Make the empty directory ``path`` a worktree on a new branch. Only under the journal's lock.

    Raises TakenError, GitError.
    """
    if worktree.branch_exists(repository, branch):
        claim.entry["branch"] = ""  # it is not ours to remove
        raise _taken(f"the git branch {branch}")
    claim.note({"adding": True})
    worktree.add(repository, path, branch, commit, claim.fd)


def _taken(what: str, hint: str = "") -> TakenError:
    return TakenError(
        f"{what} already exists (created after the plan was made)", hint or "try again"
    )


def remove_killed(journal: BranchJournal) -> list[str]:
    """Remove what killed processes left unfinished; returns the ids. Only under the journal's lock."""
    removed = []
    for claim in journal.killed():
        if os.path.exists(journal.path(claim.name)):
            claim.drop()  # killed when everything was there
            continue
        undo_claim(claim)
        removed.append(claim.name)
    return removed


def undo_claim(claim: Claim) -> None:
    """Remove everything of an unfinished branch. Only under the journal's lock."""
    entry = claim.entry
    discard_copies(_copies(entry))
    path, folder = str(entry.get("worktree", "")), entry.get("folder")
    try:
        status = os.lstat(path)
        if folder == [status.st_dev, status.st_ino]:
            remove_tree(path)
        elif "folder" not in entry:
            os.rmdir(path)  # made by a process that was killed before it could note that
    except OSError:
        pass  # it is not there, or not ours
    if entry.get("adding"):
        worktree.remove(str(entry["repository"]), path, str(entry["branch"]))
    claim.drop()


def _copies(entry: JsonObject) -> Iterable[str]:
    copies = entry.get("copies")
    return [path for path in copies if isinstance(path, str)] if isinstance(copies, list) else []
