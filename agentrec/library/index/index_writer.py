"""Write a recording into the index, and delete it from there."""

from __future__ import annotations

import os
import time
from array import array
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError
from agentrec.library.index.library_db import COLUMNS, DETAIL_TABLES, ENTRY_BITS
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    import sqlite3

    from agentrec.library.discovery import Stamp
    from agentrec.library.index.digest import Digest
    from agentrec.library.index.entries import IndexEntry
    from agentrec.library.index.library_db import LibraryDb

# Unix time; a recording dated later counts as this.
_MAX_CREATED_MS = 1 << 42
_MAX_ENTRIES = (1 << ENTRY_BITS) - 1


def index_recording(library: LibraryDb, path: str, stamp: Stamp) -> bool:
    """Read a recording into the index; return whether that was still needed. Raises OutputError."""
    # Slow to import, and not needed if the index is up to date.
    from agentrec.library.index.digest import digest

    began = time.time()
    read: Digest | None = None
    fault = ""
    try:
        read = digest(path, stamp.modified)
    except AgentrecError as error:
        fault = str(error)
    except Exception as error:  # noqa: BLE001 - one bad file must not hide the others
        fault = f"cannot list {path}: {type(error).__name__}: {error}"
    if fault and not os.path.exists(path):
        return False
    took = time.time() - began
    try:
        return _put(library, path, stamp, read, fault, began, took)
    except (OverflowError, UnicodeEncodeError) as error:  # values the database cannot store
        return _put(library, path, stamp, None, f"cannot list {path}: {error}", began, took)


def _put(
    library: LibraryDb,
    path: str,
    stamp: Stamp,
    read: Digest | None,
    fault: str,
    began: float,
    took: float,
) -> bool:
    with library.writing() as db:
        row = db.execute("SELECT id, looked FROM recordings WHERE path = ?", [path]).fetchone()
        if row and row["looked"] > began:
            return False  # another process read it later than we did
        created = read.created if read else stamp.modified
        recording_id = row["id"] if row else _free_id(db, created)
        if row:
            delete_contents(db, recording_id)
        columns: dict[str, object] = read.columns if read else dict.fromkeys(COLUMNS)
        values = {
            "id": recording_id,
            "path": path,
            **stamp._asdict(),
            "looked": began,
            "took": took,
        }
        _insert(db, "recordings", {**values, "fault": fault, **columns, "created": created})
        if read:
            _write_contents(db, recording_id, read)
    return True


def _free_id(db: sqlite3.Connection, created: int) -> int:
    """An unused id for a recording of that time."""
    recording_id = min(max(0, created // NS_PER_MS), _MAX_CREATED_MS) << ENTRY_BITS
    while db.execute("SELECT 1 FROM recordings WHERE id = ?", [recording_id]).fetchone():
        recording_id += 1 << ENTRY_BITS
    return recording_id


def delete_contents(db: sqlite3.Connection, recording_id: int) -> None:
    """Delete everything that belongs to a recording, except its own row."""
    ids = [recording_id, recording_id + _MAX_ENTRIES]
    # The full-text index needs the text of an entry to delete its words.
    db.execute(
        "INSERT INTO words (words, rowid, text)"
        " SELECT 'delete', id, text FROM entries WHERE id BETWEEN ? AND ?",
        ids,
    )
    db.execute("DELETE FROM entries WHERE id BETWEEN ? AND ?", ids)
    for table in DETAIL_TABLES:
        db.execute(f"DELETE FROM {table} WHERE recording = ?", [recording_id])  # noqa: S608


def _insert(db: sqlite3.Connection, table: str, values: dict[str, object]) -> None:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    db.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", [*values.values()])  # noqa: S608


def _write_contents(db: sqlite3.Connection, recording_id: int, read: Digest) -> None:
    for table, rows in (("usage", read.usage), ("tools", read.tools), ("slowest", read.slowest)):
        if rows:
            marks = ", ".join("?" * (len(rows[0]) + 1))
            db.executemany(
                f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608
                [(recording_id, *row) for row in rows],
            )
    entries = read.entries[:_MAX_ENTRIES]
    db.executemany(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(recording_id + number, *_columns(entry)) for number, entry in enumerate(entries)],
    )
    db.execute(
        "INSERT INTO words (rowid, text) SELECT id, text FROM entries WHERE id BETWEEN ? AND ?",
        [recording_id, recording_id + _MAX_ENTRIES],
    )


def _columns(entry: IndexEntry) -> tuple[object, ...]:
    offsets: bytes | None = None
    if any(entry.offsets):
        offsets = array("I", [min(offset, 0xFFFFFFFF) for offset in entry.offsets]).tobytes()
    return (
        *(entry.t, entry.kind, entry.actor, entry.tool),
        *(entry.exit, entry.failed, offsets, entry.text),
    )
