"""Files that an agent writes while it is followed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from agentrec.config import open_plain

if TYPE_CHECKING:
    from typing import BinaryIO

    from agentrec.json_values import JsonObject

# Of one read; the rest waits for the next.
READ_LIMIT_BYTES = 4 << 20
# A longer line is not a record of a conversation.
LINE_LIMIT_BYTES = 32 << 20
# Read of what was there before our start, to know how things stand.
HISTORY_BYTES = 1 << 20
# To see whether a file was written anew.
_COMPARED_BYTES = 64


class LineTail:
    """The whole lines of one growing file, without the newline and not empty.

    ``lines()`` gives each new one as ``(line, offset after it)``. A file that became shorter, or was written
    anew, is read again from its start. ``start`` is where to begin: the middle of a line is skipped to the
    next. ``offset`` is how many bytes were read so far.
    """

    def __init__(self, path: str, start: int = 0) -> None:
        self.path = path
        # One byte before: a newline there makes a whole line.
        self.offset = max(0, start - 1)
        self._rest = b""
        self._before = b""  # the last bytes that were read
        self._skip = start > 0
        self._too_long = 0
        # Size and inode at the last read.
        self._last_status = (-1, -1)

    def take_too_long(self) -> int:
        """Return how many lines since the last call were left out because of their length."""
        count, self._too_long = self._too_long, 0
        return count

    def lines(self) -> list[tuple[bytes, int]]:
        """Return new lines, of up to READ_LIMIT_BYTES, more only for one that is longer.

        An empty list means the end of the file, or no file.
        """
        try:
            status = os.stat(self.path)
            unchanged = (status.st_size, status.st_ino) == self._last_status
            if unchanged and status.st_size == self.offset:
                return []
            with open_plain(self.path) as file:
                if status.st_size < self.offset or not self._goes_on(file):
                    self.offset, self._rest, self._before, self._skip = 0, b"", b"", False
                file.seek(self.offset)
                found = self._split(file.read(READ_LIMIT_BYTES))
                while not found and self.offset < status.st_size:
                    before = self.offset
                    found = self._split(file.read(READ_LIMIT_BYTES))
                    if self.offset == before:  # it became shorter just now
                        break
        except OSError:
            return []
        self._last_status = (status.st_size, status.st_ino)
        return found

    def _goes_on(self, file: BinaryIO) -> bool:
        """Whether what was read last is still there: an agent may write the whole file anew."""
        file.seek(self.offset - len(self._before))
        return file.read(len(self._before)) == self._before

    def _split(self, data: bytes) -> list[tuple[bytes, int]]:
        position = self.offset - len(self._rest)
        self.offset += len(data)
        self._before = (self._before + data)[-_COMPARED_BYTES:]
        *lines, self._rest = (self._rest + data).split(b"\n")
        whole = []
        for line in lines:
            position += len(line) + 1
            if self._skip:
                self._skip = False
            elif line.strip():
                whole.append((line, position))
        if self._skip:
            self._rest = b""
        elif len(self._rest) > LINE_LIMIT_BYTES:
            self._rest, self._skip = b"", True
            self._too_long += 1
        return whole


class Tail:
    """The JSON lines of one growing file; see LineTail.

    ``records()`` gives each new line that is a JSON object as ``(record, offset after it)``.
    """

    def __init__(self, path: str, start: int = 0) -> None:
        self.path = path
        self._lines = LineTail(path, start)
        self._broken = 0

    @property
    def size(self) -> int:
        """Bytes read so far."""
        return self._lines.offset

    def take_broken(self) -> int:
        """Return how many lines since the last call were not JSON objects, or too long."""
        broken, self._broken = self._broken, 0
        return broken + self._lines.take_too_long()

    def records(self) -> list[tuple[JsonObject, int]]:
        """Return new records, of up to READ_LIMIT_BYTES; none only at the end, as LineTail."""
        found: list[tuple[JsonObject, int]] = []
        while not found and (lines := self._lines.lines()):
            parsed = ((self._parse(line), offset) for line, offset in lines)
            found = [(record, offset) for record, offset in parsed if record is not None]
        return found

    def _parse(self, line: bytes) -> JsonObject | None:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            return record
        self._broken += 1
        return None


def names(folder: str) -> list[str]:
    """Return the names in a directory, sorted; none if there is no such directory."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def size_of(path: str) -> int:
    """Return the size of a file in bytes, 0 if there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def size_before(path: str, began: float) -> int:
    """Return how much of a file existed at ``began`` (seconds since the epoch), as far as its time shows."""
    try:
        status = os.stat(path)
    except OSError:
        return 0
    return status.st_size if status.st_mtime < began else 0


def first_record(path: str) -> JsonObject:
    """Return the first JSON line of a file; empty if it has none (yet)."""
    try:
        with open_plain(path) as file:
            record = json.loads(file.readline(LINE_LIMIT_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
