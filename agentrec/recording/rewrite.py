"""Whole recordings written at once: compacted, repaired, or from a list of events."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from agentrec.atomic import create_part, replacing
from agentrec.config import make_folders
from agentrec.errors import OutputError
from agentrec.locks import try_lock
from agentrec.recording.encryption import envelope
from agentrec.recording.encryption.encryptor import Encryptor
from agentrec.recording.encryption.identities import how_to_convert
from agentrec.recording.format import batch, frames
from agentrec.recording.format.codec import record_name, to_record
from agentrec.recording.format.frames import Frame
from agentrec.recording.format.header import (
    DEFAULT_SIZE,
    header_size,
    new_file_id,
    pack_header,
    recipients_of,
)
from agentrec.recording.format.moved_chunk import MIN_BYTES, MovedChunk
from agentrec.recording.format.segments import SegmentWriter
from agentrec.recording.format.work_limit import UNREAD, WorkLimit
from agentrec.recording.reader import ChunkDecoder, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.recording.format.batch import Record

CHUNK_BYTES = 256 << 10
CHUNK_RECORDS = 4096
_COPY_BYTES = 1 << 20
_LOCK_TRIES = 5
_KNOWN = (frames.HEADER, frames.SEGMENT, frames.CHUNK, frames.INDEX, frames.END)


class BuiltKeyframe(NamedTuple):
    """The state after ``seq`` events at ``t`` ns: the payload of a keyframe's frame."""

    seq: int
    t: int
    payload: bytes


def quality_for(raw: int, stored: int) -> int:
    """Brotli quality for ``raw`` bytes of payload, ``stored`` of them uncompressed so far.

    Closing then takes seconds at most, and usually a fraction of one.
    """
    if raw <= 4 << 20:
        return 9
    return 5 if stored <= 96 << 20 else 3 if stored <= 256 << 20 else 1


def save(
    path: str,
    header: JsonObject,
    events: Iterable[Event],
    *,
    overwrite: bool = False,
    quality: int = 5,
    recipients: list[str] | None = None,
) -> None:
    """Write ``events`` as a new recording, which appears under its name when it is complete.

    With ``recipients``, public keys, it is encrypted so that only they can read it.
    Raises OutputError, and FormatError for events that no recording can hold.
    """
    save_records(
        path,
        header,
        ((event.seq, to_record(event)) for event in events),
        overwrite=overwrite,
        quality=quality,
        recipients=recipients,
    )


def save_records(
    path: str,
    header: JsonObject,
    records: Iterable[tuple[int, Record | MovedChunk]],
    *,
    overwrite: bool = False,
    quality: int = 5,
    recipients: list[str] | None = None,
) -> None:
    """The same with records, or chunks of them, and the seqs of these. Raises as :func:`save`."""
    if not overwrite and os.path.lexists(path):
        raise OutputError(f"{path} already exists", "choose another file, or use --overwrite")
    try:
        with replacing(path, durable=True) as fd:
            writer = _Output(fd, recipients).begin(
                header, header_size(header) or DEFAULT_SIZE, quality
            )
            pending = _Buffer(writer)
            for seq, record in records:
                if seq > writer.seq + len(pending.records):
                    pending.flush()
                    writer.skip_to(seq)
                if isinstance(record, MovedChunk):
                    pending.add_moved(record)
                else:
                    pending.add(record)
            pending.flush()
            writer.finish()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None


def compact(path: str, quality: int, keyframes: Iterator[BuiltKeyframe] | None = None) -> bool:
    """Compress again, in place: the file is replaced by a smaller one with equal events.

    ``keyframes``, in order, take the place of those in the file. False, and nothing has changed, when it is
    not a regular file, is encrypted, or was changed meanwhile.
    """
    before = os.stat(path)
    if not stat.S_ISREG(before.st_mode):
        return False
    with Recording.outside(path) as recording:
        if recording.encrypted:
            return False
    real = os.path.realpath(path)
    part, fd = create_part(real)
    try:
        try:
            with Recording.open(path) as recording:
                _copy(recording, _Output(fd), recording.first_header, quality, keyframes)
            os.fsync(fd)
            os.utime(fd, ns=(before.st_atime_ns, before.st_mtime_ns))  # it is not newer than it was
        finally:
            os.close(fd)
        return _replace(part, real, before)
    finally:
        with suppress(OSError):
            os.unlink(part)


