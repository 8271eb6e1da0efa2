"""Registers the server with an agent, by the agent's own command for that."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAME = "agentrec"


class AgentCommands(NamedTuple):
    """How an agent adds and removes a server; {server} stands for the server's command."""

    program: str
    add: tuple[str, ...]
    remove: tuple[str, ...]


AGENTS: Mapping[str, AgentCommands] = {
    "claude": AgentCommands(
        "claude",
        ("mcp", "add", "--scope", "user", NAME, "--", "{server}"),
        ("mcp", "remove", "--scope", "user", NAME),
    ),
    "codex": AgentCommands(
        "codex", ("mcp", "add", NAME, "--", "{server}"), ("mcp", "remove", NAME)
    ),
    "gemini": AgentCommands(
        "gemini",
        ("mcp", "add", "--scope", "user", NAME, "{server}"),
        ("mcp", "remove", "--scope", "user", NAME),
    ),
    "qwen": AgentCommands(
        "qwen",
        ("mcp", "add", "--scope", "user", NAME, "{server}"),
        ("mcp", "remove", "--scope", "user", NAME),
    ),
}


def add(agent: str, options: Sequence[str]) -> str:
    """Register the server; returns the command that removes it again. Raises AgentrecError."""
    commands = _commands(agent)
    _run(commands, _filled(commands.add, [*server_command(), *options]))
    return " ".join([commands.program, *commands.remove])


def remove(agent: str) -> None:
    """Take the server away again. Raises AgentrecError."""
    commands = _commands(agent)
    _run(commands, commands.remove)


def server_command() -> list[str]:
    """How the server is started from anywhere."""
    script = os.path.join(os.path.dirname(sys.executable), "agentrec")
    found = script if os.access(script, os.X_OK) else shutil.which("agentrec")
    return [found, "mcp"] if found else [sys.executable, "-P", "-m", "agentrec", "mcp"]


def _commands(agent: str) -> AgentCommands:
    try:
        return AGENTS[agent]
    except KeyError:
        raise UsageError(f"unknown agent {agent!r}", f"use one of {', '.join(AGENTS)}") from None


def _filled(words: Sequence[str], server: Sequence[str]) -> list[str]:
    return [one for word in words for one in (server if word == "{server}" else [word])]


def _run(commands: AgentCommands, arguments: Sequence[str]) -> None:
    program = shutil.which(commands.program)
    if program is None:
        raise AgentrecError(f"could not find {commands.program}", "install it, or add it to PATH")
    done = subprocess.run(
        [program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        why = (done.stderr or done.stdout).strip().splitlines()
        raise AgentrecError(
            f"{commands.program} said: {why[-1] if why else f'exit code {done.returncode}'}"
        )
