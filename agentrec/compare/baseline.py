"""The run to compare with that nobody has to name: the newest one of the same task that was good."""

from __future__ import annotations

import os
import shlex
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from agentrec.compare.compared_run import FAILED, ComparedRun, read_run
from agentrec.errors import AgentrecError, UsageError
from agentrec.library.filters import OK
from agentrec.library.listing import command_line, list_recordings
from agentrec.library.projects import project_of
from agentrec.recording.reader import Recording
from agentrec.redact import mask_command, mask_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.library.filters import Filters
    from agentrec.library.index.library_db import LibraryDb, RecordingRow

LAST_GREEN = "last-green"
# Recordings that are opened to look at their tests.
_MAX_READ = 100


class Task(NamedTuple):
    """What makes two runs runs of one task: the title, else the command; and the project."""

    name: str
    project: str

    @classmethod
    def of(cls, title: str, command: list[str], cwd: str) -> Task:
        """The task of a run that is about to start, or of a recording's header."""
        program, *rest = mask_command(command) or [""]
        line = shlex.join([os.path.basename(program) or program, *rest])
        return cls(mask_text(title) or line, project_of(cwd))


def last_green(
    library: LibraryDb, filters: Filters, task: Task, *, branch: str = "", besides: str = ""
) -> ComparedRun:
    """The newest run of ``task`` that exited with 0 and whose tests did not fail.

    With ``branch``, the agent has reported that git branch. ``besides`` is the id of a run that does not
    count. Raises UsageError if there is none.
    """
    rows = list_recordings(library, filters._replace(exit=OK), unique=True)
    for run in _runs(row for row in rows if row["session"] != besides and _is_of(row, task)):
        if run.tests_status != FAILED and branch in ("", run.branch):
            return run
    on = f" on {branch}" if branch else ""
    raise UsageError(
        f"no good run of {task.name!r}{on} to compare with",
        "record one first, or name a recording: --against FILE",
    )


def _runs(rows: Iterator[RecordingRow]) -> Iterator[ComparedRun]:
    for row in islice(rows, _MAX_READ):
        try:
            with Recording.open(row["path"]) as recording:
                yield read_run(recording)
        except AgentrecError:  # it was removed, or is damaged
            continue


def _is_of(row: RecordingRow, task: Task) -> bool:
    return (row["title"] or command_line(row), row["project"]) == task
