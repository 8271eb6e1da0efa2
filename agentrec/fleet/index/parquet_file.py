"""Rows of the index as a Parquet file, by arro3-io, of the extra ``fleet``."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from agentrec.fleet.index.index_schema import (
    COLUMNS,
    INTEGER,
    NUMBER,
    REQUIRED,
    STRING,
    TIME,
    TRUTH,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CREATED_BY = "agentrec"
_COMPRESSION = "zstd(6)"


def can_write_parquet() -> bool:
    """Whether arro3-io is installed."""
    try:
        import arro3.io  # noqa: F401
    except ImportError:
        return False
    return True


def parquet_file(columns: Mapping[str, Sequence[object]]) -> bytes:
    """The bytes of a file with these columns. Needs arro3-io."""
    from arro3.core import Array, DataType, Field, Schema, Table
    from arro3.io import write_parquet

    kinds: dict[str, Any] = {
        STRING: DataType.string(),
        INTEGER: DataType.int64(),
        NUMBER: DataType.float64(),
        TRUTH: DataType.bool(),
        TIME: DataType.timestamp("us", tz="UTC"),
    }
    fields, arrays = [], []
    for name, column in COLUMNS.items():
        kind = kinds[column.kind]
        values: Any = columns[name]
        made = kinds[INTEGER] if column.kind == TIME else kind  # it makes no times itself
        array = Array(values, type=made)
        fields.append(Field(name, kind, nullable=name not in REQUIRED))
        arrays.append(array if made is kind else array.cast(kind))
    out = io.BytesIO()
    write_parquet(
        Table.from_arrays(arrays, schema=Schema(fields)),
        out,
        compression=_COMPRESSION,
        created_by=CREATED_BY,
        skip_arrow_metadata=True,
    )
    return out.getvalue()
