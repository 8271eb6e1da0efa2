"""What differs between two sets of contents."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.snapshots.manifest import Contents
    from agentrec.snapshots.model import FileEntry

ADDED, DELETED, CHANGED, MODE, TYPE = "added", "deleted", "changed", "mode", "type"


class Change(NamedTuple):
    """One path that differs; ``what`` says how. Directories have no entries."""

    path: str
    what: str
    old: FileEntry | None
    new: FileEntry | None


def changed_files(old: Mapping[str, FileEntry], new: Mapping[str, FileEntry]) -> list[Change]:
    """Files and symlinks that differ, by path."""
    found = []
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before != after:
            found.append(Change(path, _what(before, after), before, after))
    return found


def changed_folders(old: Contents, new: Contents) -> list[Change]:
    """Directories that are only in one of them, or have other permissions."""
    found = []
    for path in sorted(old.folders.keys() | new.folders.keys()):
        before, after = old.folders.get(path), new.folders.get(path)
        if before != after:
            what = ADDED if before is None else DELETED if after is None else MODE
            found.append(Change(path, what, None, None))
    return found


def _what(before: FileEntry | None, after: FileEntry | None) -> str:
    if before is None:
        return ADDED
    if after is None:
        return DELETED
    if before.is_link != after.is_link:
        return TYPE
    return MODE if before.sha == after.sha else CHANGED
