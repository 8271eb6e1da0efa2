"""Writing what a recording holds into the index, and taking it out again."""

from __future__ import annotations

import os
import time
from array import array
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError
from agentrec.library.index.store import FACTS, OF_A_RECORDING, ROOM
from agentrec.times import NS_PER_MS

if TYPE_CHECKING:
    import sqlite3

    from agentrec.library.discovery import Stamp
    from agentrec.library.index.digest import Digest
    from agentrec.library.index.entries import Entry
    from agentrec.library.index.store import Store

_LATEST = 1 << 42  # ms of Unix time; no recording is dated later
_MOST = (1 << ROOM) - 1  # entries of a recording


def take(store: Store, path: str, stamp: Stamp) -> bool:
    """Read a recording into the index; whether that was still needed. Raises OutputError."""
    # Heavy parts, which a look at an index that is up to date does without.
    from agentrec.library.index.digest import digest

    began = time.time()
    read: Digest | None = None
    fault = ""
    try:
        read = digest(path, stamp.modified)
    except AgentrecError as error:
        fault = str(error)
    except Exception as error:  # noqa: BLE001 - one strange file must not hide all others
        fault = f"{path} cannot be listed: {type(error).__name__}: {error}"
    if fault and not os.path.exists(path):
        return False
    took = time.time() - began
    try:
        return _put(store, path, stamp, read, fault, began, took)
    except (OverflowError, UnicodeEncodeError) as error:  # what no database can hold
        return _put(store, path, stamp, None, f"{path} cannot be listed: {error}", began, took)


def _put(
    store: Store,
    path: str,
    stamp: Stamp,
    read: Digest | None,
    fault: str,
    began: float,
    took: float,
) -> bool:
    with store.writing() as db:
        row = db.execute("SELECT id, looked FROM recordings WHERE path = ?", [path]).fetchone()
        if row and row["looked"] > began:
            return False  # somebody else read it later than we did
        created = read.facts["created"] if read else stamp.modified
        place = row["id"] if row else _free(db, created)
        if row:
            drop(db, place)
        facts = read.facts if read else dict.fromkeys(FACTS)
        values = {"id": place, "path": path, **stamp._asdict(), "looked": began, "took": took}
        _insert(db, "recordings", {**values, "fault": fault, **facts, "created": created})
        if read:
            _store(db, place, read)
    return True


def _free(db: sqlite3.Connection, created: int) -> int:
    """An id for a recording of that time which no other has."""
    place = min(max(0, created // NS_PER_MS), _LATEST) << ROOM
    while db.execute("SELECT 1 FROM recordings WHERE id = ?", [place]).fetchone():
        place += 1 << ROOM
    return place


def drop(db: sqlite3.Connection, place: int) -> None:
    """Everything that belongs to a recording but its own row."""
    span = [place, place + _MOST]
    # The words of an entry can only be taken out while its text is there.
    db.execute(
        "INSERT INTO words (words, rowid, text)"
        " SELECT 'delete', id, text FROM entries WHERE id BETWEEN ? AND ?",
        span,
    )
    db.execute("DELETE FROM entries WHERE id BETWEEN ? AND ?", span)
    for table in OF_A_RECORDING:
        db.execute(f"DELETE FROM {table} WHERE recording = ?", [place])  # noqa: S608


def _insert(db: sqlite3.Connection, table: str, values: dict[str, object]) -> None:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    db.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", [*values.values()])  # noqa: S608


def _store(db: sqlite3.Connection, place: int, read: Digest) -> None:
    for table, rows in (("usage", read.usage), ("tools", read.tools), ("slowest", read.slowest)):
        if rows:
            marks = ", ".join("?" * (len(rows[0]) + 1))
            db.executemany(
                f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608
                [(place, *row) for row in rows],
            )
    entries = read.entries[:_MOST]
    db.executemany(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(place + number, *_columns(entry)) for number, entry in enumerate(entries)],
    )
    db.execute(
        "INSERT INTO words (rowid, text) SELECT id, text FROM entries WHERE id BETWEEN ? AND ?",
        [place, place + _MOST],
    )


def _columns(entry: Entry) -> tuple[object, ...]:
    late = any(entry.offsets)
    offsets = array("I", [min(it, 0xFFFFFFFF) for it in entry.offsets]).tobytes() if late else None
    return (
        *(entry.t, entry.kind, entry.actor, entry.tool),
        *(entry.exit, entry.failed, offsets, entry.text),
    )
