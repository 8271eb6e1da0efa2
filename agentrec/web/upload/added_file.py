"""Puts a file that arrived into the library, unless it is there already."""

from __future__ import annotations

import filecmp
import os
from typing import TYPE_CHECKING, BinaryIO

from agentrec.export.reading.keeping import as_recording
from agentrec.text import one_line
from agentrec.web.catalogs.catalog import id_of
from agentrec.web.problems import ProblemError

if TYPE_CHECKING:
    from agentrec.export.reading.keeping import KeptFile
    from agentrec.json_values import JsonObject
    from agentrec.library.index.library_db import RecordingRow
    from agentrec.web.catalogs.catalog import Catalog
    from agentrec.web.request import Deadline, Service

_CHANGES_NOTHING = "`agentrec replay FILE` plays the file as it is"


def add_file(service: Service, file: BinaryIO, name: str, deadline: Deadline) -> JsonObject:
    """Add what ``file`` is, or is converted to. Raises ProblemError, AgentrecError."""
    file.seek(0)
    name = one_line(name.replace("\\", "/").rpartition("/")[2]) or "file"
    with as_recording(file, name, service.env, lambda _: deadline.check()) as new:
        deadline.check()
        row = _same(service.catalog, new) or _added(service.catalog, new)
    return {
        "id": id_of(row),
        "file": row["path"],
        "format": new.format.name,
        "notes": [f"{name}: {note}" for note in new.notes],
    }


def _same(catalog: Catalog, new: KeptFile) -> RecordingRow | None:
    """The same file in the library; None if there is none. Raises ProblemError for another version of it."""
    row = catalog.find(new.id)
    if row is None:
        return None
    try:
        if filecmp.cmp(row["path"], new.part, shallow=False):
            return row
    except OSError:
        return None  # it was deleted meanwhile
    raise ProblemError(
        409,
        f"the library has a recording with the same id, and other contents: {row['path']}",
        _CHANGES_NOTHING,
        {"id": id_of(row)},
    )


def _added(catalog: Catalog, new: KeptFile) -> RecordingRow:
    new.publish()
    added = catalog.added(new.path)
    if isinstance(added, str):
        os.unlink(new.path)
        raise ProblemError(422, f"the recording in this file cannot be read: {added}")
    return added
