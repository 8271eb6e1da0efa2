"""The columns of the index. Every row has all of them; those that say nothing about it are NULL.

``item`` says what a row is:

=============  ==========================================================================================
``recording``  the recording as a whole: one row
``text``       what a search finds: a message, a tool call, a command, some lines of screen
``call``       a model call, or several without an id, of the same agent, model and half hour
``step``       a turn, a tool call or an error, or all that have no id
``slow``       one of the slowest operations
=============  ==========================================================================================

Of a recording there may be several copies of all rows, each with a ``revision`` of its own. The greatest one
counts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

RECORDING, TEXT, CALL, STEP, SLOW = "recording", "text", "call", "step", "slow"
STRING, INTEGER, NUMBER, TRUTH, TIME = "string", "int64", "float64", "bool", "timestamp"
# How ClickHouse calls them.
_CLICKHOUSE: Final = {
    STRING: "String",
    INTEGER: "Int64",
    NUMBER: "Float64",
    TRUTH: "Bool",
    TIME: "DateTime64(6, 'UTC')",
}


class Column(NamedTuple):
    """``kind`` is STRING, INTEGER, NUMBER, TRUTH or TIME. NULL is a value of its own only with ``nullable``,
    else it is read as 0 or empty."""

    kind: str
    nullable: bool = False


COLUMNS: Final[dict[str, Column]] = {
    # Of every row.
    "recording": Column(STRING),
    "revision": Column(STRING),
    "item": Column(STRING),
    "seq": Column(INTEGER),
    "created": Column(TIME),
    # Of a text.
    "t_ns": Column(INTEGER),
    "kind": Column(STRING),
    "actor": Column(STRING),
    "tool": Column(STRING),
    "exit_code": Column(INTEGER, nullable=True),
    "failed": Column(TRUTH, nullable=True),
    "outcome_code": Column(INTEGER, nullable=True),
    "outcome_failed": Column(TRUTH, nullable=True),
    "text": Column(STRING),
    "words": Column(STRING),
    "offsets_ms": Column(STRING),
    # Of model calls and steps.
    "repeat_key": Column(INTEGER, nullable=True),
    "model": Column(STRING),
    "half_hour": Column(TIME),
    "calls": Column(INTEGER),
    "input_tokens": Column(INTEGER),
    "output_tokens": Column(INTEGER),
    "cache_read_tokens": Column(INTEGER),
    "cache_write_tokens": Column(INTEGER),
    "cost_usd": Column(NUMBER, nullable=True),
    "without_price": Column(INTEGER),
    "tokens_without_price": Column(INTEGER),
    "turns": Column(INTEGER),
    "errors": Column(INTEGER),
    "failed_calls": Column(INTEGER),
    "ms": Column(NUMBER),
    # Of a recording.
    "title": Column(STRING),
    "prompt": Column(STRING),
    "command": Column(STRING),
    "program": Column(STRING),
    "agent": Column(STRING),
    "cwd": Column(STRING),
    "project": Column(STRING),
    "tags": Column(STRING),
    "parent": Column(STRING),
    "relation": Column(STRING),
    "signed_by": Column(STRING),
    "state": Column(STRING),
    "exit_signal": Column(INTEGER, nullable=True),
    "duration_ns": Column(INTEGER),
    "events": Column(INTEGER),
    "size_bytes": Column(INTEGER),
    "output_bytes": Column(INTEGER),
    "marks": Column(INTEGER),
    "snapshots": Column(INTEGER),
    "tokens": Column(INTEGER),
    "left_out_chars": Column(INTEGER),
    "is_unseen": Column(TRUTH),
    "is_encrypted": Column(TRUTH),
    "is_masked": Column(TRUTH),
}
# These are never NULL.
REQUIRED: Final = ("recording", "revision", "item", "seq", "created")
# Columns of the library's list, and what they are called here.
LIBRARY_COLUMNS: Final[dict[str, str]] = {
    **{name: name for name in ("title", "prompt", "command", "program", "agent", "cwd", "project")},
    **{name: name for name in ("tags", "parent", "relation", "signed_by", "state", "exit_code")},
    **{name: name for name in ("exit_signal", "failed", "events", "snapshots", "turns", "errors")},
    **{name: name for name in ("tokens", "without_price")},
    "cost": "cost_usd",
    "duration": "duration_ns",
    "output": "output_bytes",
    "moments": "marks",
    "left_out": "left_out_chars",
    "unseen": "is_unseen",
    "encrypted": "is_encrypted",
}


def clickhouse_columns(*, keep_null: bool = False) -> str:
    """The columns as ClickHouse declares them; with ``keep_null`` NULL stays what it is."""
    return ", ".join(column_definitions(keep_null=keep_null))


def column_definitions(*, keep_null: bool = False) -> list[str]:
    """The same, one by one."""

    def kind(name: str, column: Column) -> str:
        native = _CLICKHOUSE[column.kind]
        is_nullable = column.nullable or (keep_null and name not in REQUIRED)
        return f"Nullable({native})" if is_nullable else native

    return [f"{name} {kind(name, column)}" for name, column in COLUMNS.items()]
