"""opencode's log: which sessions the runs of one recording work on.

All runs write to one file. A line names its run, and many name a session; see
:mod:`agentrec.agents.follow.run_mark` for how a run is known.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict

from agentrec.agents.follow.tail import HISTORY_BYTES, LineTail, size_of

_RUN = re.compile(rb"\brun=(\w+)")
# The id of a new session, or of one that is continued.
_SESSION = re.compile(rb'\b(?:session\.)?id="?(ses_\w+)')


class RunLog:
    """The log at ``path``, as far as it is about runs that are marked with ``mark``."""

    def __init__(self, path: str, mark: str) -> None:
        self._mark = os.fsencode(mark)
        self._lines = LineTail(path, max(0, size_of(path) - HISTORY_BYTES))
        self._knows_runs = False
        self._marked: set[bytes] = set()
        self._sessions: defaultdict[bytes, set[str]] = defaultdict(set)
        # (run, session) of lines that were written since.
        self._named_now: set[tuple[bytes, str]] = set()
        self.read()
        self._named_now.clear()

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

    def may_have(self, session_id: str) -> bool:
        """Whether one of them has named no session, and nobody else has named this one meanwhile.

        The last lines of a run that is short are never written.
        """
        is_silent = any(not self._sessions[run] for run in self._marked)
        others = {session for run, session in self._named_now if run not in self._marked}
        return is_silent and session_id not in others

    def read(self) -> bool:
        """Read what is new; return whether there was anything."""
        before = self._lines.offset
        for line, _ in self._lines.lines():
            self._take(line)
        return self._lines.offset != before

    def _take(self, line: bytes) -> None:
        run = _RUN.search(line)
        if not run:
            return
        self._knows_runs = True
        if self._mark in line:
            self._marked.add(run[1])
        if session := _SESSION.search(line):
            self._sessions[run[1]].add(session[1].decode())
            self._named_now.add((run[1], session[1].decode()))
