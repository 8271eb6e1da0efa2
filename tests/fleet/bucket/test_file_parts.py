"""A file as objects."""

import hashlib
import os

import pytest

from agentrec.fleet.bucket import file_parts
from agentrec.fleet.bucket.file_parts import Transfers, measure
from agentrec.fleet.bucket.remote import RemoteError, open_remote


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Opens a file with some bytes; parts have ten."""
    monkeypatch.setattr(file_parts, "PART_BYTES", 10)
    opened = []

    def make(data):
        (tmp_path / "file").write_bytes(data)
        opened.append(os.open(tmp_path / "file", os.O_RDONLY))
        return opened[-1]

    yield make
    for fd in opened:
        os.close(fd)


@pytest.mark.parametrize(("size", "parts"), [(0, [0]), (10, [10]), (11, [10, 1]), (30, [10] * 3)])
def test_parts(made, size, parts):
    data = bytes(range(size))
    file = measure(made(data), size, ".ahr")
    assert [part.size for part in file.parts] == parts
    assert (file.sha256, file.size) == (hashlib.sha256(data).hexdigest(), size)
    ending = ".ahr" if len(parts) == 1 else ".ahr.part"
    assert all(part.name == part.sha256 + ending for part in file.parts)


def test_up_and_down_and_what_is_there_is_not_sent(made, tmp_path):
    data = bytes(range(35))
    fd = made(data)
    file = measure(fd, 35, ".ahr")
    remote, done = open_remote(f"file://{tmp_path}/remote", create=True), []
    with Transfers(remote, done.append) as transfers:
        transfers.upload(file, fd, "r", {})
        there = {one.key: one for one in remote.list("r")}
        assert sorted(there) == sorted(f"r/{part.name}" for part in file.parts)
        remote.create = None
        transfers.upload(file, fd, "r", there)
        with open(tmp_path / "down", "w+b") as down:
            down.write(data[:20] + b"rubbish of a kill" * 9)
            down.flush()
            for part in file.parts[:2]:
                os.unlink(tmp_path / "remote/r" / part.name)
            transfers.download(file, down.fileno(), "r")
    assert (tmp_path / "down").read_bytes() == data
    assert done[-1] == 3 * 35


def test_a_file_that_changes_is_not_pushed(made, tmp_path):
    fd = made(b"a" * 25)
    file = measure(fd, 25, ".ahr")
    (tmp_path / "file").write_bytes(b"a" * 20 + b"b" * 5)
    with Transfers(open_remote(f"file://{tmp_path}/remote", create=True)) as transfers:
        with pytest.raises(RemoteError, match="it was changed while it was read"):
            transfers.upload(file, fd, "r", {})
        (tmp_path / "file").write_bytes(b"a" * 20)
        with pytest.raises(OSError, match="it became shorter"):
            transfers.upload(file, fd, "r", {})
