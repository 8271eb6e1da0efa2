"""Bringing the index up to date with the files, whoever else does so at the same time."""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError
from agentrec.library.discovery import Stamp, scan
from agentrec.library.index.index_writer import drop, take

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agentrec.library.index.store import Store

# A recording that is being made is read again when it has grown, but only after this many times the
# time that the last reading took: following a long one must not cost more than it is worth.
_REST, _LEAST_REST = 20, 1.0
_STAMP = Stamp._fields


class Changes(NamedTuple):
    """What an update did, in numbers of recordings. ``faults``: path and reason of what is unreadable."""

    read: int
    moved: int
    removed: int
    faults: list[tuple[str, str]]


class _Known(NamedTuple):
    id: int
    stamp: Stamp
    state: str
    looked: float
    took: float


def update(
    store: Store, roots: Sequence[str], progress: Callable[[int, int, int], object] | None = None
) -> Changes:
    """Take what is new or changed below ``roots`` into the index, and what is gone out of it.

    ``progress(count, done, size)`` is called before each file that is read, with the number of files to
    read and the bytes done and in all. Every recording is one change of
    its own: interrupted, the next update goes on from there. Raises OutputError.
    """
    there: dict[str, Stamp] = {}
    hidden: list[str] = []
    unnamed: list[tuple[str, str]] = []
    for root in roots:
        found, unseen = scan(root)
        there |= {path: stamp for path, stamp in found.items() if _storable(path)}
        unnamed += [(path, "its name is not UTF-8") for path in found if not _storable(path)]
        hidden += unseen
    known = _known(store)
    gone = [
        path
        for path in known
        if path not in there and _below(path, roots) and not _below(path, hidden)
    ]
    moved = _follow(store, {path: known[path] for path in gone}, there, known)
    removed = _forget(store, [path for path in gone if path not in moved])
    waiting = [
        path
        for path, stamp in there.items()
        if path not in moved.values() and not _current(path, stamp, known.get(path))
    ]
    # Two processes that start at the same time begin at different places.
    start = random.randrange(len(waiting)) if waiting else 0  # noqa: S311
    read = done = 0
    size = sum(there[path].size for path in waiting)
    for path in [*waiting[start:], *waiting[:start]]:
        if progress:
            progress(len(waiting), done, size)
        done += there[path].size
        # Somebody else may have read it since.
        if not _current(path, there[path], _known(store, path).get(path)):
            read += take(store, path, there[path])
    return Changes(read, len(moved), removed, [*unnamed, *_faults(store, there)])


def _storable(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _below(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(os.path.join(folder, "")) for folder in folders)


def _known(store: Store, path: str | None = None) -> dict[str, _Known]:
    query = f"SELECT id, path, {', '.join(_STAMP)}, state, looked, took FROM recordings"  # noqa: S608
    with store.reading() as db:
        rows = db.execute(query) if path is None else db.execute(f"{query} WHERE path = ?", [path])
        return {
            row["path"]: _Known(
                row["id"],
                Stamp(*(row[name] for name in _STAMP)),
                row["state"] or "",
                row["looked"],
                row["took"],
            )
            for row in rows
        }


def _current(path: str, stamp: Stamp, known: _Known | None) -> bool:
    """Whether what is known of a file is what it holds, or close enough for one that is growing."""
    if known is None:
        return False
    if known.state != "live":
        return known.stamp == stamp
    if not _live(path):
        return False
    rested = time.time() - known.looked
    return known.stamp == stamp or 0 <= rested < max(_LEAST_REST, _REST * known.took)


def _live(path: str) -> bool:
    from agentrec.recording.reader import is_live

    try:
        with open(path, "rb") as file:
            return is_live(file)
    except OSError:
        return False


def _follow(
    store: Store, gone: dict[str, _Known], there: dict[str, Stamp], known: dict[str, _Known]
) -> dict[str, str]:
    """Recordings that are under another name now: old path to new."""
    new = {path: stamp for path, stamp in there.items() if path not in known} if gone else {}
    by_content: dict[tuple[int, int], list[str]] = {}
    for path, stamp in new.items():
        by_content.setdefault((stamp.size, stamp.modified), []).append(path)
    moved: dict[str, str] = {}
    for old, it in gone.items():
        candidates = by_content.get((it.stamp.size, it.stamp.modified), [])
        target = next((path for path in candidates if _same(store, it, path, new[path])), None)
        if target:
            candidates.remove(target)
            if _rename(store, it, old, target, new[target]):
                moved[old] = target
    return moved


def _same(store: Store, known: _Known, path: str, stamp: Stamp) -> bool:
    """Whether the file at ``path`` is the one that is known: by its place on the disk, or by its own id."""
    if (known.stamp.device, known.stamp.inode) == (stamp.device, stamp.inode):
        return True
    from agentrec.recording.reader import Recording

    try:
        with Recording.open(path) as recording:
            own = recording.header.get("file")
    except AgentrecError:
        return False
    with store.reading() as db:
        row = db.execute("SELECT file FROM recordings WHERE id = ?", [known.id]).fetchone()
    return bool(own) and row is not None and row["file"] == own


def _rename(store: Store, known: _Known, old: str, new: str, stamp: Stamp) -> bool:
    with store.writing() as db:
        done = db.execute(
            "UPDATE OR IGNORE recordings SET path = ?, device = ?, inode = ? WHERE id = ? AND path = ?",
            [new, stamp.device, stamp.inode, known.id, old],
        )
        return done.rowcount == 1


def _forget(store: Store, paths: list[str]) -> int:
    removed = 0
    for path in paths:
        with store.writing() as db:
            row = db.execute("SELECT id FROM recordings WHERE path = ?", [path]).fetchone()
            if row and not os.path.exists(path):
                drop(db, row["id"])
                db.execute("DELETE FROM recordings WHERE id = ?", [row["id"]])
                removed += 1
    return removed


def _faults(store: Store, there: dict[str, Stamp]) -> list[tuple[str, str]]:
    with store.reading() as db:
        rows = db.execute("SELECT path, fault FROM recordings WHERE fault != '' ORDER BY path")
        return [(row["path"], row["fault"]) for row in rows if row["path"] in there]
