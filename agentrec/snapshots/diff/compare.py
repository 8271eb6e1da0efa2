"""Compares the contents of two snapshots, path by path."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.snapshots.manifest import Contents
    from agentrec.snapshots.model import FileEntry

ADDED, DELETED, CHANGED, MODE, TYPE = "added", "deleted", "changed", "mode", "type"


class Change(NamedTuple):
    """A path that differs; ``what`` says how. Directories have no entries."""

    path: str
    what: str
    old: FileEntry | None
    new: FileEntry | None


def changed_files(old: Mapping[str, FileEntry], new: Mapping[str, FileEntry]) -> list[Change]:
    """Files and symlinks that differ, by path."""
    changes = []
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before != after:
            changes.append(Change(path, _what(before, after), before, after))
    return changes


def changed_folders(old: Contents, new: Contents) -> list[Change]:
    """Directories that only one of them has, or with different permissions."""
    changes = []
    for path in sorted(old.folders.keys() | new.folders.keys()):
        before, after = old.folders.get(path), new.folders.get(path)
        if before != after:
            what = ADDED if before is None else DELETED if after is None else MODE
            changes.append(Change(path, what, None, None))
    return changes


def _what(before: FileEntry | None, after: FileEntry | None) -> str:
    if before is None:
        return ADDED
    if after is None:
        return DELETED
    if before.is_link != after.is_link:
        return TYPE
    return MODE if before.sha == after.sha else CHANGED
