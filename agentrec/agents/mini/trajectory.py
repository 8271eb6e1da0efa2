"""mini-swe-agent's trajectory: one JSON document with all messages, in the API's own shape."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any

from agentrec.agents.follow.event_builder import Story, Told
from agentrec.json_values import count, table, tables, text
from agentrec.report.pricing import Usage

LARGEST = 64 << 20  # bytes of a document that is read again at each step


class Trajectory:
    """Reads what was added since the last time. A document from before ``since`` is somebody else's."""

    def __init__(self, story: Story, path: str, cwd: str, *, since: float) -> None:
        self._story, self._path, self._cwd, self._since = story, path, cwd, since
        self._stamp = (0, 0)
        self._done = 0  # messages that were told
        self._asked: str | None = None

    def read(self) -> list[Told]:
        """The events since the last time."""
        try:
            status = os.stat(self._path)
        except OSError:
            return []
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp == self._stamp or status.st_mtime < self._since or status.st_size > LARGEST:
            return []
        try:
            with open(self._path, encoding="utf-8") as file:
                document = table(json.load(file))
        except (OSError, ValueError, RecursionError):
            return []  # it is being written: look again
        self._stamp = stamp
        self.feed(document)
        return self._story.take()

    def feed(self, document: dict[str, Any]) -> None:
        """Tell what is new in a whole document."""
        messages = tables(document.get("messages"))
        if messages and not self._done:
            self._introduce(document, messages)
        for message in messages[self._done :]:
            self._done += 1
            self._story.safely(self._message, message)

    def finish(self) -> list[Told]:
        """The agent has ended."""
        if self._done:
            self._story.finished()
        return self._story.take()

    def _introduce(self, document: dict[str, Any], messages: list[dict[str, Any]]) -> None:
        info = table(document.get("info"))
        first = text(messages[0].get("content")) if messages[0].get("role") == "system" else None
        self._story.session(
            os.path.basename(self._path),
            self._path,
            version=info.get("mini_version"),
            cwd=self._cwd,
            system_prompt=first,
        )
        self._story.state("started")

    def _message(self, message: dict[str, Any]) -> None:
        role, extra = message.get("role"), table(message.get("extra"))
        said, at = _content(message), _iso(extra.get("timestamp"))
        if role == "assistant":
            self._answer(message, table(extra.get("response")), extra, at)
        elif role == "tool":
            code = extra.get("returncode")
            code = code if isinstance(code, int) else None
            output = text(extra.get("raw_output")) or said
            call_id = text(message.get("tool_call_id"))
            self._story.result(call_id, output, is_error=bool(code), at=at, exit_code=code)
        elif role == "user":
            if response := table(extra.get("response")):  # an answer it could not use
                self._answer(_first_choice(response), response, extra, at)
            self._story.message("system" if extra.get("interrupt_type") else "user", said, at=at)
        elif role == "exit":
            self._story.state("idle", text=said or None, reason=extra.get("exit_status"))
        if role in ("user", "tool") and not self._story.waiting_for_tools:
            kind = "tool" if role == "tool" else "user"
            self._story.conversation(
                os.path.basename(self._path), self._path, last=self._done, role=kind, cwd=self._cwd
            )
        self._asked = at or self._asked

    def _answer(
        self,
        message: dict[str, Any],
        response: dict[str, Any],
        extra: dict[str, Any],
        at: str | None,
    ) -> None:
        span = text(response.get("id")) or f"answer-{self._done}"
        self._story.turn(at=at, span=span)
        for key in ("reasoning_content", "content"):
            thinking = key != "content"
            said = text(message.get(key))
            self._story.message("assistant", said, at=at, parent=span, thinking=thinking)
        for call in tables(message.get("tool_calls")):
            function = table(call.get("function"))
            arguments = function.get("arguments")
            try:
                arguments = json.loads(arguments) if isinstance(arguments, str) else arguments
            except ValueError:
                pass  # the model's own broken JSON is told as it is
            name = text(function.get("name"))
            self._story.tool(text(call.get("id")), name, arguments, at=at, parent=span)
        cost, reason = extra.get("cost"), table((tables(response.get("choices")) or [{}])[0])
        self._story.called(
            text(response.get("model")),
            usage_of(table(response.get("usage"))),
            span=span,
            id=span,
            began=self._asked,
            at=at,
            stop_reason=text(reason.get("finish_reason")) or None,
            cost_usd=cost if isinstance(cost, int | float) and cost > 0 else None,
        )


def usage_of(usage: dict[str, Any]) -> Usage:
    """Counts of the chat completions API, where the prompt includes what came from a cache."""
    everything = count(usage.get("prompt_tokens"))
    read = min(count(table(usage.get("prompt_tokens_details")).get("cached_tokens")), everything)
    details = table(usage.get("completion_tokens_details"))
    return Usage(
        input=everything - read,
        output=count(usage.get("completion_tokens")),
        cache_read=read,
        reasoning=count(details.get("reasoning_tokens")),
    )


def _first_choice(response: dict[str, Any]) -> dict[str, Any]:
    return table(table((tables(response.get("choices")) or [{}])[0]).get("message"))


def _content(message: dict[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(text(part.get("text")) for part in tables(content))
    return text(content)


def _iso(seconds: Any) -> str | None:
    if not isinstance(seconds, int | float) or not 0 < seconds < 1e11:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
