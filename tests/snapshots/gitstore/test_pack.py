"""Packs are git's: git itself reads and verifies them."""

import os
import subprocess

import pytest

from agentrec.snapshots.gitstore.pack import (
    FileChangedError,
    NameOnlySink,
    PackWriter,
    object_name,
    read_pieces,
    stored_zlib,
)
from tests.snapshots.helpers import git, workspace

SIZES = (0, 1, 15, 16, 2047, 65_535, 65_536, 131_070, 131_071, 200_000, 3_000_000)


@pytest.fixture
def repository(tmp_path):
    folder = workspace(tmp_path, "repository")
    git(folder, "init", "-q", "--bare")
    return folder


def verified(repository):
    packs = sorted(str(path) for path in (repository / "objects" / "pack").glob("*.idx"))
    assert packs
    for pack in packs:
        git(repository, "verify-pack", pack)
    git(repository, "fsck", "--full", "--strict")


def test_git_reads_every_object(repository):
    pack = PackWriter(str(repository / "objects"))
    contents = [os.urandom(size) for size in SIZES] + [b"%d\n" % n for n in range(3000)]
    names = [pack.add("blob", data) for data in contents]
    assert [pack.add("blob", data) for data in contents] == names
    assert names == [object_name("blob", data) for data in contents]
    assert names == [NameOnlySink().add("blob", data) for data in contents]
    assert pack.finish() == sum(
        p.stat().st_size for p in (repository / "objects" / "pack").iterdir()
    )
    verified(repository)
    for data, name in zip(contents[:40], names, strict=False):
        assert git(repository, "cat-file", "-s", name.hex()).strip() == str(len(data))
    told = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "blob", names[9].hex()], capture_output=True
    )
    assert told.stdout == contents[9]


def test_large_files_are_streamed_once_and_taken_back_when_they_change(repository, tmp_path):
    pack = PackWriter(str(repository / "objects"))
    data = os.urandom(5_000_000)
    (tmp_path / "large").write_bytes(data)
    before = pack.add("blob", b"before")
    for size in (len(data) - 1, len(data) + 1):
        fd = os.open(tmp_path / "large", os.O_RDONLY)
        with pytest.raises(FileChangedError):
            pack.add_pieces(read_pieces(fd, size), size)
        os.close(fd)
    for _ in range(2):
        fd = os.open(tmp_path / "large", os.O_RDONLY)
        assert pack.add_pieces(read_pieces(fd, len(data)), len(data)) == object_name("blob", data)
        os.close(fd)
    after = pack.add("blob", b"after")
    pack.finish()
    verified(repository)
    for name, size in ((before, 6), (after, 5), (object_name("blob", data), len(data))):
        assert git(repository, "cat-file", "-s", name.hex()).strip() == str(size)


def test_nothing_is_there_before_the_end_or_after_a_drop(repository):
    folder = repository / "objects" / "pack"
    pack = PackWriter(str(repository / "objects"))
    pack.add("blob", b"x")
    assert not list(folder.glob("*.idx"))
    pack.drop()
    assert not list(folder.iterdir())
    assert PackWriter(str(repository / "objects")).finish() == 0


def test_a_stored_stream_is_zlibs(repository):
    import zlib

    for size in SIZES:
        data = os.urandom(size)
        assert zlib.decompress(stored_zlib(data)) == data
