"""Recordings in the form of AgentOS's replay API: numbered model calls, tool calls and tool results.

Times are ms of Unix time, durations ms. ``iteration`` counts turns of the agent and its subagents. AgentOS's
memory operations do not occur in recordings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from agentrec.library.listing import list_recordings
from agentrec.recording.events.agent import AgentSession, AgentTurn
from agentrec.recording.events.decode import decode
from agentrec.recording.events.llm import LlmCall
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.times import NS_PER_MS
from agentrec.web.catalogs.catalog import id_of
from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow
    from agentrec.recording.events import Event
    from agentrec.web.request import ApiRequest

TRACKS = ("agent", "llm", "tool")
# How many calls may wait for their results.
_MAX_OPEN_CALLS = 10_000
MAX_ENTRIES = 100_000
# How many recordings one search may read.
_MAX_SEARCHED = 2000


class ReplayEntry(TypedDict):
    """One action of a session. ``timestamp`` in ms of Unix time."""

    sessionId: str
    agentId: str
    action: str
    data: Mapping[str, Any]
    durationMs: float
    timestamp: int
    iteration: int
    sequence: int


class ReplayBuilder:
    """Turns the events of TRACKS into ``entries``."""

    def __init__(self, session: str, agent: str, created: int) -> None:
        """``created`` in ns of Unix time."""
        self.entries: list[ReplayEntry] = []
        self._session, self._agent, self._created = session, agent, created
        self._iteration = 0
        self._tools: dict[str, str] = {}

    def feed(self, event: Event) -> None:
        """Take one event, in order."""
        match decode(event):
            case AgentSession(agent=agent):
                self._agent = agent or self._agent
            case AgentTurn():
                self._iteration += 1
            case LlmCall() as call:
                self._add(event, "llm_call", {**call.data, "usage": _usage(call)}, call.duration_ms)
            case ToolCall() as call:
                self._call(event, call)
            case ToolResult() as result:
                span = event.span or result.id
                more = {"toolId": self._tools.pop(span, "?"), "callId": span}
                self._add(event, "tool_result", {**result.data, **more}, result.duration_ms)

    def _call(self, event: Event, call: ToolCall) -> None:
        name, span = call.name or "?", event.span or call.id
        if len(self._tools) < _MAX_OPEN_CALLS:
            self._tools[span] = name
        self._add(event, "tool_call", {**call.data, "toolId": name, "callId": span})

    def _add(self, event: Event, action: str, data: JsonObject, ms: float | None = None) -> None:
        if len(self.entries) >= MAX_ENTRIES:
            return
        entry: ReplayEntry = {
            "sessionId": self._session,
            "agentId": event.actor or self._agent,
            "action": action,
            "data": data,
            "durationMs": ms or 0,
            "timestamp": (self._created + event.t) // NS_PER_MS,
            "iteration": self._iteration,
            "sequence": len(self.entries) + 1,
        }
        self.entries.append(entry)


def _usage(call: LlmCall) -> JsonObject:
    usage = call.data.get("usage")
    given = usage if isinstance(usage, dict) else {}
    return {**given, "total": call.usage.total, "cost": call.cost_usd or 0}


def replay(request: ApiRequest) -> list[ReplayEntry]:
    return _entries(request, request.row)


def _entries(request: ApiRequest, row: RecordingRow) -> list[ReplayEntry]:
    builder = ReplayBuilder(id_of(row), row["agent"] or row["program"], row["created"])
    with request.service.recordings.read(row["path"]) as recording:
        for event in request.deadline.watch(recording.events(tracks=TRACKS)):
            builder.feed(event)
    return builder.entries


def summary(request: ApiRequest) -> JsonObject:
    row = request.row
    entries = _entries(request, row)
    if not entries:
        raise ProblemError(404, "the recording has no model calls or tool calls")
    return summarize(id_of(row), row["agent"] or entries[0]["agentId"], entries)


def summarize(session: str, agent: str, entries: list[ReplayEntry]) -> JsonObject:
    """AgentOS's summary of a session, from its entries."""
    calls = [entry for entry in entries if entry["action"] == "tool_call"]
    usages = [entry["data"]["usage"] for entry in entries if entry["action"] == "llm_call"]
    return {
        "sessionId": session,
        "agentId": agent,
        "totalDuration": sum(entry["durationMs"] for entry in entries),
        "iterations": max(entry["iteration"] for entry in entries),
        "toolCalls": len(calls),
        "tokensUsed": sum(usage["total"] for usage in usages),
        "cost": round(sum(usage["cost"] for usage in usages), 9),
        "tools": list(dict.fromkeys(entry["data"]["toolId"] for entry in calls)),
        "actionCount": len(entries),
    }


def search(request: ApiRequest) -> list[JsonObject]:
    catalog, params = request.service.catalog, request.params
    since, until = (
        None if params[name] is None else round(params[name] * NS_PER_MS) for name in ("from", "to")
    )
    filters = catalog.filters()._replace(agent=params["agentId"] or "", since=since, until=until)
    with catalog.fresh() as library:
        rows = list_recordings(library, filters, _MAX_SEARCHED, unique=True)
    sessions: list[JsonObject] = []
    for row in request.deadline.watch(rows):
        if len(sessions) >= params["limit"]:
            break
        if not row["turns"] and not row["tokens"]:
            continue  # no agent in it
        request.deadline.check()
        entries = [entry for entry in _entries(request, row) if _matches(entry, params)]
        if entries:
            sessions.append(_session(row, entries))
    return sessions


def _matches(entry: ReplayEntry, params: Mapping[str, Any]) -> bool:
    tool, since, until = params["toolUsed"], params["from"], params["to"]
    if since is not None and entry["timestamp"] < since:
        return False
    if until is not None and entry["timestamp"] > until:
        return False
    return not tool or (entry["action"] == "tool_call" and entry["data"]["toolId"] == tool)


def _session(row: RecordingRow, entries: list[ReplayEntry]) -> JsonObject:
    times = [entry["timestamp"] for entry in entries]
    return {
        "sessionId": id_of(row),
        "agentId": row["agent"] or entries[0]["agentId"],
        "actionCount": len(entries),
        "startTime": min(times),
        "endTime": max(times),
    }


HANDLERS = {"replay": replay, "replaySearch": search, "replaySummary": summary}
