"""A user's terminal for tests: a real PTY with a real program on it, driven by what it shows."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import termios
import time
from types import TracebackType
from typing import Any, Self

from ptyprocess import PtyProcess

from agentrec.recording.events import Event
from agentrec.recording.reader import Recording

RECORD = [sys.executable, "-m", "agentrec", "record"]
PATIENCE = 30.0  # seconds; nothing here takes long, this only ends a test that hangs


def environment(tmp_path: Any, **more: str) -> dict[str, str]:
    """A clean environment whose home is ``tmp_path``; sockets go where this test run has its own."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return {
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"],
        "PATH": os.environ["PATH"],
        "PYTHONPATH": root,
        "TERM": "xterm-256color",
        "SHELL": "/bin/sh",
        "LANG": "C.UTF-8",
        "PS1": "$ ",
        **more,
    }


class Terminal:
    """Runs ``argv`` on a new PTY of ``size`` (cols, rows); ``seen`` is everything it has shown."""

    def __init__(
        self,
        argv: list[str],
        env: dict[str, str],
        *,
        size: tuple[int, int] = (80, 24),
        cwd: Any = None,
    ) -> None:
        self._pty = PtyProcess.spawn(
            argv, env=env, cwd=None if cwd is None else str(cwd), dimensions=(size[1], size[0])
        )
        self.fd: int = self._pty.fd
        self.pid: int = self._pty.pid
        self.seen = b""
        self._looked = 0
        self.eof = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pty.isalive():
            os.kill(self.pid, signal.SIGKILL)
            self._pty.wait()
        self.hang_up()

    def read(self, patience: float = PATIENCE) -> bool:
        """Take what the terminal shows next; false at its end or when nothing comes in time."""
        if self.eof or not select.select([self.fd], [], [], patience)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            data = b""
        self.eof = not data
        self.seen += data
        return bool(data)

    def until(self, pattern: bytes) -> bytes:
        """Wait until ``pattern`` (a regex) is shown after what was waited for before."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.compile(pattern, re.DOTALL).search(self.seen, self._looked)):
            if time.monotonic() > deadline or (not self.read(1.0) and self.eof):
                raise AssertionError(f"{pattern!r} was not shown after {self.seen[-2000:]!r}")
        self._looked = found.end()
        return found.group()

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.fd, data) :]

    def resize(self, cols: int, rows: int) -> None:
        self._pty.setwinsize(rows, cols)

    def wait(self) -> int:
        """Read to the end; the exit code as a shell would say it."""
        while self.read():
            pass
        assert self.eof, f"the program hangs after {self.seen[-2000:]!r}"
        return self.status()

    def status(self) -> int:
        """Wait for the end without reading; the exit code as a shell would say it."""
        deadline = time.monotonic() + PATIENCE
        while self._pty.isalive():
            assert time.monotonic() < deadline, "the program hangs"
            time.sleep(0.01)
        code, number = self._pty.exitstatus, self._pty.signalstatus
        return 128 + int(number) if code is None else int(code)

    def hang_up(self) -> None:
        """Close the terminal, as a window or a connection closes."""
        if not self._pty.closed:
            self._pty.fileobj.close()
            self._pty.closed = True

    @property
    def modes(self) -> list[Any]:
        """The terminal's attributes, as tcgetattr() gives them."""
        attributes: list[Any] = termios.tcgetattr(self.fd)
        return attributes

    @property
    def is_raw(self) -> bool:
        return not self.modes[3] & (termios.ICANON | termios.ECHO)


def events(path: Any) -> list[Event]:
    """All events of a recording that must be whole."""
    with Recording.open(str(path)) as recording:
        found = list(recording.events())
        assert not recording.damage
        assert recording.ended
    assert [event.seq for event in found] == list(range(len(found)))
    return found


def output(path: Any) -> bytes:
    """Everything the recorded terminal got."""
    return b"".join(e.data for e in events(path) if e.name == ("term", "output"))  # type: ignore[misc]


def of_kind(path: Any, track: str, kind: str) -> list[Any]:
    """The data of all events of one kind."""
    return [event.data for event in events(path) if event.name == (track, kind)]
