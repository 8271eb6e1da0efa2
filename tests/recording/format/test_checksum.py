"""Checksums: what is fast counts as what is everywhere."""

import sys
import zlib

import pytest

from agentrec.recording.format import checksum as module
from agentrec.recording.format.checksum import checksum

LARGE = module._LARGE_BYTES


@pytest.fixture
def nothing_loaded(monkeypatch):
    monkeypatch.setattr(module, "_fast", None)


@pytest.mark.parametrize("size", [0, 1, LARGE - 1, LARGE, LARGE + 1, 3 * LARGE + 17])
def test_it_is_the_crc_32_of_zlib(nothing_loaded, size):
    data = bytes(number * 31 % 251 for number in range(1024)) * (size // 1024 + 1)
    data = data[:size]
    parts = [data[:7], b"", bytearray(data[7 : size // 2]), memoryview(data)[size // 2 :]]
    if size < 14:
        parts = [data]
    assert checksum(parts, size) == zlib.crc32(data)


def test_what_is_large_is_left_to_the_faster_library(nothing_loaded):
    crc32 = pytest.importorskip("isal.isal_zlib", exc_type=ImportError).crc32
    checksum([bytes(LARGE - 1)], LARGE - 1)
    assert module._fast is None  # nothing is imported for it
    checksum([bytes(LARGE)], LARGE)
    assert module._fast is crc32


def test_without_room_for_that_library_zlib_counts(nothing_loaded, monkeypatch):
    class Full:
        def find_spec(self, name, *_):
            if name.startswith("isal"):
                raise MemoryError

    for name in ("isal", "isal.isal_zlib"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [Full(), *sys.meta_path])
    data = bytes(LARGE)
    assert checksum([data], LARGE) == zlib.crc32(data)
    assert module._fast is zlib.crc32


def test_without_that_library_zlib_counts(nothing_loaded, monkeypatch):
    monkeypatch.setitem(sys.modules, "isal", None)
    monkeypatch.setitem(sys.modules, "isal.isal_zlib", None)
    data = bytes(range(256)) * (LARGE // 128)
    assert checksum([data], len(data)) == zlib.crc32(data)
    assert module._fast is zlib.crc32
