"""A ClickHouse server or cluster over its HTTP interface: the same SQL on a table that has the index."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from agentrec.fleet.bucket.remote import RemoteError
from agentrec.fleet.query.clickhouse_values import parameter_text
from agentrec.fleet.query.engine_errors import reason_of
from agentrec.fleet.query.index_query import INDEX
from agentrec.fleet.query.server_address import (
    PASSWORD,
    TABLE,
    USER,
    check_server,
    check_table,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.fleet.query.index_query import IndexQuery
    from agentrec.json_values import JsonObject

TIMEOUT_SECONDS = 300
MAX_ANSWER_BYTES = 256 << 20
_MAX_ERROR_BYTES = 1 << 16


class ClickHouseServer:
    """Answers questions to the index in ``table`` of the server at ``url``. Raises UsageError.

    User and password are in the environment.
    """

    def __init__(self, url: str, table: str, env: Mapping[str, str]) -> None:
        check_server(url)
        self._url, self._table = url.rstrip("/"), table or TABLE
        check_table(self._table)
        self._headers = {"Content-Type": "text/plain; charset=utf-8"}
        if user := env.get(USER):
            self._headers["X-ClickHouse-User"] = user
        if password := env.get(PASSWORD):
            self._headers["X-ClickHouse-Key"] = password

    def rows(self, query: IndexQuery) -> list[JsonObject]:
        """What the query finds. Raises RemoteError."""
        # Only with the whole answer there is one status for all of it.
        values = {"default_format": "JSONEachRow", "wait_end_of_query": "1"}
        values |= {f"param_{name}": parameter_text(it) for name, it in query.parameters.items()}
        sql = query.sql.replace(INDEX, self._table)
        answer = self._post(sql, values)
        try:
            rows = [json.loads(line) for line in answer.splitlines()]
        except (ValueError, RecursionError):
            rows = [None]
        if not all(isinstance(row, dict) for row in rows):
            raise RemoteError(f"{self._url} does not answer like ClickHouse")
        return rows

    def _post(self, sql: str, values: Mapping[str, str]) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked
            f"{self._url}/?{urlencode(values)}", sql.encode(), self._headers
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                data: bytes = answer.read(MAX_ANSWER_BYTES + 1)
        except urllib.error.HTTPError as error:
            reason = reason_of(error.read(_MAX_ERROR_BYTES).decode("utf-8", "replace"))
            hint = f"set {USER} and {PASSWORD}" if error.code in (401, 403) else ""
            raise RemoteError(f"{self._url}: {reason}", hint) from None
        except OSError as error:
            cause = getattr(error, "reason", error)
            reason = getattr(cause, "strerror", None) or str(cause)
            raise RemoteError(f"{self._url}: no answer: {reason}") from None
        if len(data) > MAX_ANSWER_BYTES:
            raise RemoteError(f"{self._url}: the answer is too large", "narrow it with --since")
        return data

    def close(self) -> None:
        """There is nothing to close: each question is a request of its own."""
