"""Operations on many recordings."""

from __future__ import annotations

from agentrec.library.filters import STATES
from agentrec.library.index.entries import KINDS
from agentrec.library.search import DEFAULT_HITS, DEFAULT_HITS_PER_RECORDING, MAX_HITS
from agentrec.library.totals import GROUPINGS
from agentrec.web.openapi.parts import (
    ANY_OBJECT,
    NAME,
    TEXT,
    Operations,
    array,
    one_of,
    operation,
    query,
    ref,
    whole,
)

_TIME = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_MONTH = "20[0-9]{2}-(0[1-9]|1[0-2])"
_DAYS = "0[1-9]|[12][0-9]"
_DATE = f"20[0-9]{{2}}-((0[13578]|1[02])-({_DAYS}|3[01])|(0[469]|11)-({_DAYS}|30)|02-({_DAYS}))"
_WHEN = {
    "type": "string",
    "pattern": f"^(today|yesterday|[0-9]{{1,6}}[mhdw]|{_TIME}|{_MONTH}|{_DATE}([T ]{_TIME})?)$",
}
_ENDED = {"type": "string", "pattern": "^(ok|failed|-?[0-9]{1,9})$"}
_FOLDER = {"type": "string", "maxLength": 4096}

FILTERS = (
    query("agent", {**TEXT, "maxLength": 200}, "only recordings of this agent or program"),
    query("project", _FOLDER, "only recordings of this project: the name or path of its folder"),
    query(
        "since",
        _WHEN,
        "from this time on: 2026-01-31, 2026-01-31T14:30, today, or an age: 90m, 2h, 7d",
    ),
    query("until", _WHEN, "up to this time, in the same forms"),
)

LIBRARY: Operations = {
    ("get", ""): operation("service", "The service, its version and folders", ref("Service")),
    ("get", "/openapi.json"): operation("openapi", "This document", ANY_OBJECT),
    ("get", "/sessions"): operation(
        "sessions",
        "Recordings, newest first",
        ref("SessionList"),
        parameters=(
            *FILTERS,
            query("exit", _ENDED, "only with this exit: a number, ok or failed"),
            query("state", one_of(*STATES), "only in this state"),
            query("limit", whole(1, 500, 50), "maximum number"),
            query("offset", whole(0, 1_000_000, 0), "how many to skip"),
        ),
    ),
    ("get", "/search"): operation(
        "search",
        "Search what was said, done or shown; see docs/library.md for queries",
        ref("Hits"),
        parameters=(
            query("q", {**TEXT, "maxLength": 1000}, "the query"),
            *FILTERS,
            query("session", NAME, "only in this recording"),
            query("kind", {**array(one_of(*KINDS)), "maxItems": 20}, "only these (repeatable)"),
            query("tool", {**array(NAME), "maxItems": 20}, "only calls of this tool (repeatable)"),
            query("exit", _ENDED, "only with this exit: a number, ok or failed"),
            query("state", one_of(*STATES), "only in recordings in this state"),
            query("limit", whole(1, MAX_HITS, DEFAULT_HITS), "maximum number of hits"),
            query("offset", whole(0, 1_000_000, 0), "how many hits to skip"),
            query(
                "per_recording",
                whole(1, MAX_HITS, DEFAULT_HITS_PER_RECORDING),
                "maximum hits of each recording",
            ),
            query("context", whole(0, 20, 1), "lines around a hit"),
        ),
    ),
    ("get", "/cost"): operation(
        "cost",
        "Tokens and cost of model calls",
        ref("Cost"),
        parameters=(
            query("by", {**one_of(*GROUPINGS), "default": "model"}, "what to group by"),
            *FILTERS,
        ),
    ),
    ("get", "/stats"): operation(
        "stats",
        "Totals, tools and slow operations of many recordings",
        ref("Stats"),
        parameters=(
            *FILTERS,
            query("limit", whole(1, 100, 10), "maximum number of slow operations"),
        ),
    ),
    ("get", "/branches"): operation("lineage", "Lineage of all recordings", ref("Lineage")),
}
