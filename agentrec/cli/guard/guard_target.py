"""What a scan is about, as the user names it: a directory, a snapshot, or a range of a recording."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from agentrec.cli.snapshots.snapshot_names import named, same_recording
from agentrec.errors import UsageError
from agentrec.guard.source_tree import DirectoryTree, SnapshotTree
from agentrec.snapshots.diff.diff import DiffSide
from agentrec.snapshots.diff.workspace_side import workspace_side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.cli.snapshots.snapshot_names import Named
    from agentrec.guard.source_tree import SourceTree

SYNTAX = """TARGET is a directory (all of it), FILE@SNAP (all of a snapshot), FILE@A..B (what is new in
snapshot B against A; B may be `now`), or FILE: what is new in the whole recording."""


class ScanTarget(NamedTuple):
    """The files to check, and those to compare them with, if only what is new is meant."""

    before: SourceTree | None
    new: SourceTree


@contextmanager
def scan_target(text: str) -> Iterator[ScanTarget]:
    """The files that ``text`` names. Raises AgentrecError."""
    if not text:
        raise UsageError("missing TARGET", "use . for this directory")
    if os.path.isdir(text):
        yield ScanTarget(None, DirectoryTree(text, os.environ))
        return
    name, last = _parts(text)
    first = named(name)
    try:
        yield _of_snapshots(first, name, last)
    finally:
        first.store.close()


def _parts(text: str) -> tuple[str, str]:
    """``FILE@A`` and ``B`` of what the user wrote; no B for a snapshot alone."""
    head, dots, last = text.rpartition("..")
    if dots and "@" in head and "/" not in last:
        return head, last or "last"
    if "@" in text and not os.path.exists(text):
        return text, ""
    return f"{text}@first", "last"


def _of_snapshots(first: Named, name: str, last: str) -> ScanTarget:
    contents = first.store.contents(first.snapshot)
    tree = SnapshotTree(first.store, contents)
    if not last:
        return ScanTarget(None, tree)
    if last == "now":
        side = workspace_side(first.store, DiffSide(first.snapshot.tree, contents), os.environ)
        return ScanTarget(tree, SnapshotTree(first.store, side.contents))
    other = same_recording(name, last)
    other.store.close()
    if other.store.folder != first.store.folder:
        raise UsageError("the snapshots are of different directories")
    return ScanTarget(tree, SnapshotTree(first.store, first.store.contents(other.snapshot)))
