"""opencode's database: sessions, messages and their parts, which are written again as they grow."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import UTC, datetime
from typing import Any

from agentrec.agents.follow.event_builder import Story, Told
from agentrec.json_values import count, table, text
from agentrec.report.pricing import Usage

SLACK = 2000  # ms: a row may be written a little after the time it carries
MOST = 2000  # parts of one look

_SESSIONS = """
    select id, parent_id, version, agent from session
    where directory = ? and time_updated >= ? order by time_created"""
_PARTS = """
    select part.id, part.message_id, part.time_updated, part.data, message.data
    from part join message on message.id = part.message_id
    where part.session_id = ? and part.time_updated >= ? and message.time_created >= ?
    order by part.id limit ?"""


class Store:
    """Reads what is new of the sessions in one directory. Never writes, never holds a lock for long."""

    def __init__(self, story: Story, path: str, cwd: str, *, since: float) -> None:
        self._story, self._path, self._cwd = story, path, cwd
        self._since = int(since * 1000)
        self._sessions: dict[str, _Session] = {}
        self._changed = (-1, -1)

    def read(self) -> list[Told]:
        """The events since the last time."""
        changed = tuple(_stamp(self._path + ending) for ending in ("", "-wal"))
        if changed != self._changed:
            self._changed = changed  # type: ignore[assignment]
            self._query()
        return self._story.take()

    def finish(self) -> list[Told]:
        """opencode has ended."""
        if self._sessions:
            self._story.finished()
        return self._story.take()

    def _query(self) -> None:
        try:
            base = sqlite3.connect(f"file:{_quoted(self._path)}?mode=ro", uri=True, timeout=0.2)
        except sqlite3.Error:
            return
        try:
            for row in base.execute(_SESSIONS, (self._cwd, self._since - SLACK)).fetchall():
                self._session(*row).read(base)
        except sqlite3.Error:
            self._changed = (-1, -1)  # locked, or just being made: look again
        finally:
            base.close()

    def _session(self, session_id: str, parent: str | None, version: str, agent: str) -> _Session:
        if session_id not in self._sessions:
            actor = f"{self._story.agent}/{agent or 'agent'}-{session_id[-8:]}" if parent else None
            session = _Session(self._story, session_id, self._path, self._cwd, self._since, actor)
            self._sessions[session_id] = session
            if actor is None:
                resume = {"argv": ["opencode", "--session", session_id], "cwd": self._cwd}
                self._story.session(
                    session_id, self._path, version=version, cwd=self._cwd, resume=resume
                )
                self._story.state("started")
        return self._sessions[session_id]


class _Session:
    """One conversation: which of its parts were told, and how far."""

    def __init__(
        self, story: Story, session_id: str, path: str, cwd: str, since: int, actor: str | None
    ) -> None:
        self._story, self._id, self._path, self._cwd = story, session_id, path, cwd
        self._since, self._newest = since, since - SLACK
        self._actor = actor
        self._told: set[str] = set()

    def read(self, base: sqlite3.Connection) -> None:
        limits = (self._id, self._newest - SLACK, self._since, MOST)
        held: dict[str, int] = {}  # messages whose text still grows: their later parts wait
        for part_id, message_id, updated, data, message in base.execute(_PARTS, limits).fetchall():
            part = _json(data)
            if message_id in held or self._grows(part_id, part, _json(message)):
                held[message_id] = min(updated, held.get(message_id, updated))
                continue
            self._newest = max(self._newest, updated)
            self._story.safely(self._part, part_id, message_id, part, _json(message))
        self._newest = min([self._newest, *held.values()])

    def _grows(self, part_id: str, part: dict[str, Any], message: dict[str, Any]) -> bool:
        """Whether this is text of the model that has not ended, unless all has."""
        spoken = part.get("type") in ("text", "reasoning") and message.get("role") != "user"
        open_ended = spoken and table(part.get("time")).get("end") is None
        return (
            open_ended
            and part_id not in self._told
            and table(message.get("time")).get("completed") is None
        )

    def _once(self, key: str) -> bool:
        new = key not in self._told
        self._told.add(key)
        return new

    def _part(
        self, part_id: str, message_id: str, part: dict[str, Any], message: dict[str, Any]
    ) -> None:
        kind = part.get("type")
        if message.get("role") == "user":
            if kind == "text" and not part.get("synthetic") and self._once(part_id):
                self._prompt(part_id, message_id, part, message)
            return
        if self._once(message_id):
            at = _iso(table(message.get("time")).get("created"))
            self._story.turn(at=at, actor=self._actor, span=message_id)
        if kind in ("text", "reasoning"):
            self._speak(part_id, message_id, part)
        elif kind == "tool":
            self._tool(message_id, part)
        elif kind == "step-finish" and self._once(part_id):
            self._called(part_id, message_id, part, message)

    def _prompt(
        self, part_id: str, message_id: str, part: dict[str, Any], message: dict[str, Any]
    ) -> None:
        at = _iso(table(message.get("time")).get("created"))
        by = self._story.agent if self._actor else None
        self._story.message("user", text(part.get("text")), at=at, id=message_id, actor=by)
        self._point(part_id, "user", at)

    def _speak(self, part_id: str, message_id: str, part: dict[str, Any]) -> None:
        ended = table(part.get("time")).get("end")
        if not self._once(part_id):
            return
        self._story.message(
            "assistant",
            text(part.get("text")),
            at=_iso(ended),
            id=message_id,
            parent=message_id,
            actor=self._actor,
            thinking=part.get("type") == "reasoning",
        )

    def _tool(self, message_id: str, part: dict[str, Any]) -> None:
        state, call_id = table(part.get("state")), text(part.get("callID"))
        status, time = state.get("status"), table(state.get("time"))
        if status in ("running", "completed", "error") and self._once(f"call {call_id}"):
            self._story.tool(
                call_id,
                text(part.get("tool")),
                state.get("input"),
                at=_iso(time.get("start")),
                parent=message_id,
                actor=self._actor,
            )
        if status not in ("completed", "error") or not self._once(f"result {call_id}"):
            return
        code = table(state.get("metadata")).get("exit")
        code = code if isinstance(code, int) else None
        self._story.result(
            call_id,
            text(state.get("output")) or text(state.get("error")),
            is_error=status == "error" or bool(code),
            at=_iso(time.get("end")),
            actor=self._actor,
            exit_code=code,
        )

    def _called(
        self, part_id: str, message_id: str, part: dict[str, Any], message: dict[str, Any]
    ) -> None:
        time, tokens = table(message.get("time")), table(part.get("tokens"))
        cache, cost = table(tokens.get("cache")), part.get("cost")
        thoughts = count(tokens.get("reasoning"))
        at = _iso(time.get("completed"))
        self._story.called(
            text(message.get("modelID")),
            Usage(
                input=count(tokens.get("input")),
                output=count(tokens.get("output")) + thoughts,
                cache_read=count(cache.get("read")),
                cache_write=count(cache.get("write")),
                reasoning=thoughts,
            ),
            span=message_id,
            id=message_id,
            began=_iso(time.get("created")),
            at=at,
            stop_reason=text(part.get("reason")) or None,
            actor=self._actor,
            cost_usd=cost if isinstance(cost, int | float) and cost > 0 else None,
        )
        if self._actor is None and part.get("reason") != "tool-calls":
            self._story.state("idle", at=at)
        if not self._story.waiting_for_tools:
            self._point(part_id, "assistant", at)

    def _point(self, last: str, role: str, at: str | None) -> None:
        if self._actor is None:
            self._story.conversation(
                self._id, self._path, last=last, role=role, cwd=self._cwd, at=at
            )


def _json(data: Any) -> dict[str, Any]:
    try:
        return table(json.loads(data))
    except (TypeError, ValueError, RecursionError):
        return {}


def _iso(ms: Any) -> str | None:
    if not isinstance(ms, int | float) or not 0 < ms < 1e14:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def _stamp(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return -1


def _quoted(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
