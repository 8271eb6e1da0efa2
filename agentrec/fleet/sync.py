"""What has to be pushed and pulled so that this machine and a remote have the same recordings.

Only decides: what is here and what is there go in, a plan comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.fleet.bucket.object_names import identity_of
from agentrec.fleet.local_recording import LiveError, local_recording, source_of
from agentrec.recording.reader import Recording

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from agentrec.fleet.bucket.object_names import VersionName
    from agentrec.fleet.bucket.remote_listing import RemoteRecording


class LocalState(NamedTuple):
    """A recording here. ``identity``, ``plain_identity`` (without snapshots) and ``source`` say which
    versions are of it; they are empty while it is still being recorded."""

    path: str
    id: str
    created: int
    events: int = 0
    identity: str = ""
    plain_identity: str = ""
    source: str = ""


class SyncPlan(NamedTuple):
    """``push`` are paths, ``pull`` is not here, ``update`` is newer there. The rest are ids that are left:
    still being recorded, the same in both, and removed here or there since they were in both."""

    push: list[str]
    pull: list[RemoteRecording]
    update: list[RemoteRecording]
    live: list[str]
    same: list[str]
    removed_here: list[str]
    removed_there: list[str]


def local_state(path: str, env: Mapping[str, str]) -> LocalState | None:
    """What is known of the recording at ``path``; None for an import. Raises AgentrecError, OSError."""
    with Recording.outside(path) as recording:
        if "imported" in recording.header:
            return None
        name = str(recording.header.get("id", ""))
    try:
        with local_recording(path, env) as local:
            return LocalState(
                path,
                local.name.id,
                local.name.created,
                local.name.events,
                local.name.identity,
                identity_of(local.file.sha256, {}),
                source_of(local),
            )
    except LiveError:
        return LocalState(path, name, 0)


def plan_sync(
    here: Iterable[LocalState],
    there: Mapping[str, RemoteRecording],
    seen: Collection[str],
    *,
    redact: bool = False,
) -> SyncPlan:
    """Decide for each recording. ``seen`` are ids that were in both before; with ``redact`` masked copies are
    pushed."""
    plan = SyncPlan([], [], [], [], [], [], [])
    ids = set()
    for local in here:
        ids.add(local.id)
        _decide(plan, local, there.get(local.id), local.id in seen, redact=redact)
    for name, recording in there.items():
        if name not in ids:
            if name in seen:
                plan.removed_here.append(name)
            else:
                plan.pull.append(recording)
    return plan


def _decide(
    plan: SyncPlan,
    local: LocalState,
    remote: RemoteRecording | None,
    is_seen: bool,
    *,
    redact: bool,
) -> None:
    if not local.identity:
        plan.live.append(local.id)
    elif remote is None:
        if is_seen:
            plan.removed_there.append(local.id)
        else:
            plan.push.append(local.path)
    elif not _is_there(local, remote, redact=redact):
        plan.push.append(local.path)
    elif _is_newer(remote.newest, local):
        plan.update.append(remote)
    else:
        plan.same.append(local.id)


def _is_newer(version: VersionName, local: LocalState) -> bool:
    """A masked copy never is, nor what is here, whatever its name says."""
    is_other = version.identity != local.identity and not version.source
    return is_other and version.events > local.events


def _is_there(local: LocalState, remote: RemoteRecording, *, redact: bool) -> bool:
    if not redact:
        return any(one.identity == local.identity for one in remote.versions)
    masked = [one for one in remote.versions if one.source]
    return any(local.source == one.source or local.plain_identity == one.identity for one in masked)
