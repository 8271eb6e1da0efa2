"""Reading a recording while it is being written."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from agentrec.recording.format.codec import to_event
from agentrec.recording.format.frames import Damage, Frame, read_frame
from agentrec.recording.format.walk import Resync, next_segment
from agentrec.recording.reader import ChunkDecoder, Recording, is_live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.recording.events import Event


class Follower:
    """Gives the events since the last :meth:`read`; never waits.

    ``done`` is true once the writer has ended the file, or is gone.
    """

    def __init__(self, path: str, seq: int = 0) -> None:
        """From the event ``seq`` on. Raises InputError, FormatError as :meth:`Recording.open` does."""
        self.path = path
        self.done = False
        self._offset = 0
        self._next = seq
        self._open()
        self.header = self.recording.header

    def close(self) -> None:
        self.recording.close()

    @property
    def behind(self) -> int:
        """Bytes of the file that have not been read yet."""
        return max(0, self._file.seek(0, os.SEEK_END) - self._offset)

    def skip_to_end(self, size: int) -> int:
        """Leave out what is farther than about ``size`` bytes from the file's end; how many bytes that is."""
        end = self._file.seek(0, os.SEEK_END)
        offset = next_segment(self._file, max(self._offset, end - size), end)
        if offset >= end:
            return 0
        skipped = offset - self._offset
        self._offset = offset
        self._chunks = ChunkDecoder()
        return skipped

    def read(self, limit: int | None = None) -> list[Event]:
        """All new events in the file.

        ``limit``: only those in about so many bytes of the file; the next call gives more.
        """
        live = is_live(self._file)  # first: then the last that a dying writer wrote is read below
        events = self._read_new(live, limit)
        if not events and not live:
            self.done = not self._replaced()
        return events

    def _open(self) -> None:
        self.recording = Recording.open(self.path)
        self._file = self.recording.file
        self._offset = _segment_of(self.recording, self._next)
        self._chunks = ChunkDecoder()

    def _read_new(self, live: bool, limit: int | None) -> list[Event]:
        events: list[Event] = []
        size = self._file.seek(0, os.SEEK_END)
        stop = size if limit is None else min(size, self._offset + limit)
        search = Resync(self._file, self._offset, size)
        while self._offset < stop:
            frame = read_frame(self._file, self._offset, size)
            if isinstance(frame, Frame):
                events += self._events(frame)
                self._offset = frame.end
            elif frame == "torn" and live:
                break  # being written at this moment
            else:
                onward = search.after(self._offset, frame)
                if onward is None or onward >= size:
                    break
                self._chunks.feed(Damage(self._offset, onward - self._offset, frame))
                self._offset = onward
        return events

    def _events(self, frame: Frame) -> list[Event]:
        chunk = self._chunks.feed(frame)
        if chunk is None:
            return []
        numbered = enumerate(chunk.records(), chunk.seq)
        events = [to_event(number, record) for number, record in numbered if number >= self._next]
        self._next = max(self._next, chunk.seq + len(chunk))
        return events

    def _replaced(self) -> bool:
        """Whether the file was replaced by a compacted one, which is then read on."""
        try:
            if os.path.samestat(os.stat(self.path), os.fstat(self._file.fileno())):
                return False
        except OSError:
            return False
        self.recording.close()
        self._open()
        return True


def _segment_of(recording: Recording, seq: int) -> int:
    """The offset of the segment that holds the event ``seq``."""
    if not seq:
        return recording.first
    from agentrec.recording.layout import Layout

    layout = Layout(recording)
    return layout.segments[layout.segment_of(seq)].offset if layout.segments else recording.first


def follow(path: str, poll: float = 0.05) -> Iterator[Event]:
    """Events of a recording as they come, until its writer is done; polls every ``poll`` seconds."""
    follower = Follower(path)
    try:
        while not follower.done:
            events = follower.read()
            yield from events
            if not events and not follower.done:
                time.sleep(poll)
    finally:
        follower.close()
