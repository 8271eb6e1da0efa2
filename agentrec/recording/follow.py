"""Reading a recording while it is being written."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from agentrec.recording.format import frames
from agentrec.recording.format.codec import to_event
from agentrec.recording.format.frames import Damage, Frame, read_frame
from agentrec.recording.reader import ChunkDecoder, Recording, is_live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.events import Event


class Follower:
    """Gives the events that have come since the last :meth:`read`; never waits.

    ``done`` turns true when the writer has ended the file, or is gone.
    """

    def __init__(self, path: str, seq: int = 0) -> None:
        """From the event ``seq`` on. Raises InputError, FormatError as :meth:`Recording.open` does."""
        self.path = path
        self.done = False
        self._next = seq
        self._open()
        self.header = self.recording.header

    def close(self) -> None:
        self.recording.close()

    @property
    def behind(self) -> int:
        """Bytes of the file that were not read yet."""
        return max(0, os.fstat(self._file.fileno()).st_size - self._offset)

    def read(self, limit: int | None = None) -> list[Event]:
        """All events that are in the file and were not given yet.

        With ``limit``, those of about so many bytes of the file, and more at the next call.
        """
        live = is_live(self._file)  # asked first: what a dying writer wrote last is then seen below
        events = self._take(live, limit)
        if not events and not live:
            self.done = not self._replaced()
        return events

    def _open(self) -> None:
        self.recording = Recording.open(self.path)
        self._file = self.recording.file
        self._offset = _segment_of(self.recording, self._next)
        self._chunks = ChunkDecoder()

    def _take(self, live: bool, limit: int | None) -> list[Event]:
        events: list[Event] = []
        size = os.fstat(self._file.fileno()).st_size
        stop = size if limit is None else min(size, self._offset + limit)
        while self._offset < stop:
            found = read_frame(self._file, self._offset, size)
            if isinstance(found, Frame):
                events += self._events(found)
                self._offset = found.end
            elif found == "torn" and live:
                break  # being written at this moment
            else:
                onward = frames.after_damage(self._file, self._offset, size)
                if onward >= size:
                    break
                self._chunks.feed(Damage(self._offset, onward - self._offset, found))
                self._offset = onward
        return events

    def _events(self, frame: Frame) -> list[Event]:
        batch = self._chunks.feed(frame)
        if batch is None:
            return []
        seq, records = batch
        fresh = [
            to_event(place, record)
            for place, record in enumerate(records, seq)
            if place >= self._next
        ]
        self._next = max(self._next, seq + len(records))
        return fresh

    def _replaced(self) -> bool:
        """The file was compacted under our eyes: go on in the new one."""
        try:
            now, ours = os.stat(self.path), os.fstat(self._file.fileno())
        except OSError:
            return False
        if (now.st_dev, now.st_ino) == (ours.st_dev, ours.st_ino):
            return False
        self.recording.close()
        self._open()
        return True


def _segment_of(recording: Recording, seq: int) -> int:
    """Where the segment begins that holds the event ``seq``."""
    if not seq:
        return recording.first
    from agentrec.recording.layout import Layout

    layout = Layout(recording)
    return layout.segments[layout.segment_of(seq)].offset if layout.segments else recording.first


def follow(path: str, poll: float = 0.05) -> Iterator[Event]:
    """Events of a recording as they come, until its writer is done. Looks every ``poll`` seconds."""
    follower = Follower(path)
    try:
        while not follower.done:
            events = follower.read()
            yield from events
            if not events and not follower.done:
                time.sleep(poll)
    finally:
        follower.close()
