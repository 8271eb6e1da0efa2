"""Seals on keyframes, which tell the ones made on this machine from all others.

The terminal engine restores a state without checking it, so bytes made by somebody else could do
anything to this process. A keyframe therefore carries an HMAC under a key that only this user has. One
without it, or under another key, is made again from the output, which only costs time.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from functools import cache
from typing import TYPE_CHECKING

from agentrec.atomic import replacing
from agentrec.config import NoHomeError, data_home
from agentrec.recording.format.header import dump_json

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_FILE = "keyframe.key"
KEY_BYTES = 32
SEAL = "seal"


def seal(producer: Mapping[str, object], seq: int, state: bytes) -> dict[str, object]:
    """``producer`` with the seal of ``state`` after ``seq`` events."""
    return {**producer, SEAL: _mac(producer, seq, state)}


def is_sealed(producer: Mapping[str, object], seq: int, state: bytes) -> bool:
    """Whether ``producer`` carries our seal for this state."""
    claimed = producer.get(SEAL)
    rest = {name: value for name, value in producer.items() if name != SEAL}
    return isinstance(claimed, str) and hmac.compare_digest(
        claimed.encode("utf-8", "replace"), _mac(rest, seq, state).encode()
    )


def _mac(producer: Mapping[str, object], seq: int, state: bytes) -> str:
    mac = hmac.new(_key(), dump_json(dict(producer)), hashlib.sha256)
    mac.update(seq.to_bytes(8, "little"))
    mac.update(state)
    return mac.hexdigest()


@cache
def _key() -> bytes:
    """The user's key, created at its first use; without a place for it, one for this process."""
    try:
        folder = data_home(os.environ)
        path = os.path.join(folder, KEY_FILE)
        return _read(path) or _create(folder, path)
    except (OSError, NoHomeError):
        return os.urandom(KEY_BYTES)


def _read(path: str) -> bytes | None:
    """The key at ``path``, if nobody else could have written it."""
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            private = status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o077
            key = file.read(KEY_BYTES + 1)
    except FileNotFoundError:
        return None
    return key if private and len(key) == KEY_BYTES else None


def _create(folder: str, path: str) -> bytes:
    os.makedirs(folder, mode=0o700, exist_ok=True)
    key = os.urandom(KEY_BYTES)
    try:
        _write(path, key, overwrite=False)
    except FileExistsError:  # another process was first, or it is not a key of ours
        if _read(path) is None:
            _write(path, key, overwrite=True)
    return _read(path) or key


def _write(path: str, key: bytes, *, overwrite: bool) -> None:
    with replacing(path, overwrite=overwrite) as fd:
        os.write(fd, key)
