"""Adding a moment, a note or a title to a finished recording, after its end, without rewriting the rest.

The file gets one more segment, and a new index and end: what was there stays byte for byte. Times
never decrease in a recording, so the event has the time of its end, and ``at_ns`` in its data is the
time it marks; :mod:`agentrec.recording.markers` puts it there.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING

from agentrec.atomic import touch_folder
from agentrec.errors import OutputError
from agentrec.locks import LOCK_TRIES, try_lock
from agentrec.recording.encryption.encrypted_input import decrypting
from agentrec.recording.encryption.encryptor import Encryptor
from agentrec.recording.encryption.identities import how_to_convert
from agentrec.recording.events import MOMENT, Event
from agentrec.recording.format import batch, frames
from agentrec.recording.format.codec import pack_json
from agentrec.recording.format.frames import Frame
from agentrec.recording.format.header import file_id_of, recipients_of
from agentrec.recording.format.segments import SegmentWriter
from agentrec.recording.reader import ChunkDecoder, Recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.json_values import JsonObject
    from agentrec.recording.format.batch import Record

MAX_LABEL_CHARS = 1000
NOTE, ABOUT = ("mark", "note"), ("mark", "about")


def append_moment(path: str, t: int, label: str, source: str) -> str:
    """Mark time ``t`` (ns) of the finished recording at ``path``; returns the label.

    Without a label it gets a number. Raises InputError, FormatError, and OutputError when the
    recording is still being written, was cut short, or cannot be written.
    """
    with _writable(path) as (fd, recording):
        count = recording.index.counts.get("mark/moment", 0)
        label = label.strip()[:MAX_LABEL_CHARS] or f"mark {count + 1}"
        _append(fd, recording, MOMENT, t, {"label": label, "source": source})
    return label


def append_note(path: str, t: int, data: JsonObject) -> int:
    """Add a note about time ``t`` (ns); returns the number of its event. Raises as :func:`append_moment`."""
    with _writable(path) as (fd, recording):
        return _append(fd, recording, NOTE, t, data)


def append_about(path: str, title: str, tags: Sequence[str]) -> None:
    """Give the finished recording at ``path`` a title and tags. Raises as :func:`append_moment`."""
    with _writable(path) as (fd, recording):
        data: JsonObject = {"title": title[:MAX_LABEL_CHARS], "tags": list(tags)}
        _append(fd, recording, ABOUT, recording.duration, data)


@contextmanager
def _writable(path: str) -> Iterator[tuple[int, Recording]]:
    fd = _open_locked(path)
    try:
        with Recording.open(path) as recording:
            yield fd, recording
    finally:
        os.close(fd)


def _open_locked(path: str) -> int:
    """The file at ``path``, which is packed at times, that is, replaced by a smaller one."""
    while True:
        fd = _open(path)
        if not try_lock(fd, tries=LOCK_TRIES):
            os.close(fd)
            raise OutputError(
                f"{path} is still being recorded", "`agentrec mark` and `agentrec note` add to it"
            )
        if os.path.exists(path) and os.path.samestat(os.fstat(fd), os.stat(path)):
            return fd
        os.close(fd)


def _open(path: str) -> int:
    try:
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    except OSError as error:
        raise OutputError(f"cannot add to {path}: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OutputError(f"cannot add to {path}: it is not a file")
    return fd


def _append(fd: int, recording: Recording, name: tuple[str, str], t: int, data: JsonObject) -> int:
    """Add an event about time ``t``; returns its number."""
    imported = recording.header.get("imported")
    if isinstance(imported, dict) and (file := imported.get("file")):
        raise OutputError(
            f"cannot add to {file}: it is not an agentrec recording",
            f"convert it first: agentrec convert {file} NEW.ahr",
        )
    if recording.end is None:
        raise OutputError(
            f"cannot add to {recording.path}: it was cut short",
            f"repair it first: agentrec repair{_option(recording)} {quote(recording.path)}",
        )
    _, seq, end, chain = recording.end
    index = recording.index
    payload = pack_json(Event(seq, end, *name, {**data, "at_ns": min(max(0, t), end)}))
    index.count(seq, end, "/".join(name), len(payload))
    new: list[bytes] = []
    encryptor = _encryptor(recording)
    writer = SegmentWriter(
        lambda pieces: new.extend(map(bytes, encryptor.encrypt(pieces)) if encryptor else pieces),
        file_id_of(recording.header),
        offset=recording.file_size,
        chain=chain,
        size=_last_size(recording),
        index=index,
    )
    writer.seq = seq
    writer.add([(end, batch.JSON, payload)])
    writer.finish()
    _write(fd, recording, new)
    touch_folder(recording.path)
    return seq


def _option(recording: Recording) -> str:
    from agentrec.recording.encryption.identities import option_for

    return option_for(encrypted=recording.encrypted)


def _encryptor(recording: Recording) -> Encryptor | None:
    """What encrypts an addition for everyone who can read the recording; None for one that is not encrypted.

    A key of its own: that of the recorder is gone, and so are its nonces.
    """
    inside = decrypting(recording.file)
    if not inside:
        return None
    recipients = recipients_of(recording.header)
    if not recipients:
        raise OutputError(
            f"cannot add to {recording.path}: it does not say who may read it",
            how_to_convert(recording.path),
        )
    return Encryptor(
        recipients,
        file_id_of(recording.header),
        at=inside.file_size,
        inside=recording.file_size,
        rows=inside.rows,
    )


def _last_size(recording: Recording) -> tuple[int, int]:
    """Columns and rows of the terminal at the end."""
    size = recording.size
    if not recording.index.segments:
        return size
    chunks = ChunkDecoder()
    for item in recording.frames(recording.index.segments[-1][0]):
        if isinstance(item, Frame) and item.kind == frames.SEGMENT:
            cols, rows = frames.SEGMENT_BODY.unpack_from(item.payload)[5:7]
            size = (cols, rows)
        chunk = chunks.feed(item)
        for record in chunk.records() if chunk else ():
            size = _size_of(record) or size
    return size


def _size_of(record: Record) -> tuple[int, int] | None:
    if record[1] != batch.RESIZE or len(record[2]) != batch.SIZE.size:
        return None
    cols, rows = batch.SIZE.unpack(record[2])
    return cols, rows


def _write(fd: int, recording: Recording, pieces: list[bytes]) -> None:
    """Append all of ``pieces``; on failure leave the file as it was."""
    try:
        frames.write_all(fd, pieces)
    except OSError as error:
        os.ftruncate(fd, recording.disk_size)
        raise OutputError(f"cannot add to {recording.path}: {error.strerror}") from None
