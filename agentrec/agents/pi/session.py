"""pi's session file: a line per message, told as a story."""

from __future__ import annotations

from typing import Any

from agentrec.agents.follow.event_builder import Story, moment
from agentrec.agents.follow.tail import first_record
from agentrec.json_values import count, table, tables, text
from agentrec.report.pricing import Usage


class Session:
    """Reads one file; records from before ``since`` (seconds since the epoch) are history."""

    def __init__(self, story: Story, path: str, *, since: float = 0.0) -> None:
        self._story, self._path, self._since = story, path, since
        self._head: dict[str, Any] | None = None
        self._asked: str | None = None

    def feed(self, record: dict[str, Any], offset: int) -> None:
        """One line, ``offset`` being where the file stands after it."""
        if record.get("type") != "message":
            return
        at = text(record.get("timestamp")) or None
        when = moment(at)
        message = table(record.get("message"))
        self._story.silent = when is not None and when < self._since
        try:
            if not self._story.silent:
                self._introduce(message, at)
            self._tell(record, message, at, offset)
        finally:
            self._story.silent = False

    def _introduce(self, message: dict[str, Any], at: str | None) -> None:
        if self._head is not None:
            return
        self._head = first_record(self._path)
        cwd = text(self._head.get("cwd")) or None
        self._story.session(
            text(self._head.get("id")),
            self._path,
            cwd=cwd,
            model=message.get("model"),
            resume={"argv": ["pi", "--session", self._path], "cwd": cwd},
        )
        self._story.state("started", at=at)

    def _tell(
        self, record: dict[str, Any], message: dict[str, Any], at: str | None, offset: int
    ) -> None:
        role = message.get("role")
        record_id = text(record.get("id"))
        if role == "user":
            self._story.message("user", _content(message), at=at, id=record_id)
        elif role == "assistant":
            self._answer(record_id, message, at)
        elif role == "toolResult":
            self._story.result(
                text(message.get("toolCallId")),
                _content(message),
                is_error=bool(message.get("isError")),
                at=at,
            )
        if role != "assistant":
            self._asked = at
        ended = role == "assistant" and message.get("stopReason") != "toolUse"
        if ended:
            self._story.state("idle", at=at)
        if (ended or role != "assistant") and not self._story.waiting_for_tools:
            head = self._head or {}
            self._story.conversation(
                text(head.get("id")),
                self._path,
                offset=offset,
                last=record_id,
                role="tool" if role == "toolResult" else text(role),
                cwd=head.get("cwd"),
                at=at,
            )

    def _answer(self, span: str, message: dict[str, Any], at: str | None) -> None:
        self._story.turn(at=at, span=span)
        for block in tables(message.get("content")):
            kind = block.get("type")
            if kind in ("text", "thinking"):
                said = text(block.get(kind))
                self._story.message(
                    "assistant", said, at=at, id=span, parent=span, thinking=kind == "thinking"
                )
            elif kind == "toolCall":
                self._story.tool(
                    text(block.get("id")),
                    text(block.get("name")),
                    block.get("arguments"),
                    at=at,
                    parent=span,
                )
        usage = table(message.get("usage"))
        total = table(usage.get("cost")).get("total")
        self._story.called(
            text(message.get("model")),
            Usage(
                input=count(usage.get("input")),
                output=count(usage.get("output")),
                cache_read=count(usage.get("cacheRead")),
                cache_write=count(usage.get("cacheWrite")),
            ),
            span=span,
            id=text(message.get("responseId")) or None,
            began=self._asked,
            at=at,
            stop_reason=text(message.get("stopReason")) or None,
            cost_usd=total if isinstance(total, int | float) and total > 0 else None,
        )
        if message.get("stopReason") == "error":
            self._story.state("error", text=message.get("errorMessage"), at=at)
        elif message.get("stopReason") == "aborted":
            self._story.forget_calls()
            self._story.state("interrupted", at=at)


def _content(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(text(block.get("text")) for block in tables(content))
