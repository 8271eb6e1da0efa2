"""A branch as it will be, with all that is known before anything is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from agentrec.redact import mask_command, mask_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.agents.resume.resumption import Resumption
    from agentrec.branches.branch_point import BranchPoint, Origin
    from agentrec.branches.environment_diff import EnvironmentDiff
    from agentrec.branches.worktree_location import Location, StartingPoint
    from agentrec.ghost.handover import HandoverPoint
    from agentrec.json_values import JsonObject

# Relations of a child to its parent, in the child's header.
RELATION = "branch"
RERUN = "rerun"
RELATIONS = (RELATION, RERUN)


@dataclass(frozen=True, slots=True)
class FreshStart:
    """The same task from its start, instead of going on with the conversation.

    ``command``   the agent's recorded command line        ``without``  options of it that are left out
    ``base_ref``  a commit whose files are used, or empty  ``name``     what the run is called
    ``about``     more for ``parent`` in the child's header
    ``request``   what is needed to make it again; only for the journal, not masked
    """

    name: str
    command: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()
    base_ref: str = ""
    about: JsonObject = field(default_factory=dict)
    request: JsonObject = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class BranchRequest:
    """What the user asks for; ``agent``, ``worktree`` and ``out`` are empty for the default.

    ``message``   what to tell the agent          ``agent``  another agent, or any program
    ``worktree``  a directory that does not exist ``out``    the file of the child's recording
    ``headless``  use no terminal                 ``extra``  more arguments for the agent
    ``again``     run the same command again, whatever was said
    ``fresh``     start the task anew
    ``method``    a way to continue, if not the best one
    """

    message: str = ""
    agent: str = ""
    worktree: str = ""
    headless: bool = False
    out: str = ""
    extra: tuple[str, ...] = ()
    again: bool = False
    fresh: FreshStart | None = None
    method: str = ""


class CallReplay(NamedTuple):
    """``points`` are where the real model may take over, ``answers`` come from the recording before that.

    ``runs_again`` are the tool calls in these, in words.
    """

    points: list[HandoverPoint]
    answers: int
    runs_again: list[str]


@dataclass(frozen=True, slots=True)
class BranchPlan:
    """A branch as it will be.

    ``origin``      what it comes from
    ``start``       the repository and commit that the worktree starts at, or a plain directory
    ``location``    its id, directory and git branch
    ``project``     what the work is called, for the directory's name
    ``cwd``         where the child starts
    ``resumption``  how the agent continues: method, fidelity, argv ...
    ``environment`` what is different now from the recording
    ``warnings``    lines for the user
    ``env``         the environment of the child
    ``replay``      which calls are replayed before that, if they are; ``origin`` has the files of the start
    ``recipients``  public keys that the child's recording is encrypted to, if it is
    """

    request: BranchRequest
    origin: Origin
    start: StartingPoint
    location: Location
    project: str
    cwd: str
    resumption: Resumption
    environment: EnvironmentDiff
    warnings: list[str]
    env: Mapping[str, str] = field(repr=False)
    replay: CallReplay | None = None
    recipients: tuple[str, ...] = ()

    def close(self) -> None:
        """Close the snapshot store. Needed only for a plan that no branch is created from."""
        self.origin.store.close()

    @property
    def id(self) -> str:
        """The id of the child's recording."""
        return self.location.id

    @property
    def worktree(self) -> str:
        """The directory that is made."""
        return self.location.worktree

    @property
    def branch(self) -> str:
        """The git branch that is made, or empty."""
        return self.location.branch

    @property
    def point(self) -> BranchPoint:
        return self.origin.point

    @property
    def method(self) -> str:
        return self.resumption.method

    @property
    def fidelity(self) -> str:
        return self.resumption.fidelity

    @property
    def argv(self) -> list[str]:
        """The agent's command line; the message is in it, unmasked."""
        return self.resumption.argv

    @property
    def parent(self) -> JsonObject:
        """``parent`` of the child's header, see ``docs/format.md``; secrets in the message are masked."""
        return {
            "id": str(self.origin.header.get("id", "")),
            "relation": RERUN if self.request.fresh else RELATION,
            "file": self.origin.recording,
            "snapshot": self.point.recorded.id,
            "at_ns": self.point.t,
            "at_seq": self.point.seq,
            "message": mask_text(self.request.message),
            "method": self.method,
            "fidelity": self.fidelity,
            "worktree": self.worktree,
            "branch": self.branch or None,
            "project": self.project,
            **({"signed": self.origin.signed} if self.origin.signed else {}),
            **(self.request.fresh.about if self.request.fresh else {}),
        }

    def as_json(self) -> JsonObject:
        """The plan for other programs; secrets that can be recognized are masked."""
        recorded = self.point.recorded
        return {
            "id": self.id,
            "parent": self.parent,
            "snapshot": {"id": recorded.id, "t": recorded.t / 1e9, "label": recorded.label},
            "files": len(self.origin.contents.files),
            "bytes": self.origin.snapshot.bytes,
            "kind": self.start.kind,
            "worktree": self.worktree,
            "branch": self.branch or None,
            "commit": self.start.commit or None,
            "cwd": self.cwd,
            "method": self.method,
            "fidelity": self.fidelity,
            "message": mask_text(self.request.message),
            "headless": self.request.headless,
            "argv": mask_command(self.argv),
            "copies": self.resumption.files,
            "env": [variable._asdict() for variable in self.environment.variables],
            "missing": self.environment.missing,
            "absent": self.environment.left_out,
            "notes": list(self.resumption.notes),
            "runs_again": self.replay.runs_again if self.replay else [],
            "encrypt_to": list(self.recipients),
            "warnings": self.warnings,
        }
