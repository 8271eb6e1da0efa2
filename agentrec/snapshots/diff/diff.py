"""What differs between two trees of a store, as statistics and as a unified diff."""

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
    """One side: a tree in the store, and what is in it."""

    tree: str
    contents: Contents


class FileDiff(NamedTuple):
    """A file that differs: lines that came and went; None for what is no text."""

    path: str
    what: str
    added: int | None
    removed: int | None


def file_diffs(store: SnapshotStore, old: DiffSide, new: DiffSide) -> list[FileDiff]:
    """Every file that differs. Renames are a file that went and one that came."""
    lines: dict[str, tuple[int | None, int | None]] = {}
    said = store.git("diff", "--numstat", "-z", "--no-renames", *_OPTIONS[:3], old.tree, new.tree)
    for record in said.split(b"\0")[:-1]:
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
    """A diff that `git apply` takes; modes besides 644 and 755 are not in it."""
    return store.git(
        "diff", "-p", *_OPTIONS, old.tree, new.tree, "--", *(f":(top,literal){p}" for p in paths)
    )


def mode_and_folder_changes(old: DiffSide, new: DiffSide) -> list[str]:
    """What a diff does not tell: other permissions, and directories that came or went empty."""
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
