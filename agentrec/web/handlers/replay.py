"""Recordings as AgentOS tells its sessions: model calls, tool calls and their results, numbered.

Times are ms of Unix time, durations ms. ``iteration`` counts the agent's turns, whoever of it took them.
Memory operations are AgentOS's own; no recording has any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentrec.library.listing import recordings
from agentrec.recording.events.agent import AgentSession, AgentTurn
from agentrec.recording.events.decode import decode
from agentrec.recording.events.llm import LlmCall
from agentrec.recording.events.tool import ToolCall, ToolResult
from agentrec.times import NS_PER_MS
from agentrec.web.catalog import id_of
from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from agentrec.recording.events import Event
    from agentrec.web.request import Asked

TRACKS = ("agent", "llm", "tool")
_OPEN = 10_000  # calls without a result whose tool is remembered
_MOST = 100_000  # entries of one session
_EACH = 2000  # recordings that one search may read


class Entries:
    """Feed it every event of TRACKS, then take ``found``."""

    def __init__(self, session: str, agent: str, created: int) -> None:
        """``created`` in ns of Unix time."""
        self.found: list[dict[str, Any]] = []
        self._session, self._agent, self._created = session, agent, created
        self._iteration = 0
        self._tools: dict[str, str] = {}

    def feed(self, event: Event) -> None:
        """One event, in order."""
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
        if len(self._tools) < _OPEN:
            self._tools[span] = name
        self._add(event, "tool_call", {**call.data, "toolId": name, "callId": span})

    def _add(
        self, event: Event, action: str, data: dict[str, Any], ms: float | None = None
    ) -> None:
        if len(self.found) >= _MOST:
            return
        entry = {
            "sessionId": self._session,
            "agentId": event.actor or self._agent,
            "action": action,
            "data": data,
            "durationMs": ms or 0,
            "timestamp": (self._created + event.t) // NS_PER_MS,
            "iteration": self._iteration,
            "sequence": len(self.found) + 1,
        }
        self.found.append(entry)


def _usage(call: LlmCall) -> dict[str, Any]:
    usage = call.data.get("usage")
    told = usage if isinstance(usage, dict) else {}
    return {**told, "total": call.usage.total, "cost": call.cost_usd or 0}


def replay(asked: Asked) -> list[dict[str, Any]]:
    return _entries(asked, asked.row)


def _entries(asked: Asked, row: dict[str, Any]) -> list[dict[str, Any]]:
    entries = Entries(id_of(row), row["agent"] or row["program"], row["created"])
    with asked.service.shelf.read(row["path"]) as it:
        for event in asked.deadline.watch(it.recording.events(tracks=TRACKS)):
            entries.feed(event)
    return entries.found


def summary(asked: Asked) -> dict[str, Any]:
    row = asked.row
    found = _entries(asked, row)
    if not found:
        raise ProblemError(404, "this recording holds no model calls and no tool calls")
    return summed(id_of(row), row["agent"] or found[0]["agentId"], found)


def summed(session: str, agent: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The sums that AgentOS makes of a session's entries."""
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


def search(asked: Asked) -> list[dict[str, Any]]:
    catalog, params = asked.service.catalog, asked.params
    first, last = (
        None if params[it] is None else round(params[it] * NS_PER_MS) for it in ("from", "to")
    )
    filters = catalog.filters(agent=params["agentId"] or "", since=first, until=last)
    with catalog.fresh() as store:
        rows = recordings(store, filters, _EACH, once=True)
    found: list[dict[str, Any]] = []
    for row in asked.deadline.watch(rows):
        if len(found) >= params["limit"]:
            break
        if not row["turns"] and not row["tokens"]:
            continue  # no agent spoke
        asked.deadline.check()
        entries = [entry for entry in _entries(asked, row) if _meant(entry, params)]
        if entries:
            found.append(_found(row, entries))
    return found


def _meant(entry: dict[str, Any], params: dict[str, Any]) -> bool:
    tool, first, last = params["toolUsed"], params["from"], params["to"]
    if first is not None and entry["timestamp"] < first:
        return False
    if last is not None and entry["timestamp"] > last:
        return False
    return not tool or (entry["action"] == "tool_call" and entry["data"]["toolId"] == tool)


def _found(row: dict[str, Any], entries: list[dict[str, Any]]) -> dict[str, Any]:
    times = [entry["timestamp"] for entry in entries]
    return {
        "sessionId": id_of(row),
        "agentId": row["agent"] or entries[0]["agentId"],
        "actionCount": len(entries),
        "startTime": min(times),
        "endTime": max(times),
    }


HANDLERS = {"replay": replay, "replaySearch": search, "replaySummary": summary}
