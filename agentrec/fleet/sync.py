"""What has to be pushed and pulled so that this machine and a remote have the same recordings.

Only decides: what is here and what is there go in, a plan comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.fleet.local_recording import LiveError, local_recording
from agentrec.fleet.on_the_way import OnTheWay
from agentrec.recording.reader import Recording

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from agentrec.fleet.bucket.remote_listing import RemoteRecording
    from agentrec.fleet.on_the_way import CopyState


class LocalState(NamedTuple):
    """A recording here. ``copy`` says which versions are of it; None while it is still being recorded."""

    path: str
    id: str
    created: int
    events: int = 0
    copy: CopyState | None = None
    encrypted: bool = False


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


def local_state(
    path: str,
    env: Mapping[str, str],
    way: OnTheWay = OnTheWay(),  # noqa: B008 - it cannot be changed
) -> LocalState | None:
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
                way.state(local),
                local.encrypted,
            )
    except LiveError:
        return LocalState(path, name, 0)


def plan_sync(
    here: Iterable[LocalState],
    there: Mapping[str, RemoteRecording],
    seen: Collection[str],
    way: OnTheWay = OnTheWay(),  # noqa: B008 - it cannot be changed
) -> SyncPlan:
    """Decide for each recording. ``seen`` are ids that were in both before."""
    plan = SyncPlan([], [], [], [], [], [], [])
    ids = set()
    for local in here:
        ids.add(local.id)
        _decide(plan, local, there.get(local.id), way, is_seen=local.id in seen)
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
    way: OnTheWay,
    *,
    is_seen: bool,
) -> None:
    state = local.copy
    if state is None:
        plan.live.append(local.id)
    elif remote is None:
        if is_seen:
            plan.removed_there.append(local.id)
        else:
            plan.push.append(local.path)
    elif not any(way.is_copy(one, state) for one in remote.versions):
        plan.push.append(local.path)
    elif newer := _newer(remote, local, state):
        plan.update.append(newer)
    else:
        plan.same.append(local.id)


def _newer(remote: RemoteRecording, local: LocalState, state: CopyState) -> RemoteRecording | None:
    """The versions that may take the place of what is here, if the newest of them is newer.

    A masked copy never does, nor an encrypted one that of a recording which everybody here can read.
    """
    fit = [
        one for one in remote.versions if not one.is_masked and (local.encrypted or not one.seal)
    ]
    if not fit or fit[0].identity == state.identity or fit[0].events <= local.events:
        return None
    return remote._replace(versions=fit)
