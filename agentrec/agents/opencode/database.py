"""opencode's database: sessions, messages and their parts, which are rewritten as they grow."""

from __future__ import annotations

import json
import os
import sqlite3
from typing import NamedTuple
from urllib.parse import quote

from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder, ModelCall
from agentrec.agents.follow.timestamps import iso_time
from agentrec.json_values import JsonObject, amount, count, table, text
from agentrec.recording.events.llm import Usage

KINDS = frozenset({"text", "reasoning", "tool", "step-finish"})
SILENT_KINDS = frozenset({
    "agent", "compaction", "file", "patch", "retry", "snapshot", "step-start", "subtask",
})  # fmt: skip
# A row may be written a little after the time it carries.
SLACK_MS = 2000
# Of one read.
MAX_PARTS = 2000
LOCK_TIMEOUT_SECONDS = 0.2

_SESSIONS = """
    select id, parent_id, version, agent from session
    where directory = ? and time_updated >= ? order by time_created"""
_PARTS = """
    select part.id, part.message_id, part.time_updated, part.data, message.data
    from part join message on message.id = part.message_id
    where part.session_id = ? and part.time_updated >= ? and message.time_created >= ?
    order by part.id limit ?"""


# Version 1 makes this table, too, and leaves it empty.
_NEWER = "select 1 from sqlite_master where type = 'table' and name = 'session_message'"
_NEWER_MESSAGES = "select 1 from session_message where time_updated >= ? limit 1"


class Database:
    """Reads what is new of the sessions in one directory. Never writes, never holds a lock for long.

    ``program`` is what opens a session again.
    """

    def __init__(
        self,
        builder: EventBuilder,
        path: str,
        cwd: str,
        *,
        since: float,
        program: str = "opencode",
    ) -> None:
        self._builder, self._path, self._cwd, self._program = builder, path, cwd, program
        self._since_ms = int(since * 1000)
        self._sessions: dict[str, _Session] = {}
        # Times of the database and its write-ahead log at the last read.
        self._mtimes: list[int] = []
        # Why its tables could not be read the last time.
        self._failure = ""
        # Whether messages are in tables that only version 2 uses.
        self._has_newer_tables = False

    def read(self) -> list[AgentEvent]:
        """Return the events since the last call."""
        mtimes = [_mtime_ns(self._path + suffix) for suffix in ("", "-wal")]
        if mtimes != self._mtimes:
            self._mtimes = mtimes
            self._query()
        return self._builder.drain()

    def finish(self) -> list[AgentEvent]:
        """End the run: opencode has ended."""
        if self._failure:
            name = os.path.basename(self._path)
            self._builder.misreads.broken(1, f"tables of {name} cannot be read: {self._failure}")
        if self._has_newer_tables:
            self._builder.misreads.broken(1, "messages in the tables of version 2 cannot be read")
        if self._sessions:
            self._builder.finished()
        return self._builder.drain()

    def _query(self) -> None:
        uri = f"file:{quote(self._path)}?mode=ro"
        try:
            connection = sqlite3.connect(uri, uri=True, timeout=LOCK_TIMEOUT_SECONDS)
        except sqlite3.Error:
            return
        try:
            limits = (self._cwd, self._since_ms - SLACK_MS)
            for row in connection.execute(_SESSIONS, limits).fetchall():
                self._session(*row).read(connection)
            self._failure = ""
            self._has_newer_tables = bool(connection.execute(_NEWER).fetchone()) and bool(
                connection.execute(_NEWER_MESSAGES, limits[1:]).fetchone()
            )
        except sqlite3.Error as error:
            self._mtimes = []  # locked, or just being made: try again later
            self._failure = str(error)
        finally:
            connection.close()

    def _session(self, session_id: str, parent: str | None, version: str, agent: str) -> _Session:
        if session_id not in self._sessions:
            actor = (
                f"{self._builder.agent}/{agent or 'agent'}-{session_id[-8:]}" if parent else None
            )
            self._sessions[session_id] = _Session(
                self._builder, session_id, self._path, self._cwd, self._since_ms, actor
            )
            if actor is None:
                self._start_session(session_id, version)
        return self._sessions[session_id]

    def _start_session(self, session_id: str, version: str) -> None:
        resume = {"argv": [self._program, "--session", session_id], "cwd": self._cwd}
        self._builder.session(session_id, self._path, version=version, cwd=self._cwd, resume=resume)
        self._builder.lifecycle("started")


class _Part(NamedTuple):
    """A part of a message: ``data`` and the ``message`` are JSON of opencode."""

    id: str
    message_id: str
    data: JsonObject
    message: JsonObject

    @property
    def kind(self) -> str:
        return text(self.data.get("type"))

    @property
    def by_user(self) -> bool:
        return self.message.get("role") == "user"

    @property
    def message_created(self) -> str | None:
        return _iso(table(self.message.get("time")).get("created"))

    @property
    def message_completed(self) -> str | None:
        return _iso(table(self.message.get("time")).get("completed"))

    @property
    def may_grow(self) -> bool:
        """Whether this is text of the model that has not ended, unless the message has."""
        spoken = self.kind in ("text", "reasoning") and not self.by_user
        open_ended = spoken and table(self.data.get("time")).get("end") is None
        return open_ended and table(self.message.get("time")).get("completed") is None


