"""ClickHouse, by chdb-core, in a process of its own.

So Ctrl-C ends a query at once, and a file that brings the engine down is an error like any other. The module
is a program, too: it answers the queries that it is told on standard input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError, UsageError
from agentrec.fleet.query.clickhouse_values import parameter_text

if TYPE_CHECKING:
    from collections.abc import Mapping


class QueryError(AgentrecError):
    """What the engine says when a query fails."""


class ChdbProcess:
    """An engine with an empty database. For one thread. Raises UsageError without chdb-core."""

    def __init__(self) -> None:
        if not _is_installed():
            raise UsageError(
                "this needs chdb-core, of the extra `fleet-search`",
                "install chdb-core where agentrec is installed",
            )
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is for us
        )

    def query(self, sql: str, format_name: str, parameters: Mapping[str, object]) -> bytes:
        """The answer in a format of ClickHouse. Raises QueryError."""
        texts = {name: parameter_text(value) for name, value in parameters.items()}
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps([sql, format_name, texts]).encode() + b"\n")
            self._process.stdin.flush()
            error, size = json.loads(self._process.stdout.readline())
            data = self._process.stdout.read(size)
        except (OSError, ValueError):
            raise QueryError("the engine ended: there may be too little memory") from None
        if error:
            raise QueryError(error)
        return data

    def close(self) -> None:
        """End the process, also while it works."""
        self._process.kill()
        with suppress(OSError), self._process:  # closes its pipes
            self._process.wait()


def _is_installed() -> bool:
    try:
        return find_spec("chdb") is not None
    except ValueError:
        return False


def main() -> None:
    """Answer queries, until standard input ends."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library itself prints must not get into answers
    import chdb

    connection = chdb.connect(":memory:")
    for line in sys.stdin.buffer:
        sql, format_name, texts = json.loads(line)
        data, error = b"", ""
        try:
            data = connection.query(sql, format_name, params=texts).bytes()
        except Exception as failure:  # noqa: BLE001 - the library raises errors of many kinds
            error = str(failure) or type(failure).__name__
        output.write(json.dumps([error, len(data)]).encode() + b"\n")
        output.write(data)
        output.flush()


if __name__ == "__main__":
    main()
