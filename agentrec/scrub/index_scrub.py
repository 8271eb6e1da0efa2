"""The library's index: what it has of a recording is deleted so that the database file does not have it."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from agentrec.config import data_home
from agentrec.library.index.index_writer import delete_contents
from agentrec.library.index.library_db import DB_NAME, LibraryDb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def forget(paths: Iterable[str], env: Mapping[str, str]) -> None:
    """Delete these recordings from the index; they are read again by the next command that needs them.

    Raises OutputError.
    """
    folder = data_home(env)
    if not os.path.exists(os.path.join(folder, DB_NAME)):
        return
    library = LibraryDb(folder)
    try:
        library.db.execute("PRAGMA secure_delete = ON")  # zeros instead of free pages
        with library.writing() as db:
            for path in paths:
                _forget(db, os.path.realpath(path))
                _forget(db, os.path.abspath(path))
            db.execute("INSERT INTO words (words) VALUES ('optimize')")  # without deleted words
        library.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        library.close()


def _forget(db: sqlite3.Connection, path: str) -> None:
    row = db.execute("SELECT id FROM recordings WHERE path = ?", [path]).fetchone()
    if row:
        delete_contents(db, row["id"])
        db.execute("DELETE FROM recordings WHERE id = ?", [row["id"]])
