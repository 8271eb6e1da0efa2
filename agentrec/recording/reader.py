"""The reader: events of any part of a recording, in bounded memory, from files in any state."""

from __future__ import annotations

import os
from bisect import bisect_right
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO, Self

from agentrec.errors import FormatError, InputError
from agentrec.locks import is_locked
from agentrec.recording.encryption.encrypted_input import decrypting, is_encrypted, opened
from agentrec.recording.events import UNKNOWN, Event
from agentrec.recording.format import batch, frames
from agentrec.recording.format.codec import record_name, to_event
from agentrec.recording.format.frames import Damage, Frame, read_frame
from agentrec.recording.format.header import (
    DEFAULT_SIZE,
    MAX_HEADER_BYTES,
    header_size,
    load_json,
    parse_header,
)
from agentrec.recording.format.index import MAX_INTEGER, Index
from agentrec.recording.format.segment_decoder import SegmentDecoder, inflate_whole, segment_start
from agentrec.recording.format.walk import next_segment, walk
from agentrec.recording.format.work_limit import CHEAP, WorkLimit

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.format.batch import Record
    from agentrec.recording.format.segment_decoder import Columns
    from agentrec.recording.format.work_limit import Cost


class Recording:
    """An open recording. Use as a context manager, or call :meth:`close`.

    ``header``  the header's JSON object (``{}`` with a damage note when it is lost), with its newest title
    ``first_header``  the same as it is in the file
    ``name``    what the user calls it; its path, unless it was made of a file of another format
    ``lacks``   what that format cannot hold
    ``size``    columns and rows at the start
    ``file_size``  bytes of the recording; ``disk_size``: of its file, which is larger if it is encrypted
    ``ended``   whether the file ends as its writer ended it
    ``live``    whether it is being written now
    ``encrypted``  whether the file is; :meth:`open` decrypts it, :meth:`outside` does not
    ``damage``  what could not be read so far; complete once all events were read
    ``work``    how much may still be read, see :mod:`agentrec.recording.format.work_limit`
    ``unread``  bytes at the end of the file that were not read because of that limit
    """

    def __init__(self, file: BinaryIO, path: str) -> None:
        """Raises FormatError when ``file`` (seekable) is not a recording."""
        self.file = file
        self.path = self.name = path
        self.lacks = ""
        self.file_size = file.seek(0, os.SEEK_END)
        self.live = is_live(file)
        inside = decrypting(file)
        self.disk_size = inside.file_size if inside else self.file_size
        self.work = WorkLimit(self.file_size)
        self.unread = self._chunk_offset = 0
        self._damage: dict[int, Damage] = {}
        self.first_header, self.first = self._read_header()
        self.header = dict(self.first_header)
        # Encrypted, and only what shows outside of it is read.
        self.unopened = self.header.get("version") == frames.ENCRYPTED_VERSION
        self.encrypted = self.unopened or inside is not None
        self.end = self._read_end()
        self._index: Index | None = self._read_index()
        self._duration: int | None = self.end[2] if self.end else None
        self._take_title()

    @classmethod
    def open(cls, path: str) -> Recording:
        """Open the recording at ``path``. Raises InputError, FormatError, EncryptedError."""
        return cls._open(open_input(path), path)

    @classmethod
    def outside(cls, path: str) -> Recording:
        """The same, but of one that is encrypted only what shows without a key: no events.

        For what must not hold more of it. Raises InputError, FormatError.
        """
        return cls._open(open_input(path, decrypt=False), path)

    @classmethod
    def _open(cls, file: BinaryIO, path: str) -> Recording:
        try:
            return cls(file, path)
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.file.close()

    @property
    def damage(self) -> list[Damage]:
        return [self._damage[offset] for offset in sorted(self._damage)]

    @property
    def ended(self) -> bool:
        return self.end is not None

    @property
    def size(self) -> tuple[int, int]:
        size = header_size(self.header)
        if size:
            return size
        for item in self.frames(self.first):
            if isinstance(item, Frame) and item.kind == frames.SEGMENT:
                start = segment_start(item)
                if start and all(start.size):
                    return start.size
        return DEFAULT_SIZE

    @property
    def indexed(self) -> bool:
        """Whether :attr:`index` is known without reading the file."""
        return self._index is not None

    @property
    def index(self) -> Index:
        """The index in the file, or one rebuilt from its segments."""
        if self._index is None:
            self._index, self._duration = self._rebuild()
        return self._index

    @property
    def duration(self) -> int:
        """Nanoseconds from the start to the last event."""
        if self._duration is None:
            self._index, self._duration = self._rebuild()
        return self._duration

    def frames(self, offset: int | None = None) -> Iterator[Frame | Damage]:
        """Every frame from ``offset`` on, unreadable stretches as damage. Raw access for tools."""
        start = self.first if offset is None else offset
        for item in walk(self.file, start, self.file_size):
            if isinstance(item, Damage):
                self._damage[item.offset] = item
            yield item

    def events(
        self,
        since: int = 0,
        until: int | None = None,
        tracks: Container[str] | None = None,
        *,
        binary: bool = True,
        cost: Cost = CHEAP,
    ) -> Iterator[Event]:
        """Events with ``since <= t <= until`` (ns), of the named tracks only when given.

        Without ``binary``, only those whose data is JSON, which is much faster. ``cost``: what the caller
        does with each, for the limit of work; see ``unread``.
        """
        some = tracks is not None and "term" not in tracks and UNKNOWN not in tracks
        some = some or not binary
        for chunk in self._chunks_from(self._start_of(since)):
            if some and batch.JSON not in chunk.kinds:
                continue
            for number, (t, kind, payload) in enumerate(chunk.records(), chunk.seq):
                if t < since or (some and kind != batch.JSON):
                    continue
                if until is not None and t > until:
                    return
                event = to_event(number, (t, kind, payload))
                self.work.event(kind, len(payload), cost)
                if tracks is None or event.track in tracks:
                    yield event
                    if self.work.used_up:
                        self.leave_unread(self._chunk_offset)
                        return

    def at(self, seqs: Iterable[int]) -> Iterator[Event]:
        """The events with these seqs, in order; reads only the segments that hold them."""
        wanted = sorted(set(seqs))
        segments = self.index.segments
        firsts = [entry[1] for entry in segments]
        for segment, group in groupby(wanted, key=lambda seq: bisect_right(firsts, seq) - 1):
            if segment < 0:
                continue
            seqs_here = set(group)
            stop = segments[segment + 1][0] if segment + 1 < len(segments) else None
            for chunk in self._chunks_from(segments[segment][0], stop):
                for number, record in enumerate(chunk.records(), chunk.seq):
                    if number in seqs_here:
                        self.work.event(record[1], len(record[2]), CHEAP)
                        yield to_event(number, record)
                if chunk.seq + len(chunk) > max(seqs_here):
                    break

    def batches(self, since: int = 0) -> Iterator[tuple[int, list[Record]]]:
        """``(first seq, records)`` of every chunk from the segment that holds time ``since`` (ns) on."""
        for chunk in self._chunks_from(self._start_of(since)):
            yield chunk.seq, list(chunk.records())

    def chunks(self) -> Iterator[Columns]:
        """Every chunk, in order: its records as columns."""
        return self._chunks_from(self.first)

    def leave_unread(self, offset: int) -> None:
        """The limit of work is reached before ``offset``."""
        self.unread = max(self.unread, self.file_size - offset)

    def _start_of(self, since: int) -> int:
        """The offset from which on there are all events at ``since`` or later."""
        if since <= 0:
            return self.first
        segments = self.index.segments
        # Events of one time may spill into the next segment: begin before the first that has it.
        number = max(0, bisect_right([entry[2] for entry in segments], since - 1) - 1)
        return segments[number][0] if segments else self.first

    def _chunks_from(self, start: int, stop: int | None = None) -> Iterator[Columns]:
        """Chunks between these offsets, until the limit of work is reached."""
        decoder = ChunkDecoder(self._note)
        for item in self.frames(start):
            if stop is not None and item.offset >= stop:
                return
            if self.work.used_up:
                self.leave_unread(item.offset)
                return
            chunk = decoder.feed(item)
            if chunk is not None:
                self.work.decoded(len(chunk.raw), len(chunk))
                self._chunk_offset = item.offset
                yield chunk

    def _note(self, damage: Damage) -> None:
        self._damage[damage.offset] = damage

    def _read_header(self) -> tuple[JsonObject, int]:
        """The header, and the offset of what follows it."""
        self.file.seek(0)
        magic = self.file.read(len(frames.MAGIC))
        frame = read_frame(self.file, len(frames.MAGIC), self.file_size)
        whole = isinstance(frame, Frame) and frame.kind == frames.HEADER
        if magic not in (frames.MAGIC, frames.ENCRYPTED_MAGIC) and not whole:
            return self._lost_header(magic)
        if isinstance(frame, Frame) and whole:
            if len(frame.payload) > MAX_HEADER_BYTES:
                self._note(Damage(0, frame.end, "the header is too large"))
                return {}, frame.end
            header = parse_header(frame.payload)
            if magic != frames.MAGIC_OF[header["version"]]:
                self._note(Damage(0, len(magic), "not the signature of a recording"))
            return header, frame.end
        onward = next_segment(self.file, 0, self.file_size)
        torn = frame == "torn" and onward == self.file_size
        self._note(Damage(0, onward, "torn inside the header" if torn else "the header is lost"))
        return {}, onward

    def _lost_header(self, magic: bytes) -> tuple[JsonObject, int]:
        if frames.MAGIC.startswith(magic) or frames.ENCRYPTED_MAGIC.startswith(magic):
            self._note(Damage(0, self.file_size, "torn inside the header"))
            return {}, self.file_size
        if magic[:4] == b"AHRC":
            raise FormatError(
                f"{self.path} is an Agent Harbor recording",
                f"convert it: agentrec convert {self.path} NEW.ahr",
            )
        from agentrec.recording.format.compressed_file import START_BYTES, compression_of, refusal

        self.file.seek(0)
        if found := compression_of(self.file.read(START_BYTES), self.path):
            raise refusal(self.path, found)
        raise FormatError(
            f"{self.path} is not an agentrec recording",
            "`agentrec convert` reads recordings of other tools",
        )

    def _take_title(self) -> None:
        """The title and tags that it was given after its end are those of its header."""
        if not self.end or not self._index or not self._index.counts.get("mark/about"):
            return
        work, self.work = self.work, WorkLimit(self.file_size)
        for event in self.events(self.end[2], tracks=("mark",), binary=False):
            if event.kind == "about" and isinstance(event.data, dict):
                self.header |= {name: event.data.get(name) for name in ("title", "tags")}
        self.work = work

    def _read_end(self) -> tuple[int, int, int, bytes] | None:
        """The values of the END frame, when it is the last frame in the file."""
        if self.file_size < self.first + frames.END_SIZE:
            return None
        frame = read_frame(self.file, self.file_size - frames.END_SIZE, self.file_size)
        if not isinstance(frame, Frame) or frame.kind != frames.END:
            return None
        if len(frame.payload) != frames.END_BODY.size:
            return None
        index, count, duration, chain = frames.END_BODY.unpack(frame.payload)
        if max(index, count, duration) > MAX_INTEGER:
            return None
        return index, count, duration, chain

    def _read_index(self) -> Index | None:
        if self.end is None or not self.first <= self.end[0] < self.file_size:
            return None
        frame = read_frame(self.file, self.end[0], self.file_size)
        if not isinstance(frame, Frame) or frame.kind != frames.INDEX:
            return None
        try:
            return Index.from_json(load_json(inflate_whole(frame.payload)), self.end[0])
        except (FormatError, KeyError, TypeError, ValueError):
            return None

    def _rebuild(self) -> tuple[Index, int]:
        """The index and duration, from all frames of the file."""
        index = Index()
        last = 0
        decoder = ChunkDecoder(self._note)
        for item in self.frames():
            if self.work.used_up:
                self.leave_unread(item.offset)
                break
            if isinstance(item, Damage):
                decoder.feed(item)
                continue
            _index_frame(index, item)
            chunk = decoder.feed(item)
            if chunk:
                self._index_chunk(index, chunk, stored=not item.flags & frames.COMPRESSED)
                last = chunk.times[-1]
        return index, last

    def _index_chunk(self, index: Index, chunk: Columns, *, stored: bool) -> None:
        """Count the records of a chunk that has some."""
        self.work.decoded(len(chunk.raw), len(chunk))
        raw = chunk.bounds[-1] - chunk.bounds[0]
        index.raw += raw
        index.stored += raw if stored else 0
        for seq, record in enumerate(chunk.records(), chunk.seq):
            length = len(record[2])
            self.work.event(record[1], length, CHEAP)
            index.count(seq, record[0], record_name(record), length)


