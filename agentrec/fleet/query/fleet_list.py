"""The recordings in the index of a remote, the newest first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.fleet.query.index_query import IndexQuery, chosen, days_between
from agentrec.fleet.query.recording_row import recording_row

if TYPE_CHECKING:
    from agentrec.fleet.query.engine import IndexEngine
    from agentrec.library.filters import Filters
    from agentrec.library.index.library_db import RecordingRow


class FleetList(NamedTuple):
    """``rows`` of ``total`` recordings."""

    rows: list[RecordingRow]
    total: int


def fleet_list(engine: IndexEngine, filters: Filters, limit: int | None) -> FleetList:
    """The newest ``limit`` recordings that began in the selected time. Raises RemoteError."""
    parameters: dict[str, object] = {}
    sql = (
        "SELECT *, toUnixTimestamp64Micro(created) AS created_us, count() OVER () AS every"
        f" FROM ({chosen(filters, parameters)}) ORDER BY created DESC, recording"
    )
    if limit is not None:
        sql += f" LIMIT {limit}"
    days = days_between(filters.since, filters.until, time.time())
    rows = engine.rows(IndexQuery(sql, parameters, days))
    return FleetList([*map(recording_row, rows)], int(str(rows[0]["every"])) if rows else 0)
