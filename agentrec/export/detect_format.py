"""The format of a file by its first bytes, and a stream whose first bytes can be peeked at."""

from __future__ import annotations

import io
import json
import re
from typing import BinaryIO, cast

from agentrec.errors import FormatError
from agentrec.export import FORMATS, Format, by_extension, jsonl, ttyrec
from agentrec.export.ahr1 import reader as ahr1
from agentrec.recording.format.frames import MAGIC

HEAD_BYTES = 1 << 16
_VERSION = re.compile(rb'"version"\s*:\s*([123])\b')
_TIMING_LOG = re.compile(rb"[HIOS] \d+\.\d+ \S|\d+\.\d+ \d+\r?\n")


def detect_format(head: bytes, name: str) -> Format:
    """The format of a file that begins with ``head``; its name decides when the bytes do not.

    Raises FormatError when neither does.
    """
    if not head:
        raise FormatError(f"{name} is empty")
    if head.startswith(MAGIC):
        return FORMATS["ahr"]
    if head.startswith(ahr1.MAGIC):
        return FORMATS["ahr1"]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json(head, name)
    if head.startswith(b"Script started on "):
        return FORMATS["script"]
    if _TIMING_LOG.match(head):
        raise FormatError(
            f"{name} is only the timing log of a `script` session",
            f"convert the typescript: agentrec convert TYPESCRIPT OUT --timing {name}",
        )
    named = by_extension(name)
    if named and named.reader:
        return named
    if _is_ttyrec(head):
        return FORMATS["ttyrec"]
    raise FormatError(f"unknown format of {name}", "choose one with --from")


def _json(head: bytes, name: str) -> Format:
    line = head.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    try:
        fields = json.loads(line.decode())
    except (ValueError, RecursionError):
        fields = None
    if isinstance(fields, dict):
        if fields.get("format") == jsonl.FORMAT:
            return FORMATS["jsonl"]
        version = fields.get("version")
        known = FORMATS.get(f"asciicast{version}") if isinstance(version, int) else None
        if known:
            return known
    elif match := _VERSION.search(head):  # an object over several lines, or a very long first one
        return FORMATS[f"asciicast{match[1].decode()}"]
    raise FormatError(f"{name} is JSON, but not a known format", "choose one with --from")


def _is_ttyrec(head: bytes) -> bool:
    if len(head) < ttyrec.FRAME.size:
        return False
    _, usec, length = ttyrec.FRAME.unpack_from(head)
    if usec >= 1_000_000 or not 0 < length <= ttyrec.MAX_FRAME_BYTES:
        return False
    behind = ttyrec.FRAME.size + length
    if len(head) < behind + ttyrec.FRAME.size:
        return int(length) <= len(head) - ttyrec.FRAME.size  # one frame, all of it
    return int(ttyrec.FRAME.unpack_from(head, behind)[1]) < 1_000_000


def peek(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first bytes of ``stream`` (at most 64 KiB), and a stream that still begins with them."""
    if stream.seekable():
        start = stream.tell()
        head = stream.read(HEAD_BYTES)
        stream.seek(start)
        return head, stream
    head = stream.read(HEAD_BYTES)
    return head, cast(BinaryIO, io.BufferedReader(_Rejoined(head, stream), HEAD_BYTES))


class _Rejoined(io.RawIOBase):
    """A pipe with bytes that were already read from it put back in front."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)
