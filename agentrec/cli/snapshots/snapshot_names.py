"""Names of snapshots on the command line: FILE@SNAP, FILE@SNAP:PATH, and @SNAP for one taken manually."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.cli.common import found, opened, warn
from agentrec.errors import InputError, UsageError
from agentrec.redact import mask_text
from agentrec.snapshots.gitstore.snapshot_store import MANUAL, SAFETY, SnapshotStore
from agentrec.snapshots.lookup import RecordedSnapshot, find_snapshot, recorded_snapshots
from agentrec.snapshots.scan.workspace import workspace_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.snapshots.model import Snapshot

SYNTAX = """SNAP is an id (s3), first, last, the beginning of a commit, a mark (m12), a time (1:30) or a
unique label of the recording FILE. @SNAP without FILE means one taken in this directory with
`agentrec snapshot`."""
_NAME = re.compile(
    r"(?P<name>\d+(?::\d{1,2}){0,2}(?:\.\d+)?(?=:|\Z)|[^:]+)(?::(?P<path>.*))?", re.DOTALL
)


class Named(NamedTuple):
    """A snapshot that the user named, its store, and the last one of its recording."""

    store: SnapshotStore
    snapshot: Snapshot
    last: Snapshot
    path: str | None


def paths_of(name: Named, more: Iterable[str] = ()) -> list[str]:
    """The requested paths, after the name or in it, as snapshots have them; empty: all."""
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
                f"there is no {path}, neither in {name.snapshot.id} nor now",
                f"paths are relative to {name.store.workspace}",
            )


def below(path: str, wanted: list[str]) -> bool:
    """Whether ``path`` is one of the ``wanted``, or below one of them; always if none are given."""
    return not wanted or any(path == one or path.startswith(one + "/") for one in wanted)


def split(text: str) -> tuple[str, str, str | None]:
    """File, snapshot and path of ``FILE@SNAP:PATH``. Raises UsageError."""
    positions = [position for position, char in enumerate(text) if char == "@"]
    for position in positions:
        file, rest = text[:position], text[position + 1 :]
        match = _NAME.fullmatch(rest)
        if match and (not file or file == "-" or os.path.exists(found(file))):
            return file, match["name"], match["path"]
    if not positions:
        raise UsageError(f"missing snapshot in {text!r}", f"use {text}@last or {text}@s1")
    raise InputError(f"{text[: positions[-1]]} does not exist")


def named(text: str, *, say: bool = False) -> Named:
    """The snapshot that ``FILE@SNAP`` or ``@SNAP`` means; ``say`` is as for ``opened``.

    Raises AgentrecError.
    """
    file, name, path = split(text)
    if not file:
        return _taken_manually(name, path)
    with opened(file, say=say) as recording:
        known = recorded_snapshots(recording)
        name, path = _label_with_colon(name, path, known)
        recorded, note = find_snapshot(recording, name, known)
    for line in filter(None, (note, recorded.missed_text)):
        warn(line)
    store, snapshot = recorded.open(os.environ)
    return Named(store, snapshot, _last(store, known, snapshot), path)


def _label_with_colon(
    name: str, path: str | None, known: list[RecordedSnapshot]
) -> tuple[str, str | None]:
    """Name and path again, if the name is a label that goes on behind the colon."""
    if path is None:
        return name, path
    rest = f"{name}:{path}"
    labels = [
        one.label for one in known if ":" in one.label and f"{rest}:".startswith(one.label + ":")
    ]
    if not labels:
        return name, path
    label = max(labels, key=len)
    return label, rest[len(label) + 1 :] or None


def same_recording(text: str, name: str) -> Named:
    """``name`` as another snapshot of the recording that ``text`` names, or as a complete name."""
    return named(name if "@" in name else f"{split(text)[0]}@{name}")


def here() -> SnapshotStore:
    """The store of the directory we are in. Raises AgentrecError."""
    return SnapshotStore.of(workspace_of(os.getcwd(), os.environ), os.environ)


def _last(store: SnapshotStore, known: list[RecordedSnapshot], snapshot: Snapshot) -> Snapshot:
    """The recording's last snapshot of the same directory."""
    same_store = [one for one in known if one.record.store == store.name]
    return store.snapshot(same_store[-1].commit) if same_store else snapshot


def _taken_manually(name: str, path: str | None) -> Named:
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
    labeled = [one for one in chain if one.label == mask_text(name)]
    if len(labeled) > 1:
        ids = ", ".join(f"@{one.id}" for one in labeled)
        raise InputError(f"the label {name!r} is not unique: {ids}", "use one of these ids")
    if labeled:
        return Named(store, labeled[0], chain[-1], path)
    raise InputError(
        f"there is no snapshot {name} of {store.workspace}", "`agentrec snapshots` lists them"
    )
