"""opencode's database: its sessions, in the tables of version 1 and of version 2."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING

from agentrec.agents.opencode.conversation import (
    SLACK_MS,
    Conversation,
    Session,
    Source,
    begin,
    from_json,
    in_order_of_time,
)
from agentrec.agents.opencode.session_messages import SessionMessages
from agentrec.agents.opencode.session_parts import SessionParts
from agentrec.agents.opencode.stored_database import open_database
from agentrec.errors import FormatError
from agentrec.json_values import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder

    Columns = dict[str, set[str]]  # by table
    Row = tuple[str, str | None, str, str | None, str, str | None]

# Tries to read what is stored while opencode writes, and the pause between them.
_TRIES, _AGAIN_SECONDS = 5, 0.1
_TABLES = """
    select tables.name, columns.name from sqlite_master tables, pragma_table_info(tables.name) columns
    where tables.type = 'table'"""
_COLUMNS = "select id, parent_id, version, {agent}, directory, revert from"
_FIRST_MESSAGE = "select data from message where session_id = ? order by id limit 1"
_SESSIONS = """
    {columns} {sessions}
    where directory = :cwd and (time_updated >= :since {or_messages}) order by time_created"""
_ONE_SESSION = """
    {columns} {sessions} where id = :id or parent_id = :id order by parent_id is not null, time_created"""
# Version 2 does not always touch the session when a message comes.
_OR_MESSAGES = """
    or exists (select 1 from session_message
               where session_id = {sessions}.id and session_message.time_created >= :since)"""


class Database:
    """Reads what is new of the sessions in one directory. Never writes, never holds a lock for long.

    ``program`` is what opens a session again. ``is_ours(session, parent)`` says by ids whether a session is
    read. With ``only``, the id of a session, all of that one and of its sub-agents is read, whatever its
    directory and age.
    """

    def __init__(
        self,
        builder: EventBuilder,
        path: str,
        cwd: str,
        *,
        since: float,
        program: str = "opencode",
        only: str = "",
        is_ours: Callable[[str, str | None], bool] | None = None,
    ) -> None:
        self._is_ours = is_ours
        self._builder, self._program, self._only = builder, program, only
        self._source = Source(path, cwd, int(since * 1000), stored=bool(only))
        self._sessions: dict[str, _Tables] = {}
        # Times of the database and its write-ahead log at the last read.
        self._mtimes: list[int] = []
        # The events of a stored session, and of each of its sub-agents.
        self._stored: list[list[AgentEvent]] = []
        # Why its tables could not be read the last time.
        self._failure = ""

    @property
    def failed(self) -> bool:
        """Whether the last read did not get through."""
        return bool(self._failure)

    @property
    def has_sessions(self) -> bool:
        """Whether something was reported."""
        return bool(self._sessions)

    def read(self, *, again: bool = False) -> list[AgentEvent]:
        """Return the events since the last call; ``again``: look though nothing was written."""
        mtimes = [_mtime_ns(self._source.path + suffix) for suffix in ("", "-wal")]
        if again or mtimes != self._mtimes:
            self._mtimes = mtimes
            self._query()
        return self._builder.drain()

    def forget_times(self) -> None:
        """Look at the next read though nothing was written."""
        self._mtimes = []

    def read_stored(self) -> Iterator[AgentEvent]:
        """Yield all events of what is there already, in order of their times. Raises FormatError."""
        for _ in range(_TRIES):
            self._query()
            if not self._failure:
                break
            time.sleep(_AGAIN_SECONDS)
        else:
            raise FormatError(f"the tables of {self._source.path} cannot be read: {self._failure}")
        yield from in_order_of_time(self._stored)

    def finish(self) -> None:
        """Say why it could not be read, if so: opencode has ended."""
        if self._failure:
            name = os.path.basename(self._source.path)
            self._builder.misreads.broken(1, f"tables of {name} cannot be read: {self._failure}")

    def _query(self) -> None:
        try:
            connection = open_database(self._source.path)
        except sqlite3.Error:
            return
        try:
            self._read_tables(connection, _columns(connection))
            self._failure = ""
        except sqlite3.Error as error:
            self._mtimes = []  # locked, or just being made: try again later
            self._failure = str(error)
        finally:
            connection.close()

    def _read_tables(self, connection: sqlite3.Connection, tables: Columns) -> None:
        since_ms = self._source.since_ms - SLACK_MS
        limits = {"cwd": self._source.cwd, "since": since_ms, "id": self._only}
        has_messages = "session_message" in tables
        # A database that version 2 has taken over has both; without any, say so by the query's error.
        for sessions in [name for name in ("session", "session_v2") if name in tables] or [
            "session"
        ]:
            more = _OR_MESSAGES.format(sessions=sessions) if has_messages else ""
            agent = "agent" if "agent" in tables.get(sessions, ()) else "null"  # up to version 1.3
            query = (_ONE_SESSION if self._only else _SESSIONS).format(
                columns=_COLUMNS.format(agent=agent), sessions=sessions, or_messages=more
            )
            for row in connection.execute(query, limits).fetchall():
                if self._is_ours is None or self._is_ours(row[0], row[1]):
                    self._session(connection, row).read(connection, tables, row)
                    if self._only:
                        self._stored.append(self._builder.drain())

    def _session(self, connection: sqlite3.Connection, row: Row) -> _Tables:
        session = Session(*row[:-1])
        if session.id not in self._sessions:
            if session.parent and not session.agent:
                session = session._replace(agent=_first_agent(connection, session.id))
            conversation = begin(self._builder, self._program, session, self._source)
            self._sessions[session.id] = _Tables(conversation)
        return self._sessions[session.id]


class _Tables:
    """A conversation, and how far its tables were read."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._parts = SessionParts(conversation)
        self._messages = SessionMessages(conversation)

    def read(self, connection: sqlite3.Connection, tables: Columns, row: Row) -> None:
        if "part" in tables:
            self._parts.read(connection)
        if columns := tables.get("session_message"):
            self._messages.read(connection, numbered="seq" in columns)
        self._conversation.reverted(from_json(row[-1]))


def _columns(connection: sqlite3.Connection) -> Columns:
    found: Columns = {}
    for name, column in connection.execute(_TABLES):
        found.setdefault(name, set()).add(column)
    return found


def _first_agent(connection: sqlite3.Connection, session_id: str) -> str:
    """The agent that the first message of a session is for."""
    row = connection.execute(_FIRST_MESSAGE, (session_id,)).fetchone()
    return text(from_json(row[0]).get("agent")) if row else ""


def _mtime_ns(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return -1
