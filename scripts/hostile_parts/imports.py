"""Files of other formats that do harm: one long line, millions of short ones, what unpacks to much."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from typing import TYPE_CHECKING

import brotli

from agentrec.export.ahr1.reader import DATA, HEADER, MAGIC, RECORD, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[[int], bytes]

_V2 = b'{"version": 2, "width": 80, "height": 24}\n'
_V3 = b'{"version": 3, "term": {"cols": 80, "rows": 24}}\n'
_TWIN = b'{"format":"agentrec-jsonl","version":1,"header":{}}\n'
_VCR = b'{"type":"session","data":{"id":"x"}}\n'
_MB = 1 << 20


def _filled(part: bytes, size: int) -> bytes:
    return part * (size // len(part))


def _zipped(head: bytes, part: bytes, size: int) -> bytes:
    """A gzip file of at most about ``size`` bytes."""
    block = gzip.compress(part * (_MB // len(part)), 9)
    return gzip.compress(head) + block * min(max(1, size // len(block)), 1000)


def _ahr1_bomb(size: int) -> bytes:
    length = 30 << 20
    raw = RECORD.pack(DATA, 0) + struct.pack("<QI", 0, length) + bytes(length)
    packed = brotli.compress(raw, quality=5)
    head = HEADER.pack(MAGIC, VERSION, 48, 0, 0, len(raw), len(packed), 1, 0, bytes(7))
    return (head + packed) * min(max(1, size // len(packed)), 100)


def _zip_bomb(size: int) -> bytes:
    """A session of DevDuck that unpacks to a thousand times its size."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("metadata.json", "events.jsonl"):
            with archive.open(name, "w") as entry:
                for _ in range(min(size // 2048, 400)):
                    entry.write(b" " * _MB)
    return packed.getvalue()


IMPORTS: dict[str, Maker] = {
    "zeros.cast": lambda size: _V2 + bytes(size),
    "one line.cast": lambda size: _V2 + b'[1,"o","' + b"x" * size + b'"]\n',
    "one line beyond ASCII.cast": lambda size: (
        _V2 + b'[1,"o","' + "\U0001f600".encode() * (size // 4) + b'"]\n'
    ),
    "short lines.cast": lambda size: _V2 + _filled(b'[0,"o",""]\n', min(size, 8 * _MB)),
    "broken lines.cast": lambda size: (
        _V2 + b'[0,"o","x"]\n' + _filled(b"[0]\n", min(size, 8 * _MB))
    ),
    "values.cast": lambda size: _V2 + b"[" + b"{}," * (size // 3) + b"1]\n",
    "brackets.cast": lambda size: _V2 + b"[" * size,
    "nested.cast": lambda size: (
        _V2 + b"[" + _filled(b"[" * 150 + b"]" * 150 + b",", size) + b"1]\n"
    ),
    "quotes.cast": lambda size: _V3 + b"[" * 300 + b'"' + b'\\"' * (size // 2) + b"\n",
    "digits.cast": lambda size: _V3 + b"[" + b"9" * size + b',"o","x"]\n',
    "header.cast": lambda size: (
        b'{"version": 2, "width": 80, "height": 24, "title": "' + b"x" * size
    ),
    "resizes.cast": lambda size: _V2 + _filled(b'[1,"r","65535x65535"]\n', min(size, 8 * _MB)),
    "v1 values.json": lambda size: (
        b'{"version":1,"width":80,"height":24,"stdout":[' + b'[0,"x"],' * (size // 8) + b"[0,1]]}"
    ),
    "v1 text.json": lambda size: (
        b'{"version":1,"width":80,"height":24,"stdout":[[0,"' + b"x" * size + b'"]]}'
    ),
    "zipped lines.cast.gz": lambda size: _zipped(_V2, b'[1,"o","text\\r\\n"]\n', min(size, 20_000)),
    "zipped zeros.cast.gz": lambda size: _zipped(_V2, b"\0", size),
    "twin values.jsonl": lambda size: (
        _TWIN
        + b'{"seq":0,"t":0,"track":"a","kind":"b","data":{"a":['
        + b"[]," * (size // 3)
        + b"1]}}\n"
    ),
    "twin.jsonl": lambda size: (
        _TWIN + b'{"seq":0,"t":0,"track":"term","kind":"output","b64":"' + b"A" * size + b'"}\n'
    ),
    "frames.ttyrec": lambda size: _filled(struct.pack("<III", 1, 1, 0), min(size, 8 * _MB)),
    "claims.ttyrec": lambda size: (
        struct.pack("<III", 1, 1, 1) + b"x" + struct.pack("<III", 1, 1, 0xFFFFFFF) + bytes(size)
    ),
    "bomb.ahr1": _ahr1_bomb,
    "deep.vcr": lambda size: b'{"type":"session","data":' + b"[" * size,
    "long line.vcr": lambda size: _VCR + b'{"type":"frame","data":"' + b"x" * size + b'"}\n',
    "bomb.zip": _zip_bomb,
}
