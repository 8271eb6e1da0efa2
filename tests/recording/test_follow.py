"""Reading while a recording is written."""

import os
import threading
import time

import pytest

from agentrec.recording.follow import Follower, follow
from agentrec.recording.reader import Recording
from agentrec.recording.writer import Writer
from tests.recording.helpers import HEADER, read, sample, write


def test_following_sees_every_event_once_through_end_and_compaction(tmp_path):
    path = str(tmp_path / "live.ahr")
    writer = Writer(path, HEADER)
    writer.start()
    seen = []
    reader = threading.Thread(target=lambda: seen.extend(follow(path, poll=0.01)))
    reader.start()
    for n in range(200):
        writer.output(n * 1000, os.urandom(10_000))
        if n % 50 == 0:
            time.sleep(0.05)
    writer.flush()
    writer.close()
    reader.join()
    assert [e.seq for e in seen] == list(range(200))
    assert seen == read(path)[1]


def test_following_ends_when_the_writer_is_gone(tmp_path):
    path = write(tmp_path / "a.ahr", sample(12))
    size = os.path.getsize(path)
    os.truncate(path, size - 5)
    assert list(follow(path)) == sample(12)


def test_a_follower_never_waits(tmp_path):
    path = str(tmp_path / "live.ahr")
    writer = Writer(path, HEADER)
    writer.start()
    follower = Follower(path)
    assert (follower.read(), follower.done) == ([], False)
    writer.output(5, b"x")
    writer.flush()
    assert [e.data for e in follower.read()] == [b"x"]
    writer.close()
    while not follower.done:
        assert follower.read() == []
    follower.close()


@pytest.mark.parametrize("seq", [0, 1, 7, 399, 400, 450])
def test_a_follower_may_begin_anywhere(tmp_path, seq):
    path = str(tmp_path / "run.ahr")
    writer = Writer(path, HEADER)
    writer.start()
    for n in range(400):
        writer.output(n * 1000, os.urandom(10_000))
    writer.flush()
    follower = Follower(path, seq)
    found = []
    while follower.behind:
        found += follower.read(1 << 16)
    writer.close()
    while not follower.done:
        found += follower.read()
    follower.close()
    with Recording.open(path) as recording:
        assert len(recording.index.segments) > 2
    assert found == read(path)[1][seq:]
