"""Bodies without their compression, bounded."""

import gzip
import sys
import zlib

import brotli
import pytest

from agentrec.gateway.transport.content_coding import decode

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"a body of some length, " * 200
LIMIT = 1 << 20
CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "identity": bytes,
}


@pytest.mark.parametrize("coding", CODINGS)
def test_each_coding(coding):
    packed = CODINGS[coding](TEXT)
    assert decode(packed, coding.upper(), LIMIT) == TEXT
    # Of a body that was cut, its beginning.
    assert TEXT.startswith(decode(packed[:-1], coding, LIMIT) or b"")


def test_several_at_once():
    assert decode(gzip.compress(zstd.compress(TEXT)), "zstd, gzip", LIMIT) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
def test_a_bomb_and_garbage_are_none(coding):
    assert decode(CODINGS[coding](b"x" * (4 * LIMIT)), coding, LIMIT) is None
    assert decode(b"this is not compressed", coding, LIMIT) is None


def test_an_unknown_coding():
    assert decode(TEXT, "compress-42", LIMIT) is None
