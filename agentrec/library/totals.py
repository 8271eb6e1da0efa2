"""Cost and totals over many recordings. Copies of a recording count once, and so does each model call.

Cuts are copies, too: they count only where the recording they are cut from is not among the selected.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, TypedDict, cast

from agentrec.library.index.library_db import SLOT_SECONDS
from agentrec.library.repeats import repeated_calls, repeated_steps
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from agentrec.json_values import JsonObject
    from agentrec.library.filters import Filters, Where
    from agentrec.library.index.library_db import LibraryDb

GROUPINGS = ("agent", "model", "day", "project")
_TOKENS = ("input", "output", "cache_read", "cache_write")
_COUNTS = ("calls", *_TOKENS, "without_price")


class CostRow(NamedTuple):
    """Tokens and cost of a group of model calls. ``cost`` is in US dollars at list prices, None if no call
    has a price; ``without_price`` counts the calls without one.
    """

    name: str
    recordings: int
    calls: int
    input: int
    output: int
    cache_read: int
    cache_write: int
    cost: float | None
    without_price: int


class UnpricedModel(NamedTuple):
    """A model whose price is not known: its calls, and the tokens they took."""

    model: str
    calls: int
    tokens: int


class SlowestRow(TypedDict):
    """What took ``ms``, ended at ``t`` seconds, and in which recording."""

    ms: float
    t: float
    what: str
    about: str
    path: str
    session: str
    recording_id: int


def cost(library: LibraryDb, filters: Filters, by: str) -> list[CostRow]:
    """Model calls grouped by agent, model, day or project: days in order, other groups by cost.

    Days are local, as ``2026-01-31``. ``since`` and ``until`` limit which calls count, to the half hour.
    """
    where = _usage_conditions(filters)
    sql = (
        "SELECT u.*, r.project, r.id AS recording_id FROM usage u JOIN recordings r ON r.id = u.recording"  # noqa: S608
        f" WHERE {where.sql}"
    )
    name = _NAMES[by]
    sums: dict[str, _Sum] = {}
    with library.reading() as db:
        for row in db.execute(sql, where.values):
            sums.setdefault(name(row), _Sum()).add(row)
        for row in repeated_calls(db, where):
            sums[name(row)].add(row, -1)
    rows = [total.row(key) for key, total in sums.items() if total.has_calls]
    if by == "day":
        return sorted(rows, key=lambda row: row.name)
    return sorted(rows, key=lambda row: (-(row.cost or 0), -row.input - row.output, row.name))


def unpriced(library: LibraryDb, filters: Filters) -> list[UnpricedModel]:
    """Models with calls that :func:`cost` cannot price, those with most tokens first."""
    where = _usage_conditions(filters)
    sql = (
        "SELECT u.model, u.without_price AS calls, u.tokens_without_price AS tokens"  # noqa: S608
        " FROM usage u JOIN recordings r ON r.id = u.recording"
        f" WHERE u.without_price > 0 AND ({where.sql})"
    )
    sums: dict[str, list[int]] = {}
    with library.reading() as db:
        for row in db.execute(sql, where.values):
            _add_unpriced(sums, row["model"], row["calls"], row["tokens"])
        for row in repeated_calls(db, where):
            if row["without_price"]:
                _add_unpriced(sums, row["model"], -1, -sum(row[name] for name in _TOKENS))
    models = [UnpricedModel(name, *counts) for name, counts in sums.items() if counts[0]]
    return sorted(models, key=lambda model: (-model.tokens, model.model))


def _add_unpriced(sums: dict[str, list[int]], name: str, calls: int, tokens: int) -> None:
    counts = sums.setdefault(name or "?", [0, 0])
    counts[0] += calls
    counts[1] += tokens


def cost_data(costs: list[CostRow], by: str, models: list[UnpricedModel]) -> JsonObject:
    """The cost of all groups as a JSON object; ``models`` are those without a price."""
    from agentrec.report import pricing

    rows = [{by: row.name, **row._asdict()} for row in costs]
    for row in rows:
        row["cost_usd"] = row.pop("cost")
        if by != "name":
            del row["name"]
    priced = [row.cost for row in costs if row.cost is not None]
    return {
        "by": by,
        "rows": rows,
        "cost_usd": round(sum(priced), 6) if priced else None,
        "without_price": sum(row.without_price for row in costs),
        "unpriced": [model._asdict() for model in models],
        "prices_as_of": pricing.as_of(),
    }


def _usage_conditions(filters: Filters) -> Where:
    where = filters.counted()
    if filters.since is not None:
        where = where.also("u.slot >= ?", filters.since // (NS_PER_SECOND * SLOT_SECONDS))
    if filters.until is not None:
        where = where.also("u.slot <= ?", filters.until // (NS_PER_SECOND * SLOT_SECONDS))
    return where


_NAMES: dict[str, Callable[[sqlite3.Row], str]] = {
    "agent": lambda row: row["agent"] or "?",
    "model": lambda row: row["model"] or "?",
    "day": lambda row: time.strftime("%Y-%m-%d", time.localtime(row["slot"] * SLOT_SECONDS)),
    "project": lambda row: row["project"] or "?",
}


class _Sum:
    def __init__(self) -> None:
        self._counts = dict.fromkeys(_COUNTS, 0)
        self._cost = 0.0
        self._recordings: set[int] = set()

    def add(self, row: sqlite3.Row, times: int = 1) -> None:
        """Add calls; take them away again with ``times`` -1."""
        for name in _COUNTS:
            self._counts[name] += times * row[name]
        self._cost += times * (row["cost"] or 0.0)
        self._recordings.add(row["recording_id"])

    @property
    def has_calls(self) -> bool:
        return self._counts["calls"] > 0

    def row(self, name: str) -> CostRow:
        priced = self._counts["calls"] > self._counts["without_price"]
        cost = round(self._cost, 6) if priced else None
        return CostRow(name, len(self._recordings), cost=cost, **self._counts)


def totals(library: LibraryDb, filters: Filters) -> JsonObject:
    """Totals of all recordings. Times in seconds, sizes in bytes, ``cost_usd`` as in :class:`CostRow`."""
    where = filters.counted()
    sql = (
        "SELECT count(*) AS recordings, coalesce(sum(duration), 0) / 1e9 AS duration,"  # noqa: S608
        " coalesce(sum(size), 0) AS size, coalesce(sum(output), 0) AS output,"
        " coalesce(sum(turns), 0) AS turns, coalesce(sum(errors), 0) AS errors,"
        " coalesce(sum(tokens), 0) AS tokens, round(sum(cost), 6) AS cost_usd,"
        " coalesce(sum(without_price), 0) AS without_price,"
        " count(CASE WHEN state != 'live' AND failed THEN 1 END) AS failed"
        f" FROM recordings r WHERE {where.sql}"
    )
    with library.reading() as db:
        facts = dict(db.execute(sql, where.values).fetchone())
        for step in repeated_steps(db, where):
            facts["turns"] -= step["turns"]
            facts["errors"] -= step["errors"]
        return _without_repeats(facts, list(repeated_calls(db, where)))


def _without_repeats(facts: JsonObject, repeats: list[sqlite3.Row]) -> JsonObject:
    tokens = sum(row[name] for row in repeats for name in _TOKENS)
    facts["tokens"] = cast("int", facts["tokens"]) - tokens
    without_price = sum(row["without_price"] for row in repeats)
    facts["without_price"] = cast("int", facts["without_price"]) - without_price
    if facts["cost_usd"] is not None:
        repeated = sum(row["cost"] or 0.0 for row in repeats)
        facts["cost_usd"] = round(cast("float", facts["cost_usd"]) - repeated, 6)
    return facts


def tools(library: LibraryDb, filters: Filters) -> list[JsonObject]:
    """Per tool ``name``: number of ``calls``, how many ``failed``, total ``ms``, number of ``recordings``."""
    where = filters.counted()
    sql = (
        "SELECT t.name, sum(t.calls) AS calls, sum(t.failed) AS failed, sum(t.ms) AS ms,"  # noqa: S608
        " count(*) AS recordings FROM tools t JOIN recordings r ON r.id = t.recording"
        f" WHERE {where.sql} GROUP BY t.name ORDER BY 2 DESC, 1"
    )
    with library.reading() as db:
        rows = {row["name"]: dict(row) for row in db.execute(sql, where.values)}
        for step in repeated_steps(db, where):
            if row := rows.get(step["tool"]):
                for name in ("calls", "failed", "ms"):
                    row[name] -= step[name]
    return sorted(rows.values(), key=lambda row: (-row["calls"], row["name"]))


def slowest(library: LibraryDb, filters: Filters, limit: int) -> list[SlowestRow]:
    """The operations that took longest."""
    where = filters.counted()
    sql = (
        "SELECT s.ms, s.t / 1e9 AS t, s.what, s.about, r.path, r.session, r.id AS recording_id"  # noqa: S608
        " FROM slowest s JOIN recordings r ON r.id = s.recording"
        f" WHERE {where.sql} ORDER BY s.ms DESC LIMIT ?"
    )
    with library.reading() as db:
        rows = db.execute(sql, [*where.values, limit])
        return [cast("SlowestRow", dict(row)) for row in rows]
