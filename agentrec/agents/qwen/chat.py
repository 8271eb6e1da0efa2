"""Qwen Code's chat records: parts of messages in Gemini's shape, and its own telemetry beside them."""

from __future__ import annotations

from agentrec.agents.follow.event_builder import EventBuilder, ModelCall
from agentrec.agents.follow.rewinds import Rewinds
from agentrec.agents.follow.timestamps import is_before
from agentrec.json_values import JsonObject, amount, count, exit_code, table, tables, text
from agentrec.recording.events.llm import Usage

KINDS = frozenset({"user", "assistant", "tool_result"})
SILENT_KINDS = frozenset({"system"})


class Chat:
    """Reads one file; records from before ``since`` (seconds since the epoch) are history."""

    def __init__(self, builder: EventBuilder, path: str, *, since: float = 0.0) -> None:
        self._builder, self._path, self._since = builder, path, since
        self._started = False
        self._seen: set[str] = set()
        # Telemetry of the answer, and of the tool result, that comes next.
        self._response: JsonObject = {}
        self._tool_duration_ms: float | None = None
        self._asked_at: str | None = None
        self._rewinds = Rewinds()

    def feed(self, record: JsonObject, offset: int) -> None:
        """Read one line; ``offset`` is the position in the file after it."""
        uuid = text(record.get("uuid"))
        if uuid in self._seen:
            return
        self._seen.add(uuid)
        self._rewinds.record(uuid)
        at = text(record.get("timestamp")) or None
        with self._builder.silenced(is_before(at, self._since)):
            self._record(record, at, offset)

    def _record(self, record: JsonObject, at: str | None, offset: int) -> None:
        kind = record.get("type")
        self._builder.record_kind(kind, KINDS, SILENT_KINDS)
        if kind == "system":
            self._telemetry(record)
            if record.get("subtype") == "chat_compression":
                self._builder.lifecycle("compacted", at=at)
            return
        if not self._builder.silent:
            self._start_session(record, at)
        parts = tables(table(record.get("message")).get("parts"))
        if kind == "assistant":
            self._answer(record, parts, at)
            if self._builder.waiting_for_tools or any("functionCall" in part for part in parts):
                return
            self._builder.lifecycle("idle", at=at)
        elif kind in ("user", "tool_result"):
            self._input(record, parts, at)
            self._asked_at = at
            if self._builder.waiting_for_tools:
                return
        else:
            return
        self._builder.conversation(
            text(record.get("sessionId")),
            self._path,
            offset=offset,
            last=text(record.get("uuid")),
            role="tool" if kind == "tool_result" else text(kind),
            cwd=record.get("cwd"),
            at=at,
        )

    def _start_session(self, record: JsonObject, at: str | None) -> None:
        if self._started:
            return
        self._started = True
        session_id, cwd = text(record.get("sessionId")), record.get("cwd")
        resume = {"argv": ["qwen", "--resume", session_id], "cwd": cwd}
        self._builder.session(
            session_id, self._path, version=record.get("version"), cwd=cwd, resume=resume
        )
        self._builder.lifecycle("started", at=at)

    def _telemetry(self, record: JsonObject) -> None:
        event = table(table(record.get("systemPayload")).get("uiEvent"))
        name = text(event.get("event.name"))
        if name.endswith(".api_response"):
            self._response = event
        elif name.endswith(".tool_call"):
            self._tool_duration_ms = amount(event.get("duration_ms"))
        elif name.endswith(".api_error"):
            error = text(event.get("error_message")) or text(event.get("error"))
            self._builder.lifecycle("error", text=error, at=text(record.get("timestamp")) or None)

    def _answer(self, record: JsonObject, parts: list[JsonObject], at: str | None) -> None:
        span = text(record.get("uuid"))
        self._builder.turn(at=at, span=span)
        for part in parts:
            if content := text(part.get("text")):
                self._builder.message(
                    "assistant",
                    content,
                    at=at,
                    id=span,
                    parent=span,
                    thinking=bool(part.get("thought")),
                )
            if call := table(part.get("functionCall")):
                self._builder.tool_call(
                    text(call.get("id")),
                    text(call.get("name")),
                    call.get("args"),
                    at=at,
                    parent=span,
                )
        response, self._response = self._response, {}
        self._builder.model_call(
            ModelCall(
                text(record.get("model")),
                usage_of(table(record.get("usageMetadata"))),
                span,
                id=text(response.get("response_id")) or None,
                asked_at=self._asked_at,
                at=at,
                duration_ms=amount(response.get("duration_ms")),
            )
        )

    def _input(self, record: JsonObject, parts: list[JsonObject], at: str | None) -> None:
        if words := "\n".join(filter(None, (text(part.get("text")) for part in parts))):
            self._note_rewind(record, words, at)
        for part in parts:
            if content := text(part.get("text")):
                self._builder.message("user", content, at=at, id=text(record.get("uuid")))
            if answer := table(part.get("functionResponse")):
                self._tool_result(record, answer, at)

    def _note_rewind(self, record: JsonObject, prompt: str, at: str | None) -> None:
        uuid = text(record.get("uuid"))
        taken_back = self._rewinds.prompt(uuid, record.get("parentUuid", ""), prompt)
        if taken_back:
            self._builder.lifecycle("rewound", text=taken_back, at=at)

    def _tool_result(self, record: JsonObject, answer: JsonObject, at: str | None) -> None:
        call_id = text(answer.get("id"))
        response = table(answer.get("response"))
        output = text(response.get("output")) or text(response.get("error"))
        code = exit_code(output)
        status = text(table(record.get("toolCallResult")).get("status"))
        if self._tool_duration_ms is not None:
            self._builder.tool_duration(call_id, self._tool_duration_ms)
            self._tool_duration_ms = None
        failed = status not in ("", "success") or "error" in response or bool(code)
        self._builder.tool_result(call_id, output, is_error=failed, at=at, exit_code=code)


def usage_of(usage: JsonObject) -> Usage:
    """Gemini's counts, where the prompt includes what came from a cache; here nothing overlaps."""
    everything = count(usage.get("promptTokenCount"))
    read = min(count(usage.get("cachedContentTokenCount")), everything)
    return Usage(
        input=everything - read,
        output=count(usage.get("candidatesTokenCount")),
        cache_read=read,
        reasoning=count(usage.get("thoughtsTokenCount")),
    )
