"""The list of recordings."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING, Any

from agentrec.times import format_rfc3339

if TYPE_CHECKING:
    from agentrec.library.filters import Filters
    from agentrec.library.index.store import Store


def recordings(
    store: Store, filters: Filters, limit: int | None = None, *, offset: int = 0, once: bool = False
) -> list[dict[str, Any]]:
    """Rows of the list, newest first; see :data:`agentrec.library.index.store.FACTS`.

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


def find(
    store: Store, filters: Filters, *, session: str = "", place: int | None = None
) -> dict[str, Any] | None:
    """The row of the recording with this id of its own, or at this ``place`` in the index."""
    where = filters.recordings(once=True)
    where = where.also("r.session = ?", session) if place is None else where.also("r.id = ?", place)
    sql = f"SELECT * FROM recordings r WHERE {where.sql}"  # noqa: S608
    with store.reading() as db:
        row = db.execute(sql, where.values).fetchone()
    return dict(row) if row else None


def as_data(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the list as a JSON object. Times in seconds, sizes in bytes."""
    try:
        words = json.loads(row["command"])
    except ValueError:
        words = [row["command"]]
    parent = {"id": row["parent"], "relation": row["relation"]} if row["parent"] else None
    names = (
        "title",
        "prompt",
        "agent",
        "program",
        "project",
        "cwd",
        "state",
        "exit_code",
        "exit_signal",
    )
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
        "created": format_rfc3339(row["created"]),
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


def status(row: dict[str, Any]) -> str:
    """How a recording ended, in a word."""
    if row["state"] == "live":
        return "live"
    if row["exit_signal"]:
        return f"signal {row['exit_signal']}"
    if row["exit_code"] is not None:
        return "ok" if row["exit_code"] == 0 else f"exit {row['exit_code']}"
    return str(row["state"])


def what(row: dict[str, Any]) -> str:
    """What a recording is of: its title, what the agent was asked for, or its command."""
    return str(row["title"] or row["prompt"] or command(row))


def command(row: dict[str, Any]) -> str:
    """The command line that was recorded; the program without its folder."""
    try:
        program, *rest = json.loads(row["command"]) or [""]
        return shlex.join([os.path.basename(program) or program, *rest]) if program else ""
    except ValueError:  # it was too long to be kept whole
        return str(row["command"])
