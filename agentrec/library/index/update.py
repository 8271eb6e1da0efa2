"""Bring the index up to date with the files, also if other processes do so at the same time."""

from __future__ import annotations

import os
import random
import time
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError
from agentrec.library.discovery import Stamp, is_storable, scan, stamp_of
from agentrec.library.index.folders import look, remember
from agentrec.library.index.index_writer import delete_contents, write_reading
from agentrec.library.index.reading import read_recording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentrec.library.index.folders import Looked
    from agentrec.library.index.library_db import LibraryDb

    Progress = Callable[[int, int, int], object]

# A recording in progress is read again when it has grown, but only after this many times the time that the
# last reading took, so that following a long one stays cheap.
_PAUSE_FACTOR = 20
_MIN_PAUSE_SECONDS = 1.0


class UpdateResult(NamedTuple):
    """Numbers of recordings that were read, moved and removed; ``faults`` are path and reason of unreadable
    ones.
    """

    read: int
    moved: int
    removed: int
    faults: list[tuple[str, str]]


class _Indexed(NamedTuple):
    """What the index knows of a file. There may be very many of them, so this is a row as it comes."""

    id: int
    path: str
    device: int
    inode: int
    size: int
    modified: int
    state: str | None
    looked: float
    took: float

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.device, self.inode, self.size, self.modified)


def update(
    library: LibraryDb,
    roots: Sequence[str],
    progress: Progress | None = None,
) -> UpdateResult:
    """Read what is new or changed below ``roots`` into the index, and delete from it what is gone.

    ``progress(count, done, size)`` is called before each file that is read and while it is, with the number
    of files to read and the bytes done and in total. Each recording is a transaction: after an
    interruption the next update continues. Raises OutputError.
    """
    files = look(library, roots)
    known = _known(library, files, roots)
    places, unreadable = set(roots), set(files.unreadable)
    gone = [
        path
        for path in known.keys() - files.stamps.keys()
        if _is_below(path, places) and not _is_below(path, unreadable)
    ]
    moved = _follow_moves(library, {path: known[path] for path in gone}, files.stamps, known)
    removed = _remove(library, [path for path in gone if path not in moved])
    outdated = {
        path: stamp
        for path, stamp in files.stamps.items()
        if not _is_current(path, stamp, known.get(path)) and path not in moved.values()
    }
    read = _read_all(library, outdated, progress)
    remember(library, files)
    faults = [(path, "its name is not UTF-8") for path in files.unstorable]
    return UpdateResult(read, len(moved), removed, [*faults, *_faults(library, files.stamps)])


def is_current(library: LibraryDb, path: str) -> bool:
    """Whether the index has read this file as it is now (nearly so if it is growing), or the file is gone."""
    try:
        stamp = stamp_of(os.stat(path))
    except OSError:
        return True
    return _is_current(path, stamp, _indexed_file(library, path))


def find_unknown(library: LibraryDb, roots: Sequence[str]) -> list[str]:
    """The recordings below ``roots`` that are not in the index yet."""
    found = [path for root in roots for path in scan(root)[0]]
    with library.reading() as db:
        known = {path for (path,) in db.execute("SELECT path FROM recordings")}
    return [path for path in found if path not in known and is_storable(path)]


def _known(library: LibraryDb, files: Looked, roots: Sequence[str]) -> dict[str, _Indexed]:
    """What the index has where ``files`` were looked for."""
    if files.folders is None:
        return _indexed(library)
    known = _indexed(library, "NOT settled")
    for folder in [*files.folders, *files.vanished]:
        known |= _indexed(library, "folder = ?", folder)
    for path in files.stamps.keys() & set(roots):
        known |= _indexed(library, "path = ?", path)
    return known


def _read_all(library: LibraryDb, outdated: dict[str, Stamp], progress: Progress | None) -> int:
    """Read recordings into the index; return how many that were."""
    if not outdated:
        return 0
    paths = list(outdated)
    # Processes that start at the same time begin with different files.
    start = random.randrange(len(paths))  # noqa: S311
    in_order = {path: outdated[path] for path in [*paths[start:], *paths[:start]]}
    from agentrec.library.index.reading_process import are_worth_processes

    read = _read_at_once if are_worth_processes(outdated) else _read_in_order
    return read(library, in_order, progress or _ignore)


def _read_in_order(library: LibraryDb, outdated: dict[str, Stamp], progress: Progress) -> int:
    read = done = 0
    size = _total(outdated)
    for path, stamp in outdated.items():
        before = done

        def advance(part: int, before: int = before) -> None:
            progress(len(outdated), before + part, size)

        advance(0)
        done += stamp.size
        # Another process may have read it in the meantime.
        if not _is_current(path, stamp, _indexed_file(library, path)):
            read += write_reading(
                library, path, stamp, read_recording(path, stamp.modified, advance)
            )
    return read


