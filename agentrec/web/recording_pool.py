"""Recordings that are open: read by several requests, one at a time each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.errors import FormatError, InputError
from agentrec.library.discovery import Stamp, stamp_of
from agentrec.recording.reader import Recording
from agentrec.terminal.seek.segment_cache import SegmentCache
from agentrec.terminal.seek.timeline import Timeline
from agentrec.web.pool import Pool

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

RECORDINGS = 16  # kept open while nobody reads them
TIMELINES = 4  # each may hold some 60 MB


class _Read:
    """A recording as its file was when it was opened."""

    def __init__(self, path: str) -> None:
        self.recording = Recording.open(path)
        self.stamp = stamp_of(os.fstat(self.recording.file.fileno()))

    def close(self) -> None:
        self.recording.close()


class Played:
    """A recording and its timeline, which follow the file as it grows."""

    def __init__(self, path: str) -> None:
        self.recording = Recording.open(path)
        try:
            self.timeline = Timeline(self.recording)
            self.stamp = _stamp(path)
        except InputError as error:  # the file is there, and its terminal cannot be shown
            self.recording.close()
            raise FormatError(str(error), error.hint) from None
        except BaseException:
            self.recording.close()
            raise

    def follow(self) -> bool:
        """Take what has come since. False when another file has taken its place."""
        now = _stamp(self.recording.path)
        if now is None or self.stamp is None:
            return False
        if now != self.stamp and (not self.timeline.growing or now.size < self.stamp.size):
            return False
        if self.timeline.growing:
            self.timeline.refresh()
        self.stamp = now
        return True

    def close(self) -> None:
        self.timeline.close()
        self.recording.close()


class Shelf:
    """Opens recordings by path and keeps some of them open. For several threads."""

    def __init__(self) -> None:
        self._read = Pool(_Read, lambda it: it.stamp == _stamp(it.recording.path), RECORDINGS)
        self._played = Pool(Played, Played.follow, TIMELINES)

    def read(self, path: str) -> AbstractContextManager[_Read]:
        """``recording`` of what this gives is for reading events. Raises InputError, FormatError."""
        return self._read.lend(path)

    def play(self, path: str) -> AbstractContextManager[Played]:
        """For screens. Raises InputError, FormatError, EngineMissingError."""
        return self._played.lend(path)

    def count(self, path: str) -> int:
        """How many events a recording has now. Raises InputError, FormatError."""
        with self.read(path) as it:
            return SegmentCache(it.recording).count

    def close(self) -> None:
        self._read.close()
        self._played.close()


def _stamp(path: str) -> Stamp | None:
    try:
        return stamp_of(os.stat(path))
    except OSError:
        return None
