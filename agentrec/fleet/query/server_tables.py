"""The statements that make a ClickHouse server ready for questions: a table, and how it is filled."""

from __future__ import annotations

from agentrec.fleet.index.index_names import INDEX, SUFFIX
from agentrec.fleet.index.index_schema import clickhouse_columns, column_definitions
from agentrec.fleet.query.server_address import TABLE, check_table

_CREATE = """\
CREATE TABLE {table} (
    {columns},
    INDEX by_words words TYPE text(tokenizer = splitByNonAlpha)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(created)
ORDER BY (item, created, recording, seq)"""
_LOAD = """\
INSERT INTO {table}
SELECT * FROM s3('https://BUCKET.s3.REGION.amazonaws.com/PREFIX/{index}/dt=*/*{suffix}', 'Parquet',
    '{quoted}')
WHERE (recording, splitByChar('~', revision)[1]) NOT IN
    (SELECT recording, splitByChar('~', revision)[1] FROM {table} WHERE item = 'recording')"""


def create_table(table: str = "") -> str:
    """The statement that makes the table. Raises UsageError for an invalid name."""
    name = table or TABLE
    check_table(name)
    return _CREATE.format(table=name, columns=",\n    ".join(column_definitions()))


def load_table(table: str = "") -> str:
    """The statement that loads what is new into it, with an address to fill in. Raises UsageError."""
    name = table or TABLE
    check_table(name)
    quoted = clickhouse_columns().replace("'", "\\'")
    return _LOAD.format(table=name, index=INDEX, suffix=SUFFIX, quoted=quoted)
