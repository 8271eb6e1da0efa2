"""The keys that this process has made: a recorder reads what it is writing, for marks and keyframes.

They are in memory only, and gone when it ends. On the path of `record`: imports are light here.
"""

import struct

_KEYS: dict[bytes, bytes] = {}
_LENGTHS = struct.Struct("<II")


def remember(wrapped: bytes, key: bytes) -> None:
    """Note the ``key`` that was ``wrapped`` for others."""
    _KEYS[wrapped] = key


def own_key(wrapped: bytes) -> bytes | None:
    """The key, if this process has made it."""
    return _KEYS.get(wrapped)


def has_some() -> bool:
    """Whether this process writes an encrypted recording."""
    return bool(_KEYS)


def packed() -> bytes:
    """All of them, for a process that helps this one; empty if there are none."""
    return b"".join(_LENGTHS.pack(len(one), len(key)) + one + key for one, key in _KEYS.items())


def take(data: bytes) -> None:
    """Those that :func:`packed` has given."""
    at = 0
    while at < len(data):
        wrapped, key = _LENGTHS.unpack_from(data, at)
        start, at = at + _LENGTHS.size, at + _LENGTHS.size + wrapped + key
        remember(data[start : start + wrapped], data[start + wrapped : at])
