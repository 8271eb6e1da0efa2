"""Removes a branch's worktree: directory, worktree entry and git branch. Recordings stay.

Only what this machine's journal says was made is removed, never what a recording says.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches import worktree
from agentrec.branches.create import remove_tree, remove_unfinished
from agentrec.branches.journal import BranchJournal
from agentrec.branches.worktree_location import GIT
from agentrec.errors import AgentrecError, InputError, OutputError, UsageError
from agentrec.library.resolve import resolve
from agentrec.recording.reader import Recording
from agentrec.snapshots.diff.compare import changed_files
from agentrec.snapshots.gitstore.pack import NameOnlySink
from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
from agentrec.snapshots.manifest import contents_of
from agentrec.snapshots.model import SnapshotError
from agentrec.snapshots.scan.scanner import TreeScanner
from agentrec.snapshots.scan.snapshot_rules import load_rules
from agentrec.snapshots.scan.workspace import store_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.json_values import JsonObject
    from agentrec.snapshots.manifest import Contents

# Stands in the entry of a branch whose removal has begun.
REMOVING = "removing"
_NAMED_FILES = 3


class Removal(NamedTuple):
    """What a removal would take away.

    ``exists`` is whether the directory exists and still is the one that was made. ``changed`` are files in
    it that no snapshot has as they are, ``commits`` counts those of its branch that are nowhere else.
    """

    entry: JsonObject
    exists: bool
    changed: list[str]
    commits: int

    @property
    def loses(self) -> str:
        """What would be lost, in words; empty when nothing would."""
        parts = []
        if self.changed:
            names, more = self.changed[:_NAMED_FILES], len(self.changed) - _NAMED_FILES
            listed = ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
            parts.append(f"no snapshot has the current version of {listed}")
        if self.commits:
            count = "1 commit" if self.commits == 1 else f"{self.commits} commits"
            verb = "is" if self.commits == 1 else "are"
            parts.append(f"{count} of {self.entry['branch']} {verb} nowhere else")
        return "; ".join(parts)


def find_branch(name: str, env: Mapping[str, str]) -> JsonObject:
    """The journal's entry of the branch that ``name`` (an id, its end, or the child's file) means.

    Raises InputError.
    """
    remove_unfinished(env)
    entries = {str(entry["id"]): entry for entry in BranchJournal(env).all()}
    matches = [one for one in entries if one == name]
    matches = matches or [one for one in entries if one.endswith(f"-{name}")]
    if not matches:
        child = _id_of(resolve(name, env))
        matches = [one for one in entries if one == child]
    if len(matches) == 1:
        return entries[matches[0]]
    if matches:
        raise InputError(f"{name} is ambiguous: {', '.join(matches)}")
    raise InputError(
        f"no worktree on this machine belongs to {name}", "`agentrec branches` lists them"
    )


def plan_removal(entry: JsonObject, env: Mapping[str, str]) -> Removal:
    """What removing that branch would take away, and lose. Raises UsageError where it is in use."""
    path = str(entry.get("worktree", ""))
    if _is_being_recorded(entry, env):
        raise UsageError(f"{entry['id']} is being recorded", "wait for it to end")
    if _within(_current_directory(), path):
        raise UsageError(
            f"cannot remove {path}: you are in it", "change to another directory first"
        )
    exists = _is_ours(entry, path)
    # What an earlier removal, which did not end, has left says nothing.
    changed = _changed(entry, path, env) if exists and not entry.get(REMOVING) else []
    commits = 0
    if entry.get("kind") == GIT:
        repository, branch = str(entry["repository"]), str(entry["branch"])
        commits = worktree.unmerged(repository, branch, str(entry["commit"]))
    return Removal(entry, exists, changed, commits)


def remove_branch(removal: Removal, env: Mapping[str, str]) -> list[str]:
    """Remove it; returns what could not be done. Raises OutputError if the directory cannot be removed."""
    entry, journal = removal.entry, BranchJournal(env)
    path = str(entry["worktree"])
    with journal.lock():
        if removal.exists and _is_ours(entry, path):
            journal.put({**entry, REMOVING: True})
            try:
                remove_tree(path)
            except OSError as error:
                raise OutputError(f"cannot remove {error.filename}: {error.strerror}") from None
        if os.path.lexists(path):
            return [f"{path} was kept: it is not the directory that was created for the branch"]
        troubles = []
        if entry.get("kind") == GIT:
            troubles = worktree.remove(str(entry["repository"]), path, str(entry["branch"]))
        if not troubles:
            journal.forget(str(entry["id"]))
    return troubles


def _id_of(path: str) -> str:
    try:
        with Recording.outside(path) as recording:
            return str(recording.header.get("id", ""))
    except AgentrecError:
        return ""


def _is_being_recorded(entry: JsonObject, env: Mapping[str, str]) -> bool:
    try:
        path = str(entry.get("out") or resolve(str(entry["id"]), env))
        with Recording.outside(path) as recording:
            return recording.live
    except AgentrecError:  # it was not run
        return False


def _current_directory() -> str:
    try:
        return os.path.realpath(os.getcwd())
    except OSError:
        return "/"


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _is_ours(entry: JsonObject, path: str) -> bool:
    """Whether the directory at ``path`` is the one that was made, and not another one of that name."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return entry.get("folder") == [status.st_dev, status.st_ino]


def _changed(entry: JsonObject, path: str, env: Mapping[str, str]) -> list[str]:
    """Files that differ from the snapshot that fits best, of those they could be in."""
    root = TreeScanner(path, load_rules(env, path)).scan(None, NameOnlySink())
    now = contents_of(root, {}).files
    fewest = list(now)
    for contents in _snapshots(entry, path, env):
        differing = [change.path for change in changed_files(contents.files, now)]
        if len(differing) < len(fewest):
            fewest = differing
        if not fewest:
            break
    if not fewest or entry.get("kind") != GIT:
        return fewest
    kept = worktree.committed_files(path, str(entry["commit"]))
    return [name for name in fewest if name not in kept]


def _snapshots(entry: JsonObject, path: str, env: Mapping[str, str]) -> Iterator[Contents]:
    """The last snapshot of each recording in the worktree, and the one that it was made from."""
    origin = entry.get("snapshot")
    commits = [(str(origin["store"]), str(origin["commit"]))] if isinstance(origin, dict) else []
    try:
        store = SnapshotStore.named(store_name(path), env)
        commits = [(store.name, store.head(name)) for name in store.chains()] + commits
    except (SnapshotError, OSError):
        pass  # nothing was recorded there
    for name, commit in commits:
        try:
            store = SnapshotStore.named(name, env)
            try:
                yield store.contents(store.snapshot(commit))
            finally:
                store.close()
        except SnapshotError:
            continue
