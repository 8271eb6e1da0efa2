"""Processor time that a recorder takes, with the processes that it started for itself."""

from __future__ import annotations

import psutil


def computed(recorder: int, seen: dict[int, float] | None = None) -> float:
    """CPU seconds so far. With ``seen``, a process that has ended since the last call counts, too."""
    seen = {} if seen is None else seen
    try:
        first = psutil.Process(recorder)
        command = first.cmdline()
        for process in [first, *first.children()]:
            # Its children are the recorded program, forks of itself, and modules of ours.
            own = process.cmdline()
            if own == command or any(part.startswith("agentrec.") for part in own):
                times = process.cpu_times()
                seen[process.pid] = times.user + times.system
    except psutil.Error:
        pass  # it has just ended
    return sum(seen.values())


def find(word: str) -> int | None:
    """The process of `agentrec record` that has ``word`` as an argument, not one of its forks.

    Process numbers start again from the lowest, so the recorder's need not be lower than its guardian's.
    """
    found = {}
    for process in psutil.process_iter(["cmdline", "ppid"]):
        command = process.info["cmdline"] or []
        if word in command and "record" in command:
            found[int(process.pid)] = process.info["ppid"]
    return next((pid for pid, parent in found.items() if parent not in found), None)
