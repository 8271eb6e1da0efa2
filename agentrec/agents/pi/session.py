"""pi's session file: a line per message."""

from __future__ import annotations

import re

from agentrec.agents.follow.event_builder import EventBuilder, ModelCall
from agentrec.agents.follow.rewinds import Rewinds
from agentrec.agents.follow.tail import first_record
from agentrec.agents.follow.timestamps import is_before
from agentrec.json_values import JsonObject, amount, count, table, tables, text
from agentrec.recording.events.llm import Usage

KINDS = frozenset({"compaction", "message"})
SILENT_KINDS = frozenset({
    "branch_summary", "custom", "custom_message", "label", "model_change", "session",
    "session_info", "thinking_level_change",
})  # fmt: skip
# What the shell tool says at the end of its output.
_EXIT = re.compile(r"Command exited with code (\d{1,3})\s*$")


class SessionFile:
    """Reads one file; records from before ``since`` (seconds since the epoch) are history."""

    def __init__(self, builder: EventBuilder, path: str, *, since: float = 0.0) -> None:
        self._builder, self._path, self._since = builder, path, since
        self._header: JsonObject | None = None
        self._asked_at: str | None = None
        self._rewinds = Rewinds()

    def feed(self, record: JsonObject, offset: int) -> None:
        """Read one line; ``offset`` is the position in the file after it."""
        at = text(record.get("timestamp")) or None
        message = table(record.get("message"))
        self._rewinds.record(text(record.get("id")))
        with self._builder.silenced(is_before(at, self._since)):
            if not self._builder.record_kind(record.get("type"), KINDS, SILENT_KINDS):
                return
            if not self._builder.silent:
                self._start_session(message, at)
            if record.get("type") == "compaction":
                self._builder.lifecycle("compacted", at=at)
                return
            self._message(record, message, at, offset)

    def _start_session(self, message: JsonObject, at: str | None) -> None:
        if self._header is not None:
            return
        self._header = first_record(self._path)
        cwd = text(self._header.get("cwd")) or None
        self._builder.session(
            text(self._header.get("id")),
            self._path,
            cwd=cwd,
            model=message.get("model"),
            resume={"argv": ["pi", "--session", self._path], "cwd": cwd},
        )
        self._builder.lifecycle("started", at=at)

    def _message(
        self, record: JsonObject, message: JsonObject, at: str | None, offset: int
    ) -> None:
        role = message.get("role")
        record_id = text(record.get("id"))
        if role == "user":
            words = _content(message)
            taken_back = self._rewinds.prompt(record_id, record.get("parentId", ""), words)
            if taken_back:
                self._builder.lifecycle("rewound", text=taken_back, at=at)
            self._builder.message("user", words, at=at, id=record_id)
        elif role == "assistant":
            self._answer(record_id, message, at)
        elif role == "toolResult":
            output = _content(message)
            code = _EXIT.search(output) if message.get("isError") else None
            self._builder.tool_result(
                text(message.get("toolCallId")),
                output,
                is_error=bool(message.get("isError")),
                at=at,
                exit_code=int(code[1]) if code else None,
            )
        if role != "assistant":
            self._asked_at = at
        ended = role == "assistant" and message.get("stopReason") != "toolUse"
        if ended:
            self._builder.lifecycle("idle", at=at)
        if (ended or role != "assistant") and not self._builder.waiting_for_tools:
            header = self._header or {}
            self._builder.conversation(
                text(header.get("id")),
                self._path,
                offset=offset,
                last=record_id,
                role="tool" if role == "toolResult" else text(role),
                cwd=header.get("cwd"),
                at=at,
            )

    def _answer(self, span: str, message: JsonObject, at: str | None) -> None:
        self._builder.turn(at=at, span=span)
        for block in tables(message.get("content")):
            self._block(block, span, at)
        self._model_call(span, message, at)
        if message.get("stopReason") == "error":
            self._builder.lifecycle("error", text=message.get("errorMessage"), at=at)
        elif message.get("stopReason") == "aborted":
            self._builder.forget_calls()
            self._builder.lifecycle("interrupted", at=at)

    def _block(self, block: JsonObject, span: str, at: str | None) -> None:
        kind = text(block.get("type"))
        if kind in ("text", "thinking"):
            content, thinking = text(block.get(kind)), kind == "thinking"
            self._builder.message(
                "assistant", content, at=at, id=span, parent=span, thinking=thinking
            )
        elif kind == "toolCall":
            self._builder.tool_call(
                text(block.get("id")),
                text(block.get("name")),
                block.get("arguments"),
                at=at,
                parent=span,
            )

    def _model_call(self, span: str, message: JsonObject, at: str | None) -> None:
        usage = table(message.get("usage"))
        cost = amount(table(usage.get("cost")).get("total"))
        self._builder.model_call(
            ModelCall(
                text(message.get("model")),
                usage_of(usage),
                span,
                id=text(message.get("responseId")) or None,
                asked_at=self._asked_at,
                at=at,
                stop_reason=text(message.get("stopReason")) or None,
                cost_usd=cost if cost and cost > 0 else None,
            )
        )


def usage_of(usage: JsonObject) -> Usage:
    """Return pi's counts, which do not overlap."""
    return Usage(
        input=count(usage.get("input")),
        output=count(usage.get("output")),
        cache_read=count(usage.get("cacheRead")),
        cache_write=count(usage.get("cacheWrite")),
    )


def _content(message: JsonObject) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(text(block.get("text")) for block in tables(content))
