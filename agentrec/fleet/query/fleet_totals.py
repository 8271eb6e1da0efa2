"""Costs and totals over the index of a remote: what `agentrec cost` and `stats` say of the same recordings.

A model call, a turn or a tool call that several recordings have counts once, for the one that began first.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

from agentrec.fleet.query.index_query import INDEX, IndexQuery, counted, days_between, time_limits
from agentrec.json_values import amount, text
from agentrec.library.totals import CostRow, SlowestRow, UnpricedModel
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from datetime import date

    from agentrec.fleet.query.engine import IndexEngine
    from agentrec.json_values import JsonObject
    from agentrec.library.filters import Filters

_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
_UNPRICED = ("without_price", "tokens_without_price")
_SUMS = ("calls", *_TOKENS, *_UNPRICED)
_NAMES = {
    "agent": "e.actor",
    "model": "e.model",
    "project": "c.project",
    "day": "toString(toUnixTimestamp64Micro(e.half_hour))",
}
_US_PER_SECOND = 1_000_000
_LIMITS = "$limits"


def fleet_cost(
    engine: IndexEngine, filters: Filters, by: str
) -> tuple[list[CostRow], list[UnpricedModel]]:
    """Model calls grouped by agent, model, day (local) or project, and the models without a price.

    ``since`` and ``until`` select recordings. Raises RemoteError.
    """
    groups: dict[str, list[JsonObject]] = {}
    models = []
    for row in engine.rows(_cost_query(filters, by)):
        if row["is_model"]:
            models.append(row)
        else:
            name = text(row["name"])
            groups.setdefault(_local_day(name) if by == "day" else name or "?", []).append(row)
    rows = [_cost_row(name, parts) for name, parts in groups.items()]
    rows = [row for row in rows if row.calls > 0]
    if by == "day":
        rows.sort(key=lambda row: row.name)
    else:
        rows.sort(key=lambda row: (-(row.cost or 0), -row.input - row.output, row.name))
    unpriced = [
        UnpricedModel(text(row["model"]) or "?", *(_int(row, name) for name in _UNPRICED))
        for row in models
        if _int(row, "without_price") > 0
    ]
    return rows, sorted(unpriced, key=lambda model: (-model.tokens, model.model))


def _local_day(half_hour: str) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(int(half_hour) // _US_PER_SECOND))


def _cost_row(name: str, parts: list[JsonObject]) -> CostRow:
    sums = {column: sum(_int(part, column) for part in parts) for column in _SUMS}
    is_priced = sums["calls"] > sums["without_price"]
    # Those of a day are named, by a number each: they may be in several of its half hours.
    named = {number for part in parts for number in cast("list[int]", part["numbers"])}
    read, written, cache_read, cache_write = (sums[column] for column in _TOKENS)
    cost = round(sum(_float(part, "cost") for part in parts), 6) if is_priced else None
    count = len(named) or sum(_int(part, "recordings") for part in parts)
    tokens = (read, written, cache_read, cache_write)
    return CostRow(name, count, sums["calls"], *tokens, cost, sums["without_price"])


def _cost_query(filters: Filters, by: str) -> IndexQuery:
    """Sums by name, and sums by model of what has no price, each call once."""
    parameters: dict[str, object] = {}
    kept = ", ".join(f"e.{name}" for name in _SUMS)
    numbers = "groupUniqArray(cityHash64(recording))" if by == "day" else "[]"
    sql = (
        f"WITH c AS ({counted(filters, parameters)}),"
        f" every AS (SELECT argMin((e.recording, ifNull(e.cost_usd, 0), {kept}),"
        f" (c.created, e.recording)) AS kept, groupUniqArray(({_NAMES[by]}, e.model, e.recording))"
        f" AS places {_once('call')}),"
        " named AS (SELECT place.1 AS name, place.2 AS model, place.3 AS recording, kept,"
        " kept.1 = recording AS counts FROM every ARRAY JOIN places AS place)"
        " SELECT name, model, grouping(name) AS is_model, uniqExact(recording) AS recordings,"
        f" {numbers} AS numbers, sumIf(kept.2, counts) AS cost,"
        f" {', '.join(f'sumIf(kept.{at}, counts) AS {name}' for at, name in enumerate(_SUMS, 3))}"
        " FROM named GROUP BY GROUPING SETS ((name), (model))"
    ).replace(_LIMITS, time_limits(filters, parameters))
    return IndexQuery(sql, parameters, _days(filters))


def fleet_stats(engine: IndexEngine, filters: Filters, slowest: int) -> JsonObject:
    """Totals, tools and the ``slowest`` operations, as `agentrec stats --json` has them. Raises RemoteError.

    Of the slowest ones, ``path`` is empty and ``session`` names the recording.
    """
    facts = engine.rows(_totals_query(filters))[0]
    steps = engine.rows(_steps_query(filters))
    costs, _ = fleet_cost(engine, filters, "agent")
    priced = [row.cost for row in costs if row.cost is not None]
    return {
        **{name: _int(facts, name) for name in ("recordings", "size", "output", "failed")},
        "duration": _float(facts, "duration"),
        **{name: sum(_int(step, name) for step in steps) for name in ("turns", "errors")},
        "tokens": sum(row.input + row.output + row.cache_read + row.cache_write for row in costs),
        "cost_usd": round(sum(priced), 6) if priced else None,
        "without_price": sum(row.without_price for row in costs),
        "tools": [_tool(step) for step in steps if step["tool"] and _int(step, "calls") > 0],
        "slowest": [_slow(row) for row in engine.rows(_slowest_query(filters, slowest))],
    }


def _totals_query(filters: Filters) -> IndexQuery:
    parameters: dict[str, object] = {}
    sql = (
        "SELECT count() AS recordings, sum(duration_ns) / 1e9 AS duration, sum(size_bytes) AS size,"
        " sum(output_bytes) AS output, countIf(state != 'live' AND failed) AS failed"
        f" FROM ({counted(filters, parameters)})"
    )
    return IndexQuery(sql, parameters, _days(filters))


def _steps_query(filters: Filters) -> IndexQuery:
    """Turns, errors and tool calls by tool, each once."""
    parameters: dict[str, object] = {}
    names = ("turns", "errors", "calls", "failed_calls", "ms")
    kept = ", ".join(f"e.{name}" for name in names)
    sql = (
        f"WITH c AS ({counted(filters, parameters)}),"
        f" every AS (SELECT e.tool AS tool, argMin(({kept}), (c.created, e.recording)) AS kept,"
        f" groupUniqArray(e.recording) AS ids {_once('step')}, tool)"
        " SELECT tool, uniqExactArray(ids) AS recordings,"
        f" {', '.join(f'sum(kept.{at}) AS {name}' for at, name in enumerate(names, 1))}"
        " FROM every GROUP BY tool ORDER BY calls DESC, tool"
    ).replace(_LIMITS, time_limits(filters, parameters))
    return IndexQuery(sql, parameters, _days(filters))


def _slowest_query(filters: Filters, limit: int) -> IndexQuery:
    parameters: dict[str, object] = {}
    sql = (
        f"WITH c AS ({counted(filters, parameters)})"
        " SELECT e.ms AS ms, e.t_ns AS t_ns, e.kind AS what, e.text AS about, e.recording AS session"
        f" FROM {_items('slow')} e"
        " INNER JOIN c ON e.recording = c.recording AND e.revision = c.revision"
        f" ORDER BY ms DESC, session, e.seq LIMIT {limit}"
    ).replace(_LIMITS, time_limits(filters, parameters))
    return IndexQuery(sql, parameters, _days(filters))


def _once(item: str) -> str:
    """SQL of groups of equal calls or steps: of those with an id in all recordings; any other is alone."""
    return (
        f"FROM {_items(item)} e INNER JOIN c ON e.recording = c.recording AND e.revision = c.revision"
        " GROUP BY e.repeat_key, if(e.repeat_key IS NULL, (e.recording, e.seq), ('', 0))"
    )


def _items(item: str) -> str:
    return f"(SELECT * FROM {INDEX} WHERE item = '{item}'{_LIMITS})"


def _days(filters: Filters) -> list[date] | None:
    return days_between(filters.since, filters.until, time.time())


def _tool(row: JsonObject) -> JsonObject:
    return {
        "name": row["tool"],
        "calls": _int(row, "calls"),
        "failed": _int(row, "failed_calls"),
        "ms": _float(row, "ms"),
        "recordings": _int(row, "recordings"),
    }


def _slow(row: JsonObject) -> SlowestRow:
    return {
        "ms": _float(row, "ms"),
        "t": _int(row, "t_ns") / NS_PER_SECOND,
        "what": text(row["what"]),
        "about": text(row["about"]),
        "path": "",
        "session": text(row["session"]),
        "recording_id": 0,
    }


def _int(row: JsonObject, name: str) -> int:
    return int(str(row[name]))


def _float(row: JsonObject, name: str) -> float:
    return amount(row[name]) or 0.0
