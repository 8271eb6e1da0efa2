"""Files of snapshots, always read from the snapshot store, never from a directory."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from agentrec.snapshots.diff.diff import DiffSide, file_diffs, mode_and_folder_changes, unified_diff
from agentrec.snapshots.lookup import find_snapshot, recorded_snapshots
from agentrec.snapshots.manifest import Contents
from agentrec.snapshots.model import SnapshotError
from agentrec.web.problems import ProblemError
from agentrec.web.request import Download

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from agentrec.json_values import JsonObject
    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.lookup import RecordedSnapshot
    from agentrec.snapshots.model import Snapshot
    from agentrec.web.request import ApiRequest

# Git has this object without storing it.
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_EMPTY = DiffSide(_EMPTY_TREE, Contents({}, {}, {}, {}))
MAX_PATCH_BYTES = 8 << 20
MAX_FILE_BYTES = 256 << 20


def snapshots(request: ApiRequest) -> JsonObject:
    with request.service.recordings.read(request.row["path"]) as recording:
        recorded = recorded_snapshots(recording)
    listed = [one.as_json(request.service.env) for one in request.deadline.watch(recorded)]
    return {"snapshots": listed, "total": len(listed)}


@contextmanager
def _opened(
    request: ApiRequest,
) -> Iterator[tuple[SnapshotStore, Snapshot, list[RecordedSnapshot]]]:
    """The store, the snapshot in the path, and all snapshots of the recording.

    Raises ProblemError, SnapshotError.
    """
    with request.service.recordings.read(request.row["path"]) as recording:
        known = recorded_snapshots(recording)
        recorded = find_snapshot(recording, request.params["sid"], known)[0] if known else None
    if recorded is None:
        raise ProblemError(404, "the recording has no snapshots")
    store, snapshot = recorded.open(request.service.env)
    with closing(store):
        yield store, snapshot, known


def files(request: ApiRequest) -> JsonObject:
    folder, limit = _folder(request.params["folder"]), request.params["limit"]
    with _opened(request) as (store, snapshot, _):
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


def file(request: ApiRequest) -> Download:
    path = request.params["path"]
    if any(part in ("", os.curdir, os.pardir) for part in path.split("/")):
        raise ProblemError(404, f"no file {path}")
    with _opened(request) as (store, snapshot, _):
        try:
            data, size = store.begin(snapshot, path, MAX_FILE_BYTES)
        except SnapshotError:
            raise ProblemError(404, f"no file {path} in {snapshot.id}") from None
    if size > len(data):
        raise ProblemError(422, f"{path} is too large to send", "use `agentrec show`")
    return Download(_once(data), os.path.basename(path), len(data))


def _once(data: bytes) -> Generator[bytes]:
    yield data


def diff(request: ApiRequest) -> JsonObject:
    to, path = request.params["to"], (request.params["path"] or "").strip("/")
    with _opened(request) as (store, snapshot, known):
        first, last = (snapshot, _other(request, store, known)) if to else (None, snapshot)
        if first is None and last.parent:
            first = store.snapshot(last.parent)
        return diff_data(store, first, last, path)


def diff_data(
    store: SnapshotStore, first: Snapshot | None, last: Snapshot, path: str
) -> JsonObject:
    """What differs between two snapshots (None: no files), of all files or below ``path``."""
    old = DiffSide(first.tree, store.contents(first)) if first else _EMPTY
    new = DiffSide(last.tree, store.contents(last))
    changes = [one for one in file_diffs(store, old, new) if _is_inside(one.path, path)]
    patch = unified_diff(store, old, new, [path] if path else []) if changes else b""
    notes = [] if path else mode_and_folder_changes(old, new)
    return {
        "from": first.id if first else None,
        "to": last.id,
        "files": [one._asdict() for one in changes],
        "notes": notes,
        "patch": patch[:MAX_PATCH_BYTES].decode(errors="replace"),
        "truncated": len(patch) > MAX_PATCH_BYTES,
    }


def _other(request: ApiRequest, store: SnapshotStore, known: list[RecordedSnapshot]) -> Snapshot:
    """The snapshot that ``to`` names. Raises ProblemError, SnapshotError."""
    with request.service.recordings.read(request.row["path"]) as recording:
        recorded, _ = find_snapshot(recording, request.params["to"], known)
    other, snapshot = recorded.open(request.service.env)
    other.close()
    if other.folder != store.folder:
        raise ProblemError(400, "the snapshots are of different directories")
    return snapshot


def _is_inside(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


HANDLERS = {"snapshots": snapshots, "files": files, "file": file, "diff": diff}
