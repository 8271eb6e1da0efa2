"""What is in a remote: the versions of each recording, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError, InputError
from agentrec.fleet.bounded_work import in_parallel
from agentrec.fleet.bucket.object_names import ROOT, VersionName, folder, parse_version
from agentrec.fleet.bucket.stored_version import (
    MAX_VERSION_BYTES,
    StoredVersion,
    parse_version_json,
)
from agentrec.times import format_rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from agentrec.fleet.bucket.remote import Remote, RemoteObject

_MAX_SUGGESTIONS = 3
_READS_AT_ONCE = 16


class RemoteRecording(NamedTuple):
    """A recording in a remote: its versions, the newest first. One with more events is newer, or else the
    one that was written later."""

    id: str
    versions: list[VersionName]

    @property
    def newest(self) -> VersionName:
        return self.versions[0]


def remote_recordings(remote: Remote) -> dict[str, RemoteRecording]:
    """Everything in a remote, by id. Raises RemoteError."""
    return _grouped(remote.list(ROOT))


def find_remote(remote: Remote, name: str) -> RemoteRecording:
    """The recording called ``name``: an id, or its beginning or end. Raises RemoteError, InputError."""
    try:
        exact = _grouped(remote.list(folder(name)))
    except InputError as error:
        raise InputError(f"invalid id {name!r}") from error
    if name in exact:
        return exact[name]
    known = remote_recordings(remote)
    matches = [one for one in known if one.startswith(name) or one.endswith(f"-{name}")]
    if len(matches) > 1:
        some = ", ".join(sorted(matches, reverse=True)[:_MAX_SUGGESTIONS])
        raise InputError(f"{name} matches {len(matches)} recordings in {remote.url}: {some}")
    if not matches:
        raise InputError(f"{remote.url} has no recording {name}")
    return known[matches[0]]


def read_version(remote: Remote, name: VersionName) -> StoredVersion:
    """Read what a version consists of. Raises RemoteError, FormatError."""
    return parse_version_json(remote.read(name.key, MAX_VERSION_BYTES), name)


def read_newest(
    remote: Remote, recordings: Sequence[RemoteRecording]
) -> Iterator[tuple[RemoteRecording, StoredVersion | AgentrecError]]:
    """Each recording with its newest version, or why that cannot be read."""
    return in_parallel(recordings, lambda one: read_version(remote, one.newest), _READS_AT_ONCE)


def version_data(
    recording: RemoteRecording, version: StoredVersion | AgentrecError, here: str
) -> dict[str, object]:
    """A row of the list as a JSON object; ``here`` is the path of the recording on this machine, or empty."""
    newest = recording.newest
    about: Mapping[str, object] = {}
    if isinstance(version, StoredVersion):
        about = version.about
    return {
        "id": recording.id,
        "created": format_rfc3339(newest.created),
        "events": newest.events,
        "versions": len(recording.versions),
        "key": newest.key,
        "size": version.size if isinstance(version, StoredVersion) else None,
        "snapshots": bool(version.snapshots) if isinstance(version, StoredVersion) else None,
        **about,
        "file": here or None,
        "fault": str(version) if isinstance(version, AgentrecError) else "",
    }


def _grouped(objects: Iterable[RemoteObject]) -> dict[str, RemoteRecording]:
    found: dict[str, list[tuple[int, float, VersionName]]] = {}
    for one in objects:
        if version := parse_version(one.key):
            ranked = (version.events, one.modified, version)
            found.setdefault(version.id, []).append(ranked)
    return {
        name: RemoteRecording(name, [version for *_, version in sorted(ranked, reverse=True)])
        for name, ranked in found.items()
    }
