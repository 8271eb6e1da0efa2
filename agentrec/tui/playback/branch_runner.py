"""Lists the branches of the recording being played, and runs new ones."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from agentrec.branches.create import command, make
from agentrec.branches.describe import describe
from agentrec.branches.journal import Journal
from agentrec.branches.lineage import NOT_RUN, forest
from agentrec.config import data_home
from agentrec.errors import OutputError
from agentrec.library.filters import Filters
from agentrec.library.index.store import FILE, Store
from agentrec.library.listing import recordings
from agentrec.library.resolve import resolve
from agentrec.recording.markers import Point
from agentrec.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.branches.create import Made
    from agentrec.branches.lineage import Node
    from agentrec.branches.plan import Plan


class BranchRun(NamedTuple):
    """A branch that was run: its id, its recording ("" if there is none), and its exit code."""

    id: str
    file: str
    code: int


def branches_of(recording_id: str, env: Mapping[str, str]) -> list[Point]:
    """The branches of the recording with this id that this machine knows of.

    The library is not updated first, which may take a while. Raises AgentrecError.
    """
    if not recording_id:
        return []
    for tree in forest(_rows(env), Journal(env).all()):
        for node in tree.walk():
            if node.id == recording_id:
                return [_point(child, env) for child in node.children]
    return []


def run_here(plan: Plan) -> BranchRun:
    """Create the branch and run it in this terminal. Raises AgentrecError."""
    for line in describe(plan):
        print(one_line(line))
    return _run(make(plan), background=False)


def run_in_background(plan: Plan) -> BranchRun:
    """Create the branch and run it without a terminal, until it ends. Raises AgentrecError."""
    return _run(make(plan), background=True)


def _run(made: Made, *, background: bool) -> BranchRun:
    child = command(made)
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
    path = resolve(made.plan.id, child.env)
    file = made.plan.wish.out or (path if os.path.isfile(path) else "")
    return BranchRun(made.plan.id, file, code if code >= 0 else 128 - code)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the child; the keys that would stop this process are meant for it."""
    keys = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.signal(key, signal.SIG_IGN) for key in keys]
    try:
        return process.wait()
    finally:
        for key, handler in zip(keys, before, strict=True):
            signal.signal(key, handler)


def _rows(env: Mapping[str, str]) -> list[dict[str, object]]:
    folder = data_home(env)
    if not os.path.exists(os.path.join(folder, FILE)):
        return []
    library = Store(folder)
    try:
        return recordings(library, Filters(), once=True)
    finally:
        library.close()


def _point(node: Node, env: Mapping[str, str]) -> Point:
    at, message = node.parent.get("at_ns"), str(node.parent.get("message") or "")
    status = node.status
    if status == NOT_RUN and resolve(node.id, env) != node.id:
        status = ""  # it was run after the library was updated
    label = " ".join(message.split()) or node.id
    return Point(
        node.id,
        "branch",
        0,
        at if type(at) is int and at >= 0 else 0,
        f"{label} ({status})" if status else label,
        "branch",
    )
