"""One session of Cline: a document of messages, in the API's own shape, and one for each sub-agent.

``ID/ID.json``            what the session is: process, directory, model
``ID/ID.messages.json``   its messages
``ID/AGENT.messages.json``   those of a sub-agent
"""

from __future__ import annotations

import json
import os
import re

from agentrec.agents.follow.event_builder import EventBuilder, ModelCall
from agentrec.agents.follow.tail import names
from agentrec.agents.follow.timestamps import is_before, iso_time_of_ms
from agentrec.config import read_plain
from agentrec.json_values import JsonObject, amount, count, parsed, table, tables, text
from agentrec.recording.events.llm import Usage

AGENT = "cline"
SUFFIX = ".messages.json"
ROLES = frozenset({"user", "assistant"})
# Of a document: it is read again at each step.
SIZE_LIMIT_BYTES = 64 << 20
# How the user's words are wrapped; what stands around them is Cline's.
_INPUT = re.compile(r'<user_input mode="(\w+)">(.*)</user_input>', re.DOTALL)
_EXIT = re.compile(r"exited with code (\d{1,3})")


def about(folder: str, session_id: str) -> JsonObject:
    """Return what Cline says about a session; nothing if it says nothing (yet)."""
    return _document(os.path.join(folder, session_id, f"{session_id}.json"))


def is_changed(folder: str, session_id: str, since: float) -> bool:
    """Return whether the session's messages were written after ``since``, in seconds since the epoch."""
    try:
        path = os.path.join(folder, session_id, session_id + SUFFIX)
        return os.stat(path).st_mtime >= since
    except OSError:
        return False


class Session:
    """Reads what is new of one session. Messages from before ``since`` are history."""

    def __init__(
        self, builder: EventBuilder, folder: str, session_id: str, *, since: float
    ) -> None:
        self._builder, self._since = builder, since
        self._folder, self._id = os.path.join(folder, session_id), session_id
        self._path = os.path.join(self._folder, session_id + SUFFIX)
        self._is_started = False
        self._mode = ""
        # By the task that a sub-agent got: the tool call that started it.
        self._tasks: dict[str, str] = {}
        # Of each document: time and size at the last read. And what was read of all of them.
        self._versions: dict[str, tuple[int, int]] = {}
        self._seen: set[str] = set()

    def read(self) -> None:
        """Add the events of what is new."""
        others = [name for name in names(self._folder) if name.endswith(SUFFIX)]
        for name in sorted(others, key=lambda name: name != self._id + SUFFIX):
            document = self._new_version(os.path.join(self._folder, name))
            if document:
                self._read(document, name.removesuffix(SUFFIX))

    def _new_version(self, path: str) -> JsonObject:
        """Return a document that has changed; nothing if it has not, or is just being written."""
        try:
            status = os.stat(path)
        except OSError:
            return {}
        version = status.st_mtime_ns, status.st_size
        if version == self._versions.get(path):
            return {}
        document = _document(path)
        if document:
            self._versions[path] = version
        return document

    def _read(self, document: JsonObject, name: str) -> None:
        thread = _Thread(self._builder, None, None)
        if name != self._id:
            task = _first_text(document)
            thread = _Thread(
                self._builder, f"{AGENT}/agent-{name.rpartition('_')[2]}", self._tasks.get(task)
            )
        asked_at = None
        for message in tables(document.get("messages")):
            at = iso_time_of_ms(message.get("ts"))
            key = text(message.get("id"))
            if key not in self._seen:
                self._seen.add(key)
                with self._builder.silenced(is_before(at, self._since)):
                    self._builder.feed_safely(self._message, document, thread, message, asked_at)
            asked_at = at

    def _message(
        self, document: JsonObject, thread: _Thread, message: JsonObject, asked_at: str | None
    ) -> None:
        role, at = text(message.get("role")), iso_time_of_ms(message.get("ts"))
        self._builder.record_kind(role, ROLES, frozenset())
        if not self._builder.silent:
            self._start_session(document, at)
        if table(message.get("metadata")).get("displayRole") == "error":
            self._builder.lifecycle("error", text=_texts(message), at=at)
        elif role == "assistant":
            thread.answer(message, asked_at)
            self._remember_tasks(message)
        elif role == "user":
            self._input(thread, message, at)
        if thread.actor is None:
            self._end_of_step(message, role, at)

    def _start_session(self, document: JsonObject, at: str | None) -> None:
        if self._is_started:
            return
        self._is_started = True
        described = about(os.path.dirname(self._folder), self._id)
        cwd = text(described.get("cwd")) or None
        self._builder.session(
            self._id,
            self._path,
            version=text(table(document.get("origin")).get("version")) or None,
            cwd=cwd,
            model=text(described.get("model")) or None,
            system_prompt=text(document.get("system_prompt")) or None,
            resume={"argv": ["cline", "--id", self._id], "cwd": cwd},
        )
        self._builder.lifecycle("started", at=at)

    def _input(self, thread: _Thread, message: JsonObject, at: str | None) -> None:
        for block in _blocks(message):
            if block.get("type") == "tool_result":
                thread.tool_result(block, at)
            elif block.get("type") == "text":
                self._prompt(thread, text(block.get("text")), text(message.get("id")), at)

    def _prompt(self, thread: _Thread, words: str, message_id: str, at: str | None) -> None:
        if found := _INPUT.search(words):
            if self._mode and found[1] != self._mode:
                self._builder.lifecycle("mode", text=found[1], at=at)
            self._mode, words = found[1], found[2]
        actor = AGENT if thread.actor else None  # the main agent prompts its sub-agent
        self._builder.message(
            "user", words, at=at, id=message_id, parent=thread.parent, actor=actor
        )

    def _remember_tasks(self, message: JsonObject) -> None:
        for block in _blocks(message):
            if block.get("type") == "tool_use":
                task = text(table(block.get("input")).get("task"))
                self._tasks[task] = text(block.get("id"))

    def _end_of_step(self, message: JsonObject, role: str, at: str | None) -> None:
        kinds = {block.get("type") for block in _blocks(message)}
        if self._builder.waiting_for_tools or "tool_use" in kinds:
            return
        if role == "assistant":
            self._builder.lifecycle("idle", at=at)
        self._builder.conversation(
            self._id,
            self._path,
            last=text(message.get("id")),
            role="tool" if "tool_result" in kinds else role,
            at=at,
        )


