"""Opens a database of opencode for reading, so that neither it nor its folder changes."""

from __future__ import annotations

import os
import sqlite3
from urllib.parse import quote

_LOCK_TIMEOUT_SECONDS = 0.2


def open_database(path: str) -> sqlite3.Connection:
    """Open ``path`` for reading.

    Without a log or journal beside it nobody writes to it. It is read without locks then, and SQLite makes no
    files. opencode waits for no lock when it starts: a reader's would end it with "database is locked".
    Beside a log, SQLite would note in the log's index (``-shm``) that there is a reader: it is opened for
    reading only.

    Raises sqlite3.Error, here or by a query, also when opencode begins to write at that moment: try again.
    """
    in_use = any(os.path.exists(path + suffix) for suffix in ("-wal", "-journal"))
    how = "" if in_use else "&immutable=1"
    if os.path.exists(path + "-shm"):
        how += "&readonly_shm=1"
    uri = f"file:{quote(path)}?mode=ro{how}"
    return sqlite3.connect(uri, uri=True, timeout=_LOCK_TIMEOUT_SECONDS)
