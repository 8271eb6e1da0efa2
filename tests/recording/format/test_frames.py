"""Frames: in pieces, and what claims to be one."""

import os
import signal
import struct
import threading

from agentrec.recording.format import frames
from agentrec.recording.reader import Recording
from tests.recording.crafted import RECORDS, chunk, honest, segment, whole


def test_a_frame_in_pieces_is_the_frame():
    parts = [b"one", b"", b"three" * 1000]
    assert b"".join(frames.wrap(frames.CHUNK, parts)) == frames.pack(frames.CHUNK, b"".join(parts))


def test_more_pieces_than_the_system_takes_at_once(tmp_path):
    pieces = [b"%d," % number for number in range(5000)]
    with (tmp_path / "file").open("wb") as file:
        frames.write_all(file.fileno(), pieces)
    assert (tmp_path / "file").read_bytes() == b"".join(pieces)


def test_a_write_that_a_signal_cuts_short_goes_on():
    pieces = [bytes([number]) * 5000 for number in range(100)]
    theirs, ours = os.pipe()  # holds less than that
    signalled = threading.Event()
    got = []

    def read():
        signalled.wait(10)
        while data := os.read(theirs, 777):
            got.append(data)

    before = signal.signal(signal.SIGALRM, lambda *_: signalled.set())
    reader = threading.Thread(target=read)
    try:
        reader.start()
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        frames.write_all(ours, pieces)
    finally:
        signal.signal(signal.SIGALRM, before)
        os.close(ours)
        reader.join()
        os.close(theirs)
    assert b"".join(got) == b"".join(pieces)


def test_frames_that_claim_each_other_are_given_up_and_said(tmp_path):
    """Each broken frame says that a large part of the file is its own."""
    claim = struct.pack("<2sBBII", frames.SYNC, frames.CHUNK, 0, 500_000, 0)
    path = tmp_path / "a.ahr"
    path.write_bytes(whole(segment() + chunk(RECORDS) + (segment() + claim) * 20_000, honest))
    checked = 0
    with Recording.open(str(path)) as recording:
        for item in recording.frames():
            checked += isinstance(item, frames.Damage)
        assert recording.damage[-1].reason == "too much is damaged to search further"
        last = recording.damage[-1]
        assert last.offset + last.length == recording.file_size
    assert checked < 500


def test_a_mark_before_a_large_claim_is_no_segment(tmp_path):
    claim = struct.pack("<2sBBII", frames.SYNC, frames.SEGMENT, 0, 100_000, 0)
    path = tmp_path / "a"
    path.write_bytes((claim + frames.SEGMENT_MARK) * 10_000 + segment())
    with path.open("rb") as file:
        size = path.stat().st_size
        assert frames.next_segment(file, 0, size) == size - len(segment())
