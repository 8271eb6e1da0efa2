"""Many small files of a day become one, and old days are removed.

Nothing is lost if it is killed, or if two do it at once: a new file is written under a name that says what
it consists of, and only then what it consists of is removed. Until then its rows are there twice, and the
greater ``revision`` counts.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, NamedTuple

from agentrec.fleet.bucket.remote import RemoteError
from agentrec.fleet.index.index_names import INDEX, SUFFIX, compacted_key, day_folder, day_of
from agentrec.fleet.index.index_schema import clickhouse_columns
from agentrec.fleet.query.chdb_process import ChdbProcess, QueryError
from agentrec.fleet.query.engine_errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from agentrec.fleet.bucket.remote import Remote, RemoteObject

# What is put together at once is in memory; a file that is half as large stays as it is.
GROUP_BYTES = 64 << 20
MAX_FILE_BYTES = 1 << 30
_ROWS_PER_GROUP = 100_000
_FILES = "file({files:String}, 'Parquet', {columns:String})"
_NEWEST = (
    "(recording, revision) IN (SELECT recording, max(revision) FROM"
    f" {_FILES} WHERE item = 'recording' GROUP BY recording)"
)
_MERGE = (
    # A copy counts more than what it is of, which may still be there.
    "SELECT * REPLACE (concat(splitByChar('~', revision)[1], '~', {name:String}) AS revision)"
    f" FROM (SELECT * FROM {_FILES} WHERE {_NEWEST}) ORDER BY item, recording, seq"
    f" SETTINGS output_format_parquet_row_group_size = {_ROWS_PER_GROUP},"
    " output_format_parquet_compression_method = 'zstd'"
)
_COUNT = f"SELECT uniqExact(recording) FROM {_FILES} WHERE item = 'recording'"


class Compacted(NamedTuple):
    """Days that were compacted, and how many files were ``replaced`` by how many ``written``."""

    days: int = 0
    replaced: int = 0
    written: int = 0


def compact(remote: Remote, advance: Callable[[int], object] = int) -> Compacted:
    """Put the small files of each day together. ``advance`` is called with the number of days done.

    Raises UsageError without chdb-core, RemoteError.
    """
    done = Compacted()
    engine = ChdbProcess()
    try:
        for number, (day, files) in enumerate(sorted(_by_day(remote).items()), 1):
            groups = [group for group in _groups(files) if _merged(remote, engine, day, group)]
            if groups:
                replaced = done.replaced + sum(map(len, groups))
                done = Compacted(done.days + 1, replaced, done.written + len(groups))
            advance(number)
    finally:
        engine.close()
    return done


def prune(remote: Remote, before: date, *, dry_run: bool = False) -> tuple[int, int]:
    """Remove the index of days ``before`` that; the number of days, and of files. Raises RemoteError."""
    old = {day: files for day, files in _by_day(remote).items() if day < before}
    for files in old.values():
        for file in files:
            if not dry_run:
                remote.remove(file.key)
    return len(old), sum(map(len, old.values()))


def _by_day(remote: Remote) -> dict[date, list[RemoteObject]]:
    found: dict[date, list[RemoteObject]] = {}
    for one in remote.list(INDEX):
        if day := day_of(one.key):
            found.setdefault(day, []).append(one)
    return found


def _groups(files: list[RemoteObject]) -> Iterator[list[RemoteObject]]:
    """Files to put together, each group of a bounded size."""
    group: list[RemoteObject] = []
    size = 0
    for file in sorted(files):
        if file.size > GROUP_BYTES // 2:
            continue
        if size + file.size > GROUP_BYTES:
            yield group
            group, size = [], 0
        group.append(file)
        size += file.size
    if len(group) > 1:
        yield group


def _merged(remote: Remote, engine: ChdbProcess, day: date, files: Sequence[RemoteObject]) -> bool:
    """Put files together; whether that was done, and not by another at the same time."""
    keys = [file.key for file in files]
    key = compacted_key(day, keys)
    with tempfile.TemporaryDirectory(prefix="agentrec-index-") as folder:
        try:
            for number, file in enumerate(files):
                data = remote.read(file.key, MAX_FILE_BYTES)
                with open(os.path.join(folder, f"{number}{SUFFIX}"), "wb") as out:
                    out.write(data)
        except RemoteError:
            there = {one.key for one in remote.list(day_folder(day))}
            if there.issuperset(keys):
                raise
            return False
        remote.create(key, _merge(engine, folder, key), must_be_same=False)
    for one in keys:
        if one != key:
            remote.remove(one)
    return True


def _merge(engine: ChdbProcess, folder: str, key: str) -> bytes:
    """The bytes of a file with the newest rows of all files in ``folder``. Raises RemoteError."""
    values = {"files": f"{folder}/*{SUFFIX}", "columns": clickhouse_columns(keep_null=True)}
    values["name"] = key.rpartition("-")[2].removesuffix(SUFFIX)[:16]
    try:
        data = engine.query(_MERGE, "Parquet", values)
        merged = os.path.join(folder, "merged")
        with open(merged, "wb") as out:
            out.write(data)
        counts = [
            engine.query(_COUNT, "CSV", values | {"files": files})
            for files in (values["files"], merged)
        ]
    except QueryError as error:
        raise RemoteError(f"cannot compact {day_of(key)}: {reason_of(str(error))}") from None
    if counts[0] != counts[1]:
        raise RemoteError(f"cannot compact {day_of(key)}: recordings would be lost")
    return data
