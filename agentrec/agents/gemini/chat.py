"""Gemini CLI's chat file: messages that are written again, under the same id, when they grow."""

from __future__ import annotations

from typing import Any

from agentrec.agents.follow.event_builder import Story, moment
from agentrec.agents.follow.tail import first_record
from agentrec.json_values import count, exit_code, table, tables, text
from agentrec.report.pricing import Usage

DONE = ("success", "error", "cancelled")


class Chat:
    """Reads one file; records from before ``since`` (seconds since the epoch) are history."""

    def __init__(self, story: Story, path: str, *, cwd: str, since: float = 0.0) -> None:
        self._story, self._path, self._cwd, self._since = story, path, cwd, since
        self._session_id = ""
        self._told: set[str] = set()  # ids of messages, calls ("call ID") and results ("result ID")
        self._asked: str | None = None

    def feed(self, record: dict[str, Any], offset: int) -> None:
        """One line, ``offset`` being where the file stands after it."""
        for message in tables(table(record.get("$set")).get("messages")):
            self._message(message, offset)
        if "id" in record:
            self._message(record, offset)

    def _message(self, message: dict[str, Any], offset: int) -> None:
        at = text(message.get("timestamp")) or None
        when = moment(at)
        self._story.silent = when is not None and when < self._since
        try:
            if not self._story.silent:
                self._introduce(message, at)
            self._tell(message, at, offset)
        finally:
            self._story.silent = False

    def _once(self, key: str) -> bool:
        new = key not in self._told
        self._told.add(key)
        return new

    def _introduce(self, message: dict[str, Any], at: str | None) -> None:
        if self._session_id:
            return
        self._session_id = text(first_record(self._path).get("sessionId")) or "?"
        resume = {"argv": ["gemini", "--resume", self._session_id], "cwd": self._cwd}
        model = message.get("model")
        self._story.session(self._session_id, self._path, cwd=self._cwd, model=model, resume=resume)
        self._story.state("started", at=at)

    def _tell(self, message: dict[str, Any], at: str | None, offset: int) -> None:
        kind, message_id = message.get("type"), text(message.get("id"))
        if kind == "gemini":
            self._answer(message, message_id, at, offset)
        elif kind in ("error", "info", "warning") and self._once(message_id):
            said = _content(message.get("content"))
            if kind == "error":
                self._story.state("error", text=said, at=at)
            else:
                self._story.message("system", said, at=at, id=message_id)
        elif kind == "user" and self._once(message_id):
            self._said(message, message_id, at, offset)

    def _said(self, message: dict[str, Any], message_id: str, at: str | None, offset: int) -> None:
        self._asked = at
        parts = tables(message.get("content"))
        for answer in (table(part.get("functionResponse")) for part in parts):
            if answer and self._once(f"result {answer.get('id')}"):
                self._story.result(
                    text(answer.get("id")), _output([{"functionResponse": answer}]), at=at
                )
        said = _content(message.get("content"))
        context = said.startswith("<session_context>")
        self._story.message("system" if context else "user", said, at=at, id=message_id)
        if not context and not self._story.waiting_for_tools:
            self._point(message_id, "user" if said else "tool", at, offset)

    def _answer(
        self, message: dict[str, Any], message_id: str, at: str | None, offset: int
    ) -> None:
        calls = tables(message.get("toolCalls"))
        if self._once(message_id):
            self._story.turn(at=at, span=message_id)
            for thought in tables(message.get("thoughts")):
                words = (text(thought.get("subject")), text(thought.get("description")))
                said = ": ".join(word for word in words if word)
                self._speak(said, message_id, text(thought.get("timestamp")) or at, thinking=True)
            self._speak(_content(message.get("content")), message_id, at)
            self._story.called(
                text(message.get("model")),
                usage_of(table(message.get("tokens"))),
                span=message_id,
                id=message_id,
                began=self._asked,
                at=at,
            )
            if not calls:
                self._point(message_id, "assistant", at, offset)
        for call in calls:
            self._call(call, message_id)
        for call in calls:
            self._result(call)

    def _speak(self, said: str, span: str, at: str | None, *, thinking: bool = False) -> None:
        self._story.message("assistant", said, at=at, id=span, parent=span, thinking=thinking)

    def _call(self, call: dict[str, Any], span: str) -> None:
        call_id = text(call.get("id"))
        if self._once(f"call {call_id}"):
            # Its own time is when it ended; when it began is not written.
            self._story.tool(call_id, text(call.get("name")), call.get("args"), parent=span)

    def _result(self, call: dict[str, Any]) -> None:
        call_id, status = text(call.get("id")), call.get("status")
        if status not in DONE or not self._once(f"result {call_id}"):
            return
        output = _output(tables(call.get("result"))) or text(call.get("resultDisplay"))
        code = exit_code(output)
        self._story.result(
            call_id,
            output,
            is_error=status != "success" or bool(code),
            at=text(call.get("timestamp")) or None,
            exit_code=code,
        )

    def _point(self, last: str, role: str, at: str | None, offset: int) -> None:
        self._story.conversation(
            self._session_id,
            self._path,
            offset=offset,
            last=last,
            role=role,
            cwd=self._cwd,
            at=at,
        )


def usage_of(tokens: dict[str, Any]) -> Usage:
    """The CLI's counts: the input includes what came from a cache, the output no thoughts."""
    everything = count(tokens.get("input"))
    read = min(count(tokens.get("cached")), everything)
    thoughts = count(tokens.get("thoughts"))
    return Usage(
        input=everything - read,
        output=count(tokens.get("output")) + thoughts,
        cache_read=read,
        reasoning=thoughts,
    )


def _output(parts: list[dict[str, Any]]) -> str:
    responses = (table(table(p.get("functionResponse")).get("response")) for p in parts)
    return "\n".join(text(r.get("output")) or text(r.get("error")) for r in responses)


def _content(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(text(part.get("text")) for part in tables(content) if part.get("text"))
    return text(content)
