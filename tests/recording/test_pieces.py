"""Large payloads go to the file in pieces, and come out as if they had been one."""

import os
import signal
import threading

from agentrec.recording.format import batch, frames


def test_a_frame_in_pieces_is_the_frame():
    parts = [b"one", b"", b"three" * 1000]
    assert b"".join(frames.wrap(frames.CHUNK, parts)) == frames.pack(frames.CHUNK, b"".join(parts))


def test_a_batch_in_pieces_is_the_batch():
    small = [(0, batch.OUTPUT, b"x"), (7, batch.INPUT, b"yz")]
    large = [(0, batch.OUTPUT, b"x" * 9000), (1000, batch.OUTPUT, b"y" * 9000)]
    for records in (small, large):
        parts = batch.encode_parts(records, 3, 5)
        assert b"".join(parts) == batch.encode(records, 3, 5)
        assert batch.decode(b"".join(parts))[1] == [
            (t + 5, kind, data) for t, kind, data in records
        ]
    assert parts[1:] == [record[2] for record in large]  # not copied


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
