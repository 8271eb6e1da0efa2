"""Platform, what only Linux has, pseudo-terminals and the engine."""

import errno
import os
import subprocess
import sys
import termios

import pytest

from agentrec import inotify
from agentrec.cli.doctor import system
from agentrec.companions.processes import netlink
from agentrec.terminal.engine import screen

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has it")


def refused(*_):
    raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@LINUX
def test_linux_has_everything():
    assert system.platform({}).state == "ok"
    assert system.proc({}).state == "ok"
    row = system.inotify({})
    assert (row.state, row.text.endswith(" watches")) == ("ok", True)


def test_elsewhere_it_says_what_is_lost(monkeypatch):
    name = os.uname_result(("Darwin", "mac", "24.0.0", "x", "arm64"))
    monkeypatch.setattr(os, "uname", lambda: name)
    row = system.platform({})
    assert (row.state, row.text) == ("warn", "Darwin 24.0.0 arm64")
    assert row.hint.startswith("macOS is not tested yet")
    monkeypatch.setattr(os.path, "isdir", lambda path: False)
    assert "processes are not recorded" in system.proc({}).hint


def test_few_watches(monkeypatch, tmp_path):
    (tmp_path / "limit").write_text("128\n")
    monkeypatch.setattr(system, "WATCHES", str(tmp_path / "limit"))
    monkeypatch.setattr(inotify, "Inotify", lambda: open(os.devnull))  # noqa: SIM115 - it is closed
    row = system.inotify({})
    assert (row.state, row.text) == ("warn", "128 watches")
    assert "max_user_watches" in row.hint


def test_no_inotify(monkeypatch):
    monkeypatch.setattr(inotify, "Inotify", refused)
    row = system.inotify({})
    assert row.state == "warn"
    assert "file times are compared" in row.hint


def test_a_kernel_that_does_not_tell_of_processes(monkeypatch):
    monkeypatch.setattr(netlink, "ProcEvents", refused)
    row = system.process_events({})
    assert (row.state, row.text) == ("warn", "not available: Operation not permitted")


@pytest.mark.parametrize(
    ("env", "state", "text"),
    [
        ({"TERM": "xterm-256color"}, "ok", "xterm-256color, 91x17, 256 colors"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "ok", "xterm, 91x17, 24-bit colors"),
        ({"TERM": "vt100"}, "ok", "vt100, 91x17, 16 colors"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "ok", "xterm, 91x17, no (NO_COLOR) colors"),
        ({"TERM": "dumb"}, "warn", "TERM is dumb"),
        ({}, "warn", "TERM is not set"),
    ],
)
def test_the_terminal(env, state, text):
    """In one of its own, of 91 columns and 17 rows."""
    outer, inner = os.openpty()
    termios.tcsetwinsize(inner, (17, 91))
    code = (
        f"from agentrec.cli.doctor.system import terminal; print(*terminal({env!r})[:3], sep='|')"
    )
    command = [sys.executable, "-X", "utf8", "-c", code]
    done = subprocess.run(command, stdin=inner, capture_output=True)
    os.close(inner)
    os.close(outer)
    assert done.stdout.decode().strip() == f"terminal|{state}|{text}", done.stderr


def test_a_terminal_without_utf8():
    outer, inner = os.openpty()
    code = "from agentrec.cli.doctor.system import terminal; print(terminal({'TERM': 'xterm'})[1:])"
    command = [sys.executable, "-c", code]
    env = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, env=env, stdin=inner, stdout=subprocess.PIPE)
    os.close(inner)
    os.close(outer)
    assert b"warn" in done.stdout
    assert b"LANG" in done.stdout


def test_no_terminal():
    code = "from agentrec.cli.doctor.system import terminal; print(terminal({})[2])"
    done = subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True
    )
    assert done.stdout.decode().startswith("none")


def test_pty(monkeypatch):
    assert system.pty({}).state == "ok"
    monkeypatch.setattr(os, "openpty", refused)
    row = system.pty({})
    assert row.state == "missing"
    assert "/dev/pts" in row.hint


def test_the_engine(monkeypatch):
    assert system.engine({}) == ("terminal engine", "ok", " ".join(screen.ENGINE), "")
    monkeypatch.setattr(screen, "ENGINE", ("libghostty-vt", "99"))
    row = system.engine({})
    assert row.state == "missing"
    assert "agentrec needs 99" in row.text
