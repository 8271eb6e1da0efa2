"""Files as they were, read from the store of snapshots and never from a directory."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from agentrec.snapshots.diff.diff import DiffSide, file_diffs, mode_and_folder_changes, unified_diff
from agentrec.snapshots.lookup import find_snapshot, recorded_snapshots
from agentrec.snapshots.manifest import Contents
from agentrec.snapshots.model import SnapshotError
from agentrec.web.problems import ProblemError
from agentrec.web.request import Download

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.lookup import RecordedSnapshot
    from agentrec.snapshots.model import Snapshot
    from agentrec.web.request import Asked

_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # git knows it without being told
_EMPTY = DiffSide(_EMPTY_TREE, Contents({}, {}, {}, {}))
_PATCH = 2 << 20  # bytes of a patch that are told
_LARGEST = 256 << 20  # bytes of a file that are given


def snapshots(asked: Asked) -> dict[str, Any]:
    with asked.service.shelf.read(asked.row["path"]) as it:
        kept = recorded_snapshots(it.recording)
    told = [one.as_json(asked.service.env) for one in asked.deadline.watch(kept)]
    return {"snapshots": told, "total": len(told)}


@contextmanager
def _opened(asked: Asked) -> Iterator[tuple[SnapshotStore, Snapshot, list[RecordedSnapshot]]]:
    """The store, the snapshot in the path, and all that the recording has.

    Raises ProblemError, SnapshotError.
    """
    with asked.service.shelf.read(asked.row["path"]) as it:
        known = recorded_snapshots(it.recording)
        kept = find_snapshot(it.recording, asked.params["sid"], known)[0] if known else None
    if kept is None:
        raise ProblemError(404, "this recording has no snapshots")
    store, snapshot = kept.open(asked.service.env)
    with closing(store):
        yield store, snapshot, known


def files(asked: Asked) -> dict[str, Any]:
    folder, limit = _folder(asked.params["folder"]), asked.params["limit"]
    with _opened(asked) as (store, snapshot, _):
        contents = store.contents(snapshot)
    inside = sorted(path for path in contents.files if path.startswith(folder))
    return {
        "snapshot": snapshot.id,
        "files": {
            path: {"mode": f"{contents.files[path].mode:o}", "blob": contents.files[path].sha}
            for path in inside[:limit]
        },
        "folders": {
            path: f"{mode:o}"
            for path, mode in sorted(contents.folders.items())
            if path.startswith(folder)
        },
        "left": {path: why for path, why in contents.left.items() if path.startswith(folder)},
        "more": len(inside) > limit,
    }


def _folder(name: str | None) -> str:
    return f"{name.strip('/')}/" if name and name.strip("/") else ""


def file(asked: Asked) -> Download:
    path = asked.params["path"]
    if any(part in ("", os.curdir, os.pardir) for part in path.split("/")):
        raise ProblemError(404, f"there is no file {path}")
    with _opened(asked) as (store, snapshot, _):
        try:
            data = store.read(snapshot, path)
        except SnapshotError:
            raise ProblemError(404, f"there is no file {path} in {snapshot.id}") from None
    if len(data) > _LARGEST:
        raise ProblemError(422, f"{path} is too large to be given", "`agentrec show` writes it")
    return Download(iter([data]), os.path.basename(path), len(data))


def diff(asked: Asked) -> dict[str, Any]:
    to, path = asked.params["to"], (asked.params["path"] or "").strip("/")
    with _opened(asked) as (store, snapshot, known):
        first, last = (snapshot, _other(asked, store, known)) if to else (None, snapshot)
        if first is None and last.parent:
            first = store.snapshot(last.parent)
        old = DiffSide(first.tree, store.contents(first)) if first else _EMPTY
        new = DiffSide(last.tree, store.contents(last))
        found = [one for one in file_diffs(store, old, new) if _inside(one.path, path)]
        patch = unified_diff(store, old, new, [path] if path else []) if found else b""
        notes = [] if path else mode_and_folder_changes(old, new)
    return {
        "from": first.id if first else None,
        "to": last.id,
        "files": [one._asdict() for one in found],
        "notes": notes,
        "patch": patch[:_PATCH].decode(errors="replace"),
        "truncated": len(patch) > _PATCH,
    }


def _other(asked: Asked, store: SnapshotStore, known: list[RecordedSnapshot]) -> Snapshot:
    """The snapshot called ``to``. Raises ProblemError, SnapshotError."""
    with asked.service.shelf.read(asked.row["path"]) as it:
        kept, _ = find_snapshot(it.recording, asked.params["to"], known)
    other, snapshot = kept.open(asked.service.env)
    other.close()
    if other.folder != store.folder:
        raise ProblemError(400, "the two snapshots are of different directories")
    return snapshot


def _inside(path: str, wanted: str) -> bool:
    return not wanted or path == wanted or path.startswith(f"{wanted}/")


HANDLERS = {"snapshots": snapshots, "files": files, "file": file, "diff": diff}
