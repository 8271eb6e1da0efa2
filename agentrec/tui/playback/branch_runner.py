"""Lists the branches of the recording being played, and runs new ones."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches.create import child_command, create_branch
from agentrec.branches.journal import BranchJournal
from agentrec.branches.lineage import NOT_RUN, build_trees
from agentrec.branches.plan_text import plan_lines
from agentrec.config import data_home
from agentrec.errors import OutputError
from agentrec.library.filters import Filters
from agentrec.library.index.library_db import DB_NAME, LibraryDb
from agentrec.library.listing import list_recordings
from agentrec.library.resolve import resolve
from agentrec.recording.markers import Marker
from agentrec.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.branches.branch_plan import BranchPlan
    from agentrec.branches.create import CreatedBranch
    from agentrec.branches.lineage import LineageNode
    from agentrec.library.index.library_db import RecordingRow


class BranchRun(NamedTuple):
    """A branch that was run: its id, its recording ("" if there is none), and its exit code."""

    id: str
    file: str
    code: int


def branches_of(recording_id: str, env: Mapping[str, str]) -> list[Marker]:
    """The branches of the recording with this id that this machine knows of.

    The library is not updated first, which may take a while. Raises AgentrecError.
    """
    if not recording_id:
        return []
    for tree in build_trees(_rows(env), BranchJournal(env).all()):
        for node in tree.walk():
            if node.id == recording_id:
                return [_point(child, env) for child in node.children]
    return []


def run_here(plan: BranchPlan) -> BranchRun:
    """Create the branch and run it in this terminal. Raises AgentrecError."""
    for line in plan_lines(plan):
        print(one_line(line))
    return _run(create_branch(plan), background=False)


def run_in_background(plan: BranchPlan) -> BranchRun:
    """Create the branch and run it without a terminal, until it ends. Raises AgentrecError."""
    return _run(create_branch(plan), background=True)


def _run(created: CreatedBranch, *, background: bool) -> BranchRun:
    child = child_command(created)
    quiet = subprocess.DEVNULL if background else None
    try:
        process = subprocess.Popen(
            child.argv,
            cwd=child.cwd,
            env=child.env,
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            start_new_session=background,  # it continues when the player is closed
        )
    except OSError as error:
        raise OutputError(f"cannot start the branch: {error.strerror}") from None
    code = process.wait() if background else _wait(process)
    path = resolve(created.plan.id, child.env)
    file = created.plan.request.out or (path if os.path.isfile(path) else "")
    return BranchRun(created.plan.id, file, code if code >= 0 else 128 - code)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the child; the keys that would stop this process are meant for it."""
    keys = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.signal(key, signal.SIG_IGN) for key in keys]
    try:
        return process.wait()
    finally:
        for key, handler in zip(keys, before, strict=True):
            signal.signal(key, handler)


def _rows(env: Mapping[str, str]) -> list[RecordingRow]:
    folder = data_home(env)
    if not os.path.exists(os.path.join(folder, DB_NAME)):
        return []
    library = LibraryDb(folder)
    try:
        return list_recordings(library, Filters(), unique=True)
    finally:
        library.close()


def _point(node: LineageNode, env: Mapping[str, str]) -> Marker:
    message = str(node.parent.get("message") or "")
    status = node.status
    if status == NOT_RUN and resolve(node.id, env) != node.id:
        status = ""  # it was run after the library was updated
    label = " ".join(message.split()) or node.id
    return Marker(
        node.id,
        "branch",
        0,
        node.at or 0,
        f"{label} ({status})" if status else label,
        "branch",
    )
