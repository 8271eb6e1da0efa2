"""Two ways to keep a process tree current: events of the kernel, and scans of /proc (Linux)."""

from __future__ import annotations

import select
import time

from agentrec.companions.processes import netlink, procfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.companions.end_event import EndEvent
    from agentrec.companions.processes.netlink import ProcEvents
    from agentrec.companions.processes.process_tree import ProcessTree

EVENTS_PER_READ = 1000


def read_events(
    tree: ProcessTree, events: ProcEvents, wait_seconds: float, end: EndEvent | None = None
) -> bool:
    """Take the kernel's events, and wait for them so long, or until the ``end``; true when one concerned
    the tree."""
    poll = select.poll()
    poll.register(events.fileno(), select.POLLIN)
    if end:
        poll.register(end.fileno(), select.POLLIN)
    if not poll.poll(wait_seconds * 1000):
        return False
    before = tree.changes
    try:
        for what, pid, parent, status in events.read(EVENTS_PER_READ):
            _apply(tree, what, pid, parent, status)
    except netlink.EventsLostError:
        scan(tree)
    return tree.changes > before


def _apply(tree: ProcessTree, what: int, pid: int, parent: int, status: int) -> None:
    if what == netlink.FORK:
        tree.forked(parent, pid, time.monotonic())
    elif pid not in tree:
        return
    elif what == netlink.EXEC:
        tree.executed(pid, procfs.command_line(pid), procfs.directory(pid))
    else:
        tree.exited(pid, time.monotonic(), status)


def scan(tree: ProcessTree) -> bool:
    """Compare the tree with /proc; true when something has changed."""
    before, now = tree.changes, time.monotonic()
    for pid in tree.pids:
        runs, status = procfs.state(pid)
        if not runs:
            tree.exited(pid, now, status)
    to_visit = [tree.root, *tree.pids]
    while to_visit:
        parent = to_visit.pop()
        for pid in procfs.children(parent):
            if pid not in tree:
                tree.forked(parent, pid, now)
                to_visit.append(pid)
    for pid in tree.pids:
        if tree.may_exec(pid, now):
            _find_program(tree, pid)
    return tree.changes > before


def _find_program(tree: ProcessTree, pid: int) -> None:
    """Learn what a process runs; one with its parent's command line is a fork of it."""
    argv = procfs.command_line(pid)
    parent = tree.parent(pid)
    if argv and argv != (tree.argv(parent) or procfs.command_line(parent)):
        tree.executed(pid, argv, procfs.directory(pid))
