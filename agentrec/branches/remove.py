"""Taking a branch's worktree away again: directory, entry and git branch. Recordings stay.

Only what this machine's journal says was made is removed, never what a recording says.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

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

    from agentrec.snapshots.manifest import Contents

REMOVING = "removing"


class Removal(NamedTuple):
    """What a removal would take away.

    ``there`` is whether the directory is there and still the one that was made. ``changed`` are files in
    it as no snapshot has them, ``commits`` those of its branch that nothing else has.
    """

    entry: dict[str, Any]
    there: bool
    changed: list[str]
    commits: int

    @property
    def loses(self) -> str:
        """What would be lost, in words; empty when nothing would."""
        parts = []
        if self.changed:
            more = f" and {len(self.changed) - 3:,} more" if len(self.changed) > 3 else ""
            parts.append(f"no snapshot has {', '.join(self.changed[:3])}{more} as it is now")
        if self.commits:
            parts.append(f"{self.commits} commits of {self.entry['branch']} are nowhere else")
        return "; ".join(parts)


def find_branch(name: str, env: Mapping[str, str]) -> dict[str, Any]:
    """The journal's entry of the branch that ``name`` (an id, its end, or the child's file) means.

    Raises InputError.
    """
    remove_unfinished(env)
    every = BranchJournal(env).all()
    ids = [str(entry["id"]) for entry in every]
    found = [one for one in ids if one == name] or [one for one in ids if one.endswith(f"-{name}")]
    if not found:
        found = [one for one in ids if one == _id_of(resolve(name, env))]
    if len(found) == 1:
        return every[ids.index(found[0])]
    if found:
        raise InputError(f"{name} may be any of {', '.join(found)}")
    raise InputError(
        f"no worktree was made here for {name}", "`agentrec branches` lists those there are"
    )


def plan_removal(entry: dict[str, Any], env: Mapping[str, str]) -> Removal:
    """What removing that branch would take away, and lose. Raises UsageError where it is in use."""
    path = str(entry.get("worktree", ""))
    if _recorded_now(str(entry["id"]), entry, env):
        raise UsageError(f"{entry['id']} is being recorded", "let it end first")
    if _within(_here(), path):
        raise UsageError(f"you are in {path}", "leave it first")
    there = _same(entry, path)
    # A removal that was begun goes on: what it left says nothing.
    changed = _changed(entry, path, env) if there and not entry.get(REMOVING) else []
    commits = 0
    if entry.get("kind") == GIT:
        commits = worktree.unmerged(
            str(entry["repository"]), str(entry["branch"]), str(entry["commit"])
        )
    return Removal(entry, there, changed, commits)


def remove_branch(removal: Removal, env: Mapping[str, str]) -> list[str]:
    """Do it; returns what could not be done. Raises OutputError when the directory cannot be removed."""
    entry, journal = removal.entry, BranchJournal(env)
    path = str(entry["worktree"])
    with journal.lock():
        if removal.there and _same(entry, path):
            journal.put({**entry, REMOVING: True})
            try:
                remove_tree(path)
            except OSError as error:
                raise OutputError(f"cannot remove {error.filename}: {error.strerror}") from None
        if os.path.lexists(path):
            return [f"{path} is not what was made: it stays"]
        troubles = []
        if entry.get("kind") == GIT:
            troubles = worktree.remove(str(entry["repository"]), path, str(entry["branch"]))
        if not troubles:
            journal.forget(str(entry["id"]))
    return troubles


def _id_of(path: str) -> str:
    try:
        with Recording.open(path) as recording:
            return str(recording.header.get("id", ""))
    except AgentrecError:
        return ""


def _recorded_now(name: str, entry: Mapping[str, Any], env: Mapping[str, str]) -> bool:
    try:
        with Recording.open(str(entry.get("out") or resolve(name, env))) as recording:
            return recording.live
    except AgentrecError:  # it was not run
        return False


def _here() -> str:
    try:
        return os.path.realpath(os.getcwd())
    except OSError:
        return "/"


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _same(entry: Mapping[str, Any], path: str) -> bool:
    """Whether the directory that was made is at ``path``, and not another one of that name."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return bool(entry.get("folder") == [status.st_dev, status.st_ino])


def _changed(entry: Mapping[str, Any], path: str, env: Mapping[str, str]) -> list[str]:
    """Files that differ from every snapshot they could be in: the fewest, over those snapshots."""
    root = TreeScanner(path, load_rules(env, path)).scan(None, NameOnlySink())
    now = contents_of(root, {}).files
    fewest = list(now)
    for kept in _kept(entry, path, env):
        differing = [one.path for one in changed_files(kept.files, now)]
        if len(differing) < len(fewest):
            fewest = differing
        if not fewest:
            break
    return fewest


def _kept(entry: Mapping[str, Any], path: str, env: Mapping[str, str]) -> Iterator[Contents]:
    """The last snapshot of each recording in the worktree, and the one that it was made from."""
    origin = entry.get("snapshot")
    named = [(str(origin["store"]), str(origin["commit"]))] if isinstance(origin, dict) else []
    try:
        store = SnapshotStore.named(store_name(path), env)
        named = [(store.name, store.head(name)) for name in store.chains()] + named
    except (SnapshotError, OSError):
        pass  # nothing was recorded there
    for name, commit in named:
        try:
            store = SnapshotStore.named(name, env)
            try:
                yield store.contents(store.snapshot(commit))
            finally:
                store.close()
        except SnapshotError:
            continue
