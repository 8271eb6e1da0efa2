"""Finding and starting programs."""

from __future__ import annotations

import os
import signal
import termios
import time
from pathlib import Path

import pytest

from agentrec.capture.io import child, tty
from agentrec.capture.io.child import CannotRunError, Child, NotFoundError, Program


def spawn(*command: str, size: tty.Size = (80, 24, 0, 0)) -> Child:
    file = child.find(command[0], os.environ["PATH"])
    return child.spawn(Program(list(command), file, dict(os.environ)), size, None)


def read_all(one: Child) -> bytes:
    shown = b""
    os.set_blocking(one.fd, True)
    try:
        while data := os.read(one.fd, 4096):
            shown += data
    except OSError:
        pass
    while not one.reap():
        time.sleep(0.005)
    os.close(one.fd)
    return shown


def test_find_looks_where_a_shell_looks(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tool").write_text("#!/bin/sh\n")
    (tmp_path / "b/tool").chmod(0o755)
    path = f"{tmp_path}/none:{tmp_path}/a:{tmp_path}/b"
    assert child.find("tool", path) == f"{tmp_path}/b/tool"  # the one that can run
    assert child.find(f"{tmp_path}/b/tool", "") == f"{tmp_path}/b/tool"
    with pytest.raises(CannotRunError, match="not executable"):
        child.find("tool", f"{tmp_path}/a")
    with pytest.raises(NotFoundError):
        child.find("tool", f"{tmp_path}/none")
    with pytest.raises(NotFoundError):
        child.find("", None)


def test_child_has_the_size_with_pixels_from_its_first_moment() -> None:
    program = "import fcntl, termios; print(fcntl.ioctl(0, termios.TIOCGWINSZ, b' ' * 8).hex())"
    one = spawn("python3", "-c", program, size=(101, 33, 808, 528))
    packed = b"".join(number.to_bytes(2, "little") for number in (33, 101, 808, 528))
    assert read_all(one).decode().strip() == packed.hex()
    assert (one.code, one.signal) == (0, None)


def test_child_inherits_no_descriptors(tmp_path: Path) -> None:
    with open(tmp_path / "secret", "w") as held:
        os.set_inheritable(held.fileno(), True)
        program = (
            "import os\nfor fd in range(256):\n try: os.fstat(fd); print(fd)\n except OSError: 0"
        )
        assert read_all(spawn("python3", "-c", program)).split() == [b"0", b"1", b"2"]


def test_signals_reach_the_foreground_of_its_terminal() -> None:
    program = "import time; print('ready', flush=True); time.sleep(100)"
    one = spawn("bash", "--norc", "-ic", f'python3 -c "{program}"; echo code $?')
    os.set_blocking(one.fd, True)
    assert b"ready" in os.read(one.fd, 100)
    assert os.tcgetpgrp(one.fd) != one.pid
    one.send(signal.SIGINT)
    assert b"KeyboardInterrupt" in read_all(one)


def test_input_flags_tell_a_password_prompt() -> None:
    one = spawn("sh", "-c", "echo open; read x; stty -echo; echo hidden; read x")
    os.set_blocking(one.fd, True)
    assert os.read(one.fd, 100) == b"open\r\n"
    assert one.input_flags() & termios.ECHO
    os.write(one.fd, b"\n")
    shown = b""
    while b"hidden" not in shown:
        shown += os.read(one.fd, 100)
    flags = one.input_flags()
    assert flags & termios.ICANON
    assert not flags & termios.ECHO
    assert one.end_of_input() == b"\x04"
    os.write(one.fd, b"\n")
    read_all(one)


def test_a_start_that_is_interrupted_leaves_nothing_to_close():
    child._Pty.__new__(child._Pty).__del__()  # as when Ctrl-C comes between the fork and its result


def test_after_a_stop_each_group_is_continued_once(monkeypatch: pytest.MonkeyPatch) -> None:
    continued: list[int] = []
    one = spawn("python3", "-c", "import time; print('up', flush=True); time.sleep(60)")
    os.set_blocking(one.fd, True)
    os.read(one.fd, 10)
    kill = os.killpg
    monkeypatch.setattr(os, "killpg", lambda group, _: continued.append(group))
    one.resume()
    assert continued == [one.pid]
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: 12345)  # another job of it is in front
    one.resume()
    assert continued == [one.pid, 12345, one.pid]
    kill(one.pid, signal.SIGKILL)
    read_all(one)