def _replace(part: str, path: str, before: os.stat_result) -> bool:
    """Give ``part`` the name ``path``, unless what is there is not as it was ``before``."""
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        if not try_lock(fd, tries=_LOCK_TRIES):
            return False
        now = os.fstat(fd)
        same = os.path.samestat(now, before) and os.path.samestat(now, os.stat(path))
        if not same or (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            return False
        os.chmod(part, stat.S_IMODE(before.st_mode))
        os.replace(part, path)
        return True
    finally:
        os.close(fd)


class RepairLoss(TypedDict):
    """What was lost in a repair; ``damage``: offset, length and reason of what could not be read."""

    ended: bool
    events_lost: int
    damage: list[tuple[int, int, str]]


def repair(source: str, target: str, advance: Callable[[int], object] = int) -> RepairLoss:
    """Write what is readable of ``source`` to ``target``, with the same seqs and times.

    Returns what was lost; the new header has it as ``repaired``. ``advance`` is called with how many
    bytes of the source were read, of each twice its size. Raises InputError, OutputError.
    """
    with Recording.open(source) as recording:
        recording.work = WorkLimit(recording.file_size, copies=True)
        kept = 0
        last = -1
        for seq, records in recording.batches():
            kept += len(records)
            last = seq + len(records) - 1
            advance(recording.file.tell())
        if recording.end is not None:
            last = max(last, recording.end[1] - 1)
        lost: RepairLoss = {
            "ended": recording.ended,
            "events_lost": last + 1 - kept,
            "damage": [(item.offset, item.length, item.reason) for item in recording.damage],
        }
        if recording.unread:
            offset = recording.file_size - recording.unread
            lost["damage"].append((offset, recording.unread, UNREAD))
        recipients = recipients_for_copy(recording)
        cols, rows = recording.size
        header: JsonObject = {
            "cols": cols,
            "rows": rows,
            **recording.first_header,
            "repaired": lost,
        }
        try:
            with replacing(target, durable=True) as fd:
                out = _Output(fd, recipients)
                work = WorkLimit(recording.file_size, copies=True)
                _copy(recording, out, header, 5, advance=advance, work=work)
        except OSError as error:
            raise OutputError(f"cannot write {target}: {error.strerror}") from None
    return lost


def recipients_for_copy(recording: Recording) -> list[str] | None:
    """To whom what is made of it is encrypted, which is to whom it is; None if it is not encrypted.

    Raises OutputError if that was lost with its header.
    """
    if not recording.encrypted:
        return None
    if recipients := recipients_of(recording.header):
        return recipients
    raise OutputError(
        f"cannot write a copy of {recording.path}: with its header it has lost to whom it is encrypted",
        how_to_convert(recording.path),
    )


def put_back(fd: int, path: str) -> None:
    """Copy the open file ``fd``, whose name is gone, to ``path`` again. Raises OSError."""
    make_folders(os.path.dirname(os.path.abspath(path)))
    with replacing(path, durable=True) as target:
        offset = 0
        while block := os.pread(fd, _COPY_BYTES, offset):
            frames.write_all(target, [block])
            offset += len(block)


def _copy(
    recording: Recording,
    out: _Output,
    header: JsonObject,
    quality: int,
    keyframes: Iterator[BuiltKeyframe] | None = None,
    advance: Callable[[int], object] = int,
    work: WorkLimit | None = None,
) -> None:
    """Every record, keyframe and unknown frame of ``recording``, in order, in new segments.

    ``keyframes`` take the place of its own. ``advance`` is called with its size and what was read of it.
    With ``work``, the rest is left out when that is used up.
    """
    writer = out.begin(header, recording.size, quality)
    pending = _Buffer(writer)
    coming = next(keyframes, None) if keyframes else None
    for item in _contents(recording, work):
        advance(recording.file_size + recording.file.tell())
        if isinstance(item, Frame):
            pending.flush()
            if item.kind != frames.KEYFRAME:
                writer.keep(item.kind, item.flags, item.payload)
            elif not keyframes and len(item.payload) >= frames.KEYFRAME_BODY.size:
                seq, t, _ = frames.KEYFRAME_BODY.unpack_from(item.payload)
                _put_keyframe(writer, BuiltKeyframe(seq, t, item.payload))
            continue
        while keyframes and coming and coming.seq <= writer.seq:
            _put_keyframe(writer, coming)
            coming = next(keyframes, None)
        seq, records = item
        if seq != writer.seq + len(pending.records):
            pending.flush()
            writer.skip_to(seq)
        for record in records:
            pending.add(record)
    pending.flush()
    writer.finish()


def _put_keyframe(writer: SegmentWriter, keyframe: BuiltKeyframe) -> None:
    writer.index.keyframes.append([writer.offset, keyframe.seq, keyframe.t])
    writer.keep(frames.KEYFRAME, frames.COMPRESSED | frames.DERIVED, keyframe.payload)


def _contents(
    recording: Recording, work: WorkLimit | None
) -> Iterator[Frame | tuple[int, list[Record]]]:
    decoder = ChunkDecoder()
    for item in recording.frames():
        if work and work.used_up:
            return
        chunk = decoder.feed(item)
        if chunk is not None:
            if work:
                work.decoded(len(chunk.raw), len(chunk))
            yield chunk.seq, list(chunk.records())
        elif isinstance(item, Frame) and item.kind not in _KNOWN:
            yield item


class _Buffer:
    """Collects records into chunks of a good size, and counts them for the index."""

    def __init__(self, writer: SegmentWriter) -> None:
        self._writer = writer
        self._raw = self._t = 0
        self.records: list[Record] = []

    def add(self, record: Record) -> None:
        if record[0] < self._t:  # someone has reordered the segments
            record = (self._t, *record[1:])
        self._t = record[0]
        self.records.append(record)
        self._raw += len(record[2])
        index = self._writer.index
        index.count(
            self._writer.seq + len(self.records) - 1, record[0], record_name(record), len(record[2])
        )
        if self._raw >= CHUNK_BYTES or len(self.records) >= CHUNK_RECORDS:
            self.flush()

    def add_moved(self, chunk: MovedChunk) -> None:
        raw = chunk.columns.raw
        if len(raw) < MIN_BYTES or chunk.first < self._t or not batch.begins_at_once(raw):
            for record in chunk.records():
                self.add(record)
            return
        self.flush()
        self._writer.add_moved(chunk)
        self._t = chunk.last

    def flush(self) -> None:
        if self.records:
            self._writer.add(self.records)
            self.records = []
            self._raw = 0


class _Output:
    """A recording that is being written to an open file, for ``recipients`` if there are any."""

    def __init__(self, fd: int, recipients: list[str] | None = None) -> None:
        self._fd, self._recipients = fd, recipients
        self._encryptor: Encryptor | None = None

    def begin(self, header: JsonObject, size: tuple[int, int], quality: int) -> SegmentWriter:
        file_id = new_file_id()
        if self._recipients:
            header = {**header, "recipients": self._recipients}
            shown = envelope.pack_header(header, file_id)
            frames.write_all(self._fd, [shown])
            self._encryptor = Encryptor(self._recipients, file_id, at=len(shown))
        header_frame = pack_header(header, file_id)
        self.write([frames.MAGIC + header_frame])
        return SegmentWriter(
            self.write,
            file_id,
            offset=len(frames.MAGIC) + len(header_frame),
            chain=hashlib.sha256(header_frame).digest(),
            size=size,
            quality=quality,
        )

    def write(self, pieces: Sequence[bytes]) -> None:
        if self._encryptor:
            pieces = self._encryptor.encrypt(pieces)
        frames.write_all(self._fd, pieces)
