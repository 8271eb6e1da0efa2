"""The database of the library: its tables, and how several processes share it.

Everything in it comes from the files, so nothing is ever migrated: an older or broken database is recreated.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypedDict

from agentrec.errors import AgentrecError, OutputError
from agentrec.library.index.texts import unpacked
from agentrec.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

# Version of the tables and of what they contain.
VERSION = 11
DB_NAME = "library.db"
_MEMORY = ":memory:"
# How long to wait for another process that writes.
_LOCK_TIMEOUT_SECONDS = 30.0

# A recording's id is its start in ms of Unix time, shifted left by this to make room for the ids of its
# entries. So ids are in order of time, and a search returns the newest hits first.
ENTRY_BITS = 20
# Entries of a recording.
MAX_ENTRIES = (1 << ENTRY_BITS) - 1

# Model calls are totaled per slot, so that they can be grouped by day in any time zone.
SLOT_SECONDS = 1800

# Columns of the list; each is a key of Digest.columns. Times in ns, sizes in bytes.
COLUMNS = {
    "session": "TEXT",  # the id in the header
    "file": "TEXT",  # the id of the file; rewriting it gives it a new one
    "created": "INTEGER",
    "duration": "INTEGER",
    "title": "TEXT",
    "tags": "TEXT",  # each between line ends
    "prompt": "TEXT",  # the first prompt to an agent
    "command": "TEXT",  # a JSON array
    "program": "TEXT",
    "cwd": "TEXT",
    "project": "TEXT",
    "agent": "TEXT",
    "parent": "TEXT",
    "relation": "TEXT",
    "signed_by": "TEXT",  # a fingerprint, not verified
    "state": "TEXT",  # complete, live, torn, damaged or encrypted
    "exit_code": "INTEGER",
    "exit_signal": "INTEGER",
    "failed": "INTEGER",  # NULL: unknown
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
    "unseen": "INTEGER",  # whether some output was skipped
    "encrypted": "INTEGER",  # then nothing of it is in the index
    "damage": "INTEGER",
}

_SCHEMA = f"""
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY,
    path TEXT UNIQUE NOT NULL,
    folder TEXT NOT NULL,
    device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
    looked REAL NOT NULL,  -- Unix time
    took REAL NOT NULL,  -- seconds
    fault TEXT NOT NULL DEFAULT '',  -- why it could not be read
    settled INTEGER NOT NULL,  -- whether the file changes no more, unless it is replaced
    partial INTEGER NOT NULL,  -- whether something of it may not be in the index
    {", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())}
);
CREATE INDEX recordings_faults ON recordings (path, fault) WHERE fault != '';
CREATE INDEX recordings_folder ON recordings (folder);
CREATE INDEX recordings_unsettled ON recordings (settled) WHERE NOT settled;
CREATE INDEX recordings_partial ON recordings (partial) WHERE partial;
CREATE INDEX recordings_session ON recordings (session, events, fault, path);
CREATE TABLE folders (  -- those whose recordings are all in the index, see folders
    path TEXT PRIMARY KEY, parent TEXT NOT NULL,
    device INTEGER NOT NULL, inode INTEGER NOT NULL, modified INTEGER NOT NULL,
    looked REAL NOT NULL  -- Unix time
) WITHOUT ROWID;
CREATE TABLE usage (
    recording INTEGER NOT NULL,
    part INTEGER NOT NULL,  -- numbers the rows of a recording
    agent TEXT, model TEXT, slot INTEGER, calls INTEGER, input INTEGER, output INTEGER,
    cache_read INTEGER, cache_write INTEGER, cost REAL, without_price INTEGER,
    tokens_without_price INTEGER
);
CREATE INDEX usage_recording ON usage (recording);
CREATE TABLE calls (  -- those that have an id, see repeats
    recording INTEGER NOT NULL, key INTEGER NOT NULL, part INTEGER NOT NULL,
    input INTEGER, output INTEGER, cache_read INTEGER, cache_write INTEGER, cost REAL,
    PRIMARY KEY (recording, key)
) WITHOUT ROWID;
CREATE INDEX calls_key ON calls (key);
CREATE TABLE steps (  -- turns, tool calls and errors, see repeats
    recording INTEGER NOT NULL, key INTEGER NOT NULL, tool TEXT,
    turns INTEGER, calls INTEGER, failed INTEGER, ms REAL, errors INTEGER,
    PRIMARY KEY (recording, key)
) WITHOUT ROWID;
CREATE INDEX steps_key ON steps (key);
CREATE TABLE repeated (key INTEGER PRIMARY KEY);  -- calls and steps that were in several recordings
CREATE TABLE tools (recording INTEGER NOT NULL, name TEXT, calls INTEGER, failed INTEGER, ms REAL);
CREATE INDEX tools_recording ON tools (recording);
CREATE TABLE slowest (recording INTEGER NOT NULL, ms REAL, t INTEGER, what TEXT, about TEXT);
CREATE INDEX slowest_recording ON slowest (recording);
CREATE TABLE entries (
    id INTEGER PRIMARY KEY,  -- the recording's id plus the index of the entry
    t INTEGER, kind TEXT, actor TEXT, tool TEXT, exit INTEGER, failed INTEGER,
    offsets BLOB,  -- u32 ms after t for each line; NULL: all 0
    text BLOB  -- see texts.packed
);
CREATE VIEW texts AS SELECT id, unpacked(text) AS text FROM entries;
CREATE INDEX entries_kind ON entries (kind);
CREATE VIRTUAL TABLE words USING fts5 (
    text, content='texts', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
);
"""  # noqa: S608
# Tables whose rows belong to one recording.
DETAIL_TABLES = ("usage", "calls", "steps", "tools", "slowest")


class RecordingRow(TypedDict):
    """A row of ``recordings`` that could be read (``fault`` is empty)."""

    id: int
    path: str
    device: int
    inode: int
    size: int
    modified: int
    looked: float
    took: float
    fault: str
    session: str
    file: str
    created: int
    duration: int
    title: str
    tags: str
    prompt: str
    command: str
    program: str
    cwd: str
    project: str
    agent: str
    parent: str
    relation: str
    signed_by: str
    state: str
    exit_code: int | None
    exit_signal: int | None
    failed: int | None
    events: int
    output: int
    moments: int
    snapshots: int
    turns: int
    errors: int
    tokens: int
    cost: float | None
    without_price: int
    left_out: int
    unseen: int
    encrypted: int
    damage: int


class LibraryDb:
    """A connection to the database in ``folder``, which is created if missing. For one thread.

    With ``rebuild``, an existing database is deleted first. Raises OutputError if it cannot be created or
    written, LibraryError if a newer version created it.
    """

    def __init__(self, folder: str, *, rebuild: bool = False) -> None:
        self.path = os.path.join(folder, DB_NAME)
        with _database_errors(self.path):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            with FileLock(os.path.join(folder, f"{DB_NAME}.lock")):
                if rebuild:
                    _remove(self.path)
                try:
                    self.db = _connect(self.path)
                except sqlite3.DatabaseError as error:
                    if not _is_broken(error):
                        raise
                    _remove(self.path)
                    self.db = _connect(self.path)

    @classmethod
    def in_memory(cls) -> Self:
        """An empty one of which nothing reaches the disk."""
        library = cls.__new__(cls)
        library.path = _MEMORY
        library.db = sqlite3.connect(_MEMORY, isolation_level=None)
        library.db.execute("PRAGMA temp_store = MEMORY")
        _prepare(library.db, _MEMORY)
        return library

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: all of it or nothing. Waits for other writers."""
        with _database_errors(self.path):
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that reads: it sees one consistent state, no matter who writes meanwhile."""
        with _database_errors(self.path):
            self.db.execute("BEGIN")
            try:
                yield self.db
            finally:
                self.db.execute("ROLLBACK")


class LibraryError(AgentrecError):
    """The database cannot be used."""


def _remove(path: str) -> None:
    """Delete the database at ``path``. Processes that have it open keep the old content."""
    # The log first: if it stayed, SQLite would apply it to the next database.
    for ending in ("-wal", "-shm", ""):
        if os.path.lexists(path + ending):
            os.unlink(path + ending)


def _connect(path: str) -> sqlite3.Connection:
    os.close(
        os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    )  # as private as the recordings
    db = sqlite3.connect(path, timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None)
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
            f"{path} was created by a newer agentrec",
            "use that version, or `agentrec ls --rebuild`",
        )
    db.row_factory = sqlite3.Row
    db.create_function("unpacked", 1, unpacked, deterministic=True)
    # A change lost in a power failure is read from the files again.
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA cache_size = -16000")  # KiB
    if version == VERSION:
        return
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN EXCLUSIVE")
    old = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE V%'")
    for (name,) in [*old]:
        db.execute(f'DROP TABLE "{name}"')  # drops its shadow tables as well
    for (name,) in [*db.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]:
        db.execute(f'DROP VIEW "{name}"')
    old = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    for (name,) in [*old]:
        db.execute(f'DROP TABLE "{name}"')
    for statement in _statements(_SCHEMA):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _statements(script: str) -> Iterator[str]:
    """Single statements, to run in one transaction; ``executescript`` would commit it."""
    text = ""
    for line in script.splitlines():
        text += line + "\n"
        if sqlite3.complete_statement(text):
            yield text
            text = ""


def _is_broken(error: sqlite3.DatabaseError) -> bool:
    return error.sqlite_errorcode in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def _database_errors(path: str) -> Iterator[None]:
    """Turn errors of the database into an OutputError."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {error.filename or path}: {error.strerror}") from None
    except sqlite3.DatabaseError as error:
        hint = "`agentrec ls --rebuild` recreates it" if _is_broken(error) else ""
        raise OutputError(f"cannot use the library {path}: {error}", hint) from None
