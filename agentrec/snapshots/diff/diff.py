"""The differences between two trees of a store, as numbers of lines and as a unified diff."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.diff.compare import (
    ADDED,
    DELETED,
    MODE,
    Change,
    changed_files,
    changed_folders,
)
from agentrec.snapshots.model import PERMISSIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.manifest import Contents

_OPTIONS = ("--no-color", "--no-ext-diff", "--no-textconv", "--find-renames")


class DiffSide(NamedTuple):
    """One side: a tree in the store, and its contents."""

    tree: str
    contents: Contents


class FileDiff(NamedTuple):
    """A file that differs, and how many lines were added and removed; None if it is not text."""

    path: str
    what: str
    added: int | None
    removed: int | None


def file_diffs(store: SnapshotStore, old: DiffSide, new: DiffSide) -> list[FileDiff]:
    """Every file that differs. A renamed file is one that was deleted and one that was added."""
    lines: dict[str, tuple[int | None, int | None]] = {}
    output = store.git("diff", "--numstat", "-z", "--no-renames", *_OPTIONS[:3], old.tree, new.tree)
    for record in output.split(b"\0")[:-1]:
        plus, minus, path = record.split(b"\t", 2)
        count = (None, None) if plus == b"-" else (int(plus), int(minus))
        lines[path.decode(errors="surrogateescape")] = count
    return [
        FileDiff(change.path, change.what, *lines.get(change.path, (0, 0)))
        for change in changed_files(old.contents.files, new.contents.files)
    ]


def unified_diff(
    store: SnapshotStore, old: DiffSide, new: DiffSide, paths: Sequence[str] = ()
) -> bytes:
    """A diff that `git apply` accepts; it has no modes other than 644 and 755."""
    return store.git(
        "diff", "-p", *_OPTIONS, old.tree, new.tree, "--", *(f":(top,literal){p}" for p in paths)
    )


def mode_and_folder_changes(old: DiffSide, new: DiffSide) -> list[str]:
    """What a unified diff cannot show: other permissions, and empty directories."""
    lines = []
    for change in changed_files(old.contents.files, new.contents.files):
        if change.what == MODE and change.old and change.new:
            modes = change.old.mode & PERMISSIONS, change.new.mode & PERMISSIONS
            lines.append(f"mode {modes[0]:o} → {modes[1]:o}  {change.path}")
    return lines + [
        _folder(change, old, new) for change in changed_folders(old.contents, new.contents)
    ]


def _folder(change: Change, old: DiffSide, new: DiffSide) -> str:
    if change.what in (ADDED, DELETED):
        return f"directory {change.what}  {change.path}/"
    before, after = old.contents.folders[change.path], new.contents.folders[change.path]
    return f"mode {before:o} → {after:o}  {change.path}/"
