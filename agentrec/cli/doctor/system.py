"""Python, platform, Linux-only parts, the terminal, PTYs, terminal engine."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from agentrec.cli.doctor.row import Row

if TYPE_CHECKING:
    from collections.abc import Mapping

WATCHES = "/proc/sys/fs/inotify/max_user_watches"
WATCHES_NEEDED = 4096  # one for each directory that is watched


def agentrec(_: Mapping[str, str]) -> Row:
    """Report the version and where it is installed."""
    import agentrec as package

    folder = os.path.dirname(os.path.abspath(package.__file__))
    return Row("agentrec", "ok", f"{package.__version__} ({folder})")


def python(_: Mapping[str, str]) -> Row:
    """Report the interpreter."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Row("Python", "ok", f"{version} ({sys.executable or 'no path'})")


def platform(_: Mapping[str, str]) -> Row:
    """Report the kernel; agentrec is tested on Linux."""
    system = os.uname()
    text = f"{system.sysname} {system.release} {system.machine}"
    if system.sysname == "Linux":
        return Row("platform", "ok", text)
    name = "macOS" if system.sysname == "Darwin" else system.sysname
    return Row("platform", "warn", text, f"{name} is not tested yet; see docs/platforms.md")


def proc(_: Mapping[str, str]) -> Row:
    """Check /proc, which shows processes and agents."""
    if os.path.isdir("/proc/self/task"):
        return Row("/proc", "ok", "mounted")
    hint = "processes are not recorded, and agents started by another program are not found"
    return Row("/proc", "warn", "not on this system", hint)


def inotify(_: Mapping[str, str]) -> Row:
    """Check inotify, which reports changed files."""
    from agentrec.inotify import Inotify

    try:
        Inotify().close()
    except OSError as error:
        hint = "file times are compared every few seconds instead"
        return Row("inotify", "warn", error.strerror or str(error), hint)
    limit = _watch_limit()
    if limit is not None and limit < WATCHES_NEEDED:
        hint = f"changes in large directories are missed; run: sysctl fs.inotify.max_user_watches={1 << 16}"
        return Row("inotify", "warn", f"{limit:,} watches", hint)
    return Row("inotify", "ok", "works" if limit is None else f"{limit:,} watches")


def _watch_limit() -> int | None:
    try:
        with open(WATCHES, encoding="ascii") as file:
            return int(file.read(32))
    except (OSError, ValueError):
        return None


def process_events(_: Mapping[str, str]) -> Row:
    """Check netlink process events, which report every process."""
    from agentrec.companions.processes.netlink import ProcEvents

    try:
        ProcEvents().close()
    except OSError as error:
        hint = "short programs and most exit codes are missed"
        return Row("process events", "warn", f"not available: {error.strerror or error}", hint)
    return Row("process events", "ok", "the kernel reports every process")


def terminal(env: Mapping[str, str]) -> Row:
    """Report the terminal this runs in: its type, size and colors."""
    fd = next((fd for fd in (1, 2, 0) if os.isatty(fd)), None)
    if fd is None:
        return Row("terminal", "ok", "none: neither input nor output is one")
    term = env.get("TERM", "")
    if term in ("", "dumb"):
        hint = "the player cannot draw there; set TERM to what your terminal is, such as xterm-256color"
        return Row("terminal", "warn", f"TERM is {term or 'not set'}", hint)
    columns, rows = os.get_terminal_size(fd)
    text = f"{term}, {columns}x{rows}, {_colors(term, env)} colors"
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        hint = "characters beyond ASCII are not shown; set LANG to a UTF-8 locale, such as C.UTF-8"
        return Row("terminal", "warn", f"{text}, {encoding or 'no'} encoding", hint)
    return Row("terminal", "ok", text)


def _colors(term: str, env: Mapping[str, str]) -> str:
    """As far as the environment says; the player asks the terminal as well."""
    if env.get("NO_COLOR"):
        return "no (NO_COLOR)"
    if env.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "24-bit"
    return "256" if "256" in term else "16"


def pty(_: Mapping[str, str]) -> Row:
    """Check that a PTY can be opened and passes data on."""
    sent = b"agentrec"
    try:
        outer, inner = os.openpty()
    except OSError as error:
        hint = "nothing can be recorded; check that /dev/pts is mounted"
        return Row("PTY", "missing", f"cannot open one: {error.strerror or error}", hint)
    try:
        os.write(inner, sent)
        works = _read_within(outer, len(sent), seconds=2.0) == sent
    finally:
        os.close(inner)
        os.close(outer)
    return Row("PTY", "ok", "works") if works else Row("PTY", "missing", "opened, but data is lost")


def _read_within(fd: int, length: int, *, seconds: float) -> bytes:
    import select

    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return os.read(fd, length) if poll.poll(seconds * 1000) else b""


def engine(_: Mapping[str, str]) -> Row:
    """Check the terminal engine, which renders screens."""
    from agentrec.errors import AgentrecError
    from agentrec.terminal.engine.screen import ENGINE, Screen

    name = "terminal engine"
    try:
        screen = Screen(8, 1)
        screen.feed(b"agentrec")
    except AgentrecError as error:
        return Row(name, "missing", str(error), error.hint)
    if screen.row_text(0) != "agentrec":
        return Row(name, "missing", f"{ENGINE[0]} renders the wrong screen", "reinstall agentrec")
    return Row(name, "ok", " ".join(ENGINE))
