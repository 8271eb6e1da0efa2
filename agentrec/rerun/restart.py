"""What is left of a group: runs that were not started, and those that were interrupted, made again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.branches.journal import read_entry
from agentrec.branches.lineage import NOT_RUN
from agentrec.branches.remove import plan_removal, remove_branch
from agentrec.errors import AgentrecError, UsageError
from agentrec.json_values import table, text
from agentrec.recording.reader import Recording
from agentrec.rerun.recorded_task import read_task
from agentrec.rerun.rerun_plan import create_named
from agentrec.rerun.variation import variation_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.json_values import JsonObject
    from agentrec.rerun.groups import GroupMember


def open_entries(members: list[GroupMember], env: Mapping[str, str]) -> Iterator[JsonObject]:
    """The journal entries to run, ready to start. Raises AgentrecError.

    An interrupted run starts anew: its directory is removed and made again, its recording stays.
    """
    for member in members:
        if not member.is_open:
            continue
        if member.state == NOT_RUN and os.path.isdir(member.worktree):
            yield member.entry
        else:
            yield _made_again(member, env)


def _made_again(member: GroupMember, env: Mapping[str, str]) -> JsonObject:
    if not member.entry or not member.original:
        missing = "the recording it repeats" if member.entry else "its directory"
        raise UsageError(
            f"cannot run {member.name} again: {missing} is gone", "start it with `agentrec rerun`"
        )
    removal = plan_removal(member.entry, env)
    if removal.loses:
        raise UsageError(
            f"cannot run {member.name} again: work would be lost: {removal.loses}",
            f"agentrec branches --remove {member.id} --force",
        )
    for trouble in remove_branch(removal, env):
        raise AgentrecError(trouble)
    with Recording.open(member.original) as recording:
        task = read_task(recording)
    variation = variation_of(table(member.entry.get("rerun")))
    created = create_named(text(member.parent.get("group")), member.name, task, variation, env)
    return read_entry(created.entry_file) or {}
