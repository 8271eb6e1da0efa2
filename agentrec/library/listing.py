"""The list of recordings."""

from __future__ import annotations

import json
import os
import shlex
from typing import TYPE_CHECKING, cast

from agentrec.times import NS_PER_SECOND, format_rfc3339

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.library.filters import Filters, Where
    from agentrec.library.index.library_db import LibraryDb, RecordingRow

_TEXTS = ("title", "prompt", "agent", "program", "project", "cwd", "state")
_COUNTS = ("events", "moments", "snapshots", "turns", "errors", "tokens", "without_price")


def list_recordings(
    library: LibraryDb,
    filters: Filters,
    limit: int | None = None,
    *,
    offset: int = 0,
    unique: bool = False,
) -> list[RecordingRow]:
    """Rows of the list, newest first.

    Copies of a recording are all listed, or with ``unique`` as one. Raises OutputError if the library
    cannot be read.
    """
    bounds = (-1 if limit is None else limit, offset)
    return _rows(
        library, filters.recordings(unique=unique), " ORDER BY r.id DESC LIMIT ? OFFSET ?", *bounds
    )


def list_encrypted(library: LibraryDb, filters: Filters) -> list[RecordingRow]:
    """The rows of encrypted recordings that the index has nothing of, all copies. Raises OutputError.

    Not those of which there is a copy that is not encrypted. ``filters`` apply as far as they can be told.
    """
    known = filters.of_encrypted()
    best, every = (
        _rows(library, known.recordings(unique=unique).also("r.partial").also("r.encrypted"))
        for unique in (True, False)
    )
    sessions = {row["session"] for row in best}
    return [row for row in every if row["session"] in sessions]


def count_recordings(library: LibraryDb, filters: Filters, *, unique: bool = False) -> int:
    """Return how many recordings match."""
    where = filters.recordings(unique=unique)
    with library.reading() as db:
        sql = f"SELECT count(*) FROM recordings r WHERE {where.sql}"  # noqa: S608
        total: int = db.execute(sql, where.values).fetchone()[0]
    return total


def find_recording(
    library: LibraryDb, filters: Filters, *, session: str = "", row_id: int | None = None
) -> RecordingRow | None:
    """Return the row of the recording with this id of its own, or with this ``row_id`` in the index."""
    where = filters.recordings(unique=True)
    column, value = ("r.session", session) if row_id is None else ("r.id", row_id)
    return next(iter(_rows(library, where.also(f"{column} = ?", value))), None)


def _rows(library: LibraryDb, where: Where, tail: str = "", *values: object) -> list[RecordingRow]:
    sql = f"SELECT * FROM recordings r WHERE {where.sql}{tail}"  # noqa: S608
    with library.reading() as db:
        rows = db.execute(sql, [*where.values, *values])
        return [cast("RecordingRow", dict(row)) for row in rows]


def session_data(row: RecordingRow) -> JsonObject:
    """A row of the list as a JSON object. Times in seconds, sizes in bytes.

    What is inside an encrypted recording is not known.
    """

    def known(value: object) -> object:
        return None if row["encrypted"] else value

    parent = {"id": row["parent"], "relation": row["relation"]} if row["parent"] else None
    columns = cast("JsonObject", row)
    argv = _argv(row)
    return {
        "id": row["session"],
        "file": row["path"],
        "created": format_rfc3339(row["created"]),
        "duration": known(row["duration"] / NS_PER_SECOND),
        "size": row["size"],
        "raw": known(row["output"]),
        "command": [row["command"]] if argv is None else argv,
        **{name: columns[name] for name in _TEXTS},
        "tags": tags_in(row),
        "exit_code": row["exit_code"],
        "exit_signal": row["exit_signal"],
        "failed": None if row["failed"] is None else bool(row["failed"]),
        "parent": parent,
        "signed_by": row["signed_by"] or None,
        **{name: known(columns[name]) for name in _COUNTS},
        "damage": row["damage"],
        "cost_usd": row["cost"],
        "index_complete": not row["left_out"] and not row["unseen"],
    }


def status(row: RecordingRow) -> str:
    """How a recording ended, in a word."""
    if row["state"] == "live":
        return "live"
    if row["exit_signal"]:
        return f"signal {row['exit_signal']}"
    if row["exit_code"] is not None:
        return "ok" if row["exit_code"] == 0 else f"exit {row['exit_code']}"
    return "failed" if row["failed"] and row["state"] == "complete" else row["state"]


def title_of(row: RecordingRow) -> str:
    """The title of a recording, else the agent's first prompt, else the command line."""
    return row["title"] or row["prompt"] or command_line(row)


def command_line(row: RecordingRow) -> str:
    """The recorded command line, with the program's name instead of its path."""
    argv = _argv(row)
    if argv is None:
        return row["command"]
    program, *rest = argv or [""]
    return shlex.join([os.path.basename(program) or program, *rest]) if program else ""


def tags_in(row: RecordingRow) -> list[str]:
    """The tags of a recording."""
    return [tag for tag in row["tags"].split("\n") if tag]


def _argv(row: RecordingRow) -> list[str] | None:
    """The recorded command; None if it was too long to be stored whole."""
    try:
        return cast("list[str]", json.loads(row["command"]))
    except ValueError:
        return None
