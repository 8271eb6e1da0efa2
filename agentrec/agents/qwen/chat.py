"""Qwen Code's chat records: parts of messages in Gemini's shape, and its own telemetry beside them."""

from __future__ import annotations

from typing import Any

from agentrec.agents.follow.event_builder import Story, moment
from agentrec.json_values import count, exit_code, table, tables, text
from agentrec.report.pricing import Usage


class Chat:
    """Reads one file; records from before ``since`` (seconds since the epoch) are history."""

    def __init__(self, story: Story, path: str, *, since: float = 0.0) -> None:
        self._story, self._path, self._since = story, path, since
        self._introduced = False
        self._seen: set[str] = set()
        self._response: dict[str, Any] = {}  # telemetry of the answer that comes next
        self._tool_ms: float | None = None  # telemetry of the tool result that comes next
        self._asked: str | None = None

    def feed(self, record: dict[str, Any], offset: int) -> None:
        """One line, ``offset`` being where the file stands after it."""
        uuid = text(record.get("uuid"))
        if uuid in self._seen:
            return
        self._seen.add(uuid)
        at = text(record.get("timestamp")) or None
        when = moment(at)
        self._story.silent = when is not None and when < self._since
        try:
            self._tell(record, at, offset)
        finally:
            self._story.silent = False

    def _tell(self, record: dict[str, Any], at: str | None, offset: int) -> None:
        kind = record.get("type")
        if kind == "system":
            self._telemetry(record)
            return
        if not self._story.silent:
            self._introduce(record, at)
        parts = tables(table(record.get("message")).get("parts"))
        if kind == "assistant":
            self._answer(record, parts, at)
            if self._story.waiting_for_tools or any("functionCall" in part for part in parts):
                return
            self._story.state("idle", at=at)
        elif kind in ("user", "tool_result"):
            self._said(record, parts, at)
            self._asked = at
            if self._story.waiting_for_tools:
                return
        else:
            return
        self._story.conversation(
            text(record.get("sessionId")),
            self._path,
            offset=offset,
            last=text(record.get("uuid")),
            role="tool" if kind == "tool_result" else text(kind),
            cwd=record.get("cwd"),
            at=at,
        )

    def _introduce(self, record: dict[str, Any], at: str | None) -> None:
        if self._introduced:
            return
        self._introduced = True
        session_id, cwd = text(record.get("sessionId")), record.get("cwd")
        resume = {"argv": ["qwen", "--resume", session_id], "cwd": cwd}
        self._story.session(
            session_id, self._path, version=record.get("version"), cwd=cwd, resume=resume
        )
        self._story.state("started", at=at)

    def _telemetry(self, record: dict[str, Any]) -> None:
        event = table(table(record.get("systemPayload")).get("uiEvent"))
        name = text(event.get("event.name"))
        if name.endswith(".api_response"):
            self._response = event
        elif name.endswith(".tool_call"):
            took = event.get("duration_ms")
            self._tool_ms = took if isinstance(took, int | float) else None
        elif name.endswith(".api_error"):
            error = text(event.get("error_message")) or text(event.get("error"))
            self._story.state("error", text=error, at=text(record.get("timestamp")) or None)

    def _answer(self, record: dict[str, Any], parts: list[dict[str, Any]], at: str | None) -> None:
        span = text(record.get("uuid"))
        self._story.turn(at=at, span=span)
        for part in parts:
            if said := text(part.get("text")):
                self._story.message(
                    "assistant",
                    said,
                    at=at,
                    id=span,
                    parent=span,
                    thinking=bool(part.get("thought")),
                )
            if call := table(part.get("functionCall")):
                self._story.tool(
                    text(call.get("id")),
                    text(call.get("name")),
                    call.get("args"),
                    at=at,
                    parent=span,
                )
        response, self._response = self._response, {}
        took = response.get("duration_ms")
        self._story.called(
            text(record.get("model")),
            usage_of(table(record.get("usageMetadata"))),
            span=span,
            id=text(response.get("response_id")) or None,
            began=self._asked,
            at=at,
            duration_ms=took if isinstance(took, int | float) else None,
        )

    def _said(self, record: dict[str, Any], parts: list[dict[str, Any]], at: str | None) -> None:
        for part in parts:
            if said := text(part.get("text")):
                self._story.message("user", said, at=at, id=text(record.get("uuid")))
            if answer := table(part.get("functionResponse")):
                self._result(record, answer, at)

    def _result(self, record: dict[str, Any], answer: dict[str, Any], at: str | None) -> None:
        call_id = text(answer.get("id"))
        response = table(answer.get("response"))
        output = text(response.get("output")) or text(response.get("error"))
        code = exit_code(output)
        status = text(table(record.get("toolCallResult")).get("status"))
        if self._tool_ms is not None:
            self._story.timed(call_id, self._tool_ms)
            self._tool_ms = None
        failed = status not in ("", "success") or "error" in response or bool(code)
        self._story.result(call_id, output, is_error=failed, at=at, exit_code=code)


def usage_of(usage: dict[str, Any]) -> Usage:
    """Gemini's counts, where the prompt includes what came from a cache; here nothing overlaps."""
    everything = count(usage.get("promptTokenCount"))
    read = min(count(usage.get("cachedContentTokenCount")), everything)
    return Usage(
        input=everything - read,
        output=count(usage.get("candidatesTokenCount")),
        cache_read=read,
        reasoning=count(usage.get("thoughtsTokenCount")),
    )
