"""The file that a growing transcript is kept in: what was appended, cut short, damaged."""

import hashlib
import os

import pytest

from agentrec.snapshots.conversations.kept_file import BLOCK_BYTES, KeptWriter, open_kept


def write(path, *pieces):
    """Append the pieces with one writer."""
    writer = KeptWriter(str(path))
    whole = read(path)
    for piece in pieces:
        whole += piece
        writer.append(piece, hashlib.sha256(whole).digest())
    writer.close()


def read(path):
    with open_kept(str(path)) as file:
        return file.read()


def test_what_was_appended_is_read(tmp_path):
    path = tmp_path / "kept"
    pieces = [b"one\n" * 10, os.urandom(BLOCK_BYTES), b"", b"x" * BLOCK_BYTES]
    write(path, *pieces[:2])
    write(path, *pieces[2:])
    assert read(path) == b"".join(pieces)


@pytest.mark.parametrize("cut", [0, 1, 53, 60])
def test_only_whole_blocks_count(tmp_path, cut):
    path = tmp_path / "kept"
    write(path, b"one\n")
    size = path.stat().st_size
    write(path, b"two\n" * 100)
    os.truncate(path, size + cut)
    assert read(path) == b"one\n"
    write(path, b"three\n")
    assert read(path) == b"one\nthree\n"


def test_one_process_writes_at_a_time(tmp_path):
    path = str(tmp_path / "kept")
    writer = KeptWriter(path)
    with pytest.raises(BlockingIOError):
        KeptWriter(path)
    writer.close()
    KeptWriter(path).close()


def test_damage_is_an_error_where_it_is(tmp_path):
    path = tmp_path / "kept"
    write(path, b"one\n" * 1000)
    size = path.stat().st_size
    write(path, os.urandom(1000))
    with path.open("r+b") as file:
        file.seek(size + 200)
        file.write(b"damage")
    with open_kept(str(path)) as reader:
        assert reader.readline() == b"one\n"
        with pytest.raises(OSError, match="damaged"):
            reader.read()
