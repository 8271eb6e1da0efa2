"""Coding agents: one package each, found by the name of the program.

``aider``, ``claude``, ``cline``, ``codex``, ``copilot``, ``gemini``, ``kilo``, ``mini``, ``opencode``,
``pi``, ``qwen``   the agents
``follow``   what all of them share while they run: files that grow, and the events made of them
``resume``   how an agent starts again with its conversation as it was at a point
``model_server``   what an agent's ``model_endpoint`` works on

An agent's package holds:

``companion``    ``companion(argv)``: the companion that follows it, None for a command that starts no session
its parser       feeds what the agent writes to an ``EventBuilder``: ``transcript``, ``rollout``, ``chat`` ...
``launch.toml``  its command line, see ``resume.launch``
``resume``       ``resumption(request)``, if its transcript can be cut at a point
``model_endpoint``   ``point(endpoints)``, if variables alone do not move its model calls

This module is on the start path of `record`: an agent's package is only imported for its own program.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.agents.follow.agent import AgentCompanion
    from agentrec.capture.companion_host import Companion


class Agent:
    """One agent. A plain class: dataclasses would slow down the start of `record`.

    ``package``    its package in this folder
    ``name``       what recordings call it
    ``resumable``  whether its package has a ``resume`` module
    """

    __slots__ = ("name", "package", "resumable")

    def __init__(self, package: str, name: str = "", *, resumable: bool = False) -> None:
        self.package, self.name, self.resumable = package, name or package, resumable


# Set in the environment of programs whose model calls are recorded: nobody needs to derive them from totals.
MODEL_CALLS = "AGENTREC_MODEL_CALLS"
# The command that an agent's hooks run to hear of findings; only set if it is to.
GUARD_HOOK = "AGENTREC_GUARD_HOOK"

# name of the program -> agent
AGENTS = {
    "aider": Agent("aider"),
    "claude": Agent("claude", "claude-code", resumable=True),
    "cline": Agent("cline"),
    "codex": Agent("codex", resumable=True),
    "copilot": Agent("copilot"),
    "gemini": Agent("gemini", "gemini-cli"),
    "kilo": Agent("kilo"),
    "mini": Agent("mini", "mini-swe-agent"),
    "opencode": Agent("opencode"),
    "pi": Agent("pi", resumable=True),
    "qwen": Agent("qwen", "qwen-code", resumable=True),
}
# Programs of theirs that keep a name of their own beside the older version.
ALIASES = {"opencode2": "opencode"}


def companion_for(argv: list[str], changes: Callable[[], int | None] = lambda: None) -> Companion:
    """Return the companion of the agent that ``argv`` starts; for any other program, one that finds agents
    started below it, with ``changes`` as in :class:`agentrec.agents.follow.agent_detector.AgentDetector`.
    """
    companion = find_companion(argv)
    if companion is not None:
        return companion
    from agentrec.agents.follow.agent_detector import AgentDetector

    return AgentDetector(find_companion, changes)


def find_companion(argv: list[str]) -> AgentCompanion | None:
    """Return the companion of the agent that ``argv`` starts, None for any other program."""
    program = os.path.basename(argv[0]) if argv else ""
    agent = AGENTS.get(ALIASES.get(program, program))
    if agent is None:
        return None
    from importlib import import_module

    module = import_module(f"agentrec.agents.{agent.package}.companion")
    companion: AgentCompanion | None = module.companion(argv)
    return companion


def program_of(name: str) -> str:
    """Return the program of the agent that recordings call ``name``; any other name unchanged."""
    return next((program for program, agent in AGENTS.items() if agent.name == name), name)
