"""A conversation of opencode 2: one row for each message, with all of its content, rewritten as it grows."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.follow.event_builder import ModelCall
from agentrec.agents.opencode.conversation import SLACK_MS, error_text, from_json, iso, usage_of
from agentrec.json_values import JsonObject, amount, count, table, tables, text

if TYPE_CHECKING:
    import sqlite3

    from agentrec.agents.opencode.conversation import Conversation

# Context for the model, and what is known from elsewhere.
SILENT_TYPES = frozenset(
    {"idle", "location-switched", "model-switched", "skill", "synthetic", "system"}
)
TYPES = frozenset({"agent-switched", "assistant", "compaction", "shell", "user"})
CONTENT = frozenset({"reasoning", "text", "tool"})
# Of one query.
MAX_MESSAGES = 500

_MESSAGES = """
    select id, type, time_updated, data, {seq} from session_message
    where session_id = ? and time_updated >= ? and time_created >= ? and {seq} > ? order by {seq} limit ?"""

_BEFORE_ALL = -(1 << 62)


class Message(NamedTuple):
    """A message; ``data`` is JSON of opencode."""

    id: str
    type: str
    data: JsonObject

    @property
    def created(self) -> str | None:
        return iso(table(self.data.get("time")).get("created"))

    @property
    def completed(self) -> str | None:
        return iso(table(self.data.get("time")).get("completed"))

    def final_content(self, *, stored: bool) -> list[JsonObject]:
        """Its content up to a text that is still coming, which is empty until the message is complete.

        ``stored``: nothing comes any more.
        """
        content = tables(self.data.get("content"))
        if stored or self.completed or self.data.get("error"):
            return content
        return list(takewhile(lambda item: item.get("type") == "tool" or item.get("text"), content))


class SessionMessages:
    """Which messages of a session were read, and up to when."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation, self._builder = conversation, conversation.builder
        self._newest_ms = conversation.source.since_ms - SLACK_MS

    def read(self, connection: sqlite3.Connection, *, numbered: bool = True) -> None:
        """Report what is new; up to version 1.14 messages are not ``numbered``. Raises sqlite3.Error."""
        query = _MESSAGES.format(seq="seq" if numbered else "rowid")
        since_ms = self._conversation.source.since_ms
        newest_ms, last = self._newest_ms, _BEFORE_ALL
        # Messages are in order of their numbers, and are rewritten in any: what is new may be anywhere.
        while True:
            limits = (self._conversation.id, newest_ms - SLACK_MS, since_ms, last, MAX_MESSAGES)
            rows = connection.execute(query, limits).fetchall()
            for message_id, kind, updated, data, _ in rows:
                self._newest_ms = max(self._newest_ms, count(updated))
                message = Message(str(message_id), str(kind), from_json(data))
                self._builder.feed_safely(self._message, message)
            if len(rows) < MAX_MESSAGES:
                break
            last = rows[-1][-1]

    def _message(self, message: Message) -> None:
        is_new = self._conversation.is_new
        if is_new(f"kind {message.id}"):
            self._builder.record_kind(message.type, TYPES, SILENT_TYPES)
        if message.type == "assistant":
            self._answer(message)
        elif message.type == "user" and is_new(message.id):
            words = text(message.data.get("text"))
            self._conversation.prompt(words, message.id, message.id, message.created)
        elif message.type == "agent-switched" and is_new(message.id):
            self._conversation.starts_in(text(message.data.get("previous")))
            self._conversation.mode(text(message.data.get("agent")), message.created)
        elif message.type == "shell":
            self._shell(message)
        elif message.type == "compaction":
            self._compaction(message)

    def _answer(self, message: Message) -> None:
        conversation, at = self._conversation, message.created
        if conversation.is_new(message.id):
            conversation.starts_in(text(message.data.get("agent")))
            self._builder.turn(at=at, actor=conversation.actor, span=message.id)
        for number, item in enumerate(message.final_content(stored=conversation.source.stored)):
            self._item(item, message, f"{message.id} {number}")
        conversation.error(message.data.get("error"), message.id, message.completed)
        if message.completed and "tokens" in message.data:
            self._model_call(message)

    def _item(self, item: JsonObject, message: Message, key: str) -> None:
        kind, is_new = text(item.get("type")), self._conversation.is_new
        if is_new(f"kind {key}"):
            self._builder.record_kind(kind, CONTENT, frozenset())
        if kind == "tool":
            self._tool(item, message.id)
        elif kind in CONTENT and is_new(key):
            at = iso(table(item.get("time")).get("completed")) or message.completed
            words, thinking = text(item.get("text")), kind == "reasoning"
            self._conversation.answer(words, message.id, at, thinking=thinking)

    def _tool(self, item: JsonObject, message_id: str) -> None:
        state, call_id = table(item.get("state")), text(item.get("id"))
        time, status, is_new = (
            table(item.get("time")),
            state.get("status"),
            self._conversation.is_new,
        )
        if status in ("running", "completed", "error") and is_new(f"call {call_id}"):
            self._builder.tool_call(
                call_id,
                text(item.get("name")),
                state.get("input"),
                at=iso(time.get("ran") or time.get("created")),
                parent=message_id,
                actor=self._conversation.actor,
            )
        if status in ("completed", "error") and is_new(f"result {call_id}"):
            self._tool_result(call_id, state, iso(time.get("completed")))

    def _tool_result(self, call_id: str, state: JsonObject, at: str | None) -> None:
        # Newer versions have `metadata` where older ones have `structured`.
        more = table(state.get("metadata")) or table(state.get("structured"))
        code = more.get("exit")
        code = code if isinstance(code, int) else None
        self._builder.tool_result(
            call_id,
            _output(state, more),
            is_error=state.get("status") == "error" or bool(code),
            at=at,
            actor=self._conversation.actor,
            exit_code=code,
        )

    def _model_call(self, message: Message) -> None:
        actor, at = self._conversation.actor, message.completed
        if not self._conversation.is_new(f"tokens {message.id}"):
            return
        self._builder.model_call(self._call_of(message, actor))
        finish = message.data.get("finish")
        if actor is None and finish not in ("tool-calls", "error"):
            self._builder.lifecycle("idle", at=at)
        if not self._builder.waiting_for_tools:
            self._conversation.point(message.id, "assistant", at)

    def _call_of(self, message: Message, actor: str | None) -> ModelCall:
        cost = amount(message.data.get("cost"))
        return ModelCall(
            text(table(message.data.get("model")).get("id")),
            usage_of(table(message.data.get("tokens"))),
            message.id,
            id=message.id,
            asked_at=message.created,
            at=message.completed or message.created,
            stop_reason=text(message.data.get("finish")) or None,
            actor=actor,
            cost_usd=cost if cost and cost > 0 else None,
        )

    def _shell(self, message: Message) -> None:
        """A command that the user ran."""
        data, call_id, is_new = message.data, message.id, self._conversation.is_new
        if is_new(f"call {call_id}"):
            given = {"command": text(data.get("command"))}
            self._builder.tool_call(call_id, "shell", given, at=message.created, actor="user")
        if message.completed and is_new(f"result {call_id}"):
            code, output = data.get("exit"), data.get("output")
            self._builder.tool_result(
                call_id,
                text(output) or text(table(output).get("text")),
                is_error=bool(code),
                at=message.completed,
                actor="user",
                exit_code=code if isinstance(code, int) else None,
            )

    def _compaction(self, message: Message) -> None:
        status, actor = message.data.get("status"), self._conversation.actor
        if status == "running" or not self._conversation.is_new(message.id):
            return
        if "tokens" in message.data:
            self._builder.model_call(self._call_of(message, actor))
        if status == "failed":
            self._conversation.error(message.data.get("error"), message.id, message.created)
        elif actor is None:
            self._builder.lifecycle("compacted", at=message.created)


def _output(state: JsonObject, more: JsonObject) -> str:
    """What a tool returned: its texts, or what it says of its error."""
    texts = [text(item.get("text")) for item in tables(state.get("content"))]
    return (
        "\n".join(filter(None, texts))
        or error_text(state.get("error"))
        or text(more.get("content"))
    )
