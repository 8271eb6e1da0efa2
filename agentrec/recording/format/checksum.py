"""CRC-32 of the parts of a frame.

What is large is left to ISA-L, which is several times as fast as zlib and takes a millisecond to import.
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
    except (
        ImportError,
        OSError,
        MemoryError,
    ):  # not on this platform, removed meanwhile, or no room
        fast = crc32
    _fast = fast
    return fast