def _read_at_once(library: LibraryDb, outdated: dict[str, Stamp], progress: Progress) -> int:
    from agentrec.library.index.reading_process import read_by_processes

    read = done = 0
    size = _total(outdated)
    progress(len(outdated), 0, size)
    with closing(read_by_processes(outdated)) as readings:
        for path, reading in readings:
            read += write_reading(library, path, outdated[path], reading)
            done += outdated[path].size
            progress(len(outdated), done, size)
    return read


def _total(stamps: dict[str, Stamp]) -> int:
    return sum(stamp.size for stamp in stamps.values())


def _ignore(count: int, done: int, size: int) -> None:
    """Progress that nobody wants to see."""


def _is_below(path: str, folders: set[str]) -> bool:
    """Whether it is one of these or inside one."""
    while path not in folders:
        above = os.path.dirname(path)
        if above == path:
            return False
        path = above
    return True


def _indexed(library: LibraryDb, where: str = "1", *values: str) -> dict[str, _Indexed]:
    query = f"SELECT {', '.join(_Indexed._fields)} FROM recordings WHERE {where}"  # noqa: S608
    with library.reading() as db:
        cursor = db.cursor()
        cursor.row_factory = None  # tuples
        return {row.path: row for row in map(_Indexed._make, cursor.execute(query, values))}


def _indexed_file(library: LibraryDb, path: str) -> _Indexed | None:
    return _indexed(library, "path = ?", path).get(path)


def _is_current(path: str, stamp: Stamp, known: _Indexed | None) -> bool:
    """Whether the index matches the file, or nearly so if the file is growing."""
    if known is None:
        return False
    if known.state != "live":
        return known.stamp == stamp
    if not _is_live(path):
        return False
    age = time.time() - known.looked
    return known.stamp == stamp or 0 <= age < max(_MIN_PAUSE_SECONDS, _PAUSE_FACTOR * known.took)


def _is_live(path: str) -> bool:
    from agentrec.recording.reader import is_live

    try:
        with open(path, "rb") as file:
            return is_live(file)
    except OSError:
        return False


def _follow_moves(
    library: LibraryDb,
    gone: dict[str, _Indexed],
    stamps: dict[str, Stamp],
    known: dict[str, _Indexed],
) -> dict[str, str]:
    """Update the paths of recordings that were moved; return old paths with their new ones."""
    new = {path: stamp for path, stamp in stamps.items() if path not in known} if gone else {}
    by_content: dict[tuple[int, int], list[str]] = {}
    for path, stamp in new.items():
        by_content.setdefault((stamp.size, stamp.modified), []).append(path)
    moved: dict[str, str] = {}
    for old, file in gone.items():
        candidates = by_content.get((file.stamp.size, file.stamp.modified), [])
        target = next(
            (path for path in candidates if _is_same(library, file, path, new[path])), None
        )
        if target:
            candidates.remove(target)
            if _rename(library, file, old, target, new[target]):
                moved[old] = target
    return moved


def _is_same(library: LibraryDb, known: _Indexed, path: str, stamp: Stamp) -> bool:
    """Whether the file at ``path`` is the ``known`` one, by inode or by the id it contains."""
    if (known.stamp.device, known.stamp.inode) == (stamp.device, stamp.inode):
        return True
    from agentrec.recording.reader import Recording

    try:
        with Recording.outside(path) as recording:
            own = recording.header.get("file")
    except AgentrecError:
        return False
    with library.reading() as db:
        row = db.execute("SELECT file FROM recordings WHERE id = ?", [known.id]).fetchone()
    return bool(own) and row is not None and row["file"] == own


def _rename(library: LibraryDb, known: _Indexed, old: str, new: str, stamp: Stamp) -> bool:
    with library.writing() as db:
        done = db.execute(
            "UPDATE OR IGNORE recordings SET path = ?, folder = ?, device = ?, inode = ?"
            " WHERE id = ? AND path = ?",
            [new, os.path.dirname(new), stamp.device, stamp.inode, known.id, old],
        )
        return done.rowcount == 1


def _remove(library: LibraryDb, paths: list[str]) -> int:
    removed = 0
    for path in paths:
        with library.writing() as db:
            row = db.execute("SELECT id FROM recordings WHERE path = ?", [path]).fetchone()
            if row and not os.path.exists(path):
                delete_contents(db, row["id"])
                db.execute("DELETE FROM recordings WHERE id = ?", [row["id"]])
                removed += 1
    return removed


def _faults(library: LibraryDb, stamps: dict[str, Stamp]) -> list[tuple[str, str]]:
    with library.reading() as db:
        rows = db.execute("SELECT path, fault FROM recordings WHERE fault != '' ORDER BY path")
        return [(row["path"], row["fault"]) for row in rows if row["path"] in stamps]
