"""A recording as the index describes it, in the shape of a row of the library's list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from agentrec.fleet.index.index_schema import LIBRARY_COLUMNS
from agentrec.json_values import parsed, words

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow

_NS_PER_US = 1000
_MAX_CREATED_US = 253_402_300_799 * 1_000_000
_COUNTS = (
    *("duration", "events", "output", "moments", "snapshots", "turns", "errors", "tokens"),
    *("without_price", "left_out"),
)


def recording_row(row: JsonObject) -> RecordingRow:
    """The row of a query that has the columns ``ABOUT`` and ``created_us``.

    It has neither a path nor an id of the library.
    """
    columns = {old: row[new] for old, new in LIBRARY_COLUMNS.items()}
    columns |= {name: max(0, int(str(columns[name]))) for name in _COUNTS}
    columns |= {
        "id": 0,
        "command": _command(columns["command"]),
        "session": row["recording"],
        "path": "",
        "damage": None,
        "created": created_us(row) * _NS_PER_US,
        "size": int(str(row["size_bytes"])),
    }
    return cast("RecordingRow", columns)


def created_us(row: JsonObject) -> int:
    """When a recording began, in us of Unix time, before the year 10000."""
    return min(max(0, int(str(row["created_us"]))), _MAX_CREATED_US)


def _command(value: object) -> str:
    """A JSON array of words; a text that is none may be one that was cut off."""
    found = parsed(value)
    if isinstance(found, str) and found:
        return found if found == value else json.dumps([found])
    return json.dumps(words(found))
