"""What the fork does that looks at a directory before a command starts, see ``look_process``.

It looks, reports that it has looked, and waits. Then, on one-byte requests: READY (the recorder waits for the
look; no reply), CHANGED (whether a file has changed since), and TAKE, with a line that names the
recording: it becomes the process that takes snapshots. It ends at the end of input.

Loaded before the command starts: imports are light here.
"""

from __future__ import annotations

import gc
import marshal
import os
import select
import sys
import time

from agentrec.snapshots.first_look.early_reads import EarlyReads
from agentrec.snapshots.first_look.git_index import read_index
from agentrec.snapshots.first_look.skipped_folders import default_skipped
from agentrec.snapshots.first_look.stat_walk import StatWalk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from agentrec.snapshots.first_look.stat_walk import Key

READY, CHANGED, TAKE = b"r", b"?", b"!"
LOOKED_ALL, LOOKED_UNREAD = b"1", b"2"
YES, NO = b"y", b"n"
VERSION = 1


def run(root: str, cwd: str, env: Mapping[str, str], result_fd: int) -> NoReturn:
    """Look at ``root`` and serve requests. ``result_fd``: an empty file for the result of the look.

    Standard input has the requests, standard output gets the replies.
    """
    gc.disable()  # nothing here is garbage
    look = _Look(root, env)
    look.reads.read(lambda: bool(select.select([0], [], [], 0)[0]))
    os.write(1, LOOKED_UNREAD if look.reads.unread else LOOKED_ALL)
    while request := os.read(0, 1):
        if request == CHANGED:
            os.write(1, YES if look.has_changed() else NO)
        elif request == TAKE:
            recording = _line()
            look.save(result_fd)
            _become_worker(cwd, recording, env, result_fd)
    os._exit(0)


class _Look:
    """One look at ``root``."""

    def __init__(self, root: str, env: Mapping[str, str]) -> None:
        self._root, self._env = root, env
        self.began = time.time_ns()
        self._index = read_index(root)
        self._walk = self._again()
        self.ended = time.time_ns()
        self.reads = EarlyReads(root, self._walk)

    def _again(self) -> StatWalk:
        return StatWalk(self._root, default_skipped(self._root, self._env), self._index)

    def has_changed(self) -> bool:
        """Whether a file was added, changed or removed since; recordings do not count."""
        return _files(self._walk) != _files(self._again())

    def save(self, fd: int) -> None:
        """Write the result to ``fd``; see :mod:`agentrec.snapshots.first_look.start_state`."""
        for held in self.reads.held.values():
            os.set_inheritable(held, True)
        walk, index = self._walk, self._index
        result = {
            "version": VERSION,
            "root": self._root,
            "began": self.began,
            "ended": self.ended,
            "complete": walk.complete,
            "folders": {path: (one.files, one.folders) for path, one in walk.folders.items()},
            "contents": self.reads.contents,
            "held": self.reads.held,
            "git_dir": index.git_dir,
            "head": index.head,
            "index": index.data,
            "index_time": index.time,
        }
        data = memoryview(marshal.dumps(result))
        while data:
            data = data[os.write(fd, data) :]


def _files(walk: StatWalk) -> dict[str, Key]:
    return {
        path + name: key
        for path, folder in walk.folders.items()
        for name, key in folder.files.items()
        if not name.endswith(".ahr") and not folder.skipped.has_file(name)
    }


def _line() -> str:
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return os.fsdecode(line[:-1])


def _become_worker(cwd: str, recording: str, env: Mapping[str, str], result_fd: int) -> NoReturn:
    import signal

    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)  # until the worker does the same
    os.set_inheritable(result_fd, True)
    module = "agentrec.snapshots.worker"
    argv = [sys.executable, "-P", "-m", module, cwd, recording, str(result_fd)]
    os.execve(sys.executable, argv, env)  # noqa: S606  # our own interpreter
