"""git and the agents on PATH. They may hang or print anything, so time and output are bounded."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from agentrec.cli.doctor.row import Row

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE_SECONDS = 10.0
_LIMIT_BYTES = 4096
_VERSION = re.compile(r"\d+(?:\.\d+)+[0-9A-Za-z.+-]*")


def git(env: Mapping[str, str]) -> Row:
    """Check git, which snapshots and branches need."""
    path = find("git", env)
    if not path:
        return Row("git", "missing", "not on PATH", "install git: snapshots and branches need it")
    return _described("git", path, version(path, env))


def agents(env: Mapping[str, str]) -> list[Row]:
    """Check every agent on PATH, all at the same time."""
    from concurrent.futures import ThreadPoolExecutor

    from agentrec.agents import AGENTS

    paths = {name: path for name in sorted(AGENTS) if (path := find(name, env))}
    if not paths:
        hint = f"agentrec records any program, with more detail for {', '.join(sorted(AGENTS))}"
        return [Row("agents", "warn", "none on PATH", hint)]
    with ThreadPoolExecutor(len(paths)) as pool:
        versions = pool.map(lambda path: version(path, env), paths.values())
        return [_described(*found) for found in zip(paths, paths.values(), versions, strict=True)]


def _described(name: str, path: str, found: str | None) -> Row:
    if found is None:
        hint = f"`{name} --version` printed no version; run it yourself to see why"
        return Row(name, "warn", f"{path}, unknown version", hint)
    return Row(name, "ok", f"{found} ({path})")


def find(name: str, env: Mapping[str, str]) -> str:
    """Return the path of a program, or "". Relative entries of PATH are ignored."""
    for folder in env.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


def version(path: str, env: Mapping[str, str], seconds: float = PATIENCE_SECONDS) -> str | None:
    """Return the version a program prints, or None."""
    output = _output([path, "--version"], env, seconds)
    found = _VERSION.search(output.decode("utf-8", "replace"))
    return found[0] if found else None


def _output(argv: list[str], env: Mapping[str, str], seconds: float) -> bytes:
    """Return the first bytes that a program prints in time, then kill it and its children."""
    try:
        process = subprocess.Popen(
            argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return b""
    assert process.stdout
    try:
        return _read(process.stdout.fileno(), time.monotonic() + seconds)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except OSError:  # it has ended
            pass
        process.stdout.close()
        process.wait()


def _read(fd: int, deadline: float) -> bytes:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    output = b""
    while len(output) < _LIMIT_BYTES and (left := deadline - time.monotonic()) > 0:
        if not poll.poll(left * 1000):
            break
        data = os.read(fd, _LIMIT_BYTES)
        if not data:
            break
        output += data
    return output[:_LIMIT_BYTES]
