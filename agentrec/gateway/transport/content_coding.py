"""Bodies as they were before they were compressed for the way. Bounded: a body may be a bomb."""

from __future__ import annotations

import sys
import zlib
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def decode(body: bytes, coding: str, limit: int) -> bytes | None:
    """Return ``body`` without its Content-Encoding; None if that is unknown, broken or over ``limit``.

    Of a body that was cut, what can be decoded.
    """
    for name in reversed([it.strip().lower() for it in coding.split(",") if it.strip()]):
        decoder = _DECODERS.get(name)
        if decoder is None:
            return None
        try:
            decoded = decoder(body, limit)
        except Exception:  # noqa: BLE001 - each library has errors of its own
            return None
        if len(decoded) >= limit:
            return None
        body = decoded
    return body


def _gzip(body: bytes, limit: int) -> bytes:
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 32)
    return decoder.decompress(body, limit)


def _deflate(body: bytes, limit: int) -> bytes:
    try:
        return _gzip(body, limit)
    except zlib.error:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, limit)


def _brotli(body: bytes, limit: int) -> bytes:
    import brotli

    decoder = brotli.Decompressor()
    out: bytes = decoder.process(body, output_buffer_limit=limit)
    return out


def _zstd(body: bytes, limit: int) -> bytes:
    # In the standard library from Python 3.14 on.
    module = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    out: bytes = import_module(module).ZstdDecompressor().decompress(body, limit)
    return out


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "identity": lambda body, _limit: body,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
