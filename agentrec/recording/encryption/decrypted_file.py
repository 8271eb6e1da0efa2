"""Reading: the recording inside an encrypted one, as a file that can be read and seeked.

Offsets are those of the recording. A stretch that cannot be decrypted reads as one broken frame of the
same length, so that a reader loses what it would lose of any recording that is damaged there.
"""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from agentrec.errors import FormatError
from agentrec.recording.encryption import envelope
from agentrec.recording.encryption.envelope import Cipher
from agentrec.recording.format import frames
from agentrec.recording.format.checksum import checksum
from agentrec.recording.format.frames import Damage, Frame, read_frame
from agentrec.recording.format.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

    from agentrec.recording.encryption.envelope import KeyRow

# Opening a key takes long: a file made to waste time has many of them. A segment is rarely smaller.
_MIN_KEYS, _BYTES_PER_KEY = 256, 4096
# Keys that are tried before a file counts as somebody else's.
_TRIED_KEYS = 16
_NO_KIND = 0
# Of what is lost, so much is read at once, as of a frame.
_LOST_BYTES = frames.MAX_PAYLOAD_BYTES


class _Piece(NamedTuple):
    start: int  # in the recording
    stop: int
    offset: int  # of its frame


class _Segment:
    """What is under one key: ``start`` is its offset in the recording, ``row`` what the file says of it."""

    __slots__ = ("cipher", "pieces", "row", "start")

    def __init__(self, row: KeyRow, start: int) -> None:
        self.row, self.start = row, start
        self.cipher: Cipher | None = None
        self.pieces: list[_Piece] | None = None  # None: not yet looked for


class _Places:
    """Where pieces are in the recording: where the file says, as far as that can be.

    In an intact file they follow each other. A gap has to have been lost from the file between them, so
    it cannot be longer there; what claims to be before what was read comes after it.
    """

    def __init__(self, offset: int, claimed: int = 0, end: int = 0) -> None:
        self._offset, self._claimed = offset, claimed  # in the file, what it said
        self.end = end

    def place(self, frame: Frame, claimed: int, length: int) -> int:
        gap = min(max(0, claimed - self._claimed), max(0, frame.offset - self._offset))
        start = self.end + gap
        self.end, self._claimed, self._offset = start + length, claimed + length, frame.end
        return start


