"""Platform, what only Linux has, pseudo-terminals and the engine."""

import errno
import os
import sys

import pytest

from agentrec.cli.doctor import system
from agentrec.companions.files import inotify
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
