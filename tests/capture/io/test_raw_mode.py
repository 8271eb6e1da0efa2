"""Raw mode, on a real PTY."""

from __future__ import annotations

import os
import pty
import termios
import tty
from collections.abc import Iterator

import pytest

from agentrec.capture.io.raw_mode import RawMode


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    master, slave = pty.openpty()
    yield master, slave
    os.close(master)
    os.close(slave)


def test_modes_of_a_pager_are_not_how_the_user_had_them(terminal: tuple[int, int]) -> None:
    _, slave = terminal
    before = termios.tcgetattr(slave)
    mode = RawMode(slave)
    mode.note_cooked()
    assert mode.cooked == before
    tty.setraw(slave)
    mode.note_cooked()
    mode.leave()
    now = termios.tcgetattr(slave)
    for index, flags in (
        (0, termios.ICRNL),
        (1, termios.OPOST | termios.ONLCR),
        (3, termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN),
    ):
        assert now[index] & flags == flags


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
