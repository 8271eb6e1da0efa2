"""The database of the library: its tables, and how several processes share it.

Everything in it comes from the files, so nothing is ever migrated: an older or broken one is made anew.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError, OutputError
from agentrec.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 2  # of the tables, and of what is put into them
FILE = "library.db"
_PATIENCE = 30.0  # seconds to wait for another process that writes

# A recording's id is when it began, in ms of Unix time, shifted to make room for the ids of its
# entries: so ids are in order of time, and the newest hits of a search come first by themselves.
ROOM = 20  # bits

SLOT = 1800  # seconds; sums of model calls are kept by such stretches of time, for any zone's days

# What the list shows; each is a key of Digest.facts. Times in ns, sizes in bytes.
FACTS = {
    "session": "TEXT",  # the header's id
    "file": "TEXT",  # the file's own id, another one after it was written anew
    "created": "INTEGER",
    "duration": "INTEGER",
    "title": "TEXT",
    "prompt": "TEXT",  # what the user asked an agent for first
    "command": "TEXT",  # a JSON array
    "program": "TEXT",
    "cwd": "TEXT",
    "project": "TEXT",
    "agent": "TEXT",
    "parent": "TEXT",
    "relation": "TEXT",
    "state": "TEXT",  # complete, live, torn or damaged
    "exit_code": "INTEGER",
    "exit_signal": "INTEGER",
    "events": "INTEGER",
    "output": "INTEGER",
    "moments": "INTEGER",
    "snapshots": "INTEGER",
    "turns": "INTEGER",
    "errors": "INTEGER",
    "tokens": "INTEGER",
    "cost": "REAL",
    "without_price": "INTEGER",
    "left_out": "INTEGER",  # characters that are not in the index
    "unseen": "INTEGER",  # whether some output was not looked at
    "damage": "INTEGER",
}

_SCHEMA = f"""
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY,
    path TEXT UNIQUE NOT NULL,
    device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
    looked REAL NOT NULL,  -- Unix time
    took REAL NOT NULL,  -- seconds
    fault TEXT NOT NULL DEFAULT '',  -- why it could not be read
    {", ".join(f"{name} {kind}" for name, kind in FACTS.items())}
);
CREATE TABLE usage (
    recording INTEGER NOT NULL,
    agent TEXT, model TEXT, slot INTEGER, calls INTEGER, input INTEGER, output INTEGER,
    cache_read INTEGER, cache_write INTEGER, cost REAL, without_price INTEGER
);
CREATE INDEX usage_recording ON usage (recording);
CREATE TABLE tools (recording INTEGER NOT NULL, name TEXT, calls INTEGER, failed INTEGER, ms REAL);
CREATE INDEX tools_recording ON tools (recording);
CREATE TABLE slowest (recording INTEGER NOT NULL, ms REAL, t INTEGER, what TEXT, about TEXT);
CREATE INDEX slowest_recording ON slowest (recording);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,  -- the recording's, plus its place there
    t INTEGER, kind TEXT, actor TEXT, tool TEXT, exit INTEGER, failed INTEGER,
    offsets BLOB,  -- u32 ms after t for each line; NULL: all 0
    text TEXT
);
CREATE INDEX entries_kind ON entries (kind);
CREATE VIRTUAL TABLE words USING fts5 (
    text, content='entries', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
"""
OF_A_RECORDING = ("usage", "tools", "slowest")  # tables that refer to one


class Store:
    """A connection to the database in ``folder`` (made if need be). One thread may use it.

    With ``anew``, what was there is deleted first. Raises OutputError when it cannot be made or
    written, LibraryError when it is a later version's.
    """

    def __init__(self, folder: str, *, anew: bool = False) -> None:
        self.path = os.path.join(folder, FILE)
        with _reported(self.path):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            with FileLock(os.path.join(folder, f"{FILE}.lock")):
                if anew:
                    _remove(self.path)
                try:
                    self.db = _opened(self.path)
                except sqlite3.DatabaseError as error:
                    if not _broken(error):
                        raise
                    _remove(self.path)
                    self.db = _opened(self.path)

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One change: all of it or nothing. Waits for others that write."""
        with _reported(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Everything that is read within is of one moment, whoever writes meanwhile."""
        with _reported(self.path):
            self.db.execute("BEGIN")
            try:
                yield self.db
            finally:
                self.db.execute("ROLLBACK")


class LibraryError(AgentrecError):
    """The database cannot be used."""


def _remove(path: str) -> None:
    """Delete the database at ``path``. Who has it open keeps what was there."""
    # The log first: left alone, it would be taken for that of the next database.
    for ending in ("-wal", "-shm", ""):
        if os.path.lexists(path + ending):
            os.unlink(path + ending)


def _opened(path: str) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # it holds what they hold
    db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        _prepare(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: str) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise LibraryError(
            f"{path} was made by a newer agentrec", "use that one, or `agentrec ls --rebuild`"
        )
    db.row_factory = sqlite3.Row
    # A change that a power failure undoes is made again from the files.
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA cache_size = -16000")  # KiB
    if version == VERSION:
        return
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN EXCLUSIVE")
    old = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE V%'")
    for (name,) in [*old]:
        db.execute(f'DROP TABLE "{name}"')  # and with it the tables it stands for
    old = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    for (name,) in [*old]:
        db.execute(f'DROP TABLE "{name}"')
    for statement in _statements(_SCHEMA):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """Each by itself: all in one transaction, which ``executescript`` would end."""
    text = ""
    for line in script.splitlines():
        text += line + "\n"
        if sqlite3.complete_statement(text):
            yield text
            text = ""


def _broken(error: sqlite3.DatabaseError) -> bool:
    return error.sqlite_errorcode in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def _reported(path: str) -> Iterator[None]:
    """Say in one line what went wrong with the database."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {error.filename or path}: {error.strerror}") from None
    except sqlite3.DatabaseError as error:
        hint = "`agentrec ls --rebuild` makes it anew" if _broken(error) else ""
        raise OutputError(f"the library {path} cannot be used: {error}", hint) from None
