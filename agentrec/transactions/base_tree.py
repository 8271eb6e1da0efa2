"""The files of the worktree that has the base branch checked out, on their way from one commit to another.

Every file is replaced by a rename, and only if it is as in the old commit. So a step can be repeated after a
kill: a file is the old one, the new one, or changed by the user, and then it stays.
"""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches.worktree import GitError, clear_half_made, common_folder, run_git
from agentrec.errors import OutputError, UsageError
from agentrec.snapshots.gitstore.git import query_repository
from agentrec.snapshots.gitstore.pack import PIECE_BYTES
from agentrec.snapshots.restore.confined_writer import ConfinedWriter
from agentrec.transactions.base_index import PrivateIndex, git_folder, private_index

if TYPE_CHECKING:
    from collections.abc import Iterable

_NONE, _GITLINK, _LINK_MODE = "000000", "160000", "120000"
_STAGING = "agentrec-staging"
_MAX_NAMED = 5
_DETACHING = ("rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START")
_MAX_NAME_CHARS = 4096
_LIST_TIMEOUT_SECONDS = 3.0
_LIST_POLL_SECONDS = 0.05
_BUSY = (
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "BISECT_LOG",
    "rebase-merge",
    "rebase-apply",
)


class TreeChange(NamedTuple):
    """A file that differs between two commits: its modes in git, and the object of the new side."""

    path: str
    old_mode: str
    mode: str
    sha: str

    @property
    def is_added(self) -> bool:
        return self.old_mode == _NONE

    @property
    def is_removed(self) -> bool:
        return self.mode == _NONE

    @property
    def is_file(self) -> bool:
        return _GITLINK not in (self.old_mode, self.mode)


def tree_with(repository: str, branch: str) -> str:
    """The worktree that has ``branch`` checked out, or empty. Raises UsageError if it is busy."""
    found = []
    for block in os.fsdecode(_worktree_list(repository)).split("\0\0"):
        lines = block.strip("\0").split("\0")
        place = lines[0].removeprefix("worktree ")
        if f"branch refs/heads/{branch}" in lines and "bare" not in lines:
            found.append(place)
        elif "detached" in lines and branch in _detached_branches(place):
            raise _busy(place)
    if len(found) > 1:
        raise UsageError(f"{branch} is checked out in {' and '.join(found)}", "close one of them")
    tree = found[0] if found else ""
    if tree and not os.path.isdir(tree):
        return ""  # it was removed without telling git
    folder = git_folder(tree) if tree else ""
    if folder and any(os.path.exists(os.path.join(folder, name)) for name in _BUSY):
        raise _busy(tree)
    return tree


def _busy(tree: str) -> UsageError:
    return UsageError(f"a merge, rebase or bisect is not completed in {tree}", "complete it first")


def _detached_branches(tree: str) -> set[str]:
    """The branches that an uncompleted rebase or bisect sets again; git reports none until then."""
    found = set()
    for name in _DETACHING:
        try:
            with open(os.path.join(git_folder(tree), name), encoding="utf-8") as file:
                found.add(file.read(_MAX_NAME_CHARS).strip().removeprefix("refs/heads/"))
        except (OSError, UnicodeDecodeError, OutputError):
            continue
    return found


def _worktree_list(repository: str) -> bytes:
    """As git prints it. Raises OutputError: "none" would mean that no files have to be updated."""
    deadline = time.monotonic() + _LIST_TIMEOUT_SECONDS
    while True:
        try:
            return run_git(repository, ["worktree", "list", "--porcelain", "-z"])[1]
        except GitError as error:
            # It also fails for a moment, while another git adds a worktree.
            if time.monotonic() > deadline:
                why = f"git cannot list the worktrees of {repository}: {error}"
                hint = "remove the directory that it names, if no git is adding that worktree"
                raise OutputError(why, hint) from None
        clear_half_made(common_folder(repository))
        time.sleep(_LIST_POLL_SECONDS)


