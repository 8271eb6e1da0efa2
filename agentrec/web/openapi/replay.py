"""The replay API of AgentOS over our recordings. It also answers below ``/api``, where AgentOS has it."""

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
            query("agentId", NAME, "of this agent"),
            query("toolUsed", NAME, "that called this tool"),
            query("from", _MS, "with actions from this time on, ms"),
            query("to", _MS, "with actions up to this time, ms"),
            query("limit", whole(1, 200, 50), "at most so many"),
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
        "What a session came to",
        ref("ReplaySummary"),
        parameters=(SESSION,),
        problems=("422",),
    ),
}
