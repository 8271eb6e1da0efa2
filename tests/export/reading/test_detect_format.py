"""Which format a file has, and looking without taking."""

import gzip
import io
import os
import struct
from pathlib import Path

import pytest

from agentrec.errors import FormatError
from agentrec.export.reading.detect_format import HEAD_BYTES, detect_format, peek, unpacked
from tests.export.ahr1 import layout as v1
from tests.export.helpers import HEADER, events_of, written
from tests.export.test_ttyrec import frame

EVENTS = events_of((0, "term", "output", b"hello"))


SAMPLES = {
    **{n: written(n, HEADER, EVENTS)[0] for n in ("ahr", "asciicast2", "asciicast3", "jsonl")},
    "ahr1": v1.block(v1.data(0, 0, b"x")),
    "asciicast1": b'{\n  "width": 80,\n  "height": 24,\n  "version": 1, "stdout": []}',
    "ttyrec": frame(1, 5, b"x") + frame(2, 5, b"y"),
    "script": b"Script started on 2024-01-02 03:04:05+00:00 []\n",
}


# Seconds, microseconds, length, stream; then the bytes.
TTYREC3 = struct.pack("<IIIB2s", 1_400_000_000, 0, 2, 0, b"hi") * 2


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("path", ["x", "x.txt", "x.ahr", "x.cast"])
def test_content_decides_whatever_the_name(name: str, path: str) -> None:
    # ttyrec has no signature: there, a name that says another format is believed.
    believed = {"x.ahr": "ahr", "x.cast": "asciicast2"} if name == "ttyrec" else {}
    assert detect_format(SAMPLES[name], path).name == believed.get(path, name)


def test_a_header_longer_than_what_is_looked_at() -> None:
    long = b'{"version": 3, "env": {"X": "' + b"x" * HEAD_BYTES + b'"}}'
    assert detect_format(long[:HEAD_BYTES], "x").name == "asciicast3"


def test_the_name_decides_where_the_content_does_not() -> None:
    assert detect_format(b"My own banner\n", "x.typescript").name == "script"
    assert detect_format(b"\x89AH", "torn.ahr").name == "ahr"


@pytest.mark.parametrize("head", [b"", b"hello", b"{}", b"{", b'{"version": 9}', b"\0" * 100])
def test_what_is_nothing_known_is_refused(head: bytes) -> None:
    with pytest.raises(FormatError, match="mystery"):
        detect_format(head, "mystery")


@pytest.mark.parametrize("log", [b"H 0.000000 START_TIME x\n", b"O 0.5 3\n", b"0.010202 6\n"])
def test_a_timing_log_is_told_what_to_do(log: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        detect_format(log, "timing")
    assert "--timing timing" in caught.value.hint


@pytest.mark.parametrize(
    ("head", "name", "says"),
    [
        (b"\x28\xb5\x2f\xfd" + b"x" * 20, "a.cast.zst", "compressed with Zstandard"),
        (b"\xfd7zXZ\0" + b"x" * 20, "a.cast.xz", "compressed with xz"),
        (b"BZh9" + b"x" * 20, "a.cast.bz2", "compressed with bzip2"),
        (b"\x0b\x02\x80" + b"x" * 20, "a.cast.br", "compressed with Brotli"),
        (gzip.compress(b"x", mtime=0), "a.cast.gz", "compressed with gzip, twice"),
        (TTYREC3, "a.ttyrec", "is a ttyrec3 file"),
        (TTYREC3, "a", "is a ttyrec3 file"),
    ],
)
def test_what_cannot_be_read_is_named_for_what_it_is(head: bytes, name: str, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        detect_format(head, name)


def test_gzip_is_looked_into() -> None:
    packed = gzip.compress(b"one\n" * 50_000) + gzip.compress(b"two\n")
    file = io.BytesIO(packed)
    head, stream = unpacked(*peek(file))
    assert head == (b"one\n" * 50_000)[:HEAD_BYTES]
    assert stream.read() == b"one\n" * 50_000 + b"two\n"


@pytest.mark.parametrize("cut", [10, 20, -1])
def test_gzip_that_is_cut_short_is_said(cut: int) -> None:
    packed = gzip.compress(b"".join(b"%d\n" % number for number in range(50_000)))
    with pytest.raises(FormatError, match="gzip data is cut short"):
        unpacked(*peek(io.BytesIO(packed[:cut])))[1].read()
    broken = packed[:50] + b"\xff" * 50 + packed[100:]
    with pytest.raises(FormatError, match="gzip data is damaged"):
        unpacked(*peek(io.BytesIO(broken)))[1].read()


def test_looking_at_a_file_takes_nothing_from_it(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc" * HEAD_BYTES)
    with open(tmp_path / "x", "rb") as file:
        head, stream = peek(file)
        assert (head, stream.read()) == ((b"abc" * HEAD_BYTES)[:HEAD_BYTES], b"abc" * HEAD_BYTES)


def test_looking_at_a_pipe_takes_nothing_from_it() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"line 1\nline 2\n")
    os.close(writer)
    with open(reader, "rb") as file:
        head, stream = peek(file)
        assert head == b"line 1\nline 2\n"
        assert stream.readline() == b"line 1\n"
        assert stream.read() == b"line 2\n"


def test_a_file_in_memory_can_be_looked_at() -> None:
    assert peek(io.BytesIO(b"abc"))[1].read() == b"abc"
