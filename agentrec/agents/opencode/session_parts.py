"""A conversation of opencode 1: messages and their parts, which are rewritten as they grow."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.follow.event_builder import ModelCall
from agentrec.agents.opencode.conversation import SLACK_MS, error_text, from_json, iso, usage_of
from agentrec.json_values import JsonObject, amount, count, table, text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from agentrec.agents.opencode.conversation import Conversation
    from agentrec.recording.events.llm import Usage

KINDS = frozenset({"text", "reasoning", "tool", "step-finish"})
SILENT_KINDS = frozenset({
    "agent", "compaction", "file", "patch", "retry", "snapshot", "step-start", "subtask",
})  # fmt: skip
# Of one query.
MAX_PARTS = 2000

_PARTS = """
    select part.id, part.message_id, part.time_updated, part.data, message.data
    from part join message on message.id = part.message_id
    where part.session_id = ? and part.time_updated >= ? and message.time_created >= ?
    and part.id > ? order by part.id limit ?"""
_FAILED = """
    select id, data from message
    where session_id = ? and time_created >= ? and data like '%"error":%' order by id"""


class Part(NamedTuple):
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
        return iso(table(self.message.get("time")).get("created"))

    @property
    def message_completed(self) -> str | None:
        return iso(table(self.message.get("time")).get("completed"))

    @property
    def may_grow(self) -> bool:
        """Whether this is text of the model that has not ended, unless the message has."""
        spoken = self.kind in ("text", "reasoning") and not self.by_user
        open_ended = spoken and table(self.data.get("time")).get("end") is None
        return open_ended and table(self.message.get("time")).get("completed") is None


class SessionParts:
    """Which parts of a session were read, and up to when."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation, self._builder = conversation, conversation.builder
        self._newest_ms = conversation.source.since_ms - SLACK_MS

    def read(self, connection: sqlite3.Connection) -> None:
        """Report what is new. Raises sqlite3.Error."""
        limits = (self._conversation.id, self._conversation.source.since_ms)
        failed = connection.execute(_FAILED, limits).fetchall()
        parts = (
            (
                Part(str(part_id), str(message_id), from_json(data), from_json(message)),
                count(updated),
            )
            for part_id, message_id, updated, data, message in self._rows(connection)
        )
        self.feed(parts, [(str(message_id), from_json(data)) for message_id, data in failed])

    def feed(
        self, parts: Iterable[tuple[Part, int]], failed: Iterable[tuple[str, JsonObject]]
    ) -> None:
        """Report what is new of ``parts`` and when each was written, in ms, and of messages that ``failed``.

        Both are in order of their ids.
        """
        failures = deque(failed)
        # Messages whose text still grows, with their times: their later parts wait.
        growing: dict[str, int] = {}
        for part, at_ms in parts:
            while failures and failures[0][0] < part.message_id:
                self._failed(*failures.popleft(), growing)
            if part.message_id in growing or self._waits(part):
                growing[part.message_id] = min(at_ms, growing.get(part.message_id, at_ms))
                continue
            self._newest_ms = max(self._newest_ms, at_ms)
            self._builder.feed_safely(self._part, part)
        self._newest_ms = min([self._newest_ms, *growing.values()])
        for message_id, message in failures:
            self._failed(message_id, message, growing)

    def _waits(self, part: Part) -> bool:
        stored, is_known = self._conversation.source.stored, self._conversation.has
        return not stored and part.may_grow and not is_known(part.id)

    def _failed(self, message_id: str, message: JsonObject, growing: dict[str, int]) -> None:
        if message_id not in growing:
            self._builder.feed_safely(self._failure, message_id, message)

    def _rows(self, connection: sqlite3.Connection) -> Iterator[tuple[str, str, object, str, str]]:
        """What may be new. Parts are in order of their ids, and are rewritten in any: it may be anywhere."""
        since_ms, newest_ms, last = self._conversation.source.since_ms, self._newest_ms, ""
        while True:
            limits = (self._conversation.id, newest_ms - SLACK_MS, since_ms, last, MAX_PARTS)
            rows = connection.execute(_PARTS, limits).fetchall()
            yield from rows
            if len(rows) < MAX_PARTS:
                return
            last = rows[-1][0]

    def _part(self, part: Part) -> None:
        conversation = self._conversation
        if conversation.is_new(f"kind {part.id}"):
            self._builder.record_kind(part.kind, KINDS, SILENT_KINDS)
        if part.by_user:
            if part.kind == "text" and not part.data.get("synthetic"):
                self._prompt(part)
            return
        if conversation.is_new(part.message_id):
            at, actor = part.message_created, conversation.actor
            self._builder.turn(at=at, actor=actor, span=part.message_id)
        if part.kind in ("text", "reasoning"):
            if conversation.is_new(part.id):
                self._answer(part)
        elif part.kind == "tool":
            self._tool(part)
        elif part.kind == "step-finish" and conversation.is_new(part.id):
            self._model_call(part)

    def _prompt(self, part: Part) -> None:
        if self._conversation.is_new(part.id):
            at = part.message_created
            self._conversation.mode(text(part.message.get("agent")), at)
            self._conversation.prompt(text(part.data.get("text")), part.message_id, part.id, at)

    def _answer(self, part: Part) -> None:
        at = iso(table(part.data.get("time")).get("end"))
        thinking = part.kind == "reasoning"
        self._conversation.answer(
            text(part.data.get("text")), part.message_id, at, thinking=thinking
        )

    def _failure(self, message_id: str, message: JsonObject) -> None:
        at = iso(table(message.get("time")).get("completed"))
        self._conversation.error(message.get("error"), message_id, at)

    def _tool(self, part: Part) -> None:
        state, call_id = table(part.data.get("state")), text(part.data.get("callID"))
        status, is_new = state.get("status"), self._conversation.is_new
        if status in ("running", "completed", "error") and is_new(f"call {call_id}"):
            self._builder.tool_call(
                call_id,
                text(part.data.get("tool")),
                state.get("input"),
                at=iso(table(state.get("time")).get("start")),
                parent=part.message_id,
                actor=self._conversation.actor,
            )
        if status in ("completed", "error") and is_new(f"result {call_id}"):
            self._tool_result(call_id, state)

    def _tool_result(self, call_id: str, state: JsonObject) -> None:
        code = table(state.get("metadata")).get("exit")
        code = code if isinstance(code, int) else None
        self._builder.tool_result(
            call_id,
            text(state.get("output")) or error_text(state.get("error")),
            is_error=state.get("status") == "error" or bool(code),
            at=iso(table(state.get("time")).get("end")),
            actor=self._conversation.actor,
            exit_code=code,
        )

    def _model_call(self, part: Part) -> None:
        cost, reason = amount(part.data.get("cost")), part.data.get("reason")
        at, actor = part.message_completed, self._conversation.actor
        self._builder.model_call(
            ModelCall(
                text(part.message.get("modelID")),
                self._usage(table(part.data.get("tokens"))),
                part.message_id,
                id=part.message_id,
                asked_at=part.message_created,
                at=at,
                stop_reason=text(reason) or None,
                actor=actor,
                cost_usd=cost if cost and cost > 0 else None,
            )
        )
        if actor is None and reason != "tool-calls":
            self._builder.lifecycle("idle", at=at)
        if not self._builder.waiting_for_tools:
            self._conversation.point(part.id, "assistant", at)

    def _usage(self, tokens: JsonObject) -> Usage:
        """Up to version 1.3 the thinking is inside of the output, as the total shows."""
        usage, total = usage_of(tokens, thinking_inside=True), count(tokens.get("total"))
        if total != usage.prompt + usage.output and (total or self._conversation.wrote_totals):
            return usage_of(tokens)
        return usage
