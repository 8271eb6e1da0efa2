"""The keys that this process has made: a recorder reads what it is writing, for marks and keyframes.

They are in memory only, and gone when it ends. On the path of `record`: imports are light here.
"""

_KEYS: dict[bytes, bytes] = {}


def remember(wrapped: bytes, key: bytes) -> None:
    """Note the ``key`` that was ``wrapped`` for others."""
    _KEYS[wrapped] = key


def own_key(wrapped: bytes) -> bytes | None:
    """The key, if this process has made it."""
    return _KEYS.get(wrapped)


def has_some() -> bool:
    """Whether this process writes an encrypted recording."""
    return bool(_KEYS)
