"""Coding agents: one adapter per command line tool, found by the name of its program.

An adapter is a module in this folder with ``companion(argv) -> Companion | None`` (see
:mod:`agentrec.capture.companion_host`). This module is on the start path of `record`: an adapter is only
imported for its own agent.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.follow.agent import AgentCompanion
    from agentrec.capture.companion_host import Companion

# name of the program -> module in this folder
ADAPTERS = {
    "aider": "aider",
    "claude": "claude",
    "codex": "codex",
    "gemini": "gemini",
    "mini": "mini",
    "opencode": "opencode",
    "pi": "pi",
    "qwen": "qwen",
}


def companion_for(argv: list[str]) -> "Companion":
    """Who follows the agent that ``argv`` starts, or those that any other program will start."""
    found = find(argv)
    if found is not None:
        return found
    from agentrec.agents.follow.detect import LateAgents

    return LateAgents()


def find(argv: list[str]) -> "AgentCompanion | None":
    """The companion of the agent that ``argv`` starts, None for any other program."""
    module = ADAPTERS.get(os.path.basename(argv[0])) if argv else None
    if module is None:
        return None
    from importlib import import_module

    companion: AgentCompanion | None = import_module(
        f"agentrec.agents.{module}.companion"
    ).companion(argv)
    return companion
