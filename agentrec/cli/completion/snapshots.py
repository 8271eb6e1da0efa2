"""Snapshots, marks and files in snapshots as values of arguments."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from agentrec.cli.common import found
from agentrec.cli.completion.candidate import Candidate, Candidates
from agentrec.cli.completion.recordings import recordings
from agentrec.errors import AgentrecError
from agentrec.times import format_clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agentrec.cli.completion.candidate import CompletionRequest
    from agentrec.recording.markers import Marker
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.lookup import RecordedSnapshot


def snapshots(request: CompletionRequest) -> Candidates:
    """``FILE@SNAP``: first the recording, then the snapshot."""
    if "@" in request.word:
        return _after_at(request.word)
    own = recordings(request)
    going_on = [Candidate(f"{one.value}@", one.about) for one in own.found]
    return own._replace(found=going_on, unfinished=True)


def maybe_snapshots(request: CompletionRequest) -> Candidates:
    """``FILE[@SNAP]``."""
    return _after_at(request.word) if "@" in request.word else recordings(request)


def directories_or_snapshots(request: CompletionRequest) -> Candidates:
    """A directory, or ``FILE[@SNAP]``."""
    return maybe_snapshots(request)._replace(more="folders")


def snapshot_files(request: CompletionRequest) -> Candidates:
    """``FILE@SNAP[:PATH]``."""
    name, colon, path = request.word.partition(":")
    if not colon or "@" not in name:
        return snapshots(request)
    paths = [f"{name}:{one}" for one in _paths(name, path)]
    begun = [one for one in paths if one.startswith(request.word)]
    return Candidates(
        [Candidate(one) for one in paths], unfinished=any(one.endswith("/") for one in begun)
    )


def other_snapshot(request: CompletionRequest) -> Candidates:
    """The second one of `diff`: of the same recording if it has no ``FILE@``."""
    if "@" in request.word:
        return _after_at(request.word)
    return Candidates(_names(request.given["old"].rpartition("@")[0]))


def points(request: CompletionRequest) -> Candidates:
    """Marks and snapshots of the FILE before."""
    from agentrec.recording.markers import list_markers

    if "file" not in request.given:
        return Candidates()
    with _open(request.given["file"]) as recording:
        return Candidates(_ends([_described(one) for one in list_markers(recording)]))


def _open(name: str) -> Recording:
    from agentrec.recording.reader import Recording

    return Recording.open(found(os.path.expanduser(name)))


def _after_at(word: str) -> Candidates:
    file = word.rpartition("@")[0]
    return Candidates([Candidate(f"{file}@{name}", about) for name, about in _names(file)])


def _names(file: str) -> list[Candidate]:
    """Snapshots of a recording, or without one those taken in this directory by hand."""
    if file:
        return _ends([_described(one) for one in _recorded(file)])
    from agentrec.cli.snapshots.snapshot_names import here
    from agentrec.snapshots.gitstore.snapshot_store import MANUAL

    return _ends([Candidate(one.id, one.label) for one in here().chain(MANUAL)])


def _described(point: Marker | RecordedSnapshot) -> Candidate:
    return Candidate(point.id, f"{format_clock(point.t)}  {point.label}")


def _ends(known: Sequence[Candidate]) -> list[Candidate]:
    """The last one first, as with recordings."""
    return [Candidate("last"), Candidate("first"), *reversed(known)] if known else []


def _recorded(file: str) -> list[RecordedSnapshot]:
    """A recording's snapshots whose files are on this machine."""
    from agentrec.snapshots.lookup import recorded_snapshots

    with _open(file) as recording:
        known = recorded_snapshots(recording)
    there = {name for name in {one.record.store for one in known} if _has_store(name)}
    return [one for one in known if one.record.store in there]


def _has_store(name: str) -> bool:
    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore

    try:
        SnapshotStore.named(name, os.environ).close()
    except AgentrecError:
        return False
    return True


def _paths(name: str, start: str) -> list[str]:
    """Files in the folder of ``start`` in the snapshot ``name``, and its folders, to go on with."""
    from agentrec.cli.snapshots.snapshot_names import named

    snapshot = named(name)
    folder = posixpath.dirname(start)
    inner = f"{folder}/" if folder else ""
    files = snapshot.store.contents(snapshot.snapshot).files
    return sorted({inner + _first(path[len(inner) :]) for path in files if path.startswith(inner)})


def _first(path: str) -> str:
    """``a/`` of ``a/b``, ``a`` of ``a``."""
    name, slash, _ = path.partition("/")
    return name + slash
