"""A recording's segments, decoded where they are needed and kept for a while."""

from __future__ import annotations

import os
from collections import OrderedDict

from agentrec.recording.layout import Layout, Segment
from agentrec.recording.reader import Recording, is_live
from agentrec.terminal.seek.frame_times import steps

CACHE = 16 << 20  # bytes of decoded segments kept


class Entry:
    """A decoded segment and, once asked for, its frame steps."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self._stop = -1  # how far the file was read for it
        self._steps: list[int] | None = None

    def read(self, recording: Recording, stop: int) -> None:
        if stop != self._stop and self.segment.read(recording, stop):
            self._steps = None
        self._stop = stop

    def steps(self) -> list[int]:
        if self._steps is None:
            self._steps = steps(self.segment)
        return self._steps


class Reel:
    """``recording`` as segments by number. ``count`` events until ``duration`` (ns); ``live``: somebody
    is still writing."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.live = recording.live
        self.layout = Layout(recording)
        self.count = self.duration = 0
        self._owned: Recording | None = None
        self._cache: OrderedDict[int, Entry] = OrderedDict()
        self._measure()

    def close(self) -> None:
        """Close what this opened itself: the new file when a recording was replaced."""
        if self._owned:
            self._owned.close()

    def entry(self, number: int, *, passing: bool = False) -> Entry:
        """Segment ``number``; ``passing``: it will hardly be needed again soon."""
        entry = self._cache.get(number)
        if entry is None:
            entry = self._cache[number] = Entry(Segment(self.layout.segments[number]))
        else:
            passing = False
        entry.read(self.recording, self.layout.stop(number))
        self._cache.move_to_end(number, last=not passing)
        total = sum(entry.segment.bytes for entry in self._cache.values())
        while total > CACHE and len(self._cache) > 2:
            oldest = next(key for key in self._cache if key != number)
            total -= self._cache.pop(oldest).segment.bytes
        return entry

    def seq_at(self, t: int) -> int:
        """How many events lie at ``t`` (ns) or before."""
        if self.layout.segments and t >= 0:
            for number in range(self.layout.segment_at(t), -1, -1):
                found = self.entry(number).segment.seq_after(t)
                if found is not None:
                    return found
        return 0

    def time_after(self, seq: int) -> int:
        """When the first ``seq`` events had happened, ns."""
        if seq <= 0 or not self.layout.segments:
            return 0
        segment = self.entry(self.layout.segment_of(seq - 1)).segment
        found = 0
        for chunk in segment.chunks:
            if chunk.seq >= seq:
                break
            found = chunk.times[min(seq - chunk.seq, len(chunk)) - 1] if len(chunk) else found
        return found

    def refresh(self) -> bool:
        """Look for more in the file, or in the one that has taken its place. True if there is."""
        live = is_live(self.recording.file)  # asked first: what is written last is then seen below
        news = self.layout.extend() or (not live and self._reopen())
        if news:
            self._measure()
        self.live = live
        return news

    def _measure(self) -> None:
        self.count = self.duration = 0
        for number in range(len(self.layout.segments) - 1, -1, -1):
            last = self.entry(number).segment.last
            if last:
                self.count, self.duration = last
                return

    def _reopen(self) -> bool:
        """Go on in the new file when the recording was compacted under our eyes."""
        try:
            now, ours = os.stat(self.recording.path), os.fstat(self.recording.file.fileno())
        except OSError:
            return False
        if (now.st_dev, now.st_ino) == (ours.st_dev, ours.st_ino):
            return False
        recording = Recording.open(self.recording.path)
        self.close()
        self.recording = self._owned = recording
        self.layout = Layout(recording)
        self._cache.clear()
        return True
