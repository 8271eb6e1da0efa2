"""What is in several recordings: of a recording within another, or of copied ones.

Model calls are the same if their messages or requests have the same id; turns, tool calls and errors if the
agent gives them the same time and id. A sum takes all but the first away again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from agentrec.library.filters import Where

_KEY_BYTES = 8


class KeyedCall(NamedTuple):
    """A model call with an id, which ``key`` stands for; ``part`` is what the index sums it up in."""

    key: int
    part: int
    input: int
    output: int
    cache_read: int
    cache_write: int
    cost: float | None


class KeyedStep(NamedTuple):
    """A turn, a tool call or an error of an agent, and what it adds to the sums of a recording."""

    key: int
    tool: str = ""
    turns: int = 0
    calls: int = 0
    failed: int = 0
    ms: float = 0.0
    errors: int = 0


def call_key(call_id: str) -> int:
    """Return what the index knows a message or request by."""
    digest = hashlib.blake2b(call_id.encode("utf-8", "replace"), digest_size=_KEY_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)


def write_calls(db: sqlite3.Connection, recording: int, calls: Sequence[KeyedCall]) -> None:
    """Add a recording's calls to the index, and note which are in another recording, too."""
    db.executemany(
        "INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(recording, *call) for call in calls],
    )
    _note_repeated(db, recording, "calls")


def write_steps(db: sqlite3.Connection, recording: int, steps: Sequence[KeyedStep]) -> None:
    """Add a recording's turns, tool calls and errors to the index, and note which another one has, too."""
    db.executemany(
        "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(recording, *step) for step in steps],
    )
    _note_repeated(db, recording, "steps")


def _note_repeated(db: sqlite3.Connection, recording: int, table: str) -> None:
    db.execute(
        f"INSERT OR IGNORE INTO repeated SELECT mine.key FROM {table} mine JOIN {table} other"  # noqa: S608
        " ON other.key = mine.key AND other.recording != mine.recording WHERE mine.recording = ?",
        [recording],
    )


def repeated_calls(db: sqlite3.Connection, where: Where) -> Iterator[sqlite3.Row]:
    """Yield the calls of the selected recordings that another of them, which is older, has as well.

    ``where`` is about ``r``, the recording, and ``u``, the group of calls that a call was summed up in.
    """
    sql = (
        "SELECT c.*, 1 AS calls, c.cost IS NULL AS without_price, u.agent, u.model, u.slot,"  # noqa: S608
        " r.project, r.id AS recording_id FROM repeated k JOIN calls c ON c.key = k.key"
        " JOIN recordings r ON r.id = c.recording"
        " JOIN usage u ON u.recording = c.recording AND u.part = c.part"
        f" WHERE {where.sql} ORDER BY c.key, r.created, r.id"
    )
    first = None
    for row in db.execute(sql, where.values):
        if row["key"] == first:
            yield row
        first = row["key"]


def repeated_steps(db: sqlite3.Connection, where: Where) -> Iterator[sqlite3.Row]:
    """Yield the steps of the selected recordings ``r`` that another of them, which is older, has as well."""
    sql = (
        "SELECT s.* FROM repeated k JOIN steps s ON s.key = k.key JOIN recordings r ON r.id = s.recording"  # noqa: S608
        f" WHERE {where.sql} ORDER BY s.key, r.created, r.id"
    )
    first = None
    for row in db.execute(sql, where.values):
        if row["key"] == first:
            yield row
        first = row["key"]
