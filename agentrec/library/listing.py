"""The list of recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentrec.library.filters import Filters
    from agentrec.library.store import Store


def recordings(store: Store, filters: Filters, limit: int | None = None) -> list[dict[str, Any]]:
    """Rows of the list, newest first; see :data:`agentrec.library.store.FACTS`. Copies are all listed.

    Raises OutputError when the library cannot be read.
    """
    where = filters.recordings()
    sql = f"SELECT * FROM recordings r WHERE {where.sql} ORDER BY r.id DESC LIMIT ?"  # noqa: S608
    with store.reading() as db:
        return [
            dict(row) for row in db.execute(sql, [*where.values, -1 if limit is None else limit])
        ]


def count(store: Store, filters: Filters) -> int:
    """How many there are."""
    where = filters.recordings()
    with store.reading() as db:
        sql = f"SELECT count(*) FROM recordings r WHERE {where.sql}"  # noqa: S608
        total: int = db.execute(sql, where.values).fetchone()[0]
    return total
