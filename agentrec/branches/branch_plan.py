"""A branch as it will be, with all that is known before anything is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agentrec.redact import mask_command, mask_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.agents.resume.resume import Resumption
    from agentrec.branches.branch_point import BranchPoint
    from agentrec.branches.environment_diff import ChangedVariable
    from agentrec.branches.worktree_location import StartingPoint
    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.manifest import Contents
    from agentrec.snapshots.model import Snapshot

RELATION = "branch"  # of a child to its parent, in the child's header


@dataclass(frozen=True, slots=True)
class BranchRequest:
    """What was asked for. ``worktree``, ``out`` and ``agent`` are empty where nothing was said."""

    message: str = ""
    agent: str = ""
    worktree: str = ""
    headless: bool = False
    out: str = ""
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BranchPlan:
    """A branch as it will be.

    ``id``          of the child recording
    ``recording``   the parent's file, ``header`` its header
    ``point``       where it begins: ``point.kept`` the snapshot, ``point.t`` the time asked for, ns
    ``base``        ``kind`` (git or plain), the repository and the commit the new branch starts from
    ``project``     what the workspace is called, for the directory's name
    ``worktree``    the directory that is made, ``branch`` the git branch, or empty
    ``cwd``         where the child starts
    ``going_on``    how the agent goes on: method, fidelity, argv ...
    ``differing``   variables of the environment that are others now
    ``missing``     programs that ran then and are not found now
    ``absent``      what the snapshot left out on purpose and will not be there
    ``warnings``    lines for the user
    """

    wish: BranchRequest
    id: str
    recording: str
    header: Mapping[str, Any]
    point: BranchPoint
    snapshot: Snapshot
    base: StartingPoint
    project: str
    worktree: str
    branch: str
    cwd: str
    going_on: Resumption
    differing: list[ChangedVariable]
    missing: list[str]
    absent: list[str]
    warnings: list[str]
    store: SnapshotStore = field(repr=False)
    contents: Contents = field(repr=False)
    env: Mapping[str, str] = field(repr=False)

    @property
    def method(self) -> str:
        return self.going_on.method

    @property
    def fidelity(self) -> str:
        return self.going_on.fidelity

    @property
    def argv(self) -> list[str]:
        """The agent's command line; the message is in it, unmasked."""
        return self.going_on.argv

    @property
    def parent(self) -> dict[str, Any]:
        """``parent`` of the child's header, see ``docs/format.md``; secrets in the message are masked."""
        return {
            "id": str(self.header.get("id", "")),
            "relation": RELATION,
            "file": self.recording,
            "snapshot": self.point.kept.id,
            "at_ns": self.point.t,
            "at_seq": self.point.seq,
            "message": mask_text(self.wish.message),
            "method": self.method,
            "fidelity": self.fidelity,
            "worktree": self.worktree,
            "branch": self.branch or None,
            "project": self.project,
        }

    def as_json(self) -> dict[str, Any]:
        """For programs; no secrets that masks know, no objects of ours."""
        kept = self.point.kept
        return {
            "id": self.id,
            "parent": self.parent,
            "snapshot": {"id": kept.id, "t": kept.t / 1e9, "label": kept.label},
            "files": len(self.contents.files),
            "bytes": self.snapshot.bytes,
            "kind": self.base.kind,
            "worktree": self.worktree,
            "branch": self.branch or None,
            "commit": self.base.commit or None,
            "cwd": self.cwd,
            "method": self.method,
            "fidelity": self.fidelity,
            "message": mask_text(self.wish.message),
            "headless": self.wish.headless,
            "argv": mask_command(self.argv),
            "copies": self.going_on.files,
            "env": [one._asdict() for one in self.differing],
            "missing": self.missing,
            "absent": self.absent,
            "notes": list(self.going_on.notes),
            "warnings": self.warnings,
        }
