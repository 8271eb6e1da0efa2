"""Runs that belong together: those of one group, from the journal and the library, and how far each is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches.branch_plan import RERUN
from agentrec.branches.journal import BranchJournal, parent_of
from agentrec.branches.lineage import NOT_RUN, lineage_trees
from agentrec.errors import UsageError
from agentrec.json_values import JsonObject, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agentrec.branches.lineage import LineageNode

# Keys of journal entries: the runner has started it, and has seen it end.
STARTED, ENDED = "started", "ended"
LIVE, TORN = "live", "torn"  # states of a recording
INTERRUPTED = "interrupted"


class GroupMember(NamedTuple):
    """One run of a group. ``entry`` is its journal entry, empty if its directory was removed.

    ``state`` is ``not run``, ``live``, ``interrupted``, or how it ended: ok, exit 1, signal 9.
    ``parent`` is that of its header, ``original`` the file of the run that it repeats.
    """

    id: str
    name: str
    state: str
    file: str
    worktree: str
    created: int
    parent: JsonObject
    entry: JsonObject
    original: str

    @property
    def is_open(self) -> bool:
        """Whether it is still to be run."""
        return self.state in (NOT_RUN, INTERRUPTED)

    def as_data(self) -> JsonObject:
        """As a JSON object."""
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "file": self.file or None,
            "worktree": self.worktree or None,
            "variation": self.parent.get("variation"),
            "original": self.original or None,
        }


def reruns(
    env: Mapping[str, str], progress: Callable[[int, int, int], object] | None = None
) -> list[GroupMember]:
    """Every rerun that this machine knows, the oldest first. Raises AgentrecError."""
    entries = {str(entry["id"]): entry for entry in BranchJournal(env).all()}
    found = [
        _member(node, above, entries.get(node.id, {}))
        for tree in lineage_trees(env, progress=progress)
        for above, node in _edges(tree)
        if node.parent.get("relation") == RERUN
    ]
    return sorted(found, key=lambda member: member.created)


def group_members(
    name: str, env: Mapping[str, str], progress: Callable[[int, int, int], object] | None = None
) -> list[GroupMember]:
    """The runs of a group, in order of their names; of several with one name, the newest.

    Raises UsageError if there is none.
    """
    everything = reruns(env, progress)
    latest = {it.name: it for it in everything if it.parent.get("group") == name}
    if not latest:
        groups = sorted({text(it.parent.get("group")) for it in everything} - {""})
        known = f"known groups: {', '.join(groups)}" if groups else "`agentrec rerun` makes one"
        raise UsageError(f"no group is named {name}", known)
    return sorted(latest.values(), key=lambda it: _number(it.name))


def journal_of_group(name: str, env: Mapping[str, str]) -> list[JsonObject]:
    """The journal entries of a group: the directories that were made for it here. Raises UsageError."""
    entries = [it for it in BranchJournal(env).all() if parent_of(it).get("group") == name]
    if not entries:
        raise UsageError(
            f"no directory on this machine belongs to the group {name}",
            "`agentrec branches` lists them",
        )
    return entries


def _number(name: str) -> tuple[str, int]:
    stem, _, number = name.rpartition("-")
    return (stem, int(number)) if number.isdecimal() else (name, 0)


def _edges(tree: LineageNode) -> Iterator[tuple[LineageNode, LineageNode]]:
    for node in tree.walk():
        yield from ((node, child) for child in node.children)


def _member(node: LineageNode, above: LineageNode, entry: JsonObject) -> GroupMember:
    original = above.file or text(node.parent.get("file"))
    return GroupMember(
        node.id,
        text(node.parent.get("name")) or node.id,
        _state(node.status, entry),
        node.file,
        node.worktree,
        node.created,
        node.parent,
        entry,
        original if os.path.isfile(original) else "",
    )


def _state(status: str, entry: JsonObject) -> str:
    """A run that was stopped by its runner, or lost it, is not done, however its program ended."""
    if status in (NOT_RUN, LIVE):
        return status
    if status == TORN or (entry.get(STARTED) and ENDED not in entry):
        return INTERRUPTED
    return status