def changes_between(repository: str, old: str, new: str) -> list[TreeChange]:
    """What differs between two commits."""
    words = ("diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", old, new)
    answer = query_repository(repository, *words)
    if answer is None:
        raise OutputError(f"git cannot compare {old} with {new}")
    parts = answer.split(b"\0")[:-1]
    changes = []
    for about, raw in zip(parts[::2], parts[1::2], strict=True):
        old_mode, mode, _, sha, _ = about.decode().removeprefix(":").split(" ")
        changes.append(TreeChange(os.fsdecode(raw), old_mode, mode, sha))
    return changes


def check_clean(tree: str, old: str, changes: list[TreeChange], keep: int) -> None:
    """Raise UsageError if the user's work is in the way of ``changes``. Only under the lock of the index."""
    with private_index(tree) as index:
        edited = _edited(tree, index, keep)
        staged = _names(tree, index, keep, "diff-index", "--cached", "--no-ext-diff", old)
    removed = {change.path for change in changes if change.is_removed}
    mine = [one.path for one in changes if one.path in staged or one.path in edited]
    mine += [one.path for one in changes if one.is_added and _is_taken(tree, one.path, removed)]
    mine += [one.path for one in changes if _leads_away(tree, one.path, removed)]
    if mine:
        names = sorted(set(mine))
        more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
        raise UsageError(
            f"cannot merge: uncommitted work in {tree} is in the way: "
            f"{', '.join(names[:_MAX_NAMED])}{more}",
            "commit, stash or move it, then commit the transaction again",
        )


def stage(tree: str, new: str, changes: list[TreeChange], keep: int) -> None:
    """Write the files that change beside git's own, with git's filters, for ``update_tree``.

    Raises OutputError.
    """
    folder = discard_staged(tree)
    env = {"GIT_INDEX_FILE": os.path.join(folder, ".index")}
    files = os.path.join(folder, "files", "")
    try:
        os.makedirs(folder, mode=0o700)
    except OSError as error:
        raise OutputError(f"cannot create {folder}: {error.strerror}") from None
    run_git(tree, ["read-tree", new], keep, env=env)
    wanted = [one.path for one in changes if one.is_file and not one.is_removed]
    words = ["checkout-index", "--quiet", "-z", "--stdin", f"--prefix={files}"]
    run_git(tree, words, keep, data=_listed(wanted), env=env)


def discard_staged(tree: str) -> str:
    """Remove what ``stage`` has written; returns the directory."""
    folder = os.path.join(git_folder(tree), _STAGING)
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def update_tree(tree: str, changes: list[TreeChange], keep: int) -> None:
    """Make the files and the index what ``stage`` has written. Only under the lock of the index.

    Can be repeated, after another ``stage``. Raises OutputError.
    """
    staged = os.path.join(git_folder(tree), _STAGING, "files")
    with private_index(tree) as index:
        hidden = _hidden(tree)
        skipped = hidden | _edited(tree, index, keep)
        steps = [one for one in changes if one.is_file and one.path not in skipped]
        try:
            _write(tree, steps, staged)
        except OSError as error:
            why = f"cannot write in {tree}: {error.strerror}"
            raise OutputError(
                why, "mend that; then `agentrec tx status` completes the merge"
            ) from None
        _enter(tree, index, changes, hidden, keep)
    discard_staged(tree)


def sweep(tree: str, changes: list[TreeChange]) -> None:
    """Remove temporary files that a killed process left beside the files of ``changes``."""
    with ConfinedWriter(tree) as writer:
        for folder in {change.path.rpartition("/")[0] for change in changes}:
            try:
                writer.sweep(folder)
            except OSError:
                continue  # it is not there


def is_updated(tree: str, changes: list[TreeChange]) -> bool:
    """Whether the index has all of ``changes``."""
    listed = query_repository(tree, "ls-files", "--stage", "-z") or b""
    entries = dict(_stage_entry(line) for line in listed.split(b"\0") if line)
    wanted = {one.path: None if one.is_removed else (one.mode, one.sha) for one in changes}
    return all(entries.get(path) == entry for path, entry in wanted.items())


def _stage_entry(line: bytes) -> tuple[str, tuple[str, str]]:
    about, _, raw = line.partition(b"\t")
    mode, sha, _ = about.decode().split(" ")
    return os.fsdecode(raw), (mode, sha)


