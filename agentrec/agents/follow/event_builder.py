"""Events made of what a parser understands of an agent's records.

Sans-IO: parsers call a method for each thing that happened, in order, and drain the events. Texts are
bounded, tool calls are timed, and each point where the conversation can be resumed is noted.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.follow.misreads import Misreads
from agentrec.agents.follow.shortening import clipped, shortened
from agentrec.agents.follow.timestamps import milliseconds_between
from agentrec.json_values import error_words
from agentrec.json_values import text as as_text
from agentrec.recording.events.agent import USER
from agentrec.report import pricing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agentrec.json_values import JsonObject
    from agentrec.recording.events.llm import Usage

# Of the last query and result in a conversation event.
QUOTE_LIMIT_CHARS = 2000
# Whose transcripts are named.
MAX_SUB_AGENTS = 200


class AgentEvent(NamedTuple):
    """One event, before it has a number and a time; the fields are those of ``Event``."""

    track: str
    kind: str
    data: JsonObject
    span: str | None = None
    parent: str | None = None
    actor: str | None = None


class ModelCall(NamedTuple):
    """A model call that has ended, at ``at``.

    ``cost_usd`` and ``duration_ms`` are the agent's own figures, if any; else the call is taken to have
    begun at ``asked_at``, when what it answers was sent. ``parent`` is the span of the tool call that
    started a sub-agent; ``variant`` names a mode with prices of its own.
    """

    model: str
    usage: Usage
    span: str
    id: str | None = None
    asked_at: str | None = None
    at: str | None = None
    stop_reason: str | None = None
    actor: str | None = None
    parent: str | None = None
    cost_usd: float | None = None
    duration_ms: float | None = None
    variant: str = ""


class EventBuilder:
    """Collects events until ``drain``. ``agent`` is the name of the main agent's actor.

    ``started`` says how the agent was started, and is part of every session: argv, home ...

    Times (``at``) are what the agent wrote: ISO 8601 texts, kept as they are.
    """

    def __init__(self, agent: str, started: Mapping[str, object] | None = None) -> None:
        self.agent = agent
        self.silent = False
        self._started = dict(started or {})
        self._events: list[AgentEvent] = []
        self._turns: dict[str, int] = {}
        # By the id of a tool call: who made it and when; and how long it took, if that was measured.
        self._calls: dict[str, tuple[str, str | None]] = {}
        self._durations_ms: dict[str, float] = {}
        # Names in order of first use.
        self._tools: dict[str, None] = {}
        self._model = ""
        self._query = self._result = ""
        # Where a conversation stood that began before the recording, until its session is added.
        self._resumed: JsonObject | None = None
        self._has_session = False
        self._sub_agents: dict[str, int] = {}
        self._messages = 0
        self.misreads = Misreads(agent)

    def drain(self) -> list[AgentEvent]:
        """Return the events since the last call."""
        events, self._events = self._events, []
        return events

    @contextmanager
    def silenced(self, silent: bool) -> Iterator[None]:
        """Within, if ``silent``, nothing is collected but everything is remembered: for history."""
        before, self.silent = self.silent, silent
        try:
            yield
        finally:
            self.silent = before

    def feed_safely(self, feed: Callable[..., object], *record: object) -> None:
        """Feed a parser one record. One that makes it raise is counted, and the next can be fed."""
        try:
            feed(*record)
        except Exception:  # noqa: BLE001 - the agent's own format, and its next versions
            self.misreads.unreadable()

    def session(self, session_id: str, transcript: str, **more: object) -> None:
        """The conversation is known. ``more``: version, cwd, model, system_prompt, resume ...

        If it is the first one and began before the recording, where it stood then follows.
        """
        if text := more.get("system_prompt"):
            more |= clipped("system_prompt", str(text))
        data = {"agent": self.agent, "session_id": session_id, "transcript": transcript}
        self._add("agent", "session", data | self._started | _present(more))
        if not self.silent and not self._has_session:
            self._has_session = True
            if self._resumed:
                self._add("agent", "conversation", self._resumed, actor=self.agent)

    def message(
        self,
        role: str,
        text: str,
        *,
        at: str | None = None,
        id: str | None = None,  # noqa: A002 - the name of the event's field
        parent: str | None = None,
        actor: str | None = None,
        thinking: bool = False,
    ) -> None:
        """A message of ``role``: user, assistant or system. An empty one is left out."""
        if not text:
            return
        data = {"role": role, **clipped("text", text), **_present({"id": id, "at": at})}
        if thinking:
            data["thinking"] = True
        default = USER if role == "user" else self.agent
        self._add("agent", "message", data, parent=parent, actor=actor or default)
        self._messages += not self.silent
        if role == "user" and actor in (None, USER):  # not to a sub-agent
            self._query = text
        elif role == "assistant" and not thinking and actor in (None, self.agent):
            self._result = text

    def turn(self, *, at: str | None, actor: str | None = None, span: str | None = None) -> int:
        """The model starts to answer: one iteration of the agent's loop. Returns its number, from 1."""
        actor = actor or self.agent
        number = self._turns.get(actor, 0) + 1
        if not self.silent:
            self._turns[actor] = number
        data: JsonObject = {"n": number, **_present({"at": at})}
        self._add("agent", "turn", data, parent=span, actor=actor)
        return number

    def model_call(self, call: ModelCall) -> None:
        """A model call has ended."""
        if call.actor in (None, self.agent):
            self._model = call.model
        cost, duration = call.cost_usd, call.duration_ms
        if cost is None:
            cost = pricing.cost(call.model, call.usage, variant=call.variant)
        if duration is None:
            duration = milliseconds_between(call.asked_at, call.at)
        data: JsonObject = {"model": call.model, "usage": call.usage.as_data(), "cost_usd": cost}
        more = {
            "duration_ms": duration,
            "id": call.id,
            "stop_reason": call.stop_reason,
            "variant": call.variant or None,
            "at": call.at,
        }
        actor = call.actor or self.agent
        self._add(
            "llm", "call", data | _present(more), span=call.span, parent=call.parent, actor=actor
        )

    def tool_call(
        self,
        id: str,  # noqa: A002
        name: str,
        arguments: object,
        *,
        at: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
    ) -> None:
        """A tool is called; ``id`` becomes the span that its result shares."""
        actor = actor or self.agent
        self._calls[id] = (actor, at)
        self._tools[name] = None
        shorter, length = shortened(arguments)
        data: JsonObject = {"name": name, "input": shorter, "id": id, **_present({"at": at})}
        if length:
            data["input_length"] = length
        self._add("tool", "call", data, span=id, parent=parent, actor=actor)

    def tool_duration(self, id: str, duration_ms: float) -> None:  # noqa: A002
        """A measured duration, more exact than the time of the result."""
        self._durations_ms[id] = duration_ms

    def tool_result(
        self,
        id: str,  # noqa: A002
        output: str,
        *,
        is_error: bool = False,
        at: str | None = None,
        actor: str | None = None,
        **more: object,
    ) -> None:
        """A tool returned. ``more``: exit_code ..."""
        _, called_at = self._calls.pop(id, ("", None))
        duration = self._durations_ms.pop(id, None)
        if duration is None:
            duration = milliseconds_between(called_at, at)
        data = {
            "is_error": is_error,
            **clipped("output", output),
            "duration_ms": duration,
            "id": id,
            **_present({"at": at} | more),
        }
        self._add("tool", "result", data, span=id, actor=actor or self.agent)
        if actor in (None, self.agent):
            self._result = output

    @property
    def waiting_for_tools(self) -> bool:
        """Whether the main agent has called tools that have not returned."""
        return any(actor == self.agent for actor, _ in self._calls.values())

    def forget_calls(self) -> None:
        """Calls that will never have a result: the turn was interrupted."""
        self._calls.clear()

    def lifecycle(self, state: str, **more: object) -> None:
        """started, waiting_permission, waiting_user, idle, finished, interrupted, compacted, rewound,
        mode, error."""
        if text := more.get("text"):
            words = error_words(str(text)) if state == "error" else str(text)
            more |= clipped("text", words)
        self._add("agent", "lifecycle", {"state": state, **_present(more)}, actor=self.agent)

    def finished(self) -> None:
        """The agent has ended. Also says what of its records could not be understood."""
        self.troubles()
        self.lifecycle("finished")

    def record_kind(self, kind: object, known: frozenset[str], silent: frozenset[str]) -> bool:
        """Return whether a record's kind is in ``known``. Those in ``silent`` never become events; any other
        kind is counted as not understood, unless it is history.
        """
        name = as_text(kind)
        if name in known:
            self.misreads.expected(is_history=self.silent)
        elif name not in silent and not self.silent:
            self.misreads.unknown(name)
        return name in known

    def troubles(self) -> None:
        """Report what could not be understood, each kind with its count."""
        for text, count in self.misreads.drain().items():
            self._events.append(AgentEvent("sys", "trouble", {"text": text, "count": count}))

    def conversation(self, session_id: str, transcript: str, **point: object) -> None:
        """The main conversation is at a point where it can be resumed.

        ``point`` says where in the transcript: offset (bytes), last (the record's own id), role (of the
        last message: user, tool or assistant), cwd ...
        """
        data = {"session_id": session_id, "transcript": transcript, **_present(point)}
        data |= {"messages": self._messages, "tools": list(self._tools)}
        if self._sub_agents:
            data["sub_agents"] = dict(self._sub_agents)
        quotes = {"model": self._model, "query": self._query, "result": self._result}
        data |= {name: text[:QUOTE_LIMIT_CHARS] for name, text in quotes.items() if text}
        if self.silent:
            self._resumed = data
        self._add("agent", "conversation", data, actor=self.agent)

    def sub_agent_transcript(self, path: str, size: int) -> None:
        """A sub-agent writes the transcript at ``path``, of which ``size`` bytes were read."""
        if path in self._sub_agents or len(self._sub_agents) < MAX_SUB_AGENTS:
            self._sub_agents[path] = size

    def _add(self, track: str, kind: str, data: JsonObject, **links: str | None) -> None:
        if not self.silent:
            self.misreads.understood()
            self._events.append(AgentEvent(track, kind, data, **links))


def _present(data: Mapping[str, object]) -> JsonObject:
    return {name: value for name, value in data.items() if value is not None}
