"""Search that also looks into encrypted recordings, with the private keys that the user named.

They are read into an index in memory, which nothing of stays: the one on disk is not encrypted.
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

from agentrec.library.discovery import stamp_of
from agentrec.library.filters import Filters
from agentrec.library.index.index_writer import write_reading
from agentrec.library.index.library_db import LibraryDb
from agentrec.library.index.reading import read_recording
from agentrec.library.listing import list_encrypted
from agentrec.library.search import SearchResult, search
from agentrec.recording.encryption import identities

if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.library.index.library_db import RecordingRow
    from agentrec.library.search import LeftOut, SearchQuery

    Progress = Callable[[int, int, int], object]


def search_opened(
    library: LibraryDb, query: SearchQuery, progress: Progress | None = None
) -> SearchResult:
    """As :func:`agentrec.library.search.search`, and in the encrypted recordings that the keys open.

    ``progress`` is called as by :func:`agentrec.library.index.update.update`. Raises UsageError, OutputError.
    """
    whole = query._replace(limit=query.offset + query.limit, offset=0)
    found = search(library, whole)
    places = Filters(query.filters.roots)
    closed = list_encrypted(library, places)
    if closed:
        identities.load()
    with closing(LibraryDb.in_memory()) as memory:
        opened = _read(memory, closed, progress or _say_nothing)
        if opened:
            found = _merged(found, search(memory, whole), opened)
    return found._replace(hits=found.hits[query.offset :][: query.limit])


def _say_nothing(*_: int) -> None:
    pass


def _read(memory: LibraryDb, closed: list[RecordingRow], progress: Progress) -> int:
    """Read them into ``memory``; returns how many could be opened."""
    size, done, opened = sum(row["size"] for row in closed), 0, 0
    for row in closed:
        progress(len(closed), done, size)
        path = row["path"]
        reading = read_recording(path, row["modified"], opened=True)
        if reading.contents is not None and os.path.exists(path):
            opened += write_reading(memory, path, stamp_of(os.stat(path)), reading)
        done += row["size"]
    return opened


def _merged(one: SearchResult, other: SearchResult, opened: int) -> SearchResult:
    """Both, the newest recordings first."""
    hits = sorted([*one.hits, *other.hits], key=lambda hit: -hit.recording["created"])
    return SearchResult(
        hits,
        one.total + other.total,
        one.available + other.available,
        one.recordings + other.recordings,
        _together(one.left_out, other.left_out, opened),
        one.counted and other.counted,
    )


def _together(one: LeftOut, other: LeftOut, opened: int) -> LeftOut:
    return one._replace(
        recordings=max(0, one.recordings - opened) + other.recordings,
        chars=one.chars + other.chars,
        unread=one.unread or other.unread,
        paths=one.paths or other.paths,
        encrypted=max(0, one.encrypted - opened),
        growing=one.growing or other.growing,
        behind=max(one.behind, other.behind),
    )
