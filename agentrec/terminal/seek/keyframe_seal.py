"""Seals on keyframes: which of them were made here.

The terminal engine restores a state without checking it, so bytes that somebody else made could do
anything to this process. A keyframe therefore carries an HMAC under a key that only this user has; one
without it, or under another key, is made anew from the output, which costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from agentrec.config import NoHomeError, data_home
from agentrec.recording.format.header import dump_json

if TYPE_CHECKING:
    from typing import Any

NAME = "keyframe.key"
SIZE = 32


def seal(producer: dict[str, Any], seq: int, state: bytes) -> dict[str, Any]:
    """``producer`` with the seal of ``state`` after ``seq`` events."""
    return {**producer, "seal": _mac(producer, seq, state)}


def is_sealed(producer: dict[str, Any], seq: int, state: bytes) -> bool:
    """Whether ``producer`` carries our seal for this state."""
    said = producer.get("seal")
    rest = {name: value for name, value in producer.items() if name != "seal"}
    return isinstance(said, str) and hmac.compare_digest(
        said.encode("utf-8", "replace"), _mac(rest, seq, state).encode()
    )


def _mac(producer: dict[str, Any], seq: int, state: bytes) -> str:
    said = hmac.new(_key(), dump_json(producer), hashlib.sha256)
    said.update(seq.to_bytes(8, "little"))
    said.update(state)
    return said.hexdigest()


@cache
def _key() -> bytes:
    """The user's key, made at its first use; one for this process only where none can be kept."""
    try:
        folder = data_home(os.environ)
        path = os.path.join(folder, NAME)
        return _read(path) or _make(folder, path)
    except (OSError, NoHomeError):
        return os.urandom(SIZE)


def _read(path: str) -> bytes | None:
    """The key at ``path``, if only we could have written it."""
    try:
        with open(path, "rb") as file:
            about = os.fstat(file.fileno())
            private = about.st_uid == os.getuid() and not stat.S_IMODE(about.st_mode) & 0o077
            key = file.read(SIZE + 1)
    except FileNotFoundError:
        return None
    return key if private and len(key) == SIZE else None


def _make(folder: str, path: str) -> bytes:
    os.makedirs(folder, mode=0o700, exist_ok=True)
    part = f"{path}.{os.getpid()}.part"
    with suppress(FileNotFoundError):
        os.unlink(part)
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, os.urandom(SIZE))
    finally:
        os.close(fd)
    try:
        os.link(part, path)  # whoever is first wins
    except FileExistsError:
        if _read(path) is None:  # not a key of ours: replace it
            os.replace(part, path)
            return _read(path) or os.urandom(SIZE)
    os.unlink(part)
    return _read(path) or os.urandom(SIZE)
