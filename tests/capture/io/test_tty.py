"""Private descriptors and sizes, on a real PTY."""

from __future__ import annotations

import fcntl
import os
import pty
from collections.abc import Iterator

import pytest

from agentrec.capture.io import tty


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    yield master, slave
    os.close(master)
    os.close(slave)


def test_private_descriptor_does_not_change_the_shared_one(terminal: tuple[int, int]) -> None:
    slave = terminal[1]
    private = tty.reopen(slave)
    assert private is not None
    assert fcntl.fcntl(private, fcntl.F_GETFL) & os.O_NONBLOCK
    assert not fcntl.fcntl(slave, fcntl.F_GETFL) & os.O_NONBLOCK
    assert os.fstat(private).st_rdev == os.fstat(slave).st_rdev
    os.close(private)


def test_what_is_no_terminal_cannot_be_reopened() -> None:
    read, write = os.pipe()
    assert tty.reopen(read) is None
    assert tty.get_size(read) is None
    assert not tty.is_tty(read)
    os.close(read)
    os.close(write)
    assert not tty.is_tty(read)  # not even open


def test_size(terminal: tuple[int, int]) -> None:
    master, slave = terminal
    assert tty.get_size(slave) is None  # a terminal that does not tell
    tty.set_size(master, (500, 200, 4000, 3200))
    assert tty.get_size(slave) == (500, 200, 4000, 3200)
