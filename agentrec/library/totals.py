"""Sums over many recordings. A recording that is there in several copies counts once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.library.index.store import SLOT
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.library.filters import Filters, Where
    from agentrec.library.index.store import Store

BY = ("agent", "model", "day", "project")
_COUNTS = ("calls", "input", "output", "cache_read", "cache_write", "without_price")


class Spent(NamedTuple):
    """What model calls came to. ``cost`` in US dollars by list prices, None when no call has a price;
    ``without_price`` counts the calls that have none.
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


def cost(store: Store, filters: Filters, by: str) -> list[Spent]:
    """Model calls by agent, model, day or project: days in order, the rest by what they cost.

    Days are local ones, as ``2026-01-31``. With ``since`` and ``until`` only calls between them count,
    to the half hour.
    """
    where = _calls(filters)
    sql = (
        "SELECT u.*, r.project, r.id AS place FROM usage u JOIN recordings r ON r.id = u.recording"  # noqa: S608
        f" WHERE {where.sql}"
    )
    name = _NAMES[by]
    sums: dict[str, _Sum] = {}
    with store.reading() as db:
        for row in db.execute(sql, where.values):
            sums.setdefault(name(row), _Sum()).add(row)
    found = [it.spent(key) for key, it in sums.items()]
    if by == "day":
        return sorted(found, key=lambda it: it.name)
    return sorted(found, key=lambda it: (-(it.cost or 0), -it.input - it.output, it.name))


def as_data(spent: list[Spent], by: str) -> dict[str, Any]:
    """All sums as a JSON object."""
    from agentrec.report import pricing

    rows = [{by: it.name, **it._asdict()} for it in spent]
    for row in rows:
        row["cost_usd"] = row.pop("cost")
        if by != "name":
            del row["name"]
    costs = [it.cost for it in spent if it.cost is not None]
    return {
        "by": by,
        "rows": rows,
        "cost_usd": round(sum(costs), 6) if costs else None,
        "without_price": sum(it.without_price for it in spent),
        "prices_as_of": pricing.as_of(),
    }


def _calls(filters: Filters) -> Where:
    where = filters.recordings(once=True)
    if filters.since is not None:
        where = where.also("u.slot >= ?", filters.since // (NS_PER_SECOND * SLOT))
    if filters.until is not None:
        where = where.also("u.slot <= ?", filters.until // (NS_PER_SECOND * SLOT))
    return where


_NAMES: dict[str, Callable[[Any], str]] = {
    "agent": lambda row: row["agent"] or "?",
    "model": lambda row: row["model"] or "?",
    "day": lambda row: time.strftime("%Y-%m-%d", time.localtime(row["slot"] * SLOT)),
    "project": lambda row: row["project"] or "?",
}


class _Sum:
    def __init__(self) -> None:
        self._counts = dict.fromkeys(_COUNTS, 0)
        self._cost = 0.0
        self._recordings: set[int] = set()

    def add(self, row: Any) -> None:
        for name in _COUNTS:
            self._counts[name] += row[name]
        self._cost += row["cost"]
        self._recordings.add(row["place"])

    def spent(self, name: str) -> Spent:
        priced = self._counts["calls"] > self._counts["without_price"]
        cost = round(self._cost, 6) if priced else None
        return Spent(name, len(self._recordings), cost=cost, **self._counts)


def totals(store: Store, filters: Filters) -> dict[str, Any]:
    """What all of them come to. Times in seconds, sizes in bytes, ``cost_usd`` as in :class:`Spent`."""
    where = filters.recordings(once=True)
    sql = (
        "SELECT count(*) AS recordings, coalesce(sum(duration), 0) / 1e9 AS duration,"  # noqa: S608
        " coalesce(sum(size), 0) AS size, coalesce(sum(output), 0) AS output,"
        " coalesce(sum(turns), 0) AS turns, coalesce(sum(errors), 0) AS errors,"
        " coalesce(sum(tokens), 0) AS tokens, round(sum(cost), 6) AS cost_usd,"
        " coalesce(sum(without_price), 0) AS without_price,"
        " count(CASE WHEN state != 'live' AND exit_code IS NOT 0 THEN 1 END) AS failed"
        f" FROM recordings r WHERE {where.sql}"
    )
    with store.reading() as db:
        return dict(db.execute(sql, where.values).fetchone())


def tools(store: Store, filters: Filters) -> list[dict[str, Any]]:
    """Per tool ``name``: ``calls``, how many ``failed``, their ``ms`` in all, in how many ``recordings``."""
    where = filters.recordings(once=True)
    sql = (
        "SELECT t.name, sum(t.calls) AS calls, sum(t.failed) AS failed, sum(t.ms) AS ms,"  # noqa: S608
        " count(*) AS recordings FROM tools t JOIN recordings r ON r.id = t.recording"
        f" WHERE {where.sql} GROUP BY t.name ORDER BY 2 DESC, 1"
    )
    with store.reading() as db:
        return [dict(row) for row in db.execute(sql, where.values)]


def slowest(store: Store, filters: Filters, limit: int) -> list[dict[str, Any]]:
    """What took longest: ``ms``, ``t`` in seconds when it had ended, ``what``, ``about``, of which
    recording (``path``, ``session``, and its ``place`` in the index).
    """
    where = filters.recordings(once=True)
    sql = (
        "SELECT s.ms, s.t / 1e9 AS t, s.what, s.about, r.path, r.session, r.id AS place"  # noqa: S608
        " FROM slowest s JOIN recordings r ON r.id = s.recording"
        f" WHERE {where.sql} ORDER BY s.ms DESC LIMIT ?"
    )
    with store.reading() as db:
        return [dict(row) for row in db.execute(sql, [*where.values, limit])]
