"""Segments of a recording, decoded on demand and cached."""

from __future__ import annotations

import os
from collections import OrderedDict

from agentrec.recording.layout import Layout, Segment
from agentrec.recording.reader import Recording, is_live
from agentrec.terminal.seek.frame_times import frame_times

CACHE_BYTES = 16 << 20


class CachedSegment:
    """A decoded segment and, once asked for, its frame times."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self._stop = -1  # the offset up to which the file was read
        self._frame_times: list[int] | None = None

    def read(self, recording: Recording, stop: int) -> None:
        if stop != self._stop and self.segment.read(recording, stop):
            self._frame_times = None
        self._stop = stop

    def frame_times(self) -> list[int]:
        if self._frame_times is None:
            self._frame_times = frame_times(self.segment)
        return self._frame_times


class SegmentCache:
    """The segments of ``recording`` by number.

    ``count``     events there are
    ``duration``  time of the last one, ns
    ``live``      whether the recording is still being written
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.live = recording.live
        self.layout = Layout(recording)
        self.count = self.duration = 0
        self._reopened: Recording | None = None
        self._cache: OrderedDict[int, CachedSegment] = OrderedDict()
        self._measure()

    def close(self) -> None:
        """Close the file this has opened itself, after a recording was replaced."""
        if self._reopened:
            self._reopened.close()

    def load(self, number: int, *, passing: bool = False) -> CachedSegment:
        """Segment ``number``; with ``passing``, it is the first to be dropped from the cache."""
        cached = self._cache.get(number)
        if cached is None:
            cached = self._cache[number] = CachedSegment(Segment(self.layout.segments[number]))
        else:
            passing = False
        cached.read(self.recording, self.layout.stop(number))
        self._cache.move_to_end(number, last=not passing)
        self._evict(number)
        return cached

    def _evict(self, current: int) -> None:
        """Drop the oldest segments, except ``current``, until the rest fit."""
        total = sum(cached.segment.bytes for cached in self._cache.values())
        while total > CACHE_BYTES and len(self._cache) > 2:
            oldest = next(number for number in self._cache if number != current)
            total -= self._cache.pop(oldest).segment.bytes

    def seq_at(self, t: int) -> int:
        """How many events lie at ``t`` (ns) or before."""
        if self.layout.segments and t >= 0:
            for number in range(self.layout.segment_at(t), -1, -1):
                seq = self.load(number).segment.seq_after(t)
                if seq is not None:
                    return seq
        return 0

    def time_after(self, seq: int) -> int:
        """When the first ``seq`` events had happened, ns."""
        if seq <= 0 or not self.layout.segments:
            return 0
        segment = self.load(self.layout.segment_of(seq - 1)).segment
        t = 0
        for chunk in segment.chunks:
            if chunk.seq >= seq:
                break
            t = chunk.times[min(seq - chunk.seq, len(chunk)) - 1] if len(chunk) else t
        return t

    def refresh(self) -> bool:
        """Look for more in the file, or in the one that has replaced it. True if there is more."""
        live = is_live(
            self.recording.file
        )  # before reading, so that nothing written last is missed
        grown = self.layout.extend() or (not live and self._reopen())
        if grown:
            self._measure()
        self.live = live
        return grown

    def _measure(self) -> None:
        self.count = self.duration = 0
        for number in range(len(self.layout.segments) - 1, -1, -1):
            last = self.load(number).segment.last
            if last:
                self.count, self.duration = last
                return

    def _reopen(self) -> bool:
        """Open the new file if the recording was compacted in the meantime."""
        try:
            now, ours = os.stat(self.recording.path), os.fstat(self.recording.file.fileno())
        except OSError:
            return False
        if (now.st_dev, now.st_ino) == (ours.st_dev, ours.st_ino):
            return False
        recording = Recording.open(self.recording.path)
        self.close()
        self.recording = self._reopened = recording
        self.layout = Layout(recording)
        self._cache.clear()
        return True
