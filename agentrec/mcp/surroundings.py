"""Variables that an agent keeps from the servers it starts, such as where the recording around it listens."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = frozenset(
    {
        *("AGENTREC_SOCKET", "AGENTREC_SESSION", "AGENTREC_FILE"),
        *(
            "XDG_DATA_HOME",
            "XDG_STATE_HOME",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_RUNTIME_DIR",
        ),
    }
)
_MOST_ANCESTORS = 10
_MAX_BYTES = 1 << 20


def missing_variables(env: Mapping[str, str]) -> dict[str, str]:
    """Those that ``env`` lacks and a process that started this one has; the nearest counts.

    Linux tells them of the user's own processes, other systems do not.
    """
    found: dict[str, str] = {}
    pid = os.getppid()
    for _ in range(_MOST_ANCESTORS):
        if pid <= 1:
            break
        found = _variables(pid) | found
        pid = _parent(pid)
    return {name: value for name, value in found.items() if name not in env}


def _variables(pid: int) -> dict[str, str]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            raw = file.read(_MAX_BYTES)
    except OSError:
        return {}
    pairs = (os.fsdecode(entry).partition("=") for entry in raw.split(b"\0"))
    return {name: value for name, _, value in pairs if name in NAMES and value}


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read(_MAX_BYTES).rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0
