"""Bundles that do harm: values and headers without end, text that takes four times its size."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from agentrec.rerun.bundles.bundle import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[[int], bytes]

_HEAD = (
    f'{{"schema":"{SCHEMA}","session":"x","workers":[{{"slug":"a","task":"t","files":{{'
).encode()
_LINES = _HEAD + b'"x.py":{"mode":"100644","lines":['
_END = b"]}}}]}"


def _member(kind: bytes, data: bytes) -> bytes:
    member = tarfile.TarInfo("bundle.json")
    member.type, member.size = kind, len(data)
    return member.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % tarfile.BLOCKSIZE)


def _pax(size: int) -> bytes:
    """A header with millions of fields."""
    fields = (b"13 a%07d=\n" % number for number in range(size // 13))
    return _member(tarfile.XHDTYPE, b"".join(fields))


BUNDLES: dict[str, Maker] = {
    "values.bundle.json": lambda size: _LINES + b"[]," * (size // 3) + b"[]" + _END,
    "deep.bundle.json": lambda size: _LINES + b"[" * size,
    "lines.bundle.json": lambda size: _LINES + b'"x",' * (size // 4) + b'""' + _END,
    "text.bundle.json": lambda size: _LINES + b'"\xf0\x9f\x98\x80' + b"x" * size + b'"' + _END,
    "pax.tar": _pax,
    "long name.tar": lambda size: _member(tarfile.GNUTYPE_LONGNAME, b"x" * size),
    "long names.tar": lambda size: _member(tarfile.GNUTYPE_LONGNAME, b"x") * (size // 1024),
}
