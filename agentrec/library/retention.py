"""Which recordings are not let go: those that are pinned, and those of other projects.

What goes by number, age and size, and that nothing goes which is being made or which something kept
comes from, is decided in :mod:`agentrec.snapshots.pruning`: recordings go with their snapshots.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.atomic import write_atomic
from agentrec.config import data_home
from agentrec.errors import AgentrecError, OutputError
from agentrec.library.locations import recordings_folder
from agentrec.library.projects import project_of
from agentrec.recording.reader import Recording
from agentrec.snapshots.pruning import PruneCandidate, prune_candidates

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

PINNED = "pinned"


def everything(env: Mapping[str, str], project: str = "") -> list[PruneCandidate]:
    """All that is kept, the newest first; ``fixed`` says of each why it stays, if it does.

    ``project`` is a project's folder or its name: whatever is not of it stays. Raises AgentrecError.
    """
    pins = Pins(data_home(env)).read()
    return [_judged(item, pins, project) for item in prune_candidates(env, recordings_folder(env))]


def _judged(item: PruneCandidate, pins: Container[str], project: str) -> PruneCandidate:
    if item.fixed:
        return item
    if item.id in pins:
        return item._replace(fixed=PINNED)
    if project and not _belongs(item, project):
        return item._replace(fixed=f"not of {project}")
    return item


def _belongs(item: PruneCandidate, project: str) -> bool:
    try:
        with Recording.open(item.file) as recording:
            its = project_of(str(recording.header.get("cwd", "")))
    except AgentrecError:  # snapshots alone, or gone by now
        return False
    return its == os.path.abspath(project) or its.endswith(f"/{project.strip('/')}")


class Pins:
    """The recordings that stay whatever is said, by id, in a file with one a line in ``folder``.

    A recording keeps its id wherever it is moved.
    """

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, "pins")

    def read(self) -> set[str]:
        """Their ids. Raises OutputError: what cannot be read must not be taken for none."""
        try:
            with open(self.path, encoding="utf-8", errors="surrogateescape") as file:
                return {line.rstrip("\n") for line in file} - {""}
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise OutputError(f"cannot read {self.path}: {error.strerror}") from None

    def change(self, name: str, *, pinned: bool) -> bool:
        """Pin or unpin; whether that changed anything. Raises OutputError."""
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
