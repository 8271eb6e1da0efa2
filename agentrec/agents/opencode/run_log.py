"""opencode's log: which sessions the runs of one recording work on.

All runs write to one file. A line names its run, and many name a session; see
:mod:`agentrec.agents.follow.run_mark` for how a run is known.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict

from agentrec.agents.follow.tail import HISTORY_BYTES, READ_LIMIT_BYTES
from agentrec.config import open_plain

_RUN = re.compile(rb"\brun=(\w+)")
# The id of a new session, or of one that is continued.
_SESSION = re.compile(rb'\b(?:session\.)?id="?(ses_\w+)')


class RunLog:
    """The log at ``path``, as far as it is about runs that are marked with ``mark``."""

    def __init__(self, path: str, mark: str) -> None:
        self._path, self._mark = path, os.fsencode(mark)
        self._offset = max(0, _size(path) - HISTORY_BYTES)
        self._rest = b""
        self._knows_runs = False
        self._marked: set[bytes] = set()
        self._sessions: defaultdict[bytes, set[str]] = defaultdict(set)

    @property
    def knows_runs(self) -> bool:
        """Whether anybody's run has logged anything."""
        return self._knows_runs

    @property
    def knows_marked(self) -> bool:
        """Whether one of them has logged its mark."""
        return bool(self._marked)

    def has(self, session_id: str) -> bool:
        """Whether one of them works on that session."""
        return any(session_id in self._sessions[run] for run in self._marked)

    def read(self) -> bool:
        """Read what is new; return whether there was anything."""
        size = _size(self._path)
        if size < self._offset:
            self._offset, self._rest = 0, b""
        if size <= self._offset:
            return False
        try:
            with open_plain(self._path) as file:
                file.seek(self._offset)
                data = file.read(READ_LIMIT_BYTES)
        except OSError:
            return False
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
        return True

    def _take(self, line: bytes) -> None:
        run = _RUN.search(line)
        if not run:
            return
        self._knows_runs = True
        if self._mark in line:
            self._marked.add(run[1])
        if session := _SESSION.search(line):
            self._sessions[run[1]].add(session[1].decode())


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
