"""Recordings that prune must keep: pinned ones, and those of other projects.

Number, age and size, recordings in progress and parents of kept ones are considered in
:mod:`agentrec.snapshots.pruning`, because snapshots are removed together with their recordings.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.atomic import write_atomic
from agentrec.config import data_home
from agentrec.errors import AgentrecError, OutputError
from agentrec.library.locations import recordings_folder
from agentrec.library.projects import project_of
from agentrec.library.resolve import known_recordings
from agentrec.recording.format.header import is_cut, origin_ids
from agentrec.recording.reader import Recording
from agentrec.snapshots.pruning import PruneCandidate, prune_candidates

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

PINNED = "pinned"


def prune_items(env: Mapping[str, str], project: str = "") -> list[PruneCandidate]:
    """Everything that could be pruned, newest first; ``fixed`` says why an item must stay.

    With ``project``, the path or name of a project's folder, items of other projects must stay. Raises
    AgentrecError.
    """
    pins, cut = Pins(data_home(env)).read(), cut_origins(env)
    return [
        _with_cuts(_with_pins(item, pins, project), cut)
        for item in prune_candidates(env, recordings_folder(env))
    ]


def cut_origins(env: Mapping[str, str]) -> set[str]:
    """The ids of recordings that others were cut from, whose snapshots are theirs. Raises AgentrecError."""
    origins: set[str] = set()
    for path in known_recordings(env):
        try:
            with Recording.outside(path) as recording:
                if is_cut(recording.header):
                    origins.update(origin_ids(recording.header)[1:])
        except AgentrecError:
            continue
    return origins


def _with_cuts(item: PruneCandidate, cut: Container[str]) -> PruneCandidate:
    return item._replace(fixed=item.fixed or ("has a cut" if item.id in cut else ""))


def _with_pins(item: PruneCandidate, pins: Container[str], project: str) -> PruneCandidate:
    if item.fixed:
        return item
    if item.id in pins:
        return item._replace(fixed=PINNED)
    if project and not _belongs(item, project):
        return item._replace(fixed=f"not in project {project}")
    return item


def _belongs(item: PruneCandidate, project: str) -> bool:
    try:
        with Recording.outside(item.file) as recording:
            own = project_of(str(recording.header.get("cwd", "")))
    except AgentrecError:  # snapshots without a recording, or deleted meanwhile
        return False
    return own == os.path.abspath(project) or own.endswith(f"/{project.strip('/')}")


class Pins:
    """The ids of pinned recordings, in a file in ``folder`` with one id per line.

    A recording keeps its id when it is moved.
    """

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, "pins")

    def read(self) -> set[str]:
        """Return the pinned ids. Raises OutputError: an unreadable file must not count as an empty one."""
        try:
            with open(self.path, encoding="utf-8", errors="surrogateescape") as file:
                return {line.rstrip("\n") for line in file} - {""}
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise OutputError(f"cannot read {self.path}: {error.strerror}") from None

    def change(self, name: str, *, pinned: bool) -> bool:
        """Pin or unpin; return whether that changed anything. Raises OutputError."""
        names = self.read()
        if (name in names) == pinned:
            return False
        names = names | {name} if pinned else names - {name}
        text = "".join(f"{name}\n" for name in sorted(names))
        try:
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            write_atomic(self.path, text.encode(errors="surrogateescape"))
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}") from None
        return True
