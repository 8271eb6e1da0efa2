"""A transcript of JSON lines, cut at a point. The file is only read, and may grow meanwhile."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

from agentrec.agents.resume.resume import CannotCutError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LINE_LIMIT = 64 << 20  # bytes; a longer line is no record of a conversation


class Cut:
    """The records of the conversation up to ``point``. Raises CannotCutError if they are not there.

    The point names its last record, so a file that was written anew is noticed.
    """

    def __init__(self, point: Mapping[str, Any]) -> None:
        self.path = str(point.get("transcript", ""))
        last = point.get("last")
        self._last = json.dumps(last).encode() if last else b"\n"
        self._check()
        self._end, self.count = self._find(point.get("offset"))

    def records(self) -> Iterator[dict[str, Any]]:
        """Each record in order. Raises CannotCutError if the file has changed since."""
        line = b""
        for line in self._lines(self._end):
            record = _parsed(line)
            if record is not None:
                yield record
        if self._last not in line:
            raise CannotCutError(f"{self.path} was changed while it was read")

    def _check(self) -> None:
        """The path stands in a recording, which may be anybody's: only a file of our user is read."""
        try:
            status = os.stat(self.path)
        except OSError as error:
            said = f"the agent's transcript cannot be read: {self.path}: {error.strerror}"
            raise CannotCutError(said) from None
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            raise CannotCutError(f"{self.path} is not a transcript of this user")

    def _find(self, offset: Any) -> tuple[int, int]:
        """Where the last record ends, and how many there are: at the offset, or wherever it is now."""
        here = number = count = position = 0
        for line in self._lines(None):
            position += len(line)
            count += 1
            if self._last not in line:
                continue
            if position == offset:
                return position, count
            if not here and self._last != b"\n":
                here, number = position, count
        if here:
            return here, number
        raise CannotCutError(f"{self.path} does not hold the conversation of that point any more")

    def _lines(self, end: int | None) -> Iterator[bytes]:
        try:
            with open(self.path, "rb") as file:
                while (end is None or file.tell() < end) and (line := file.readline(LINE_LIMIT)):
                    yield line
        except OSError as error:
            said = f"the agent's transcript cannot be read: {self.path}: {error.strerror}"
            raise CannotCutError(said) from None


def started_in(point: Mapping[str, Any]) -> str:
    """The agent's directory then; the shell of its tools may have stood below it."""
    return str(point.get("started_in") or point.get("cwd") or "")


def moved(point: Mapping[str, Any], new_cwd: str) -> tuple[str, str] | None:
    """The old directory and what stands in its place now; None if it is the same one.

    Where the point names its ``workspace``, and both were entered at the same place, these are the
    roots.
    """
    old, new = started_in(point), os.path.realpath(new_cwd)
    if not old or old == new:
        return None
    root = str(point.get("workspace") or old)
    inside = os.path.relpath(old, root)
    if inside != os.curdir and new.endswith(os.sep + inside):
        return root, new.removesuffix(os.sep + inside)
    return old, new


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