class _Thread:
    """The main agent, whose ``actor`` is None, or a sub-agent, with ``parent``, the call that started it."""

    def __init__(self, builder: EventBuilder, actor: str | None, parent: str | None) -> None:
        self._builder, self.actor, self.parent = builder, actor, parent

    def answer(self, message: JsonObject, asked_at: str | None) -> None:
        span, at = text(message.get("id")), iso_time_of_ms(message.get("ts"))
        self._builder.turn(at=at, actor=self.actor, span=span)
        for block in _blocks(message):
            self._block(block, span, at)
        metrics = table(message.get("metrics"))
        if not metrics:
            return
        cost = amount(metrics.get("cost"))
        self._builder.model_call(
            ModelCall(
                text(table(message.get("modelInfo")).get("id")),
                usage_of(metrics),
                span,
                id=span,
                asked_at=asked_at,
                at=at,
                actor=self.actor,
                parent=self.parent,
                cost_usd=cost if cost and cost > 0 else None,
            )
        )

    def _block(self, block: JsonObject, span: str, at: str | None) -> None:
        kind = block.get("type")
        if kind == "text" or kind == "thinking":
            self._builder.message(
                "assistant",
                text(block.get(kind)),
                at=at,
                id=span,
                parent=span,
                actor=self.actor,
                thinking=kind == "thinking",
            )
        elif kind == "tool_use":
            self._builder.tool_call(
                text(block.get("id")),
                text(block.get("name")),
                block.get("input"),
                at=at,
                parent=span,
                actor=self.actor,
            )

    def tool_result(self, block: JsonObject, at: str | None) -> None:
        content = parsed(block.get("content"))
        parts = tables(content if isinstance(content, list) else [content])
        output = "\n".join(part for part in map(_result_text, parts) if part)
        errors = " ".join(text(part.get("error")) for part in parts)
        code = _EXIT.search(errors)
        failed = bool(block.get("is_error")) or any(part.get("success") is False for part in parts)
        self._builder.tool_result(
            text(block.get("tool_use_id")),
            output or text(content),
            is_error=failed,
            at=at,
            actor=self.actor,
            exit_code=int(code[1]) if code else None,
        )


def usage_of(metrics: JsonObject) -> Usage:
    """Cline's counts: input includes what was read from a cache or written to it."""
    read, write = count(metrics.get("cacheReadTokens")), count(metrics.get("cacheWriteTokens"))
    return Usage(
        input=max(0, count(metrics.get("inputTokens")) - read - write),
        output=count(metrics.get("outputTokens")),
        cache_read=read,
        cache_write=write,
    )


def _result_text(part: JsonObject) -> str:
    """Return the output of one query of a tool, or the text of a part, or of a sub-agent."""
    result = part.get("result", part.get("text"))
    output = result if isinstance(result, str) else json.dumps(result) if result else ""
    return output or text(part.get("error"))


def _blocks(message: JsonObject) -> list[JsonObject]:
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else tables(content)


def _texts(message: JsonObject) -> str:
    return "\n".join(text(block.get("text")) for block in _blocks(message))


def _first_text(document: JsonObject) -> str:
    return next((_texts(message) for message in tables(document.get("messages"))), "")


def _document(path: str) -> JsonObject:
    try:
        return table(json.loads(read_plain(path, SIZE_LIMIT_BYTES)))
    except (OSError, ValueError, RecursionError):
        return {}
