"""CRC-32 of the parts of a frame.

What is large is left to ISA-L, which is ten times as fast as zlib, and costs a millisecond to import.
On the start path of `record`: imports are light here.
"""

from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LARGE_BYTES = 256 << 10

_fast: "Callable[[bytes, int], int] | None" = None


def checksum(parts: "Sequence[bytes]", length: int) -> int:
    """The CRC-32 of ``parts``, which have ``length`` bytes in all."""
    of = _fast or (crc32 if length < _LARGE_BYTES else _load())
    value = 0
    for part in parts:
        value = of(part, value)
    return value


def _load() -> "Callable[[bytes, int], int]":
    global _fast
    try:
        from isal.isal_zlib import crc32 as fast
    except (ImportError, OSError):  # not on this platform, or removed while a command is recorded
        fast = crc32
    _fast = fast
    return fast
