"""Installs the agents at their pinned versions below ``.tools/agents``; see ``scripts/agents``.

python -m tests.agents_env.install [NAME...]      all, or those named
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.agents_env import ALL
from tests.agents_env.agent import FOLDER, Agent


class InstallError(Exception):
    """One line that says what is missing or failed."""


def main(names: Sequence[str]) -> int:
    """Install what is missing. Without CI a failure is only reported: the tests say which they skip."""
    if unknown := set(names) - set(ALL):
        print(f"unknown agent {min(unknown)!r}: use {', '.join(ALL)}", file=sys.stderr)
        return 2
    chosen = [ALL[name] for name in names or ALL]
    try:
        _install([agent for agent in chosen if not _is_installed(agent)])
    except InstallError as fault:
        print(f"agents for tests: {fault}", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    return 0


def _stamp(agent: Agent) -> Path:
    return FOLDER / f"{agent.name}.version"


def _is_installed(agent: Agent) -> bool:
    """Whether this very version was seen to run, and is still there."""
    manifest = FOLDER / "node_modules" / agent.package / "package.json"
    try:
        stamp, version = _stamp(agent).read_text().strip(), json.loads(manifest.read_text())
    except (OSError, ValueError):
        return False
    return stamp == version.get("version") == agent.version and agent.program() is not None


def _install(missing: list[Agent]) -> None:
    if not missing:
        return
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise InstallError(f"{tool} was not found; install Node.js 18 or later to test agents")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:  # two test runs may start at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [agent for agent in missing if not _is_installed(agent)]
        if missing:
            _npm([f"{agent.package}@{agent.version}" for agent in missing])
        for agent in missing:
            _verify(agent)
            _stamp(agent).write_text(agent.version + "\n")


def _npm(packages: list[str]) -> None:
    print(f"installing for tests: {' '.join(packages)}", file=sys.stderr)
    options = ["--no-audit", "--no-fund", "--save-exact", "--loglevel=error"]
    command = ["npm", "install", "--prefix", str(FOLDER), *options, *packages]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        raise InstallError(f"npm could not install {' '.join(packages)}")


def _verify(agent: Agent) -> None:
    """Raise unless the program is there and says the version that was asked for."""
    program = agent.program()
    if program is None:
        raise InstallError(f"{agent.package} has no program for this platform")
    with tempfile.TemporaryDirectory() as folder:
        env = agent.start(Path(folder, "home"), Path(folder, "work"), "http://127.0.0.1:1")
        done = subprocess.run(
            [program, "--version"],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    if agent.version not in done.stdout:
        output = (done.stdout + done.stderr).strip()[:200]
        raise InstallError(f"{agent.name} --version printed {output!r}, not {agent.version}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
