"""The file of a recording in the index: made when it is pushed."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from agentrec.fleet.index.index_rows import Indexed, as_columns, index_rows
from agentrec.fleet.index.parquet_file import can_write_parquet, parquet_file
from agentrec.library.index.reading import read_recording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.fleet.bucket.object_names import VersionName

# Reading takes all of a core, and tens of megabytes for a long recording.
_ONE_AT_A_TIME = threading.Lock()


class IndexFile(NamedTuple):
    """The bytes of a file of the index, or why there is none."""

    data: bytes
    fault: str = ""


def index_file(version: VersionName, path: str, size: int, *, masked: bool) -> IndexFile:
    """The rows of the recording at ``path``, which is pushed as ``version`` with ``size`` bytes."""
    if not can_write_parquet():
        return IndexFile(b"", "that needs arro3-io, of the extra `fleet`")
    indexed = Indexed(version, time.time_ns(), size, masked)
    with _ONE_AT_A_TIME:
        reading = read_recording(path, version.created)
        if reading.contents is None:
            return IndexFile(b"", reading.fault)
        return IndexFile(parquet_file(as_columns(index_rows(indexed, reading.contents))))
