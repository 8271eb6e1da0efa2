"""One session of opencode as the events of one conversation, whichever tables it is in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.follow.timestamps import iso_time_of_ms
from agentrec.json_values import JsonObject, count, table
from agentrec.recording.events.llm import Usage

if TYPE_CHECKING:
    from agentrec.agents.follow.event_builder import EventBuilder

# A row may be written a little after the time it carries.
SLACK_MS = 2000
# Of a prompt that is taken back.
PROMPT_LIMIT_CHARS = 500


class Source(NamedTuple):
    """Where sessions are read from: the database at ``path``, what was said in ``cwd`` since ``since_ms``."""

    path: str
    cwd: str
    since_ms: int


class Conversation:
    """What was reported of a session. ``actor`` is that of a sub-agent, None for the main agent."""

    def __init__(
        self, builder: EventBuilder, session_id: str, source: Source, actor: str | None
    ) -> None:
        self.builder, self.id, self.source, self.actor = builder, session_id, source, actor
        # Ids of messages and parts, and of tool calls: "call ID" and "result ID".
        self._seen: set[str] = set()
        # The user's words by the id of their message, and the id at which messages are taken back.
        self._prompts: dict[str, str] = {}
        self._reverted = ""
        self._mode = ""

    def is_new(self, key: str) -> bool:
        """Return whether this is the first call with ``key``."""
        new = key not in self._seen
        self._seen.add(key)
        return new

    def has(self, key: str) -> bool:
        """Return whether ``key`` was reported."""
        return key in self._seen

    def prompt(self, words: str, message_id: str, last: str, at: str | None) -> None:
        """The user has said something, or the main agent to a sub-agent; ``last`` is the record's id."""
        actor = self.builder.agent if self.actor else None
        self._prompts[message_id] = words[:PROMPT_LIMIT_CHARS]
        self.builder.message("user", words, at=at, id=message_id, actor=actor)
        self.point(last, "user", at)

    def answer(
        self, words: str, message_id: str, at: str | None, *, thinking: bool = False
    ) -> None:
        """The model has said or thought something."""
        self.builder.message(
            "assistant",
            words,
            at=at,
            id=message_id,
            parent=message_id,
            actor=self.actor,
            thinking=thinking,
        )

    def starts_in(self, agent: str) -> None:
        """The agent of opencode that works, unless another one is known."""
        self._mode = self._mode or agent

    def mode(self, agent: str, at: str | None) -> None:
        """The user works with this agent of opencode now: build, plan ..."""
        if self._mode and agent and agent != self._mode and self.actor is None:
            self.builder.lifecycle("mode", text=agent, at=at)
        self._mode = agent or self._mode

    def error(self, error: object, message_id: str, at: str | None) -> None:
        """An answer failed, in words, or was stopped by the user."""
        name, words = table(error).get("name") or table(error).get("type"), error_text(error)
        if self.actor is not None or not error or not self.is_new(f"error {message_id}"):
            return
        if name in ("MessageAbortedError", "aborted"):
            self.builder.forget_calls()
            self.builder.lifecycle("interrupted", at=at)
        else:
            self.builder.lifecycle("error", text=words or str(name), at=at)

    def reverted(self, revert: JsonObject) -> None:
        """``revert`` says from which message on the session was taken back; empty: it was not."""
        message_id = str(revert.get("messageID") or "")
        if message_id and message_id != self._reverted and self.actor is None:
            self.builder.forget_calls()
            self.builder.lifecycle("rewound", text=self._prompts.get(message_id))
        self._reverted = message_id

    def point(self, last: str, role: str, at: str | None) -> None:
        """The conversation can be resumed here, if it is that of the main agent."""
        if self.actor is None:
            path, cwd = self.source.path, self.source.cwd
            self.builder.conversation(self.id, path, last=last, role=role, cwd=cwd, at=at)


def usage_of(tokens: JsonObject) -> Usage:
    """opencode's counts: its output is without the thinking, which counts as output here."""
    cache, thinking = table(tokens.get("cache")), count(tokens.get("reasoning"))
    return Usage(
        input=count(tokens.get("input")),
        output=count(tokens.get("output")) + thinking,
        cache_read=count(cache.get("read")),
        cache_write=count(cache.get("write")),
        reasoning=thinking,
    )


def error_text(error: object) -> str:
    """The words of an error, in the shapes that both versions write."""
    values = table(error)
    words = values.get("message") or table(values.get("data")).get("message") or error
    return words if isinstance(words, str) else ""


def from_json(data: object) -> JsonObject:
    """The object in a column of JSON; empty for anything else."""
    try:
        return table(json.loads(data)) if isinstance(data, str | bytes) else {}
    except (ValueError, RecursionError):
        return {}


def iso(milliseconds: object) -> str | None:
    """A time of opencode's."""
    return iso_time_of_ms(milliseconds)
