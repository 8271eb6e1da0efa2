"""The replay API of AgentOS. It is also served below ``/api``, where AgentOS has it."""

from __future__ import annotations

from agentrec.web.openapi.parts import NAME, Operations, array, operation, query, ref, whole
from agentrec.web.openapi.recording import SESSION

_MS = {"type": "number", "minimum": 0, "maximum": 4_000_000_000_000}

REPLAY: Operations = {
    ("get", "/replay/search"): operation(
        "replaySearch",
        "Sessions by agent, tool and time, newest first",
        array(ref("ReplayFound")),
        parameters=(
            query("agentId", NAME, "only of this agent"),
            query("toolUsed", NAME, "only with calls of this tool"),
            query("from", _MS, "only actions from this time on, in ms"),
            query("to", _MS, "only actions up to this time, in ms"),
            query("limit", whole(1, 200, 50), "maximum number"),
        ),
    ),
    ("get", "/replay/{id}"): operation(
        "replay",
        "Model calls, tool calls and their results, in order",
        array(ref("ReplayEntry")),
        parameters=(SESSION,),
        problems=("422",),
    ),
    ("get", "/replay/{id}/summary"): operation(
        "replaySummary",
        "Summary of a session",
        ref("ReplaySummary"),
        parameters=(SESSION,),
        problems=("422",),
    ),
}