class DecryptedFile(io.RawIOBase):
    """The recording inside ``file``; ``unwrap`` opens a wrapped key, or raises FormatError.

    Grows with the file. ``refused`` are offsets of frames that are intact, but do not open with their
    key: somebody changed them.
    """

    encrypted = True

    def __init__(self, file: BinaryIO, unwrap: Callable[[bytes], bytes]) -> None:
        self.file, self._unwrap = file, unwrap
        self._position = 0
        self._segments: list[_Segment] = []
        self._walked = len(envelope.MAGIC)
        self._places = _Places(self._walked)
        self._cached: tuple[int, int, bytes] = (0, 0, b"")  # start, stop, bytes
        self.refused: set[int] = set()
        self._opened_keys = 0
        self.file_size = 0
        self._take_directory()
        self._extend()

    def opens(self) -> bool:
        """Whether a key of the file can be unwrapped; true for a file without keys, where nothing is shut."""
        shut = False
        for segment in self._segments[:_TRIED_KEYS]:
            frame = self._key_frame(segment)
            segment.cipher = self._cipher(frame) if frame else None
            if segment.cipher:
                return True
            shut = shut or frame is not None
        return not shut

    @property
    def rows(self) -> list[KeyRow]:
        """The keys, as a directory lists them."""
        return [segment.row for segment in self._segments]

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.file.fileno()

    def close(self) -> None:
        self.file.close()
        super().close()

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            self._extend()
            offset += self._places.end
        elif whence == os.SEEK_CUR:
            offset += self._position
        self._position = max(0, offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        start, _, data = self._stretch(self._position)
        at = self._position - start
        part = data[at : at + len(view)]
        view[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _extend(self) -> None:
        """Find what has been appended to the file."""
        self.file_size = self.file.seek(0, os.SEEK_END)
        if self._walked >= self.file_size:
            return
        for item in walk(self.file, self._walked, self.file_size):
            if isinstance(item, Damage):
                if item.offset + item.length == self.file_size and item.reason == "torn":
                    break  # perhaps still being written: look again from here
                self._walked = item.offset + item.length
                continue
            self._feed(item)
            self._walked = item.end
        if self._segments:
            self._segments[-1].pieces = None

    def _feed(self, frame: Frame) -> None:
        values = envelope.claim(frame)
        if values is None:
            return
        claimed, length = values
        start = self._places.place(frame, claimed, length)
        if frame.kind == frames.KEY:
            self._segments.append(_Segment((frame.offset, claimed), start))

    def _take_directory(self) -> None:
        """Take the keys from the end of the file, so that not all of it has to be read."""
        size = self.file.seek(0, os.SEEK_END)
        tail = envelope.DIRECTORY_TAIL
        if size < len(envelope.MAGIC) + envelope.directory_bytes(0):
            return
        self.file.seek(size - tail.size)
        inside, count = tail.unpack(self.file.read(tail.size))
        offset = size - envelope.directory_bytes(count)
        if offset < len(envelope.MAGIC):
            return
        frame = read_frame(self.file, offset, size)
        if not isinstance(frame, Frame) or frame.kind != frames.DIRECTORY:
            return
        try:
            rows, inside = envelope.parse_directory(frame)
        except FormatError:
            return
        self._segments = [_Segment(row, row[1]) for row in rows]
        self._places = _Places(frame.end, inside, inside)
        self._walked = frame.end

    def _stretch(self, position: int) -> tuple[int, int, bytes]:
        """Start, end and bytes of what is around ``position``: a piece, or what is lost between two."""
        start, stop, _ = self._cached
        if not start <= position < stop:
            self._cached = self._read_stretch(position)
        return self._cached

    def _read_stretch(self, position: int) -> tuple[int, int, bytes]:
        if position >= self._places.end:
            return position, position, b""
        number = bisect_right(self._segments, position, key=lambda one: one.start) - 1
        if number < 0:
            stop = self._segments[0].start if self._segments else self._places.end
            return _lost_part(0, stop, position)
        segment = self._segments[number]
        stop = self._stop(number)
        pieces = self._pieces(number)
        at = bisect_right(pieces, position, key=lambda one: one.start) - 1
        piece = pieces[at] if at >= 0 else None
        if piece and position < piece.stop:
            data = self._decrypt(segment, piece)
            return piece.start, piece.stop, data or _lost(piece.start, piece.stop)
        start = piece.stop if piece else segment.start
        stop = pieces[at + 1].start if at + 1 < len(pieces) else stop
        return _lost_part(start, stop, position)

    def _stop(self, number: int) -> int:
        """Where the segment ends in the recording."""
        after = self._segments[number + 1 : number + 2]
        return after[0].start if after else self._places.end

    def _pieces(self, number: int) -> list[_Piece]:
        segment = self._segments[number]
        if segment.pieces is None:
            self._look_into(segment, number)
        return segment.pieces or []

    def _look_into(self, segment: _Segment, number: int) -> None:
        """Find the key and the pieces of a segment."""
        after = self._segments[number + 1 : number + 2]
        until = after[0].row[0] if after else self._walked
        stop = self._stop(number)
        places = _Places(segment.row[0], segment.row[1], segment.start)
        segment.pieces = []
        for item in walk(self.file, segment.row[0], until):
            values = envelope.claim(item) if isinstance(item, Frame) else None
            if values is None or not isinstance(item, Frame):
                continue
            start = places.place(item, *values)
            if item.kind == frames.KEY:
                segment.cipher = segment.cipher or self._cipher(item)
            elif places.end <= stop:
                segment.pieces.append(_Piece(start, places.end, item.offset))

    def _key_frame(self, segment: _Segment) -> Frame | None:
        frame = read_frame(self.file, segment.row[0], self.file_size)
        return frame if isinstance(frame, Frame) and frame.kind == frames.KEY else None

    def _cipher(self, frame: Frame) -> Cipher | None:
        """What decrypts under a KEY frame; None when it cannot be opened."""
        bound = frame.payload[: envelope.KEY_BODY.size]
        self._opened_keys += 1
        if self._opened_keys > _MIN_KEYS + self.file_size // _BYTES_PER_KEY:
            return None
        try:
            key = self._unwrap(frame.payload[envelope.KEY_BODY.size :])
        except FormatError:
            return None
        return Cipher(key, bound) if len(key) == envelope.KEY_BYTES else None

    def _decrypt(self, segment: _Segment, piece: _Piece) -> bytes | None:
        frame = read_frame(self.file, piece.offset, self.file_size)
        if not isinstance(frame, Frame) or segment.cipher is None:
            return None
        try:
            return segment.cipher.decrypt(frame.payload)
        except FormatError:
            self.refused.add(piece.offset)
            return None


def _lost_part(start: int, stop: int, position: int) -> tuple[int, int, bytes]:
    """The part around ``position`` of what is lost between ``start`` and ``stop``, which may be very long."""
    part = start + (position - start) // _LOST_BYTES * _LOST_BYTES
    end = min(stop, part + _LOST_BYTES)
    return part, end, _lost(part, end)


def _lost(start: int, stop: int) -> bytes:
    """Bytes in place of lost ones: a broken frame, which a reader steps over; its signature is known."""
    first = frames.MAGIC if start == 0 else b""
    length = stop - start - len(first) - frames.FRAME.size
    if length < 0:
        return bytes(stop - start)
    payload = bytes(length)
    head = frames.FRAME.pack(frames.SYNC, _NO_KIND, 0, length, 0)
    wrong = checksum([head[:8], payload], length) ^ 1
    return first + head[:8] + wrong.to_bytes(4, "little") + payload
