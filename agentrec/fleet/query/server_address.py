"""The address of a ClickHouse server, and the table there: as they may be given and set."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from agentrec.errors import UsageError

TABLE = "agentrec_index"
USER, PASSWORD = "CLICKHOUSE_USER", "CLICKHOUSE_PASSWORD"
_TABLE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?", re.ASCII)
_EXAMPLE = "use http://HOST:8123 or https://HOST:8443"


def check_server(url: str) -> None:
    """Raises UsageError if that is not the address of a server."""
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid or parts.query or parts.fragment:
        raise UsageError(f"invalid server {url!r}", _EXAMPLE)
    if "@" in parts.netloc:
        raise UsageError(
            f"invalid server {parts.scheme}://{parts.hostname}: it has credentials in it",
            f"set {USER} and {PASSWORD}",
        )


def check_table(name: str) -> None:
    """Raises UsageError if that is not the name of a table, or of a database and a table."""
    if not _TABLE.fullmatch(name):
        raise UsageError(f"invalid table {name!r}", "use NAME or DATABASE.NAME")
