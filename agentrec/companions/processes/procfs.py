"""What /proc tells of processes (Linux). Everything may vanish while it is read."""

from __future__ import annotations

import os

_LONGEST = 4096  # bytes of a command line that are kept


def command_line(pid: int) -> list[str]:
    """The arguments of a process; empty when it is gone, or a zombie."""
    data = _read(f"/proc/{pid}/cmdline")[: _LONGEST + 1]
    words = data[:_LONGEST].removesuffix(b"\0").split(b"\0") if data else []
    return [word.decode("utf-8", "replace") for word in words]


def directory(pid: int) -> str:
    """The working directory of a process; empty when it cannot be known."""
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    """The processes that ``pid`` has started, and that were not given to others."""
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        found += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return found


def state(pid: int) -> tuple[bool, int | None]:
    """Whether a process runs; of one that has ended and waits to be asked, its wait() status."""
    data = _read(f"/proc/{pid}/stat")
    fields = data[data.rfind(b")") + 2 :].split()
    if len(fields) < 50:
        return False, None
    if fields[0] in (b"Z", b"X"):
        return False, int(fields[49])
    return True, None


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(1 << 16) or b""
    except OSError:
        return b""
