"""Files that an agent has compressed with Zstandard, read with whatever this machine has for it.

That is the standard library from Python 3.14 on, the package ``zstandard``, or the program ``zstd``.
"""

from __future__ import annotations

import io
import subprocess
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, cast

from agentrec.agents.resume.resumption import TranscriptError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import BinaryIO

SUFFIX = ".zst"
_MODULES = ("compression.zstd", "zstandard")
_COPY_BYTES = 1 << 20


def open_zstd(path: str) -> AbstractContextManager[BinaryIO]:
    """Return the content of a file, to be read in a ``with`` block. Raises OSError, TranscriptError."""
    for name in _MODULES:
        try:
            module = import_module(name)
        except ImportError:
            continue
        return io.BufferedReader(module.open(path, "rb"))
    return _Program(path)


class _Program:
    """The output of ``zstd -dc``."""

    def __init__(self, path: str) -> None:
        try:
            self._process = subprocess.Popen(
                ["zstd", "-dcq", "--", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except FileNotFoundError:
            raise TranscriptError(
                f"cannot read {path}: install zstd, or the Python package zstandard"
            ) from None

    def __enter__(self) -> BinaryIO:
        assert self._process.stdout
        return cast("BinaryIO", self._process.stdout)

    def __exit__(self, *_: object) -> None:
        assert self._process.stdout
        self._process.stdout.close()
        self._process.wait()


def read_lines(path: str, limit: int) -> Iterator[bytes]:
    """Yield the lines of a compressed file, each up to ``limit`` bytes. Raises OSError, TranscriptError."""
    with _readable(path) as file:
        while line := file.readline(limit):
            yield line


def unpack(path: str, out: BinaryIO, limit: int) -> None:
    """Write the content of a compressed file. Raises OSError, TranscriptError, also above ``limit`` bytes."""
    with _readable(path) as file:
        while piece := file.read(_COPY_BYTES):
            limit -= len(piece)
            if limit < 0:
                raise TranscriptError(f"{path} unpacks to too much")
            out.write(piece)


@contextmanager
def _readable(path: str) -> Iterator[BinaryIO]:
    try:
        with open_zstd(path) as file:
            yield file
    except (OSError, TranscriptError):
        raise
    except Exception as error:  # noqa: BLE001 - each module has its own
        raise TranscriptError(f"{path} is damaged: {error}") from None
