"""Real coding agents for tests: installed by ``scripts/agents``, run offline, each in a home of its own.

A new agent is one file here that makes an :class:`Agent`, and its line in ``AGENTS``.
"""

from tests.agents_env.agent import Agent, require
from tests.agents_env.claude_code import CLAUDE_CODE
from tests.agents_env.codex import CODEX

AGENTS: dict[str, Agent] = {agent.name: agent for agent in (CLAUDE_CODE, CODEX)}

__all__ = ["AGENTS", "Agent", "require"]