class _Session:
    """One conversation: which of its parts were read, and up to when. ``actor`` is that of a sub-agent."""

    def __init__(
        self,
        builder: EventBuilder,
        session_id: str,
        path: str,
        cwd: str,
        since_ms: int,
        actor: str | None,
    ) -> None:
        self._builder, self._id, self._path, self._cwd = builder, session_id, path, cwd
        self._since_ms, self._newest_ms = since_ms, since_ms - SLACK_MS
        self._actor = actor
        # Ids of messages and parts, and of tool calls: "call ID" and "result ID".
        self._seen: set[str] = set()

    def read(self, connection: sqlite3.Connection) -> None:
        limits = (self._id, self._newest_ms - SLACK_MS, self._since_ms, MAX_PARTS)
        # Messages whose text still grows, with their times: their later parts wait.
        growing: dict[str, int] = {}
        for part_id, message_id, updated, data, message in connection.execute(
            _PARTS, limits
        ).fetchall():
            part = _Part(part_id, message_id, _json(data), _json(message))
            if message_id in growing or (part.may_grow and part_id not in self._seen):
                growing[message_id] = min(updated, growing.get(message_id, updated))
                continue
            self._newest_ms = max(self._newest_ms, updated)
            self._builder.feed_safely(self._part, part)
        self._newest_ms = min([self._newest_ms, *growing.values()])

    def _is_new(self, key: str) -> bool:
        new = key not in self._seen
        self._seen.add(key)
        return new

    def _part(self, part: _Part) -> None:
        if self._is_new(f"kind {part.id}"):
            self._builder.record_kind(part.kind, KINDS, SILENT_KINDS)
        if part.by_user:
            if part.kind == "text" and not part.data.get("synthetic") and self._is_new(part.id):
                self._prompt(part)
            return
        if self._is_new(part.message_id):
            self._builder.turn(at=part.message_created, actor=self._actor, span=part.message_id)
        if part.kind in ("text", "reasoning"):
            if self._is_new(part.id):
                self._answer(part)
        elif part.kind == "tool":
            self._tool(part)
        elif part.kind == "step-finish" and self._is_new(part.id):
            self._model_call(part)

    def _prompt(self, part: _Part) -> None:
        at = part.message_created
        actor = self._builder.agent if self._actor else None
        prompt = text(part.data.get("text"))
        self._builder.message("user", prompt, at=at, id=part.message_id, actor=actor)
        self._point(part.id, "user", at)

    def _answer(self, part: _Part) -> None:
        self._builder.message(
            "assistant",
            text(part.data.get("text")),
            at=_iso(table(part.data.get("time")).get("end")),
            id=part.message_id,
            parent=part.message_id,
            actor=self._actor,
            thinking=part.kind == "reasoning",
        )

    def _tool(self, part: _Part) -> None:
        state, call_id = table(part.data.get("state")), text(part.data.get("callID"))
        status, time = state.get("status"), table(state.get("time"))
        if status in ("running", "completed", "error") and self._is_new(f"call {call_id}"):
            self._builder.tool_call(
                call_id,
                text(part.data.get("tool")),
                state.get("input"),
                at=_iso(time.get("start")),
                parent=part.message_id,
                actor=self._actor,
            )
        if status in ("completed", "error") and self._is_new(f"result {call_id}"):
            self._tool_result(call_id, state)

    def _tool_result(self, call_id: str, state: JsonObject) -> None:
        code = table(state.get("metadata")).get("exit")
        code = code if isinstance(code, int) else None
        self._builder.tool_result(
            call_id,
            text(state.get("output")) or text(state.get("error")),
            is_error=state.get("status") == "error" or bool(code),
            at=_iso(table(state.get("time")).get("end")),
            actor=self._actor,
            exit_code=code,
        )

    def _model_call(self, part: _Part) -> None:
        cost, reason = amount(part.data.get("cost")), part.data.get("reason")
        at = part.message_completed
        self._builder.model_call(
            ModelCall(
                text(part.message.get("modelID")),
                usage_of(table(part.data.get("tokens"))),
                part.message_id,
                id=part.message_id,
                asked_at=part.message_created,
                at=at,
                stop_reason=text(reason) or None,
                actor=self._actor,
                cost_usd=cost if cost and cost > 0 else None,
            )
        )
        if self._actor is None and reason != "tool-calls":
            self._builder.lifecycle("idle", at=at)
        if not self._builder.waiting_for_tools:
            self._point(part.id, "assistant", at)

    def _point(self, last: str, role: str, at: str | None) -> None:
        if self._actor is None:
            self._builder.conversation(
                self._id, self._path, last=last, role=role, cwd=self._cwd, at=at
            )


def usage_of(tokens: JsonObject) -> Usage:
    """opencode's counts: its output is without the thinking, which counts as output here."""
    cache, thinking = table(tokens.get("cache")), count(tokens.get("reasoning"))
    return Usage(
        input=count(tokens.get("input")),
        output=count(tokens.get("output")) + thinking,
        cache_read=count(cache.get("read")),
        cache_write=count(cache.get("write")),
        reasoning=thinking,
    )


def _json(data: str) -> JsonObject:
    try:
        return table(json.loads(data))
    except (TypeError, ValueError, RecursionError):
        return {}


def _iso(milliseconds: object) -> str | None:
    return iso_time(milliseconds / 1000) if isinstance(milliseconds, int | float) else None


def _mtime_ns(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return -1
