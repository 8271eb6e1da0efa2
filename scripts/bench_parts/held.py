"""How much memory a process has held."""

from __future__ import annotations

from pathlib import Path


def most_held(pid: int | str = "self") -> float:
    """The most MB that a running process has held since it became its program; 0 where nobody tells.

    Not `ru_maxrss`: that begins with what the process that started it held.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0.0
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 / 1e6 if found else 0.0
