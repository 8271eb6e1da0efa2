"""Walking over frames: what is broken is found, in bounded work."""

import io
import struct

import pytest

from agentrec.recording.format import frames
from agentrec.recording.format.walk import MAX_DAMAGES, next_segment, walk
from agentrec.recording.reader import Recording
from tests.recording.crafted import RECORDS, chunk, honest, segment, whole

MB = 1 << 20


class CountedFile(io.BytesIO):
    """Counts what is read from it."""

    bytes_read = 0

    def read(self, size=-1):
        data = super().read(size)
        self.bytes_read += len(data)
        return data


def claim(length, kind=frames.CHUNK):
    """The head of a frame with a wrong checksum."""
    return struct.pack("<2sBBII", frames.SYNC, kind, 0, length, 0)


def to_a_large_one(count, length):
    """Broken frames, each after a segment, that all lead to the same large one."""
    step = len(segment()) + len(claim(0))
    heads = [segment() + claim((count - at - 1) * step) for at in range(count)]
    return b"".join(heads) + claim(length) + bytes(length)


def test_frames_that_claim_each_other_are_given_up_and_said(tmp_path):
    """Each broken frame says that a large part of the file is its own."""
    path = tmp_path / "a.ahr"
    path.write_bytes(
        whole(segment() + chunk(RECORDS) + (segment() + claim(500_000)) * 20_000, honest)
    )
    checked = 0
    with Recording.open(str(path)) as recording:
        for item in recording.frames():
            checked += isinstance(item, frames.Damage)
        assert recording.damage[-1].reason == "too much is damaged to search further"
        last = recording.damage[-1]
        assert last.offset + last.length == recording.file_size
    assert checked < 500


def test_a_mark_before_a_large_claim_is_no_segment(tmp_path):
    mark = claim(100_000, frames.SEGMENT) + frames.SEGMENT_MARK
    path = tmp_path / "a"
    path.write_bytes(mark * 10_000 + segment())
    with path.open("rb") as file:
        size = path.stat().st_size
        assert next_segment(file, 0, size) == size - len(segment())


@pytest.mark.parametrize(
    "body",
    [
        (segment() + b"junk" * 4) * 20_000,
        to_a_large_one(20_000, MB),
        (claim(4000, frames.SEGMENT) + frames.SEGMENT_MARK) * 100_000,
        (segment() + claim(500_000)) * 20_000,
        frames.SYNC * MB,
        bytes(2 * MB),
    ],
    ids=["junk", "one claim", "marks", "claims", "syncs", "zeros"],
)
def test_no_file_makes_a_reader_search_for_ever(body):
    """Each byte is read a bounded number of times, whatever the file claims."""
    file = CountedFile(body)
    for _ in walk(file, 0, len(body)):
        pass
    assert file.bytes_read < 20 * (len(body) + MB)


def test_what_is_found_after_damage_is_found_again():
    body = segment() + b"junk" + segment() + chunk(RECORDS) + claim(7) + bytes(7) + segment()
    kinds = [
        item.kind if isinstance(item, frames.Frame) else item.reason
        for item in walk(io.BytesIO(body), 0, len(body))
    ]
    assert kinds == [2, "not a frame", 2, 3, "checksum", 2]


def test_damage_without_end_is_given_up_and_said():
    body = (segment() + b"junk") * (MAX_DAMAGES + 10)
    *_, last = walk(io.BytesIO(body), 0, len(body))
    assert last.reason == "too much is damaged to search further"
    assert last.offset + last.length == len(body)


def test_more_frames_than_a_recording_has_are_given_up_and_said(monkeypatch):
    monkeypatch.setattr("agentrec.recording.format.walk.MAX_FRAMES", 1000)
    body = frames.pack(200, b"") * 2000
    *found, last = walk(io.BytesIO(body), 0, len(body))
    assert (len(found), last.reason) == (1000, "more frames than a recording has")
    body = segment() * 2000  # they count four times
    *found, last = walk(io.BytesIO(body), 0, len(body))
    assert (len(found), last.offset) == (len(body) // 256, len(found) * 84)
