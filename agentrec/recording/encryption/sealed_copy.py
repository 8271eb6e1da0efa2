"""An encrypted copy of a whole recording: inside, it is the same byte for byte, signatures included."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

from agentrec.recording.encryption import envelope
from agentrec.recording.encryption.encryptor import Encryptor
from agentrec.recording.format import frames
from agentrec.recording.format.frames import Frame
from agentrec.recording.format.header import file_id_of
from agentrec.recording.format.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject

_PIECE_BYTES = 256 << 10  # reading one byte decrypts a whole piece


def write_sealed(
    file: BinaryIO, size: int, header: JsonObject, recipients: list[str], target: str
) -> None:
    """Write the first ``size`` bytes of a recording to ``target``, for ``recipients``, public keys.

    ``header`` is the recording's, as it is in the file. Raises FormatError, OSError.
    """
    file_id = file_id_of(header)
    shown = envelope.pack_header(header, file_id)
    encryptor = Encryptor(recipients, file_id, at=len(shown))
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        frames.write_all(fd, [shown])
        for pieces in _groups(file, size):
            frames.write_all(fd, encryptor.encrypt(pieces))
    finally:
        os.close(fd)


def _groups(file: BinaryIO, size: int) -> Iterator[list[bytes]]:
    """All bytes, in order: a group begins with a segment and at the end of a recording, as a writer's do."""
    waiting: list[bytes] = []
    length = 0
    for data, kind in _stretches(file, size):
        begins = kind in (frames.SEGMENT, frames.END)
        if waiting and (begins or length + len(data) > _PIECE_BYTES):
            yield waiting
            waiting, length = [], 0
        waiting.append(data)
        length += len(data)
        if kind == frames.END:
            yield waiting
            waiting, length = [], 0
    if waiting:
        yield waiting


def _stretches(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Each frame with its kind; what is between frames as it is, with kind 0."""
    end = len(frames.MAGIC)
    yield _read(file, 0, end), 0
    for item in walk(file, end, size):
        if isinstance(item, Frame):
            yield item.head + item.payload, item.kind
        else:
            stop = item.offset + item.length
            for start in range(item.offset, stop, _PIECE_BYTES):
                yield _read(file, start, min(stop, start + _PIECE_BYTES)), 0


def _read(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(end - start)
