"""opencode's database: its sessions, in the tables of version 1 and of version 2."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from agentrec.agents.opencode.conversation import SLACK_MS, Conversation, Source, from_json
from agentrec.agents.opencode.session_messages import SessionMessages
from agentrec.agents.opencode.session_parts import SessionParts
from agentrec.agents.opencode.stored_database import open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder

    Row = tuple[str, str | None, str, str | None, str, str | None]

_TABLES = "select name from sqlite_master where type = 'table'"
_COLUMNS = "select id, parent_id, version, agent, directory, revert from"
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
        self._source = Source(path, cwd, int(since * 1000))
        self._sessions: dict[str, _Session] = {}
        # Times of the database and its write-ahead log at the last read.
        self._mtimes: list[int] = []
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
        """Yield all events of what is there already."""
        while events := self.read():
            yield from events
            self.forget_times()  # a read is limited

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
            self._read_tables(connection, {name for (name,) in connection.execute(_TABLES)})
            self._failure = ""
        except sqlite3.Error as error:
            self._mtimes = []  # locked, or just being made: try again later
            self._failure = str(error)
        finally:
            connection.close()

    def _read_tables(self, connection: sqlite3.Connection, tables: set[str]) -> None:
        since_ms = self._source.since_ms - SLACK_MS
        limits = {"cwd": self._source.cwd, "since": since_ms, "id": self._only}
        has_messages = "session_message" in tables
        # A database that version 2 has taken over has both; without any, say so by the query's error.
        for sessions in [name for name in ("session", "session_v2") if name in tables] or [
            "session"
        ]:
            more = _OR_MESSAGES.format(sessions=sessions) if has_messages else ""
            query = (_ONE_SESSION if self._only else _SESSIONS).format(
                columns=_COLUMNS, sessions=sessions, or_messages=more
            )
            for row in connection.execute(query, limits).fetchall():
                if self._is_ours is None or self._is_ours(row[0], row[1]):
                    self._session(row).read(connection, tables, row)

    def _session(self, row: Row) -> _Session:
        session_id, parent, version, agent, directory, _ = row
        if session_id not in self._sessions:
            actor = None
            if parent:
                actor = f"{self._builder.agent}/{agent or 'agent'}-{str(session_id)[-8:]}"
            source = self._source._replace(cwd=directory)
            conversation = Conversation(self._builder, session_id, source, actor)
            self._sessions[session_id] = _Session(conversation)
            if actor is None:
                self._start_session(session_id, version, source)
        return self._sessions[session_id]

    def _start_session(self, session_id: str, version: str, source: Source) -> None:
        path, cwd = source.path, source.cwd
        resume = {"argv": [self._program, "--session", session_id], "cwd": cwd}
        self._builder.session(session_id, path, version=version, cwd=cwd, resume=resume)
        self._builder.lifecycle("started")


class _Session:
    """A conversation, and how far its tables were read."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._parts = SessionParts(conversation)
        self._messages = SessionMessages(conversation)

    def read(self, connection: sqlite3.Connection, tables: set[str], row: Row) -> None:
        if "part" in tables:
            self._parts.read(connection)
        if "session_message" in tables:
            self._messages.read(connection)
        self._conversation.reverted(from_json(row[-1]))


def _mtime_ns(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return -1
