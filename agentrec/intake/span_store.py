"""Spans that have come, in a database, until no more of their trace are expected.

They come in several requests, in any order, and some twice: a span is stored once, as it came last. They
outlive the server, and several servers may share the database. Secrets are masked before.
"""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from agentrec.config import data_home, make_folders
from agentrec.errors import AgentrecError
from agentrec.otel.received_span import ReceivedSpan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agentrec.library.discovery import Stamp

NAME = "spans.db"
MAX_TRACE_SPANS = 100_000
# About the memory that the spans of a trace take while its recording is written.
MAX_TRACE_BYTES = 128 << 20
MAX_BYTES = 1 << 30  # of all traces
MAX_TRACES = 10_000
_LOCK_TIMEOUT_SECONDS = 20.0
_VERSION = 1
_VALUE_BYTES = 32

# Times in ns since the epoch. `waits_since` is that of the first span that is not in the recording yet,
# 0 if all are; `stamp` the recording as it was written last.
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS traces (
    trace TEXT PRIMARY KEY, changed INTEGER NOT NULL, waits_since INTEGER NOT NULL,
    is_ours INTEGER NOT NULL, spans INTEGER NOT NULL, bytes INTEGER NOT NULL,
    stamp TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spans (
    trace TEXT NOT NULL, span TEXT NOT NULL, bytes INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (trace, span)
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""


class StoreError(AgentrecError):
    """Spans cannot be stored now."""


class OpenTrace(NamedTuple):
    """A trace that spans may still come of."""

    trace: str
    changed: int
    waits_since: int
    is_ours: bool
    spans: int
    bytes: int
    stamp: str


class SpanStore:
    """For one thread at a time; close it after use."""

    def __init__(self, env: Mapping[str, str]) -> None:
        """Raises StoreError, NoHomeError."""
        folder = data_home(env)
        self.path = os.path.join(folder, NAME)
        try:
            make_folders(folder)
            self._db = self._opened()
        except (OSError, sqlite3.Error) as error:
            hint = f"delete {self.path}: it holds only spans that came a moment ago"
            raise StoreError(f"cannot open {self.path}: {error}", hint) from None

    def close(self) -> None:
        self._db.close()

    def trace(self, trace: str) -> OpenTrace | None:
        """What is known of a trace; None if no span of it is stored."""
        row = self._db.execute("SELECT * FROM traces WHERE trace = ?", (trace,)).fetchone()
        return _trace(row) if row else None

    def traces(self) -> list[OpenTrace]:
        """All traces, the one that changed longest ago first."""
        rows = self._db.execute("SELECT * FROM traces ORDER BY changed").fetchall()
        return [_trace(row) for row in rows]

    def spans(self, trace: str) -> list[ReceivedSpan]:
        rows = self._db.execute("SELECT body FROM spans WHERE trace = ?", (trace,))
        return [ReceivedSpan.from_json(body) for (body,) in rows]

    def add(self, trace: str, spans: Sequence[ReceivedSpan], now: int, *, is_ours: bool) -> int:
        """Store spans of a trace; returns how many of them, the last ones, had no room."""
        before = self.trace(trace)
        count, size = (before.spans, before.bytes) if before else (0, 0)
        for number, span in enumerate(spans):
            body = span.to_json()
            earlier = self._db.execute(
                "SELECT bytes FROM spans WHERE trace = ? AND span = ?", (trace, span.id)
            ).fetchone()
            weight = _weight(body)
            more = weight - (earlier[0] if earlier else 0)
            if size + more > MAX_TRACE_BYTES or (not earlier and count >= MAX_TRACE_SPANS):
                self._note(trace, now, count, size, before, is_ours=is_ours)
                return len(spans) - number
            self._db.execute(
                "INSERT OR REPLACE INTO spans VALUES (?, ?, ?, ?)",
                (trace, span.id, weight, body),
            )
            count, size = count + (not earlier), size + more
        self._note(trace, now, count, size, before, is_ours=is_ours)
        return 0

    def _note(
        self,
        trace: str,
        now: int,
        count: int,
        size: int,
        before: OpenTrace | None,
        *,
        is_ours: bool,
    ) -> None:
        waits = (before.waits_since if before else 0) or now
        ours = is_ours or (before is not None and before.is_ours)
        stamp = before.stamp if before else ""
        self._db.execute(
            "INSERT OR REPLACE INTO traces VALUES (?, ?, ?, ?, ?, ?, ?)",
            (trace, now, waits, ours, count, size, stamp),
        )

    def written(self, trace: OpenTrace, stamp: Stamp | None) -> None:
        """Note that the recording has all spans that there were in ``trace``."""
        self._db.execute(
            """UPDATE traces SET stamp = ?, waits_since = CASE WHEN changed = ? THEN 0 ELSE changed END
               WHERE trace = ?""",
            (stamp_text(stamp), trace.changed, trace.trace),
        )

    def forget(self, trace: str) -> None:
        """Delete the spans of a trace."""
        self._db.execute("DELETE FROM spans WHERE trace = ?", (trace,))
        self._db.execute("DELETE FROM traces WHERE trace = ?", (trace,))

    def totals(self) -> tuple[int, int]:
        """How many traces there are, and the bytes of their spans."""
        row = self._db.execute("SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM traces").fetchone()
        return int(row[0]), int(row[1])

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All changes in it, or none. Raises StoreError."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise StoreError(f"cannot write {self.path}: {error}") from None
            raise

    def _opened(self) -> sqlite3.Connection:
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        db = sqlite3.connect(
            self.path, timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        # What is deleted is overwritten: it may hold what nobody wants to keep.
        db.executescript("PRAGMA secure_delete = ON; PRAGMA synchronous = NORMAL;")
        if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        return db


def _weight(body: str) -> int:
    """Bytes that the values in a JSON text take, about."""
    return len(body) + _VALUE_BYTES * sum(map(body.count, ",[{"))


def stamp_text(stamp: Stamp | None) -> str:
    """A stamp as the database stores it; empty for a missing file."""
    return json.dumps(stamp) if stamp else ""


def _trace(row: tuple[object, ...]) -> OpenTrace:
    trace, changed, waits, ours, spans, size, stamp = row
    return OpenTrace(
        str(trace), _int(changed), _int(waits), bool(ours), _int(spans), _int(size), str(stamp)
    )


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0
