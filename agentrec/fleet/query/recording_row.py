"""A recording as the index describes it, in the shape of a row of the library's list."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from agentrec.fleet.index.index_schema import LIBRARY_COLUMNS

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow

_NS_PER_US = 1000
_COUNTS = (
    *("duration", "events", "output", "moments", "snapshots", "turns", "errors", "tokens"),
    *("without_price", "left_out"),
)


def recording_row(row: JsonObject) -> RecordingRow:
    """The row of a query that has the columns ``ABOUT`` and ``created_us``.

    It has neither a path nor an id of the library.
    """
    columns = {old: row[new] for old, new in LIBRARY_COLUMNS.items()}
    columns |= {name: int(str(columns[name])) for name in _COUNTS}
    columns |= {
        "id": 0,
        "command": columns["command"] or "[]",
        "session": row["recording"],
        "path": "",
        "damage": None,
        "created": int(str(row["created_us"])) * _NS_PER_US,
        "size": int(str(row["size_bytes"])),
    }
    return cast("RecordingRow", columns)