def _write(tree: str, steps: list[TreeChange], staged: str) -> None:
    with ConfinedWriter(tree) as writer:
        for one in steps:
            if one.is_removed:
                writer.remove(one.path)
        for folder in _folders([one.path for one in steps if one.is_removed]):
            _remove_empty(writer, folder)
        for one in steps:
            # A symlink is not followed and a directory not replaced: `write` fails on both.
            if not one.is_removed and not (one.is_added and _is_taken(tree, one.path, set())):
                _write_file(tree, writer, one, os.path.join(staged, one.path))


def _write_file(tree: str, writer: ConfinedWriter, one: TreeChange, staged: str) -> None:
    for folder in reversed(list(_folders([one.path]))):
        if not os.path.isdir(os.path.join(tree, folder)):
            writer.make_folder(folder, 0o777 & ~_umask())
    if os.path.isdir(os.path.join(tree, one.path)):
        _remove_empty(writer, one.path)
    if one.mode == _LINK_MODE:
        writer.link(one.path, os.fsencode(os.readlink(staged)))
        return
    with open(staged, "rb") as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
        writer.write(one.path, mode, iter(lambda: file.read(PIECE_BYTES), b""))


def _enter(
    tree: str, index: PrivateIndex, changes: list[TreeChange], hidden: set[str], keep: int
) -> None:
    env = {"GIT_INDEX_FILE": index.path}
    lines = [
        f"{one.mode} {one.sha}\t".encode() + os.fsencode(one.path) + b"\0"
        # What is removed first: a directory may take the place of a file.
        for one in sorted(changes, key=lambda one: not one.is_removed)
    ]
    run_git(tree, ["update-index", "-z", "--index-info"], keep, b"".join(lines), env)
    still = [one.path for one in changes if one.path in hidden and not one.is_removed]
    run_git(tree, ["update-index", "-z", "--skip-worktree", "--stdin"], keep, _listed(still), env)
    run_git(tree, ["update-index", "-q", "--refresh"], keep, env=env, ok=(0, 1))
    os.replace(index.path, index.real)


def _edited(tree: str, index: PrivateIndex, keep: int) -> set[str]:
    """Tracked files that are not as in the index."""
    env = {"GIT_INDEX_FILE": index.path}
    run_git(tree, ["update-index", "-q", "--refresh"], keep, env=env, ok=(0, 1))
    return _names(tree, index, keep, "diff-files", "--no-ext-diff")


def _names(tree: str, index: PrivateIndex, keep: int, command: str, *words: str) -> set[str]:
    env = {"GIT_INDEX_FILE": index.path}
    _, listed = run_git(tree, [command, "--name-only", "-z", *words], keep, env=env)
    return {os.fsdecode(name) for name in listed.split(b"\0") if name}


def _listed(paths: Iterable[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def _hidden(tree: str) -> set[str]:
    """What a sparse checkout leaves out."""
    listed = query_repository(tree, "ls-files", "-t", "-z") or b""
    return {os.fsdecode(line[2:]) for line in listed.split(b"\0") if line.startswith(b"S ")}


def _is_taken(tree: str, path: str, removed: set[str]) -> bool:
    """Whether something is at ``path`` that git does not know: anything but ``removed`` files."""
    full = os.path.join(tree, path)
    if not os.path.isdir(full) or os.path.islink(full):
        return os.path.lexists(full) and path not in removed
    inside = (os.path.join(at, name) for at, _, names in os.walk(full) for name in names)
    return any(os.path.relpath(name, tree) not in removed for name in inside)


def _leads_away(tree: str, path: str, removed: set[str]) -> bool:
    """Whether a directory on the way to ``path`` is a symlink, or a file that does not go."""
    for folder in _folders([path]):
        full = os.path.join(tree, folder)
        if os.path.lexists(full) and (os.path.islink(full) or not os.path.isdir(full)):
            return folder not in removed
    return False


def _folders(paths: Iterable[str]) -> list[str]:
    """All directories above ``paths``, inner ones first."""
    found = set()
    for path in paths:
        while path := path.rpartition("/")[0]:
            found.add(path)
    return sorted(found, key=lambda folder: (-folder.count("/"), folder))


def _remove_empty(writer: ConfinedWriter, folder: str) -> None:
    try:
        writer.remove_folder(folder)
    except OSError:
        return  # it is not empty, or gone


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
