"""Write a recording into the index, and delete it from there."""

from __future__ import annotations

import hashlib
import os
from array import array
from itertools import count
from typing import TYPE_CHECKING

from agentrec.library.index.library_db import COLUMNS, DETAIL_TABLES, ENTRY_BITS, MAX_ENTRIES
from agentrec.library.index.texts import packed
from agentrec.library.repeats import write_calls, write_steps
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    import sqlite3

    from agentrec.json_values import JsonObject
    from agentrec.library.discovery import Stamp
    from agentrec.library.index.digest import Digest
    from agentrec.library.index.entries import IndexEntry
    from agentrec.library.index.library_db import LibraryDb
    from agentrec.library.index.reading import Reading

# Unix time; a recording dated later counts as this.
_MAX_CREATED_MS = 1 << 42


def write_reading(library: LibraryDb, path: str, stamp: Stamp, reading: Reading) -> bool:
    """Write what was read of a recording into the index; return whether that was still needed.

    Raises OutputError.
    """
    if reading.fault and not os.path.exists(path):
        return False
    try:
        return _write(library, path, stamp, reading)
    except (OverflowError, UnicodeEncodeError) as error:  # values the database cannot store
        fault = f"cannot list {path}: {error}"
        return _write(library, path, stamp, reading._replace(contents=None, fault=fault))


def _write(library: LibraryDb, path: str, stamp: Stamp, reading: Reading) -> bool:
    contents = reading.contents
    with library.writing() as db:
        row = db.execute("SELECT id, looked FROM recordings WHERE path = ?", [path]).fetchone()
        if row and row["looked"] > reading.looked:
            return False  # another process read it later than we did
        created = contents.created if contents else stamp.modified
        recording_id = row["id"] if row else _free_id(db, created, path)
        if row:
            delete_contents(db, recording_id)
        columns: JsonObject = contents.columns if contents else dict.fromkeys(COLUMNS)
        values = {"id": recording_id, "path": path, **stamp._asdict()}
        values |= {"looked": reading.looked, "took": reading.took, "fault": reading.fault}
        settled = bool(contents) and columns["state"] == "complete"
        limits = ("encrypted", "left_out", "unseen")
        partial = columns["state"] == "live" or any(columns[name] for name in limits)
        values |= {"folder": os.path.dirname(path), "settled": settled, "partial": partial}
        _insert(db, "recordings", {**values, **columns, "created": created})
        if contents:
            _write_contents(db, recording_id, contents)
    return True


def _free_id(db: sqlite3.Connection, created: int, path: str) -> int:
    """An unused id for a recording of that time, or a little later if others have the same."""
    first = min(max(0, created // NS_PER_MS), _MAX_CREATED_MS)
    number = int.from_bytes(hashlib.sha256(os.fsencode(path)).digest()[:8])
    # Thousands may be of one time. In a window twice as large each time, half of it is free soon.
    tries = (first + number // (it + 1) % (1 << it) + it << ENTRY_BITS for it in count())
    sql = "SELECT 1 FROM recordings WHERE id = ?"
    return next(one for one in tries if not db.execute(sql, [one]).fetchone())


def delete_contents(db: sqlite3.Connection, recording_id: int) -> None:
    """Delete everything that belongs to a recording, except its own row."""
    ids = [recording_id, recording_id + MAX_ENTRIES]
    # The full-text index needs the text of an entry to delete its words.
    db.execute(
        "INSERT INTO words (words, rowid, text)"
        " SELECT 'delete', id, text FROM texts WHERE id BETWEEN ? AND ?",
        ids,
    )
    db.execute("DELETE FROM entries WHERE id BETWEEN ? AND ?", ids)
    for table in DETAIL_TABLES:
        db.execute(f"DELETE FROM {table} WHERE recording = ?", [recording_id])  # noqa: S608


def _insert(db: sqlite3.Connection, table: str, values: dict[str, object]) -> None:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    db.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", [*values.values()])  # noqa: S608


def _write_contents(db: sqlite3.Connection, recording_id: int, contents: Digest) -> None:
    for table, rows in (
        ("usage", contents.usage),
        ("tools", contents.tools),
        ("slowest", contents.slowest),
    ):
        if rows:
            marks = ", ".join("?" * (len(rows[0]) + 1))
            db.executemany(
                f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608
                [(recording_id, *row) for row in rows],
            )
    write_calls(db, recording_id, contents.calls)
    write_steps(db, recording_id, contents.steps)
    entries = contents.entries[:MAX_ENTRIES]
    db.executemany(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(recording_id + number, *_columns(entry)) for number, entry in enumerate(entries)],
    )
    db.execute(
        "INSERT INTO words (rowid, text) SELECT id, text FROM texts WHERE id BETWEEN ? AND ?",
        [recording_id, recording_id + MAX_ENTRIES],
    )


def _columns(entry: IndexEntry) -> tuple[object, ...]:
    offsets: bytes | None = None
    if any(entry.offsets):
        offsets = array("I", [min(offset, 0xFFFFFFFF) for offset in entry.offsets]).tobytes()
    return (
        *(entry.t, entry.kind, entry.actor, entry.tool),
        *(entry.exit, entry.failed, offsets, packed(entry.text)),
    )
