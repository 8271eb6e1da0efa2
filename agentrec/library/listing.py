"""The list of recordings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agentrec.library.times import rfc3339

if TYPE_CHECKING:
    from agentrec.library.filters import Filters
    from agentrec.library.store import Store


def recordings(
    store: Store, filters: Filters, limit: int | None = None, *, offset: int = 0, once: bool = False
) -> list[dict[str, Any]]:
    """Rows of the list, newest first; see :data:`agentrec.library.store.FACTS`.

    Copies are all listed, or with ``once`` as one. Raises OutputError when the library cannot be read.
    """
    where = filters.recordings(once=once)
    sql = f"SELECT * FROM recordings r WHERE {where.sql} ORDER BY r.id DESC LIMIT ? OFFSET ?"  # noqa: S608
    with store.reading() as db:
        bounds = (-1 if limit is None else limit, offset)
        return [dict(row) for row in db.execute(sql, [*where.values, *bounds])]


def count(store: Store, filters: Filters, *, once: bool = False) -> int:
    """How many there are."""
    where = filters.recordings(once=once)
    with store.reading() as db:
        sql = f"SELECT count(*) FROM recordings r WHERE {where.sql}"  # noqa: S608
        total: int = db.execute(sql, where.values).fetchone()[0]
    return total


def as_data(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the list as a JSON object. Times in seconds, sizes in bytes."""
    try:
        words = json.loads(row["command"])
    except ValueError:
        words = [row["command"]]
    parent = {"id": row["parent"], "relation": row["relation"]} if row["parent"] else None
    names = ("title", "agent", "program", "project", "cwd", "state", "exit_code", "exit_signal")
    counts = (
        "events",
        "moments",
        "snapshots",
        "turns",
        "errors",
        "tokens",
        "without_price",
        "damage",
    )
    return {
        "id": row["session"],
        "file": row["path"],
        "created": rfc3339(row["created"]),
        "duration": row["duration"] / 1e9,
        "size": row["size"],
        "raw": row["output"],
        "command": words,
        **{name: row[name] for name in names},
        "parent": parent,
        **{name: row[name] for name in counts},
        "cost_usd": row["cost"],
        "index_complete": not row["left_out"] and not row["unseen"],
    }
