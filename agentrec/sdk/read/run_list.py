"""The recordings of this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.config import data_home
from agentrec.library.filters import Filters
from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.update import update
from agentrec.library.listing import list_recordings, status, title_of
from agentrec.library.locations import roots
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agentrec.library.index.library_db import RecordingRow


class RunInfo(NamedTuple):
    """What the library knows of a recording. ``created`` is Unix time, ``duration`` in seconds."""

    id: str
    path: str
    title: str
    created: float
    duration: float
    size: int
    status: str
    tokens: int
    cost: float | None
    parent: str


def list_runs(
    paths: Sequence[str | os.PathLike[str]] = (),
    *,
    limit: int | None = None,
    env: Mapping[str, str] | None = None,
) -> list[RunInfo]:
    """The recordings of this machine, or those at ``paths`` (files and directories), the newest first.

    Raises AgentrecError if the library cannot be read.
    """
    where = dict(os.environ) if env is None else env
    places = roots([os.fspath(path) for path in paths], where)
    library = LibraryDb(data_home(where))
    try:
        update(library, places)
        return [_info(row) for row in list_recordings(library, Filters(places), limit, unique=True)]
    finally:
        library.close()


def _info(row: RecordingRow) -> RunInfo:
    return RunInfo(
        id=row["session"] or "",
        path=row["path"],
        title=title_of(row),
        created=(row["created"] or 0) / NS_PER_SECOND,
        duration=(row["duration"] or 0) / NS_PER_SECOND,
        size=row["size"],
        status=status(row),
        tokens=row["tokens"] or 0,
        cost=row["cost"],
        parent=row["parent"] or "",
    )
