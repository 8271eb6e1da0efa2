"""All frames of a file in any state, with bounded work: what is broken cannot make a reader search for ever.

Broken frames may claim the same bytes again and again, and marks of segments may overlap. So every check that
fails is charged to a budget, in proportion to the part of the file that is read; when it is used up, the rest
of that part is given up.
"""

from agentrec.recording.format.frames import (
    FRAME,
    KEY,
    KEYFRAME,
    MAX_KEY_FRAME_BYTES,
    SEGMENT,
    SEGMENT_MARK,
    SYNC,
    Damage,
    Frame,
    read_frame,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

# Failed checks may read this many times the bytes of the part that is walked.
_MAX_CHECKED_RATIO = 8
_MIN_CHECKED_BYTES = 16 << 20
# What a failed check costs at least, so that many small ones are bounded, too.
_CHECK_BYTES = 256
# Broken stretches of a file that are listed.
MAX_DAMAGES = 1 << 14
# Frames of a small file; in a large one, frames may have as few as _FRAME_BYTES on average. No writer makes
# more: a chunk comes four times a second at most, and packing joins them.
MAX_FRAMES = 1 << 20
_FRAME_BYTES = 64
# Every reader keeps their positions in memory, so they count as several frames.
_KEPT_FRAMES = {SEGMENT: 4, KEYFRAME: 4, KEY: 4}
# The search for a segment reads so much at once, doubled each time: the next one is nearly always near.
_MIN_SEARCH_BYTES, _MAX_SEARCH_BYTES = 1 << 10, 1 << 20
# What begins a segment, of a recording and of an encrypted one: no frame is longer, whatever later
# versions add.
_STARTS = {SEGMENT: 4096, KEY: MAX_KEY_FRAME_BYTES}


def walk(file: "BinaryIO", offset: int, size: int) -> "Iterator[Frame | Damage]":
    """Every frame from ``offset`` on; stretches that cannot be read come as :class:`Damage`.

    After a bad frame the walk continues behind it if there is a good frame, else at the next segment. A
    file made to waste time is given up.
    """
    search = Resync(file, offset, size)
    left = max(MAX_FRAMES, size // _FRAME_BYTES)
    damages = 0
    while offset < size:
        frame = read_frame(file, offset, size)
        if isinstance(frame, Frame):
            left -= _KEPT_FRAMES.get(frame.kind, 1)
            if left < 0:
                yield Damage(offset, size - offset, "more frames than a recording has")
                return
            yield frame
            offset = frame.end
            continue
        onward = search.after(offset, frame)
        damages += 1
        if onward is None or damages >= MAX_DAMAGES:
            yield Damage(offset, size - offset, "too much is damaged to search further")
            return
        # A frame cut by the end of the file is what a killed writer leaves; more is damage.
        reason = frame if onward < size or frame == "torn" else f"{frame}, nothing follows"
        yield Damage(offset, onward - offset, reason)
        offset = onward


class Resync:
    """Finds where reading goes on after damage in the first ``size`` bytes of a file, within a budget."""

    def __init__(self, file: "BinaryIO", start: int, size: int) -> None:
        self._file, self._size = file, size
        self._left = _MAX_CHECKED_RATIO * (size - start) + _MIN_CHECKED_BYTES

    def after(self, offset: int, reason: str) -> int | None:
        """Where reading continues when there is no frame at ``offset`` for ``reason``.

        The size when nowhere, None when the budget is used up.
        """
        self._file.seek(offset)
        head = self._file.read(FRAME.size)
        length = int.from_bytes(head[4:8], "little")
        self._charge(length, reason)
        if len(head) == FRAME.size and head[:2] == SYNC and self._left >= 0:
            behind = offset + FRAME.size + length
            if behind < self._size and self._is_frame(behind):
                return behind
        return self.next_segment(offset + 1)

    def next_segment(self, start: int) -> int | None:
        """Offset of the next whole segment frame at or after ``start``, as for :meth:`after`."""
        offset, step = start, _MIN_SEARCH_BYTES
        while offset < self._size and self._left >= 0:
            self._file.seek(offset)
            block = self._file.read(min(step, self._size - offset) + len(SEGMENT_MARK) - 1)
            at = block.find(SEGMENT_MARK)
            while at >= 0 and self._left >= 0:
                candidate = offset + at - FRAME.size
                if candidate >= start and self._is_segment(candidate):
                    return candidate
                at = block.find(SEGMENT_MARK, at + 1)
            offset += step
            step = min(2 * step, _MAX_SEARCH_BYTES)
        return self._size if self._left >= 0 else None

    def _is_segment(self, offset: int) -> bool:
        self._file.seek(offset)
        head = self._file.read(FRAME.size)
        length = int.from_bytes(head[4:8], "little")
        if head[:2] != SYNC or len(head) < FRAME.size or length > _STARTS.get(head[2], -1):
            self._left -= _CHECK_BYTES
            return False
        return self._is_frame(offset)

    def _is_frame(self, offset: int) -> bool:
        frame = read_frame(self._file, offset, self._size)
        if isinstance(frame, Frame):
            return True
        self._file.seek(offset)
        self._charge(int.from_bytes(self._file.read(FRAME.size)[4:8], "little"), frame)
        return False

    def _charge(self, length: int, reason: str) -> None:
        """Only a wrong checksum is found by reading what the frame claims."""
        self._left -= _CHECK_BYTES + (length if reason == "checksum" else 0)


def next_segment(file: "BinaryIO", start: int, size: int) -> int:
    """Offset of the next whole segment frame at or after ``start``; ``size`` when there is none."""
    found = Resync(file, start, size).next_segment(start)
    return size if found is None else found
