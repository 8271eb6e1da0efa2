"""Branches of the recording being played: those there are, and running another one."""

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
    """A child that was run: its id, its recording ("" if there is none), and its exit code."""

    id: str
    file: str
    code: int


def branches_of(session: str, env: Mapping[str, str]) -> list[Point]:
    """What was branched off the recording with this id, as far as this machine knows.

    The library is taken as it is: bringing it up to date may take a while. Raises AgentrecError.
    """
    if not session:
        return []
    for tree in forest(_rows(env), Journal(env).all()):
        for node in tree.walk():
            if node.id == session:
                return [_point(child, env) for child in node.children]
    return []


def run_here(plan: Plan) -> BranchRun:
    """Make the branch and run its child in this terminal. Raises AgentrecError."""
    for line in describe(plan):
        print(one_line(line))
    return _run(make(plan), alone=False)


def run_alone(plan: Plan) -> BranchRun:
    """Make the branch and run its child without a terminal, until it ends. Raises AgentrecError."""
    return _run(make(plan), alone=True)


def _run(made: Made, *, alone: bool) -> BranchRun:
    child = command(made)
    quiet = subprocess.DEVNULL if alone else None
    try:
        process = subprocess.Popen(
            child.argv,
            cwd=child.cwd,
            env=child.env,
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            start_new_session=alone,  # it goes on when the player is closed
        )
    except OSError as error:
        raise OutputError(f"cannot start the branch: {error.strerror}") from None
    code = process.wait() if alone else _wait(process)
    found = resolve(made.plan.id, child.env)
    file = made.plan.wish.out or (found if os.path.isfile(found) else "")
    return BranchRun(made.plan.id, file, code if code >= 0 else 128 - code)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Until the child has ended; the keys that would stop us are its own."""
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
    at, said = node.parent.get("at_ns"), str(node.parent.get("message") or "")
    status = node.status
    if status == NOT_RUN and resolve(node.id, env) != node.id:
        status = ""  # it was run since the library was brought up to date
    label = " ".join(said.split()) or node.id
    return Point(
        node.id,
        "branch",
        0,
        at if type(at) is int and at >= 0 else 0,
        f"{label} ({status})" if status else label,
        "branch",
    )
