"""Where things stand in a recording: segments and keyframes by seq and time, in files of any state.

A whole file's index says it at once. Without one, or where a file has grown, frame headers are
walked: payloads are not decoded, so that also the file of a killed recorder opens quickly.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import brotli

from agentrec.errors import FormatError
from agentrec.recording.format import frames
from agentrec.recording.format.decode import Columns, SegmentDecoder, inflate_whole
from agentrec.recording.format.frames import Damage, Frame
from agentrec.recording.format.header import dump_json, load_json

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.recording.reader import Recording


class FramePosition(NamedTuple):
    """Where a segment or keyframe stands: its offset, the first seq and the time (ns) it speaks of."""

    offset: int
    seq: int
    t: int


class Keyframe(NamedTuple):
    """A stored state of the terminal: ``state`` after the first ``seq`` events, at ``t`` ns, made by
    whoever ``producer`` (a JSON object) says, still compressed."""

    seq: int
    t: int
    producer: JsonObject
    packed: bytes

    def state(self) -> bytes:
        """Raises FormatError."""
        return inflate_whole(self.packed)


class Layout:
    """The segments and keyframes of ``recording``, in order; :meth:`extend` as the file grows."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.segments: list[FramePosition] = []
        self.keyframes: list[FramePosition] = []
        self._seen = recording.first  # everything before this offset is known
        if not self._take_index():
            self.segments, self.keyframes = [], []
            self._walk()

    def extend(self) -> bool:
        """Look for more at the end of the file. True when it has grown."""
        recording = self._recording
        size = os.fstat(recording.file.fileno()).st_size
        if size == recording.file_size:
            return False
        recording.file_size = size
        self._walk()
        return True

    def stop(self, number: int) -> int:
        """The offset behind segment ``number``."""
        if number + 1 < len(self.segments):
            return self.segments[number + 1].offset
        return self._recording.file_size

    def segment_of(self, seq: int) -> int:
        """The number of the segment that holds the event ``seq``, or would."""
        return max(0, bisect_right(self.segments, seq, key=lambda place: place.seq) - 1)

    def segment_at(self, t: int) -> int:
        """The number of the last segment that begins at ``t`` ns or before."""
        return max(0, bisect_right(self.segments, t, key=lambda place: place.t) - 1)

    def read_keyframe(self, place: FramePosition) -> Keyframe:
        """Raises FormatError when there is none at this place, or not the one that was named."""
        found = frames.read_frame(self._recording.file, place.offset, self._recording.file_size)
        if not isinstance(found, Frame) or found.kind != frames.KEYFRAME:
            raise FormatError("there is no keyframe where one should be")
        keyframe = parse_keyframe(found.payload)
        if keyframe.seq != place.seq:
            raise FormatError("a keyframe is not the one the index names")
        return keyframe

    def _take_index(self) -> bool:
        """From the file's own index, if it has one that makes sense."""
        if not self._recording.ended or not self._recording.indexed:
            return False
        index = self._recording.index
        self.segments = [FramePosition(*entry) for entry in index.segments]
        self.keyframes = sorted((FramePosition(*entry) for entry in index.keyframes), key=_by_seq)
        self._seen = self._recording.file_size
        return True

    def _walk(self) -> None:
        for item in frames.walk(self._recording.file, self._seen, self._recording.file_size):
            if isinstance(item, Damage):
                if item.reason == "torn" and self._recording.file_size == item.offset + item.length:
                    break  # perhaps still being written: look again from here
            elif item.kind == frames.SEGMENT:
                self._segment(item)
            elif item.kind == frames.KEYFRAME and len(item.payload) >= frames.KEYFRAME_BODY.size:
                seq, t, _ = frames.KEYFRAME_BODY.unpack_from(item.payload)
                self.keyframes.append(FramePosition(item.offset, seq, t))
            self._seen = item.offset + item.length if isinstance(item, Damage) else item.end
        self.keyframes.sort(key=_by_seq)

    def _segment(self, frame: Frame) -> None:
        try:
            start = SegmentDecoder(frame)
        except FormatError:
            return
        place = FramePosition(frame.offset, start.seq, start.t)
        if _ordered([*self.segments[-1:], place]):
            self.segments.append(place)


class Segment:
    """One segment's records as columns; :meth:`read` takes what has come since.

    ``size`` is the terminal's at its start, (0, 0) when its beginning is lost; ``offset`` how far the
    file was read.
    """

    def __init__(self, place: FramePosition) -> None:
        self.size = (0, 0)
        self.chunks: list[Columns] = []
        self.bytes = 0  # of decoded chunks: what this costs in memory, about
        self.offset = place.offset
        self._decoder: SegmentDecoder | None = None

    def read(self, recording: Recording, stop: int) -> bool:
        """Read up to the file's offset ``stop``. True when there was something new."""
        before = len(self.chunks)
        for item in frames.walk(recording.file, self.offset, stop):
            if isinstance(item, Frame):
                self._frame(item)
                self.offset = item.end
                continue
            if item.offset + item.length >= stop:
                break  # torn, or still being written: look again from here
            self.offset = item.offset + item.length
            if self._decoder:
                self._decoder.stream_lost = True
        return len(self.chunks) > before

    @property
    def last(self) -> tuple[int, int] | None:
        """One past the last seq, and the time of the last record (ns)."""
        chunk = next((chunk for chunk in reversed(self.chunks) if len(chunk)), None)
        return (chunk.seq + len(chunk), chunk.times[-1]) if chunk else None

    def seq_after(self, t: int) -> int | None:
        """One past the seq of the last record at ``t`` or before; None when there is none."""
        found = None
        for chunk in self.chunks:
            place = bisect_right(chunk.times, t)
            if place:
                found = chunk.seq + place
            if place < len(chunk):
                break
        return found

    def _frame(self, frame: Frame) -> None:
        try:
            if frame.kind == frames.SEGMENT:
                self._decoder = SegmentDecoder(frame)
                self.size = self._decoder.size
            elif frame.kind == frames.CHUNK and self._decoder:
                chunk = self._decoder.columns(frame)
                self.chunks.append(chunk)
                self.bytes += len(chunk.raw) + 100 * len(chunk)
        except FormatError:
            return  # what reading all events notes as damage


def parse_keyframe(payload: bytes) -> Keyframe:
    """A KEYFRAME frame's payload. Raises FormatError."""
    body = frames.KEYFRAME_BODY
    if len(payload) < body.size:
        raise FormatError("a keyframe is too short")
    seq, t, length = body.unpack_from(payload)
    meta = payload[body.size : body.size + length]
    return Keyframe(seq, t, load_json(meta), payload[body.size + length :])


def pack_keyframe(seq: int, t: int, producer: JsonObject, state: bytes) -> bytes:
    """The payload of a KEYFRAME frame; the fields are those of :class:`Keyframe`."""
    meta = dump_json(producer)
    packed: bytes = brotli.compress(state, quality=5)
    return frames.KEYFRAME_BODY.pack(seq, t, len(meta)) + meta + packed


def _ordered(places: list[FramePosition]) -> bool:
    """Whether offsets, seqs and times never step back."""
    return all(a.offset < b.offset and a.seq <= b.seq and a.t <= b.t for a, b in pairwise(places))


def _by_seq(place: FramePosition) -> int:
    return place.seq
