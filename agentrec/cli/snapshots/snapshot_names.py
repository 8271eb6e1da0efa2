"""Names of snapshots on the command line: FILE@SNAP, FILE@SNAP:PATH, and @SNAP for one taken by hand."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.cli.common import found, opened, warn
from agentrec.errors import InputError, UsageError
from agentrec.snapshots.gitstore.snapshot_store import MANUAL, SAFETY, SnapshotStore
from agentrec.snapshots.lookup import RecordedSnapshot, find_snapshot, recorded_snapshots
from agentrec.snapshots.scan.workspace import workspace_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.snapshots.model import Snapshot

SYNTAX = """SNAP is an id (s3), first, last, the beginning of a commit, a moment (m12) or a time (1:30) of the
recording FILE. @SNAP without FILE means one that was taken here with `agentrec snapshot`."""
_NAME = re.compile(
    r"(?P<name>\d+(?::\d{1,2}){0,2}(?:\.\d+)?(?=:|\Z)|[^:]+)(?::(?P<path>.*))?", re.DOTALL
)


class Named(NamedTuple):
    """A snapshot that was named, its store, and the last one of its recording."""

    store: SnapshotStore
    snapshot: Snapshot
    last: Snapshot
    path: str | None


def paths_of(name: Named, more: Iterable[str] = ()) -> list[str]:
    """The paths that were asked for, behind the name or in it, as snapshots have them; empty: all."""
    every = [*more, *([name.path] if name.path else [])]
    plain = [os.path.normpath(path) for path in every]
    return [] if os.curdir in plain else plain


def check_paths(name: Named, paths: list[str]) -> None:
    """Raises InputError for one that is neither in the snapshot nor in its directory now."""
    if not paths:
        return
    contents = name.store.contents(name.snapshot)
    there = (*contents.files, *contents.folders, *contents.left)
    for path in paths:
        now = os.path.lexists(os.path.join(name.store.workspace, path))
        if not now and not any(below(one, [path]) for one in there):
            raise InputError(
                f"there is no {path} in {name.snapshot.id}, nor now",
                f"paths begin at {name.store.workspace}",
            )


def below(path: str, wanted: list[str]) -> bool:
    """Whether ``path`` is one of those that are ``wanted``, or in a directory that is; or all are."""
    return not wanted or any(path == one or path.startswith(one + "/") for one in wanted)


def split(text: str) -> tuple[str, str, str | None]:
    """File, snapshot and path of ``FILE@SNAP:PATH``. Raises UsageError."""
    places = [place for place, char in enumerate(text) if char == "@"]
    for place in places:
        file, rest = text[:place], text[place + 1 :]
        match = _NAME.fullmatch(rest)
        if match and (not file or file == "-" or os.path.exists(found(file))):
            return file, match["name"], match["path"]
    if not places:
        raise UsageError(f"{text}: which snapshot?", f"write {text}@last, or {text}@s1")
    raise InputError(f"{text[: places[-1]]} does not exist")


def named(text: str) -> Named:
    """The snapshot that ``FILE@SNAP`` or ``@SNAP`` means. Raises AgentrecError."""
    file, name, path = split(text)
    if not file:
        return _by_hand(name, path)
    with opened(file) as recording:
        known = recorded_snapshots(recording)
        kept, word = find_snapshot(recording, name, known)
    if word:
        warn(word)
    store, snapshot = kept.open(os.environ)
    return Named(store, snapshot, _last(store, known, snapshot), path)


def same_recording(text: str, name: str) -> Named:
    """``name`` as another snapshot of the recording that ``text`` names, or a full name of its own."""
    return named(name if "@" in name else f"{split(text)[0]}@{name}")


def here() -> SnapshotStore:
    """The store of the directory we are in. Raises AgentrecError."""
    return SnapshotStore.of(workspace_of(os.getcwd(), os.environ), os.environ)


def _last(store: SnapshotStore, known: list[RecordedSnapshot], snapshot: Snapshot) -> Snapshot:
    """The recording's last snapshot of the same directory."""
    mine = [kept for kept in known if kept.data.get("store") == store.name]
    return store.snapshot(str(mine[-1].data.get("commit", ""))) if mine else snapshot


def _by_hand(name: str, path: str | None) -> Named:
    store = here()
    chain = store.chain(MANUAL)
    if name in ("first", "last") and chain:
        found = chain[0 if name == "first" else -1]
        return Named(store, found, chain[-1], path)
    safety = store.chain(SAFETY) if re.fullmatch(r"[0-9a-f]{7,40}", name) else []
    for one in [*chain, *safety]:
        if name == one.id and one.recording == MANUAL:
            return Named(store, one, chain[-1], path)
        if len(name) >= 7 and one.commit.startswith(name):
            return Named(store, one, one, path)
    raise InputError(
        f"there is no snapshot {name} of {store.workspace}", "`agentrec snapshots` lists them"
    )
