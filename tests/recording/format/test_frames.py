"""Frames: in pieces, and what claims to be one."""

import os
import signal
import threading

from agentrec.recording.format import frames


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
