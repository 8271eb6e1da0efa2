"""ClickHouse on this machine, by chdb-core: it reads the files of a remote where they are."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from agentrec.errors import UsageError
from agentrec.fleet.bucket.remote import RemoteError, scheme_of
from agentrec.fleet.index.index_names import INDEX as FOLDER
from agentrec.fleet.index.index_names import SUFFIX
from agentrec.fleet.index.index_schema import clickhouse_columns
from agentrec.fleet.query.chdb_process import ChdbProcess, QueryError
from agentrec.fleet.query.engine_errors import reason_of
from agentrec.fleet.query.index_query import INDEX

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from agentrec.fleet.query.index_query import IndexQuery
    from agentrec.json_values import JsonObject

_GONE = re.compile(r"FILE_DOESNT_EXIST|NoSuchKey|doesn't exist|No such file|404")
_GLOB_SIGNS = re.compile(r"[*?{}]")


class EmbeddedEngine:
    """Answers questions to the index of the remote ``url``. Raises UsageError if that cannot be read so."""

    def __init__(self, url: str, env: Mapping[str, str]) -> None:
        self._url = url
        self._read, self._place, self._parameters = _source(url, env)
        self._engine = ChdbProcess()

    def rows(self, query: IndexQuery) -> list[JsonObject]:
        """What the query finds. Raises RemoteError."""
        if query.days is not None and not query.days:
            return []
        parameters = {**self._parameters, **query.parameters, "columns": clickhouse_columns()}
        parameters["files"] = f"{self._place}/{FOLDER}/dt={_days(query.days)}/*{SUFFIX}"
        sql = query.sql.replace(INDEX, self._read)
        try:
            try:
                answer = self._engine.query(sql, "JSONEachRow", parameters)
            except QueryError as error:
                if not _GONE.search(str(error)):
                    raise
                # A compaction has just replaced a file.
                answer = self._engine.query(sql, "JSONEachRow", parameters)
        except QueryError as error:
            raise RemoteError(
                f"cannot read the index of {self._url}: {reason_of(str(error))}"
            ) from None
        return [json.loads(line) for line in answer.splitlines()]

    def close(self) -> None:
        self._engine.close()


def _days(days: Collection[date] | None) -> str:
    if days is None:
        return "*"
    return "{" + ",".join(sorted(day.isoformat() for day in days)) + "}"


def _source(url: str, env: Mapping[str, str]) -> tuple[str, str, dict[str, object]]:
    """SQL that reads the files, where their folder is, and the parameters of that SQL."""
    scheme = scheme_of(url)
    if scheme == "file":
        place = os.path.abspath(unquote(urlsplit(url).path))
        if _GLOB_SIGNS.search(place):
            raise UsageError(f"cannot search in {place}: it has one of *?{{}} in its name")
        return "file({files:String}, 'Parquet', {columns:String})", place, {}
    if scheme == "s3":
        place, keys = _s3_place(url, env)
        names = "".join(f"{{{name}:String}}, " for name in keys)  # else those of the machine
        return f"s3({{files:String}}, {names}'Parquet', {{columns:String}})", place, {**keys}
    raise _unsearchable(scheme)


def check_searchable(url: str) -> None:
    """Raises UsageError for a kind of remote that the engine does not read; there may be none."""
    if url and (scheme := scheme_of(url)) not in ("file", "s3"):
        raise _unsearchable(scheme)


def _unsearchable(scheme: str) -> UsageError:
    return UsageError(
        f"cannot search in {scheme}://: only in s3:// and file://",
        "load the index into a ClickHouse server and pass --server, see docs/fleet.md",
    )


def _s3_place(url: str, env: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The address of a bucket's folder, and the keys that open it."""
    parts = urlsplit(url)
    bucket, prefix = parts.netloc, unquote(parts.path).strip("/")
    endpoint = env.get("AWS_ENDPOINT_URL") or env.get("AWS_ENDPOINT") or ""
    if endpoint:
        place = f"{endpoint.rstrip('/')}/{bucket}"
    else:
        region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1"
        place = f"https://{bucket}.s3.{region}.amazonaws.com"
    if prefix:
        place += f"/{quote(prefix)}"
    key, secret = env.get("AWS_ACCESS_KEY_ID", ""), env.get("AWS_SECRET_ACCESS_KEY", "")
    if not key:
        return place, {}
    keys = {"key": key, "secret": secret}
    if token := env.get("AWS_SESSION_TOKEN", ""):
        keys["token"] = token
    return place, keys
