"""What tests need to know about an agent, and where its program is.

Standard library only, no pytest at import: ``scripts/agents`` reads the pinned versions from here.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.agents_env.drive import Press, Settle, Step, Type, Wait
from tests.agents_env.need import missing

ROOT = Path(__file__).resolve().parents[2]
PINNED = ROOT / ".tools" / "agents"
NPM, PYPI = "npm", "pypi"
# Another folder of agents, of any version: see `latest`.
FOLDER = Path(os.environ.get("AGENTREC_AGENTS") or PINNED)


def native(package: str) -> str:
    """The package that holds only the program for this platform, and needs no install script."""
    system = {"darwin": "darwin", "win32": "windows"}.get(sys.platform, "linux")
    machine = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x64")
    return f"{package}-{system}-{machine}"


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent at one version.

    ``programs`` are patterns below ``node_modules`` for its native program, tried in order (npm may
    skip the install script that links it); of packages of the Python index, names of commands.
    ``seed(home, cwd, url)`` writes the settings that make it start without questions and talk to the
    model server at ``url``, and returns what its environment needs. ``headless``, ``again`` (headless,
    the last conversation goes on) and ``tui`` are its arguments, the prompt comes last.
    """

    name: str
    package: str
    version: str
    programs: tuple[str, ...]
    seed: Callable[[Path, Path, str], dict[str, str]]
    headless: tuple[str, ...]
    again: tuple[str, ...]
    tui: tuple[str, ...]
    # Regular expression: on the screen when the TUI waits for a prompt.
    ready: str
    # How a person ends the TUI.
    leave: tuple[Step, ...]
    # Patterns of what differs between two equal runs, for `stable`.
    changing: tuple[str, ...] = field(default=())
    # Where the package is from.
    index: str = NPM

    @property
    def environment(self) -> Path:
        """The virtual environment of a package of the Python index."""
        return FOLDER / "python" / self.name

    def program(self) -> Path | None:
        """The native program, or None if it is not installed."""
        modules = FOLDER / "node_modules" if self.index == NPM else self.environment / "bin"
        found = (path for pattern in self.programs for path in sorted(modules.glob(pattern)))
        return next((path for path in found if os.access(path, os.X_OK)), None)

    def start(self, home: Path, cwd: Path, url: str) -> dict[str, str]:
        """Make ``home`` and ``cwd`` ready; the whole environment for a run there."""
        home.mkdir(parents=True, exist_ok=True)
        cwd.mkdir(parents=True, exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "SHELL": "/bin/bash",
            **{name: os.environ[name] for name in ("XDG_RUNTIME_DIR",) if name in os.environ},
            **self.seed(home, cwd, url),
        }

    def argv(self, arguments: tuple[str, ...], *more: str) -> list[str]:
        """A command line of the installed program."""
        program = self.program()
        if program is None:
            raise FileNotFoundError(f"{self.package} is not installed: run scripts/agents")
        return [str(program), *arguments, *more]

    def session(self, *exchanges: tuple[str, str]) -> list[Step]:
        """Steps of a whole TUI session: for each (prompt, pattern of the answer), then leave."""
        steps: list[Step] = [Wait(self.ready), Settle(1.0)]
        for prompt, pattern in exchanges:
            steps += [Type(prompt), Settle(), Press(b"\r", pattern), Settle()]
        return [*steps, *self.leave]

    def stable(self, screen: str) -> str:
        """The screen, plain or styled, with a star for all that differs between equal runs."""
        for pattern in (*self.changing, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"):
            screen = re.sub(pattern, "*", screen)
        return screen


def require(agent: Agent) -> Agent:
    """Skip the test, saying why, where the agent is not installed; where CI is set, fail."""
    if agent.program() is None:
        missing(f"{agent.package}@{agent.version} is not installed: run scripts/agents")
    return agent
