"""Whether a file is an encrypted recording, and what shows of one that stays closed."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, BinaryIO

from agentrec.recording.encryption import envelope
from agentrec.recording.format import frames
from agentrec.recording.format.frames import Frame, read_frame

if TYPE_CHECKING:
    from agentrec.recording.encryption.decrypted_file import DecryptedFile


def is_encrypted(file: BinaryIO) -> bool:
    """Whether ``file`` is an encrypted recording, also when its beginning is damaged."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    magic = file.read(len(envelope.MAGIC))
    frame = read_frame(file, len(magic), size)
    file.seek(0)
    # The signatures differ in one bit: the header tells, unless it is damaged or cut off.
    if isinstance(frame, Frame) and frame.kind == frames.HEADER:
        return envelope.is_header(frame)
    return magic[:5] == envelope.MAGIC[:5]


def opened(file: BinaryIO, path: str) -> BinaryIO:
    """The recording inside the encrypted one ``file``, which is closed with it. Raises EncryptedError."""
    from agentrec.recording.encryption import identities
    from agentrec.recording.encryption.decrypted_file import DecryptedFile

    inside = DecryptedFile(file, identities.unwrapper(path))
    if not inside.opens():
        raise identities.closed(path)
    return io.BufferedReader(inside)


def decrypting(file: BinaryIO) -> DecryptedFile | None:
    """The layer that decrypts what is read of ``file``; None for a file that is not encrypted."""
    raw = getattr(file, "raw", None)
    return raw if getattr(raw, "encrypted", False) else None
