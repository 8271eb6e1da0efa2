"""Which snapshot of a recording a line of a file came with."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import InputError
from agentrec.snapshots.model import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.lookup import RecordedSnapshot

_MAX_FILE_BYTES = 4 << 20  # bytes of a file


class LineOrigin(NamedTuple):
    """``kept`` is the first snapshot with the line, ``before`` the one before it, if there is one.

    The line was written between the two; it stood at ``line`` then.
    """

    kept: RecordedSnapshot
    before: RecordedSnapshot | None
    line: int
    text: str


def blame(
    store: SnapshotStore, snapshots: Sequence[RecordedSnapshot], path: str, line: int
) -> LineOrigin:
    """Where ``line`` (from 1) of ``path``, as the last of ``snapshots`` has it, comes from.

    Raises InputError when there is no such line.
    """
    versions = [_read(store, kept, path) for kept in snapshots]
    present = versions[-1]
    if present is None:
        raise InputError(f"there is no file {path} in {snapshots[-1].id}")
    if not 1 <= line <= len(present):
        raise InputError(f"{path} has {len(present)} lines in {snapshots[-1].id}")
    place = line - 1
    for number in range(len(snapshots) - 1, 0, -1):
        earlier, later = versions[number - 1], versions[number]
        found = _same_line(earlier or [], later or [], place)
        if found is None:
            return LineOrigin(
                snapshots[number], snapshots[number - 1], place + 1, _text(later, place)
            )
        place = found
    return LineOrigin(snapshots[0], None, place + 1, _text(versions[0], place))


def _same_line(earlier: list[bytes], later: list[bytes], place: int) -> int | None:
    """Where the line at ``place`` of ``later`` was in ``earlier``."""
    if earlier == later:
        return place
    for block in SequenceMatcher(None, earlier, later, autojunk=False).get_matching_blocks():
        if block.b <= place < block.b + block.size:
            return block.a + place - block.b
    return None


def _read(store: SnapshotStore, kept: RecordedSnapshot, path: str) -> list[bytes] | None:
    try:
        data = store.read(store.snapshot(str(kept.data.get("commit", ""))), path)
    except SnapshotError:
        return None
    if len(data) > _MAX_FILE_BYTES:
        raise InputError(f"{path} is too large to look for its lines' origin")
    return data.splitlines()


def _text(lines: list[bytes] | None, place: int) -> str:
    return (lines or [b""])[place].decode(errors="replace")
