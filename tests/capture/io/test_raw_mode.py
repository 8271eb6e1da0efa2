"""Raw mode, on a real PTY."""

from __future__ import annotations

import os
import pty
import termios
from collections.abc import Iterator

import pytest

from agentrec.capture.io.raw_mode import RawMode


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    yield master, slave
    os.close(master)
    os.close(slave)


def test_raw_mode_passes_every_byte_and_is_left_exactly(terminal: tuple[int, int]) -> None:
    master, slave = terminal
    before = termios.tcgetattr(slave)
    mode = RawMode(slave)
    mode.enter()
    everything = bytes(range(256))
    os.write(master, everything)
    assert os.read(slave, 1000) == everything
    os.write(slave, everything)
    assert os.read(master, 1000) == everything
    mode.leave()
    assert termios.tcgetattr(slave) == before