def _index_frame(index: Index, frame: Frame) -> None:
    """List a segment or keyframe."""
    if frame.kind == frames.SEGMENT:
        start = segment_start(frame)
        if start:
            index.segments.append([frame.offset, start.seq, start.t])
    elif frame.kind == frames.KEYFRAME and len(frame.payload) >= frames.KEYFRAME_BODY.size:
        seq, t, _ = frames.KEYFRAME_BODY.unpack_from(frame.payload)
        index.keyframes.append([frame.offset, seq, t])


class ChunkDecoder:
    """Sans-IO: frames in, batches out; what cannot be decoded goes to ``note``, when given."""

    def __init__(self, note: Callable[[Damage], object] = repr) -> None:
        self._note = note
        self._segment: SegmentDecoder | None = None

    def feed(self, item: Frame | Damage) -> Columns | None:
        """The records of a chunk; None for anything else."""
        if isinstance(item, Damage):
            if self._segment:
                self._segment.stream_lost = True
            return None
        try:
            if item.kind == frames.SEGMENT:
                self._segment = None
                self._segment = SegmentDecoder(item)
            elif item.kind == frames.CHUNK and self._segment:
                return self._segment.columns(item)
        except FormatError as error:
            self._note(Damage(item.offset, item.end - item.offset, str(error)))
        return None


def open_input(path: str, *, decrypt: bool = True, name: str = "") -> BinaryIO:
    """Open a file for reading: one that is encrypted as the recording inside, unless ``decrypt`` is false.

    ``name`` is what the user calls an encrypted one, if not by its path. Raises InputError and
    EncryptedError with a line for the user.
    """
    try:
        file = open(path, "rb", opener=_open_nonblocking)  # noqa: SIM115 - the caller closes it
    except IsADirectoryError:
        raise InputError(f"{path} is a directory, not a recording") from None
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"cannot read {path}: {reason}") from None
    if not file.seekable():
        file.close()
        raise InputError(f"{path} is a stream; a recording must be a file")
    if decrypt and is_encrypted(file):
        try:
            return opened(file, name or path)
        except BaseException:
            file.close()
            raise
    return file


def _open_nonblocking(path: str, flags: int) -> int:
    """Do not wait when it is a pipe without a writer, nor take over a terminal."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)


def is_live(file: BinaryIO) -> bool:
    """Whether a writer holds the file's lock."""
    try:
        return is_locked(file.fileno())
    except ValueError:  # not a real file
        return False
