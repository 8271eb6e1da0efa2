"""Time, memory and words of one command, in a process of its own."""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Beyond these a command is ended: it has failed anyway.
_GIVE_UP_FACTOR = 2
_GIVE_UP_SECONDS = 600
_MAX_ADDRESS_BYTES = 3 << 30
_MAX_WORDS_BYTES = 1 << 20


class Limits(NamedTuple):
    """What a command may take."""

    seconds: float = 10.0
    mb: float = 300.0


class Measured(NamedTuple):
    """One command on one file: seconds of CPU, which other programs do not change, and most memory held.

    ``words`` is what it wrote to standard error.
    """

    file: str
    command: str
    seconds: float
    mb: float
    code: int
    words: str
    fault: str = ""


def run(argv: Sequence[str], env: Mapping[str, str], out: Path, limits: Limits) -> Measured:
    """Run ``agentrec ARGV``; its standard output goes to ``out``, and is not kept in memory."""
    words = out.with_suffix(".words")
    pid = os.fork()
    if pid == 0:
        _become(argv, env, out, words, limits)
    _, status, usage = os.wait4(pid, 0)
    seconds = usage.ru_utime + usage.ru_stime
    text = words.read_bytes()[-_MAX_WORDS_BYTES:].decode("utf-8", "replace")
    code = os.waitstatus_to_exitcode(status)
    return Measured("", "", seconds, usage.ru_maxrss / 1000, code, text)


def _become(
    argv: Sequence[str], env: Mapping[str, str], out: Path, words: Path, limits: Limits
) -> None:
    """Turn the forked process into the command."""
    try:
        for number, path in ((1, out), (2, words)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        resource.setrlimit(resource.RLIMIT_AS, (_MAX_ADDRESS_BYTES, _MAX_ADDRESS_BYTES))
        cpu = round(limits.seconds * _GIVE_UP_FACTOR)
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
        signal.alarm(_GIVE_UP_SECONDS)
        os.execve(sys.executable, [sys.executable, "-m", "agentrec", *argv], dict(env))
    finally:
        os._exit(70)


def fault_of(measured: Measured, codes: Sequence[int], limits: Limits, *, converts: bool) -> str:
    """Which law a command broke; empty when none."""
    if "Traceback" in measured.words:
        return "traceback"
    is_said = "left out" in measured.words
    if measured.mb > limits.mb and not is_said:
        return "memory"
    if converts and measured.code == -signal.SIGXCPU:
        return ""  # it shows its progress, and was ended here
    if measured.seconds > limits.seconds and not converts and not is_said:
        return "time"
    if measured.code not in codes:
        return f"exit code {measured.code}"
    return "words that act on a terminal" if not _is_inert(measured.words) else ""


def _is_inert(words: str) -> bool:
    return all(char.isprintable() or char == "\n" for char in words)
