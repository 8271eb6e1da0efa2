"""What /proc says about processes (Linux). Everything may vanish while it is read."""

from __future__ import annotations

import os

_MAX_COMMAND_BYTES = 4096
_READ_BYTES = 1 << 16
_EXIT_CODE = 49  # the field after the name, see proc_pid_stat(5)


def command_line(pid: int) -> list[str]:
    """The arguments of a process; empty when it is gone, or a zombie."""
    data = _read(f"/proc/{pid}/cmdline")[: _MAX_COMMAND_BYTES + 1]
    words = data[:_MAX_COMMAND_BYTES].removesuffix(b"\0").split(b"\0") if data else []
    return [word.decode("utf-8", "replace") for word in words]


def directory(pid: int) -> str:
    """The working directory of a process; empty when it cannot be known."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    """The processes that ``pid`` has started and that still belong to it."""
    pids: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return pids
    for thread in threads:
        pids += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return pids


def state(pid: int) -> tuple[bool, int | None]:
    """Whether a process runs, and the wait() status of one that has ended but was not waited for."""
    data = _read(f"/proc/{pid}/stat")
    fields = data[data.rfind(b")") + 2 :].split()
    if len(fields) <= _EXIT_CODE:
        return False, None
    if fields[0] in (b"Z", b"X"):
        return False, int(fields[_EXIT_CODE])
    return True, None


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(_READ_BYTES) or b""
    except OSError:
        return b""
