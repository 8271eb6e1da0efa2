"""Files that are compressed as a whole: what with, and how to decompress them."""

from __future__ import annotations

import os
from shlex import quote
from typing import NamedTuple

from agentrec.errors import FormatError


class Compression(NamedTuple):
    """``start`` is what such files begin with, if anything; ``program`` decompresses them."""

    start: bytes
    what: str
    program: str
    suffix: str


GZIP = Compression(b"\x1f\x8b\x08", "gzip", "gzip", ".gz")
_ALL = (
    GZIP,
    Compression(b"\xfd7zXZ\0", "xz", "xz", ".xz"),
    Compression(b"BZh", "bzip2", "bzip2", ".bz2"),
    Compression(b"\x28\xb5\x2f\xfd", "Zstandard", "zstd", ".zst"),
    Compression(b"\x04\x22\x4d\x18", "LZ4", "lz4", ".lz4"),
    Compression(b"", "Brotli", "brotli", ".br"),
)
# That many bytes of a file tell.
START_BYTES = max(len(one.start) for one in _ALL)


def compression_of(head: bytes, name: str) -> Compression | None:
    """What a file called ``name`` that begins with ``head`` is compressed with; None if it is not."""
    for one in _ALL:
        if head.startswith(one.start) if one.start else name.lower().endswith(one.suffix):
            return one
    return None


def refusal(name: str, found: Compression, times: str = "") -> FormatError:
    """What to say of a file that is compressed, and the command that decompresses it."""
    return FormatError(
        f"{name} is compressed with {found.what}{times}", f"decompress it: {_command(name, found)}"
    )


def _command(name: str, found: Compression) -> str:
    if not os.path.exists(name):  # standard input, or a file in a browser
        return f"{found.program} -d"
    if name.endswith(found.suffix):
        return f"{found.program} -dk {quote(name)}"
    return f"{found.program} -dc {quote(name)} > NEW"
