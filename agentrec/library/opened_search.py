"""Search that also looks into encrypted recordings, with the private keys that the user named.

They are read into an index in memory, which nothing of stays: the one on disk is not encrypted.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from agentrec.library.discovery import Stamp
from agentrec.library.filters import ENCRYPTED, Filters
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
    closed = list_encrypted(library, Filters(query.filters.roots))
    if closed:
        identities.load()
    with closing(LibraryDb.in_memory()) as memory:
        opened = _read(memory, closed, progress or _say_nothing)
        if opened:
            meant = list_encrypted(library, query.filters)
            still = {row["session"] for row in meant} - opened
            found = _merged(found, search(memory, _of_opened(whole)), len(still))
    return found._replace(hits=found.hits[query.offset :][: query.limit])


def _of_opened(query: SearchQuery) -> SearchQuery:
    """Those that are asked for as encrypted ones are what was opened."""
    filters = query.filters
    return (
        query._replace(filters=filters._replace(state="")) if filters.state == ENCRYPTED else query
    )


def _say_nothing(*_: int) -> None:
    pass


def _read(memory: LibraryDb, closed: list[RecordingRow], progress: Progress) -> set[str]:
    """Read them into ``memory``; returns the ids of the recordings that could be opened."""
    size, done, opened = sum(row["size"] for row in closed), 0, set()
    for row in closed:
        progress(len(closed), done, size)
        path = row["path"]
        reading = read_recording(path, row["modified"], opened=True)
        stamp = Stamp(row["device"], row["inode"], row["size"], row["modified"])
        if reading.contents is not None and write_reading(memory, path, stamp, reading):
            opened.add(row["session"])
        done += row["size"]
    return opened


def _merged(one: SearchResult, other: SearchResult, still: int) -> SearchResult:
    """Both, the newest recordings first; ``still`` so many stay closed."""
    hits = sorted([*one.hits, *other.hits], key=lambda hit: -hit.recording["created"])
    return SearchResult(
        hits,
        one.total + other.total,
        one.available + other.available,
        one.recordings + other.recordings,
        _together(one.left_out, other.left_out, still),
        one.counted and other.counted,
    )


def _together(one: LeftOut, other: LeftOut, still: int) -> LeftOut:
    return one._replace(
        recordings=one.recordings - one.encrypted + still + other.recordings,
        chars=one.chars + other.chars,
        unread=one.unread or other.unread,
        paths=one.paths or other.paths,
        encrypted=still,
        growing=one.growing or other.growing,
        behind=max(one.behind, other.behind),
    )
