"""Which snapshot of a recording is the first with a line of a file."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import InputError
from agentrec.snapshots.model import SnapshotError
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.lookup import RecordedSnapshot

_MAX_FILE_BYTES = 4 << 20


class LineOrigin(NamedTuple):
    """``snapshot`` is the first one with the line, ``before`` the one before it, if there is one.

    The line was written between the two, as line ``line``.
    """

    snapshot: RecordedSnapshot
    before: RecordedSnapshot | None
    line: int
    text: str


def blame(
    store: SnapshotStore, snapshots: Sequence[RecordedSnapshot], path: str, line: int
) -> LineOrigin:
    """Where ``line`` (from 1) of ``path`` in the last of ``snapshots`` comes from.

    Raises InputError if there is no such line.
    """
    versions = [_read(store, snapshot, path) for snapshot in snapshots]
    present = versions[-1]
    if present is None:
        raise InputError(f"there is no file {path} in {snapshots[-1].id}")
    if not 1 <= line <= len(present):
        raise InputError(
            f"{path} has no line {line} in {snapshots[-1].id}, only {plural(len(present), 'line')}"
        )
    index = line - 1
    for number in range(len(snapshots) - 1, 0, -1):
        earlier, later = versions[number - 1], versions[number]
        earlier_index = _same_line(earlier or [], later or [], index)
        if earlier_index is None:
            text = _text(later, index)
            return LineOrigin(snapshots[number], snapshots[number - 1], index + 1, text)
        index = earlier_index
    return LineOrigin(snapshots[0], None, index + 1, _text(versions[0], index))


def _same_line(earlier: list[bytes], later: list[bytes], index: int) -> int | None:
    """The index in ``earlier`` of the line that is at ``index`` in ``later``."""
    if earlier == later:
        return index
    for block in SequenceMatcher(None, earlier, later, autojunk=False).get_matching_blocks():
        if block.b <= index < block.b + block.size:
            return block.a + index - block.b
    return None


def _read(store: SnapshotStore, snapshot: RecordedSnapshot, path: str) -> list[bytes] | None:
    try:
        data, size = store.begin(store.snapshot(snapshot.commit), path, _MAX_FILE_BYTES)
    except SnapshotError:
        return None
    if size > len(data):
        raise InputError(f"{path} is too large: {size:,} bytes")
    return data.splitlines()


def _text(lines: list[bytes] | None, index: int) -> str:
    return (lines or [b""])[index].decode(errors="replace")
