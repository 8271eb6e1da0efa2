"""The newest good run of a task in a remote, pulled to be compared with."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

from agentrec.cli.common import warn
from agentrec.cli.fleet.pull import pull_all
from agentrec.compare.baseline import Task
from agentrec.compare.compared_run import FAILED, read_run
from agentrec.errors import AgentrecError
from agentrec.fleet.bucket.remote_listing import read_newest, remote_recordings
from agentrec.json_values import text, words
from agentrec.recording.reader import Recording
from agentrec.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.compare.compared_run import ComparedRun
    from agentrec.fleet.bucket.remote import Remote
    from agentrec.fleet.bucket.remote_listing import RemoteRecording
    from agentrec.json_values import JsonObject

# Recordings whose task is looked at, and those that are pulled to see how they ended.
_MAX_LOOKED_AT = 500
_MAX_PULLED = 10
_READ_AT_ONCE = 50


def last_green_in(
    remote: Remote, task: Task, *, branch: str = "", besides: str = "", after: int = 0
) -> ComparedRun | None:
    """The newest run of ``task`` in ``remote`` that exited with 0 and whose tests did not fail.

    Only those that began after a time (ns); see :func:`agentrec.compare.baseline.last_green` for the rest.
    Raises RemoteError.
    """
    every = [one for one in remote_recordings(remote).values() if one.id != besides]
    every.sort(key=lambda one: one.newest.created, reverse=True)
    fresh = [one for one in every if one.newest.created > after][:_MAX_LOOKED_AT]
    for recording in islice(_of_task(remote, fresh, task), _MAX_PULLED):
        run = _pulled(remote, recording)
        if run and _is_good(run) and branch in ("", run.branch):
            return run
    return None


def _is_good(run: ComparedRun) -> bool:
    return run.succeeded and run.tests_status != FAILED


def _of_task(
    remote: Remote, recordings: list[RemoteRecording], task: Task
) -> Iterator[RemoteRecording]:
    for start in range(0, len(recordings), _READ_AT_ONCE):
        for recording, version in read_newest(remote, recordings[start : start + _READ_AT_ONCE]):
            if not isinstance(version, AgentrecError) and _is_of(version.about, task):
                yield recording


def _is_of(about: JsonObject, task: Task) -> bool:
    """Whether a run was one of the task. Other machines may keep the project elsewhere, under its name."""
    cwd = text(about.get("cwd"))
    run = Task.of(text(about.get("title")), words(about.get("command")), cwd)
    folders = (run.project, cwd)
    same = task.project in folders or os.path.basename(task.project) in map(
        os.path.basename, folders
    )
    return run.name == task.name and same


def _pulled(remote: Remote, recording: RemoteRecording) -> ComparedRun | None:
    (row,) = pull_all([recording], remote, overwrite=False, quiet=True)
    try:
        if path := text(row.get("file")):
            with Recording.open(path) as opened:
                return read_run(opened)
    except AgentrecError as error:
        warn(printable(f"{recording.id}: {error}"))
    return None
