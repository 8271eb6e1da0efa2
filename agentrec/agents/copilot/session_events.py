"""Copilot CLI's file of events: one JSON line for each thing that happened in a session.

A model call's tokens come just before its answer, with the same ``apiCallId``. Events of a sub-agent have
an ``agentId``.
"""

from __future__ import annotations

from agentrec.agents.copilot import record_kinds
from agentrec.agents.follow.event_builder import EventBuilder, ModelCall
from agentrec.agents.follow.owners import Owners
from agentrec.agents.follow.timestamps import is_before, milliseconds_between
from agentrec.json_values import JsonObject, amount, count, table, tables, text
from agentrec.recording.events.llm import Usage

AGENT = "copilot"
# Calls beside the conversation, for a title or a summary.
SIDE = f"{AGENT}/side"
CONVERSATIONS = ("", "conversation-agent", "conversation-subagent")


class SessionEvents:
    """Reads one file; events from before ``since`` (seconds since the epoch) are history.

    So are copies of events that another session, which shares ``owners``, has read.
    """

    def __init__(
        self, builder: EventBuilder, path: str, *, since: float = 0.0, owners: Owners | None = None
    ) -> None:
        self._builder, self._path, self._since = builder, path, since
        self._owners = owners or Owners()
        self._session_id = self._version = self._cwd = self._mode = ""
        self._is_started = False
        # Ids of events, and spans of answers that have a turn.
        self._seen: set[str] = set()
        # By the id of a sub-agent: its actor, and the tool call that started it.
        self._sub_agents: dict[str, tuple[str, str]] = {}
        self._tools_began: dict[str, str] = {}

    def feed(self, record: JsonObject, offset: int) -> None:
        """Read one line; ``offset`` is the position in the file after it."""
        event_id, at = text(record.get("id")), text(record.get("timestamp")) or None
        if event_id in self._seen:
            return
        if event_id:
            self._seen.add(event_id)
        is_copy = bool(event_id) and not self._owners.claim(event_id, self)
        with self._builder.silenced(is_before(at, self._since) or is_copy):
            self._record(record, at, offset)

    def _record(self, record: JsonObject, at: str | None, offset: int) -> None:
        kind, data = text(record.get("type")), table(record.get("data"))
        self._builder.record_kind(kind, record_kinds.CONVERSATION, record_kinds.OTHERS)
        agent_id = text(record.get("agentId"))
        if kind in ("session.start", "session.resume"):
            self._session(data)
        if not self._builder.silent and kind in record_kinds.CONVERSATION:
            self._start_session(at)
        if kind == "subagent.started":
            self._sub_agent(agent_id, data)
        elif kind == "session.usage_record":
            self._usage(table(data.get("usage")), agent_id, at)
        elif kind == "assistant.message":
            self._answer(data, agent_id, at)
            if not agent_id and _is_final(data):
                self._builder.lifecycle("idle", at=at)
                self._point(record, "assistant", offset)
        elif kind == "tool.execution_start":
            self._tools_began[text(data.get("toolCallId"))] = at or ""
        elif kind == "tool.execution_complete":
            self._tool_result(data, agent_id, at)
            if not agent_id and not self._builder.waiting_for_tools:
                self._point(record, "tool", offset)
        elif kind == "user.message":
            self._prompt(record, data, agent_id, at)
            if not agent_id and not self._builder.waiting_for_tools:
                self._point(record, "user", offset)
        else:
            self._state(kind, data, at)

    # --- the session --------------------------------------------------------------------------

    def _session(self, data: JsonObject) -> None:
        self._session_id = text(data.get("sessionId")) or self._session_id
        self._version = text(data.get("copilotVersion")) or self._version
        self._cwd = text(table(data.get("context")).get("cwd")) or self._cwd

    def _start_session(self, at: str | None) -> None:
        if self._is_started:
            return
        self._is_started = True
        resume = {"argv": ["copilot", f"--resume={self._session_id}"], "cwd": self._cwd or None}
        self._builder.session(
            self._session_id,
            self._path,
            version=self._version or None,
            cwd=self._cwd or None,
            resume=resume,
        )
        self._builder.lifecycle("started", at=at)

    def _sub_agent(self, agent_id: str, data: JsonObject) -> None:
        name = text(data.get("agentName")) or "agent"
        actor = f"{AGENT}/{name}-{agent_id[:8]}"
        self._sub_agents[agent_id] = actor, text(data.get("toolCallId"))

    def _actor(self, agent_id: str) -> tuple[str | None, str | None]:
        """Return whose events these are, and the span that started it: None for the main agent."""
        if not agent_id:
            return None, None
        return self._sub_agents.get(agent_id, (f"{AGENT}/agent-{agent_id[:8]}", None))

    def _state(self, kind: str, data: JsonObject, at: str | None) -> None:
        if kind == "abort":
            self._builder.forget_calls()
            self._builder.lifecycle("interrupted", at=at)
        elif kind == "session.error":
            self._builder.lifecycle("error", text=text(data.get("message")), at=at)
        elif kind == "session.compaction_complete" and data.get("success"):
            self._builder.lifecycle(
                "compacted", text=text(data.get("summaryContent")) or None, at=at
            )
        elif kind == "session.mode_changed":
            self._builder.lifecycle("mode", text=text(data.get("newMode")), at=at)
        elif kind == "system.notification":
            self._builder.message("system", text(data.get("content")), at=at)
        elif kind == "permission.requested":
            self._permission(table(data.get("permissionRequest")), at)

    def _permission(self, request: JsonObject, at: str | None) -> None:
        tool = text(request.get("toolName")) or text(request.get("kind")) or None
        self._builder.lifecycle("waiting_permission", tool=tool, at=at)

    # --- what goes to the model ---------------------------------------------------------------

    def _prompt(self, record: JsonObject, data: JsonObject, agent_id: str, at: str | None) -> None:
        actor, parent = self._actor(agent_id)
        # A skill, a notification, another agent.
        by_others = bool(text(data.get("source"))) or bool(data.get("isAutopilotContinuation"))
        self._builder.message(
            "system" if by_others and actor is None else "user",
            text(data.get("content")),
            at=at,
            id=text(record.get("id")) or None,
            parent=parent,
            actor=AGENT if actor else None,  # the main agent prompts its sub-agent
        )

    def _tool_result(self, data: JsonObject, agent_id: str, at: str | None) -> None:
        call_id = text(data.get("toolCallId"))
        duration = milliseconds_between(self._tools_began.pop(call_id, None), at)
        if duration is not None:
            self._builder.tool_duration(call_id, duration)
        code = table(data.get("shellExecution")).get("exitCode")
        code = code if isinstance(code, int) else None
        output = text(table(data.get("result")).get("content"))
        self._builder.tool_result(
            call_id,
            output or text(table(data.get("error")).get("message")),
            is_error=data.get("success") is False or bool(code),
            at=at,
            actor=self._actor(agent_id)[0],
            exit_code=code,
        )

    # --- answers ------------------------------------------------------------------------------

    def _usage(self, usage: JsonObject, agent_id: str, at: str | None) -> None:
        span, kind = text(usage.get("apiCallId")), text(usage.get("interactionType"))
        actor, parent = self._actor(agent_id)
        if kind not in CONVERSATIONS:
            actor = SIDE
        else:
            self._turn(span, actor, at)
        self._builder.model_call(
            ModelCall(
                text(usage.get("model")),
                usage_of(usage),
                span,
                id=span or None,
                at=at,
                stop_reason=text(usage.get("finishReason")) or None,
                actor=actor,
                parent=parent,
                duration_ms=amount(usage.get("duration")),
            )
        )

    def _turn(self, span: str, actor: str | None, at: str | None) -> None:
        if f"turn {span}" not in self._seen:
            self._seen.add(f"turn {span}")
            self._builder.turn(at=at, actor=actor, span=span)

    def _answer(self, data: JsonObject, agent_id: str, at: str | None) -> None:
        span = text(data.get("apiCallId")) or text(data.get("messageId"))
        actor, _ = self._actor(agent_id)
        self._turn(span, actor, at)
        for name in ("reasoningText", "content"):
            self._builder.message(
                "assistant",
                text(data.get(name)),
                at=at,
                id=span,
                parent=span,
                actor=actor,
                thinking=name == "reasoningText",
            )
        for call in tables(data.get("toolRequests")):
            self._builder.tool_call(
                text(call.get("toolCallId")),
                text(call.get("name")),
                call.get("arguments"),
                at=at,
                parent=span,
                actor=actor,
            )

    def _point(self, record: JsonObject, role: str, offset: int) -> None:
        self._builder.conversation(
            self._session_id,
            self._path,
            offset=offset,
            last=text(record.get("id")),
            role=role,
            cwd=self._cwd or None,
            at=record.get("timestamp"),
        )


def _is_final(answer: JsonObject) -> bool:
    """Return whether nothing follows: no tools, and no further piece of the same answer."""
    index, pieces = answer.get("chunkIndex"), answer.get("chunkCount")
    has_more = isinstance(index, int) and isinstance(pieces, int) and index + 1 < pieces
    return not has_more and not tables(answer.get("toolRequests"))


def usage_of(usage: JsonObject) -> Usage:
    """Copilot's counts: input includes what was read from a cache or written to it."""
    read, write = count(usage.get("cacheReadTokens")), count(usage.get("cacheWriteTokens"))
    output = count(usage.get("outputTokens"))
    return Usage(
        input=max(0, count(usage.get("inputTokens")) - read - write),
        output=output,
        cache_read=read,
        cache_write=write,
        reasoning=min(count(usage.get("reasoningTokens")), output),
    )
