"""What answers questions to the index: ClickHouse on this machine, or a server."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.fleet.query.index_query import IndexQuery
    from agentrec.json_values import JsonObject


class IndexEngine(Protocol):
    """Where a question goes. Methods raise RemoteError."""

    def rows(self, query: IndexQuery) -> list[JsonObject]:
        """What the query finds."""

    def close(self) -> None: ...


@contextmanager
def opened_engine(remote: str, server: str = "", table: str = "") -> Iterator[IndexEngine]:
    """The engine for the files of ``remote``, or with ``server`` for ``table`` of that ClickHouse.

    Raises UsageError.
    """
    engine: IndexEngine
    if server:
        from agentrec.fleet.query.clickhouse_server import ClickHouseServer

        engine = ClickHouseServer(server, table, os.environ)
    else:
        from agentrec.fleet.query.embedded_engine import EmbeddedEngine

        engine = EmbeddedEngine(remote, os.environ)
    try:
        yield engine
    finally:
        engine.close()
