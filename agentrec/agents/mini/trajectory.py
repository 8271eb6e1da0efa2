"""mini-swe-agent's trajectory: one JSON document with all messages, in the API's own shape."""

from __future__ import annotations

import json
import os

from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder, ModelCall
from agentrec.agents.follow.timestamps import iso_time
from agentrec.json_values import JsonObject, amount, count, table, tables, text
from agentrec.recording.events.llm import Usage

# Of a document: it is read again at each step.
SIZE_LIMIT_BYTES = 64 << 20


class Trajectory:
    """Reads what was added since the last time. A document from before ``since`` is of another run."""

    def __init__(self, builder: EventBuilder, path: str, cwd: str, *, since: float) -> None:
        self._builder, self._path, self._cwd, self._since = builder, path, cwd, since
        # Time and size of the document at the last read.
        self._version = (0, 0)
        self._messages = 0
        self._is_broken = False
        self._asked_at: str | None = None

    def read(self) -> list[AgentEvent]:
        """Return the events since the last call."""
        try:
            status = os.stat(self._path)
        except OSError:
            return []
        version = (status.st_mtime_ns, status.st_size)
        if version == self._version or status.st_mtime < self._since:
            return []
        if status.st_size > SIZE_LIMIT_BYTES:
            return []
        try:
            with open(self._path, encoding="utf-8") as file:
                document = table(json.load(file))
        except (OSError, ValueError, RecursionError):
            self._is_broken = True
            return []  # it is being written: try again later
        self._version, self._is_broken = version, False
        self.feed(document)
        return self._builder.drain()

    def feed(self, document: JsonObject) -> None:
        """Events of what is new in a whole document."""
        messages = tables(document.get("messages"))
        if messages and not self._messages:
            self._start_session(document, messages)
        for message in messages[self._messages :]:
            self._messages += 1
            self._builder.feed_safely(self._message, message)

    def finish(self) -> list[AgentEvent]:
        """End the run: the agent has ended."""
        self._builder.misreads.broken(self._is_broken, "a trajectory that is not JSON")
        if self._messages:
            self._builder.finished()
        return self._builder.drain()

    def _start_session(self, document: JsonObject, messages: list[JsonObject]) -> None:
        info = table(document.get("info"))
        first = text(messages[0].get("content")) if messages[0].get("role") == "system" else None
        self._builder.session(
            os.path.basename(self._path),
            self._path,
            version=info.get("mini_version"),
            cwd=self._cwd,
            system_prompt=first,
        )
        self._builder.lifecycle("started")

    def _message(self, message: JsonObject) -> None:
        role, extra = message.get("role"), table(message.get("extra"))
        content, at = _content(message), iso_time(extra.get("timestamp"))
        if role == "assistant":
            self._answer(message, table(extra.get("response")), extra, at)
        elif role == "tool":
            self._tool_result(message, extra, at)
        elif role == "user":
            if response := table(extra.get("response")):  # an answer it could not use
                self._answer(_first_choice(response), response, extra, at)
            self._builder.message(
                "system" if extra.get("interrupt_type") else "user", content, at=at
            )
        elif role == "exit":
            self._builder.lifecycle("idle", text=content or None, reason=extra.get("exit_status"))
        if role in ("user", "tool") and not self._builder.waiting_for_tools:
            kind = "tool" if role == "tool" else "user"
            self._builder.conversation(
                os.path.basename(self._path),
                self._path,
                last=self._messages,
                role=kind,
                cwd=self._cwd,
            )
        self._asked_at = at or self._asked_at

    def _tool_result(self, message: JsonObject, extra: JsonObject, at: str | None) -> None:
        code = extra.get("returncode")
        self._builder.tool_result(
            text(message.get("tool_call_id")),
            text(extra.get("raw_output")) or _content(message),
            is_error=isinstance(code, int) and bool(code),
            at=at,
            exit_code=code if isinstance(code, int) else None,
        )

    def _answer(
        self,
        message: JsonObject,
        response: JsonObject,
        extra: JsonObject,
        at: str | None,
    ) -> None:
        span = text(response.get("id")) or f"answer-{self._messages}"
        self._builder.turn(at=at, span=span)
        for key in ("reasoning_content", "content"):
            thinking = key != "content"
            content = text(message.get(key))
            self._builder.message("assistant", content, at=at, parent=span, thinking=thinking)
        for call in tables(message.get("tool_calls")):
            function = table(call.get("function"))
            self._builder.tool_call(
                text(call.get("id")),
                text(function.get("name")),
                _parsed(function.get("arguments")),
                at=at,
                parent=span,
            )
        cost = amount(extra.get("cost"))
        choice = table((tables(response.get("choices")) or [{}])[0])
        self._builder.model_call(
            ModelCall(
                text(response.get("model")),
                usage_of(table(response.get("usage"))),
                span,
                id=span,
                asked_at=self._asked_at,
                at=at,
                stop_reason=text(choice.get("finish_reason")) or None,
                cost_usd=cost if cost and cost > 0 else None,
            )
        )


def usage_of(usage: JsonObject) -> Usage:
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


def _first_choice(response: JsonObject) -> JsonObject:
    return table(table((tables(response.get("choices")) or [{}])[0]).get("message"))


def _content(message: JsonObject) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "\n".join(text(part.get("text")) for part in tables(content))
    return text(content)


def _parsed(arguments: object) -> object:
    """Arguments of a tool call; the model's broken JSON is kept as it is."""
    try:
        parsed: object = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        return arguments
    return parsed
