"""Gemini CLI's chat file: messages that are rewritten under the same id as they grow."""

from __future__ import annotations

from agentrec.agents.follow.event_builder import EventBuilder, ModelCall
from agentrec.agents.follow.tail import first_record
from agentrec.agents.follow.timestamps import is_before
from agentrec.json_values import JsonObject, count, exit_code, table, tables, text
from agentrec.recording.events.llm import Usage

KINDS = frozenset({"user", "gemini", "error", "info", "warning"})
# Of a prompt that is taken back.
PROMPT_LIMIT_CHARS = 500
# Of records that are not messages.
KEYS = frozenset({"$set", "sessionId"})
FINAL_STATUSES = ("success", "error", "cancelled")  # style: allow


class Chat:
    """Reads one file; records from before ``since`` (seconds since the epoch) are history."""

    def __init__(self, builder: EventBuilder, path: str, *, cwd: str, since: float = 0.0) -> None:
        self._builder, self._path, self._cwd, self._since = builder, path, cwd, since
        self._session_id = self._named = ""
        # Ids of messages, and of tool calls: "call ID" and "result ID".
        self._seen: set[str] = set()
        self._asked_at: str | None = None
        # The user's words, by the id of their message.
        self._prompts: dict[str, str] = {}
        # Whether the last message was from before we began.
        self._is_history = False

    def feed(self, record: JsonObject, offset: int) -> None:
        """Read one line; ``offset`` is the position in the file after it."""
        self._named = self._named or text(record.get("sessionId"))
        for message in tables(table(record.get("$set")).get("messages")):
            self._message(message, offset)
        if "id" in record:
            self._message(record, offset)
        elif "$rewindTo" in record:
            self._rewind(text(record.get("$rewindTo")))
        elif not KEYS & record.keys():
            self._builder.record_kind(min(record, default=""), frozenset(), frozenset())

    def _rewind(self, message_id: str) -> None:
        """That message and all after it were taken back. The record has no time of its own."""
        with self._builder.silenced(self._is_history):
            self._builder.forget_calls()
            self._builder.lifecycle("rewound", text=self._prompts.get(message_id))

    def _message(self, message: JsonObject, offset: int) -> None:
        at = text(message.get("timestamp")) or None
        self._is_history = is_before(at, self._since)
        with self._builder.silenced(self._is_history):
            if not self._builder.silent:
                self._start_session(message, at)
            self._dispatch(message, at, offset)

    def _is_new(self, key: str) -> bool:
        new = key not in self._seen
        self._seen.add(key)
        return new

    def _start_session(self, message: JsonObject, at: str | None) -> None:
        if self._session_id:
            return
        named = self._named or text(first_record(self._path).get("sessionId"))
        self._session_id = named or "?"
        resume = {"argv": ["gemini", "--resume", self._session_id], "cwd": self._cwd}
        model = message.get("model")
        self._builder.session(
            self._session_id, self._path, cwd=self._cwd, model=model, resume=resume
        )
        self._builder.lifecycle("started", at=at)

    def _dispatch(self, message: JsonObject, at: str | None, offset: int) -> None:
        kind, message_id = message.get("type"), text(message.get("id"))
        self._builder.record_kind(kind, KINDS, frozenset())
        if kind == "gemini":
            self._answer(message, message_id, at, offset)
        elif kind in ("error", "info", "warning") and self._is_new(message_id):
            content = _content(message.get("content"))
            if kind == "error":
                self._builder.lifecycle("error", text=content, at=at)
            else:
                self._builder.message("system", content, at=at, id=message_id)
        elif kind == "user" and self._is_new(message_id):
            self._input(message, message_id, at, offset)

    def _input(self, message: JsonObject, message_id: str, at: str | None, offset: int) -> None:
        self._asked_at = at
        parts = tables(message.get("content"))
        for answer in (table(part.get("functionResponse")) for part in parts):
            if answer and self._is_new(f"result {answer.get('id')}"):
                self._builder.tool_result(
                    text(answer.get("id")), _output([{"functionResponse": answer}]), at=at
                )
        content = _content(message.get("content"))
        context = content.startswith("<session_context>")
        self._prompts[message_id] = content[:PROMPT_LIMIT_CHARS]
        self._builder.message("system" if context else "user", content, at=at, id=message_id)
        if not context and not self._builder.waiting_for_tools:
            self._point(message_id, "user" if content else "tool", at, offset)

    def _answer(self, message: JsonObject, message_id: str, at: str | None, offset: int) -> None:
        calls = tables(message.get("toolCalls"))
        if self._is_new(message_id):
            self._builder.turn(at=at, span=message_id)
            for thought in tables(message.get("thoughts")):
                parts = (text(thought.get("subject")), text(thought.get("description")))
                content = ": ".join(part for part in parts if part)
                self._speak(
                    content, message_id, text(thought.get("timestamp")) or at, thinking=True
                )
            self._speak(_content(message.get("content")), message_id, at)
            self._builder.model_call(
                ModelCall(
                    text(message.get("model")),
                    usage_of(table(message.get("tokens"))),
                    message_id,
                    id=message_id,
                    asked_at=self._asked_at,
                    at=at,
                )
            )
            if not calls:
                self._point(message_id, "assistant", at, offset)
        for call in calls:
            self._tool_call(call, message_id)
        for call in calls:
            self._tool_result(call)

    def _speak(self, content: str, span: str, at: str | None, *, thinking: bool = False) -> None:
        self._builder.message("assistant", content, at=at, id=span, parent=span, thinking=thinking)

    def _tool_call(self, call: JsonObject, span: str) -> None:
        call_id = text(call.get("id"))
        if self._is_new(f"call {call_id}"):
            # Its own time is when it ended; when it began is not written.
            self._builder.tool_call(call_id, text(call.get("name")), call.get("args"), parent=span)

    def _tool_result(self, call: JsonObject) -> None:
        call_id, status = text(call.get("id")), call.get("status")
        if status not in FINAL_STATUSES or not self._is_new(f"result {call_id}"):
            return
        output = _output(tables(call.get("result"))) or text(call.get("resultDisplay"))
        code = exit_code(output)
        self._builder.tool_result(
            call_id,
            output,
            is_error=status != "success" or bool(code),
            at=text(call.get("timestamp")) or None,
            exit_code=code,
        )

    def _point(self, last: str, role: str, at: str | None, offset: int) -> None:
        self._builder.conversation(
            self._session_id,
            self._path,
            offset=offset,
            last=last,
            role=role,
            cwd=self._cwd,
            at=at,
        )


def usage_of(tokens: JsonObject) -> Usage:
    """The CLI's counts: input includes cached tokens, output excludes thinking."""
    everything = count(tokens.get("input"))
    read = min(count(tokens.get("cached")), everything)
    thoughts = count(tokens.get("thoughts"))
    return Usage(
        input=everything - read,
        output=count(tokens.get("output")) + thoughts,
        cache_read=read,
        reasoning=thoughts,
    )


def _output(parts: list[JsonObject]) -> str:
    responses = (table(table(p.get("functionResponse")).get("response")) for p in parts)
    return "\n".join(text(r.get("output")) or text(r.get("error")) for r in responses)


def _content(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(text(part.get("text")) for part in tables(content) if part.get("text"))
    return text(content)
