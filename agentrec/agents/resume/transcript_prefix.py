"""A transcript of JSON lines up to a point. The file is only read, and may grow meanwhile."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

from agentrec.agents.resume.resumption import TranscriptError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.resume.point import ResumePoint
    from agentrec.json_values import JsonObject

# A longer line is not a record of a conversation.
LINE_LIMIT_BYTES = 64 << 20


class TranscriptPrefix:
    """The records of the conversation up to ``point``. Raises TranscriptError if they are not there.

    The point names its last record, so a file that was rewritten is noticed.
    """

    def __init__(self, point: ResumePoint) -> None:
        self.path = point.transcript
        self._last = json.dumps(point.last).encode() if point.last else b"\n"
        self._check()
        self._end, self.count = self._find(point.offset)

    def records(self) -> Iterator[JsonObject]:
        """Yield each record in order. Raises TranscriptError if the file has changed since."""
        line = b""
        for line in self._lines(self._end):
            record = _parsed(line)
            if record is not None:
                yield record
        if self._last not in line:
            raise TranscriptError(f"{self.path} changed while it was being read")

    def _check(self) -> None:
        """Accept only a file of our user: the path comes from a recording, which is untrusted."""
        try:
            status = os.stat(self.path)
        except OSError as error:
            raise self._unreadable(error) from None
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            raise TranscriptError(f"{self.path} is not a transcript of this user")

    def _find(self, offset: int | None) -> tuple[int, int]:
        """Return where the last record ends, and how many there are: at ``offset``, or elsewhere by now."""
        elsewhere = None
        count = position = 0
        for line in self._lines(None):
            position += len(line)
            count += 1
            if self._last not in line:
                continue
            if position == offset:
                return position, count
            if elsewhere is None and self._last != b"\n":
                elsewhere = position, count
        if elsewhere is None:
            raise TranscriptError(f"{self.path} does not contain the conversation at that point")
        return elsewhere

    def _lines(self, end: int | None) -> Iterator[bytes]:
        try:
            with open(self.path, "rb") as file:
                while (end is None or file.tell() < end) and (
                    line := file.readline(LINE_LIMIT_BYTES)
                ):
                    yield line
        except OSError as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: OSError) -> TranscriptError:
        path = self.path or "(no path recorded)"
        return TranscriptError(f"cannot read the agent's transcript {path}: {error.strerror}")


def _parsed(line: bytes) -> JsonObject | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
