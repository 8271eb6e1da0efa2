"""Files in a remote that are read in ranges."""

import io
import random

import pytest

from agentrec.fleet.bucket import ranged_file
from agentrec.fleet.bucket.ranged_file import BLOCK_BYTES, FetchedFile, FetchedFiles, RangedFile
from agentrec.fleet.bucket.remote import RemoteError
from agentrec.fleet.bucket.stored_version import FilePart, StoredFile

# Three parts, none of them a number of blocks.
SIZES = (5 * BLOCK_BYTES + 17, 3 * BLOCK_BYTES + 1, 9)


class Store:
    """Objects in memory that count what is read of them."""

    def __init__(self, data, sizes):
        self.objects, parts, start = {}, [], 0
        for number, size in enumerate(sizes):
            self.objects[f"f/{number}"] = data[start : start + size]
            parts.append(FilePart(str(number), size, ""))
            start += size
        self.file = StoredFile("x", start, tuple(parts))
        self.ranges = []

    def read_range(self, key, start, end):
        self.ranges.append((key, start, end))
        assert 0 <= start < end <= len(self.objects[key])
        return self.objects[key][start:end]

    @property
    def read_bytes(self):
        return sum(end - start for _, start, end in self.ranges)


@pytest.fixture
def data():
    return random.Random(1).randbytes(sum(SIZES))


@pytest.fixture
def store(data):
    return Store(data, SIZES)


@pytest.fixture
def fetched(store):
    fetched = FetchedFile(store, "f", store.file)
    yield fetched
    fetched.close()


def test_any_stretch_is_what_is_there(store, fetched, data):
    file = RangedFile(fetched)
    picks = random.Random(2)
    for _ in range(200):
        start = picks.randrange(len(data) + 10)
        length = picks.choice([1, 100, BLOCK_BYTES, 3 * BLOCK_BYTES])
        file.seek(start)
        assert file.read(length) == data[start : start + length]
    assert store.read_bytes == len(data)  # nothing twice


def test_it_is_a_file(fetched, data):
    with io.BufferedReader(RangedFile(fetched)) as file:
        assert file.seek(0, io.SEEK_END) == len(data)
        file.seek(-9, io.SEEK_END)
        assert file.read() == data[-9:]
        assert file.read() == b""
        file.seek(0)
        assert file.read() == data
        with pytest.raises(OSError, match="fileno"):
            file.fileno()


def test_a_look_costs_one_block_and_reading_on_few_requests(store, fetched):
    fetched.read(10, 20)
    assert store.ranges == [("f/0", 0, BLOCK_BYTES)]
    for block in range(1, 8):
        fetched.read(block * BLOCK_BYTES, 10)
    # 2, then 4 in two parts, then the rest: as much again each time
    assert len(store.ranges) == 1 + 1 + 2 + 2


def test_what_could_not_be_read_is_tried_again(store, fetched, data):
    read = store.read_range

    def lost(*_):
        raise RemoteError("no connection")

    store.read_range = lost
    with pytest.raises(RemoteError):
        fetched.read(0, 10)
    store.read_range = read
    assert fetched.read(0, 10) == data[:10]


def test_what_was_fetched_is_kept_for_the_next_reader_until_it_is_too_much(store, monkeypatch):
    files = FetchedFiles(store)
    with files.open("f", store.file) as file:
        file.read(10)
    before = len(store.ranges)
    monkeypatch.setattr(ranged_file, "MAX_KEPT_BYTES", 0)
    with files.open("f", store.file) as file:
        file.read(10)
        files.open("g", store.file).close()  # what is read now stays
        file.read(10)
    assert len(store.ranges) == before
    files.open("g", store.file).close()
    with files.open("f", store.file) as file:
        file.read(10)
    assert len(store.ranges) == before + 1
    files.close()
