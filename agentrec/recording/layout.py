"""Where segments and keyframes are in a recording, by seq and time, in files of any state.

A complete file has that in its index. Without one, or when a file has grown, its frames are walked:
payloads are not decoded, so that even the file of a killed recorder opens quickly.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import brotli

from agentrec.errors import FormatError
from agentrec.recording.format import frames
from agentrec.recording.format.frames import Damage, Frame
from agentrec.recording.format.header import dump_json, load_json
from agentrec.recording.format.segment_decoder import Columns, SegmentDecoder, inflate_whole
from agentrec.recording.format.walk import walk

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.recording.reader import Recording


class FramePosition(NamedTuple):
    """Where a segment or keyframe is: offset, and the seq and time (ns) that it begins with."""

    offset: int
    seq: int
    t: int


class Keyframe(NamedTuple):
    """A stored state of the terminal after the first ``seq`` events, at ``t`` ns, still compressed;
    ``producer`` (a JSON object) says what made it."""

    seq: int
    t: int
    producer: JsonObject
    packed: bytes

    def state(self) -> bytes:
        """The state, decompressed. Raises FormatError."""
        return inflate_whole(self.packed)


class Layout:
    """The segments and keyframes of ``recording``, in order; :meth:`extend` as the file grows."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.segments: list[FramePosition] = []
        self.keyframes: list[FramePosition] = []
        self._walked = recording.first  # everything before this offset is known
        if not self._take_index():
            self.segments, self.keyframes = [], []
            self._walk()

    def extend(self) -> bool:
        """Read what has been appended to the file; true when it has grown."""
        recording = self._recording
        size = recording.file.seek(0, os.SEEK_END)
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
        """The number of the segment that holds the event ``seq``, or would hold it."""
        return max(0, bisect_right(self.segments, seq, key=_by_seq) - 1)

    def segment_at(self, t: int) -> int:
        """The number of the last segment that begins at ``t`` ns or before."""
        return max(0, bisect_right(self.segments, t, key=_by_time) - 1)

    def read_keyframe(self, position: FramePosition) -> Keyframe:
        """Raises FormatError when there is none at this position, or another one."""
        frame = frames.read_frame(self._recording.file, position.offset, self._recording.file_size)
        if not isinstance(frame, Frame) or frame.kind != frames.KEYFRAME:
            raise FormatError("there is no keyframe where one should be")
        keyframe = parse_keyframe(frame.payload)
        if keyframe.seq != position.seq:
            raise FormatError("a keyframe is not the one the index names")
        return keyframe

    def _take_index(self) -> bool:
        """Use the index in the file, if it has a valid one."""
        if not self._recording.ended or not self._recording.indexed:
            return False
        index = self._recording.index
        self.segments = [FramePosition(*entry) for entry in index.segments]
        self.keyframes = sorted((FramePosition(*entry) for entry in index.keyframes), key=_by_seq)
        self._walked = self._recording.file_size
        return True

    def _walk(self) -> None:
        for item in walk(self._recording.file, self._walked, self._recording.file_size):
            if isinstance(item, Damage):
                if item.reason == "torn" and self._recording.file_size == item.offset + item.length:
                    break  # perhaps still being written: look again from here
            elif item.kind == frames.SEGMENT:
                self._segment(item)
            elif item.kind == frames.KEYFRAME and len(item.payload) >= frames.KEYFRAME_BODY.size:
                seq, t, _ = frames.KEYFRAME_BODY.unpack_from(item.payload)
                self.keyframes.append(FramePosition(item.offset, seq, t))
            self._walked = item.offset + item.length if isinstance(item, Damage) else item.end
        self.keyframes.sort(key=_by_seq)

    def _segment(self, frame: Frame) -> None:
        try:
            start = SegmentDecoder(frame)
        except FormatError:
            return
        position = FramePosition(frame.offset, start.seq, start.t)
        if _ordered([*self.segments[-1:], position]):
            self.segments.append(position)


class Segment:
    """One segment's records as columns; :meth:`read` takes what has been appended.

    ``size`` is that of the terminal at its start, (0, 0) when its beginning is lost; ``offset`` is how
    far the file was read.
    """

    def __init__(self, position: FramePosition) -> None:
        self.size = (0, 0)
        self.chunks: list[Columns] = []
        self.bytes = 0  # of memory that the decoded chunks take, about
        self.offset = position.offset
        self._decoder: SegmentDecoder | None = None

    def read(self, recording: Recording, stop: int) -> bool:
        """Read up to the file's offset ``stop``. True when there was something new."""
        before = len(self.chunks)
        for item in walk(recording.file, self.offset, stop):
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
        after = None
        for chunk in self.chunks:
            count = bisect_right(chunk.times, t)
            if count:
                after = chunk.seq + count
            if count < len(chunk):
                break
        return after

    def _frame(self, frame: Frame) -> None:
        try:
            if frame.kind == frames.SEGMENT:
                self._decoder = SegmentDecoder(frame)
                self.size = self._decoder.size
            elif frame.kind == frames.CHUNK and self._decoder:
                chunk = self._decoder.columns(frame).shown()
                self.chunks.append(chunk)
                self.bytes += len(chunk.raw) + 100 * len(chunk)
        except FormatError:
            return  # noted as damage when all events are read


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


def _ordered(positions: list[FramePosition]) -> bool:
    """Whether offsets, seqs and times never step back."""
    pairs = pairwise(positions)
    return all(a.offset < b.offset and a.seq <= b.seq and a.t <= b.t for a, b in pairs)


def _by_seq(position: FramePosition) -> int:
    return position.seq


def _by_time(position: FramePosition) -> int:
    return position.t
