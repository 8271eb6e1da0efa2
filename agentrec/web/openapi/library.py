"""Operations on many recordings."""

from __future__ import annotations

from agentrec.library.filters import STATES
from agentrec.library.index.entries import KINDS
from agentrec.library.search import LIMIT, MOST, PER_RECORDING
from agentrec.library.totals import BY
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
    query("agent", {**TEXT, "maxLength": 200}, "of this agent or program"),
    query("project", _FOLDER, "made in this project: its folder's name or path"),
    query("since", _WHEN, "2026-01-31, 2026-01-31T14:30, today, or 90m, 2h, 7d ago"),
    query("until", _WHEN, "likewise"),
)

LIBRARY: Operations = {
    ("get", ""): operation("service", "What this is", ref("Service")),
    ("get", "/openapi.json"): operation("openapi", "This document", ANY_OBJECT),
    ("get", "/sessions"): operation(
        "sessions",
        "Recordings, newest first",
        ref("SessionList"),
        parameters=(
            *FILTERS,
            query("exit", _ENDED, "that ended so: a number, ok or failed"),
            query("state", one_of(*STATES), "in this state"),
            query("limit", whole(1, 500, 50), "at most so many"),
            query("offset", whole(0, 1_000_000, 0), "after so many"),
        ),
    ),
    ("get", "/search"): operation(
        "search",
        "Where something was said, done or shown; see docs/library.md for queries",
        ref("Hits"),
        parameters=(
            query("q", {**TEXT, "maxLength": 1000}, "words"),
            *FILTERS,
            query("session", NAME, "only in this recording"),
            query("kind", {**array(one_of(*KINDS)), "maxItems": 20}, "only these (repeatable)"),
            query("tool", {**array(NAME), "maxItems": 20}, "calls of this tool (repeatable)"),
            query("exit", _ENDED, "that ended so: a number, ok or failed"),
            query("limit", whole(1, MOST, LIMIT), "at most so many hits"),
            query("per_recording", whole(1, MOST, PER_RECORDING), "of each recording"),
            query("context", whole(0, 20, 1), "lines around a hit"),
        ),
    ),
    ("get", "/cost"): operation(
        "cost",
        "What model calls came to",
        ref("Cost"),
        parameters=(query("by", {**one_of(*BY), "default": "model"}, "sum up by"), *FILTERS),
    ),
    ("get", "/stats"): operation(
        "stats",
        "What happened over many recordings",
        ref("Stats"),
        parameters=(*FILTERS, query("limit", whole(1, 100, 10), "slowest operations")),
    ),
    ("get", "/branches"): operation(
        "lineage", "Which recording branched from which, of all of them", ref("Lineage")
    ),
}
