"""The format of a file by its first bytes, and a stream whose first bytes can be peeked at."""

from __future__ import annotations

import io
import json
import re
import struct
import zlib
from typing import BinaryIO, cast

from agentrec.errors import FormatError
from agentrec.export import FORMATS, Format, by_extension, jsonl, ttyrec
from agentrec.export.ahr1 import reader as ahr1
from agentrec.imports.session_kinds import agent_of
from agentrec.recording.format.compressed_file import GZIP, compression_of, refusal
from agentrec.recording.format.frames import ENCRYPTED_MAGIC, MAGIC

HEAD_BYTES = 1 << 16
_VERSION = re.compile(rb'"version"\s*:\s*([123])\b')
_AGENTOS = re.compile(rb'"action"\s*:\s*"(?:llm_call|tool_call|tool_result|memory_op)"')
_STARTS = (
    (MAGIC, "ahr"),
    (ENCRYPTED_MAGIC, "ahr"),
    (ahr1.MAGIC, "ahr1"),
    (b"PK\x03\x04", "devduck"),
    (b"Script started on ", "script"),
)
_GZIP_WBITS = 31
_TTYREC3_FRAME = struct.Struct("<IIIB")
_DAY_SECONDS = 24 * 60 * 60
_TIMING_LOG = re.compile(rb"[HIOS] \d+\.\d+ \S|\d+\.\d+ \d+\r?\n")
_HINT = "if it is in one of them, name it: agentrec convert --from FORMAT IN NEW.ahr"


class UnknownFormatError(FormatError):
    """Neither the bytes of a file nor its name say what format it is in."""

    def __init__(self, message: str) -> None:
        super().__init__(message, _HINT)


def detect_format(head: bytes, name: str) -> Format:
    """The format of a file that begins with ``head``; its name decides when the bytes do not.

    Raises FormatError when neither does.
    """
    if not head:
        raise FormatError(f"{name} is empty")
    known = [format_ for start, format_ in _STARTS if head.startswith(start)]
    if known:
        return FORMATS[known[0]]
    if agent := agent_of(head, name):
        return FORMATS[agent]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json(head, name)
    if head.lstrip().startswith(b"[") and _AGENTOS.search(head):
        return FORMATS["agentos"]
    if head.lstrip().lower().startswith(b"<!doctype html"):
        return FORMATS["html"]
    _refuse_known(head, name)
    named = by_extension(name)
    if named and named.reader:
        return named
    if _is_ttyrec(head):
        return FORMATS["ttyrec"]
    raise UnknownFormatError(f"{name} is not a recording, nor in a format that agentrec knows")


def _refuse_known(head: bytes, name: str) -> None:
    """Raises FormatError for a known format that agentrec does not read."""
    if found := compression_of(head, name):
        # One layer of gzip is unpacked before.
        raise refusal(name, found, ", twice" if head.startswith(GZIP.start) else "")
    if _TIMING_LOG.match(head):
        raise FormatError(
            f"{name} is only the timing log of a `script` session",
            f"convert the typescript: agentrec convert TYPESCRIPT OUT --timing {name}",
        )
    if by_extension(name) in (None, FORMATS["ttyrec"]) and _is_ttyrec3(head):
        raise FormatError(f"{name} is a ttyrec3 file: agentrec reads ttyrec 1")


def _json(head: bytes, name: str) -> Format:
    line = head.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0]
    try:
        fields = json.loads(line.decode())
    except (ValueError, RecursionError):
        fields = None
    if isinstance(fields, dict):
        if fields.get("format") == jsonl.FORMAT:
            return FORMATS["jsonl"]
        if fields.get("type") in ("session", "frame") and isinstance(fields.get("data"), dict):
            return FORMATS["vcr"]
        version = fields.get("version")
        known = FORMATS.get(f"asciicast{version}") if isinstance(version, int) else None
        if known:
            return known
    elif match := _VERSION.search(head):  # an object over several lines, or a very long first one
        return FORMATS[f"asciicast{match[1].decode()}"]
    raise UnknownFormatError(f"{name} is JSON, but not in a format that agentrec knows")


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


def _is_ttyrec3(head: bytes) -> bool:
    """Whether the frames follow each other only if each header has one byte more: the stream."""
    return _follows(head, _TTYREC3_FRAME) and not _follows(head, ttyrec.FRAME)


def _follows(head: bytes, frame: struct.Struct) -> bool:
    """Whether there is a second frame, of at most a day later."""
    if len(head) < frame.size:
        return False
    first, usec, length, *_ = frame.unpack_from(head)
    behind = frame.size + length
    if usec >= 1_000_000 or len(head) < behind + frame.size:
        return False
    second, usec, *_ = frame.unpack_from(head, behind)
    return bool(usec < 1_000_000 and 0 <= second - first <= _DAY_SECONDS)


def peek(stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first bytes of ``stream`` (at most 64 KiB), and a stream that still begins with them."""
    if stream.seekable():
        start = stream.tell()
        head = stream.read(HEAD_BYTES)
        stream.seek(start)
        return head, stream
    head = stream.read(HEAD_BYTES)
    return head, cast(BinaryIO, io.BufferedReader(_Rejoined(head, stream), HEAD_BYTES))


def unpacked(head: bytes, stream: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The same of what is inside, when it is compressed with gzip."""
    if not head.startswith(GZIP.start):
        return head, stream
    return peek(cast(BinaryIO, io.BufferedReader(Gunzip(stream), HEAD_BYTES)))


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


class Gunzip(io.RawIOBase):
    """What is in a gzip file, in bounded memory. Raises FormatError where it is damaged or cut short."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._inflater = zlib.decompressobj(_GZIP_WBITS)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = b""
        while not data:
            if not self._rest:
                self._rest = self._packed.read(HEAD_BYTES)
            if self._inflater.eof and self._rest.startswith(
                GZIP.start
            ):  # one file behind the other
                self._inflater = zlib.decompressobj(_GZIP_WBITS)
            if self._inflater.eof:
                return 0
            packed, self._rest = self._rest, b""
            data = self._inflate(packed, len(buffer))
            if not packed and not data and not self._inflater.eof:
                raise FormatError("the gzip data is cut short")
        buffer[: len(data)] = data
        return len(data)

    def _inflate(self, packed: bytes, limit: int) -> bytes:
        try:
            data = self._inflater.decompress(packed, limit)
        except zlib.error:
            raise FormatError("the gzip data is damaged") from None
        self._rest = self._inflater.unconsumed_tail or self._inflater.unused_data
        return data
