"""Writing without being held up, on real pipes."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator

import pytest

from agentrec.capture.io.nonblocking_writer import (
    BLOCKING_WRITE_BYTES,
    NonblockingWriter,
    PeerClosedError,
)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for fd in (read, write):
        try:
            os.close(fd)
        except OSError:
            pass


@pytest.mark.parametrize("nonblocking", [True, False])
def test_everything_arrives_in_order(pipe: tuple[int, int], nonblocking: bool) -> None:
    read, write = pipe
    os.set_blocking(write, not nonblocking)
    outlet = NonblockingWriter(write, nonblocking=nonblocking)
    sent = [bytes([number]) * (number * 977) for number in range(64)]
    for piece in sent:
        outlet.send(piece)
    assert outlet.size > 0  # a pipe does not hold all that
    got = b""
    while outlet.size or select.select([read], [], [], 0)[0]:
        if select.select([], [write], [], 0)[1]:
            outlet.flush()
        while select.select([read], [], [], 0)[0]:
            got += os.read(read, 65536)
    assert got == b"".join(sent)
    assert outlet.size == 0


def test_nonblocking_writes_at_once(pipe: tuple[int, int]) -> None:
    os.set_blocking(pipe[1], False)
    outlet = NonblockingWriter(pipe[1], nonblocking=True)
    outlet.send(b"now")
    assert outlet.size == 0
    assert os.read(pipe[0], 10) == b"now"


def test_shared_descriptor_is_written_in_steps_that_cannot_block(pipe: tuple[int, int]) -> None:
    outlet = NonblockingWriter(pipe[1], nonblocking=False)
    outlet.send(b"x" * (BLOCKING_WRITE_BYTES + 1))
    assert not select.select([pipe[0]], [], [], 0)[0]  # not before poll() says so
    outlet.flush()
    assert len(os.read(pipe[0], 1 << 20)) == BLOCKING_WRITE_BYTES
    assert outlet.size == 1


def test_nobody_there(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    os.set_blocking(pipe[1], False)
    with pytest.raises(PeerClosedError):
        NonblockingWriter(pipe[1], nonblocking=True).send(b"x")


def test_dropping_what_waits(pipe: tuple[int, int]) -> None:
    outlet = NonblockingWriter(pipe[1], nonblocking=False)
    outlet.send(b"x")
    outlet.clear()
    outlet.flush()
    assert outlet.size == 0
    assert not select.select([pipe[0]], [], [], 0)[0]
