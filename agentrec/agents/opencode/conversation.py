"""One session of opencode as the events of one conversation, whichever tables it is in."""

from __future__ import annotations

import json
from heapq import merge
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.follow.timestamps import iso_time_of_ms
from agentrec.json_values import JsonObject, count, table
from agentrec.recording.events.llm import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder

# A row may be written a little after the time it carries.
SLACK_MS = 2000
# Of a prompt that is taken back.
PROMPT_LIMIT_CHARS = 500
# How versions begin that did not write the total of an answer's tokens.
_WITHOUT_TOTALS = ("0.", "1.0.", "1.1.")


class Source(NamedTuple):
    """Where sessions are read from: what is at ``path``, of what was said in ``cwd`` since ``since_ms``.

    ``stored``: nothing is waited for, so that a text without an end is reported as far as it goes.
    """

    path: str
    cwd: str
    since_ms: int
    stored: bool = False


class Session(NamedTuple):
    """What opencode notes of a session. ``agent`` is opencode's own that works, in ``directory``."""

    id: str
    parent: str | None
    version: str
    agent: str | None
    directory: str


class Conversation:
    """What was reported of a session. ``actor`` is that of a sub-agent, None for the main agent."""

    def __init__(
        self, builder: EventBuilder, session: Session, source: Source, actor: str | None
    ) -> None:
        self.builder, self.id, self.source, self.actor = builder, session.id, source, actor
        self.wrote_totals = not str(session.version).startswith(_WITHOUT_TOTALS)
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


def begin(builder: EventBuilder, program: str, session: Session, source: Source) -> Conversation:
    """The conversation of a session that is read from now on; ``program`` opens it again."""
    source = source._replace(cwd=session.directory)
    if session.parent:
        actor = f"{builder.agent}/{session.agent or 'agent'}-{str(session.id)[-8:]}"
        return Conversation(builder, session, source, actor)
    resume = {"argv": [program, "--session", session.id], "cwd": source.cwd}
    builder.session(session.id, source.path, version=session.version, cwd=source.cwd, resume=resume)
    builder.lifecycle("started")
    return Conversation(builder, session, source, None)


def in_order_of_time(conversations: Iterable[Iterable[AgentEvent]]) -> Iterator[AgentEvent]:
    """The events of a stored session and of its sub-agents; times of one never run backwards."""
    return (event for _, event in merge(*map(_timed, conversations), key=itemgetter(0)))


def _timed(events: Iterable[AgentEvent]) -> Iterator[tuple[str, AgentEvent]]:
    latest = ""
    for event in events:
        at = event.data.get("at")
        latest = max(latest, at if isinstance(at, str) else "")
        yield latest, event


def usage_of(tokens: JsonObject, *, thinking_inside: bool = False) -> Usage:
    """opencode's counts: its output is without the thinking, unless that is ``thinking_inside``."""
    cache, thinking = table(tokens.get("cache")), count(tokens.get("reasoning"))
    return Usage(
        input=count(tokens.get("input")),
        output=count(tokens.get("output")) + (0 if thinking_inside else thinking),
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
