"""Real coding agents for tests: installed by ``scripts/agents``, run offline, each in a home of its own.

A new agent is one file here that makes an :class:`Agent`, and its line in ``AGENTS``, ``OTHERS`` or ``RARE``.
"""

from tests.agents_env.agent import Agent, require
from tests.agents_env.aider import AIDER
from tests.agents_env.claude_code import CLAUDE_CODE
from tests.agents_env.cline import CLINE
from tests.agents_env.codex import CODEX
from tests.agents_env.copilot import COPILOT
from tests.agents_env.gemini_cli import GEMINI_CLI
from tests.agents_env.kilo import KILO
from tests.agents_env.mini import MINI
from tests.agents_env.opencode import OPENCODE
from tests.agents_env.pi import PI
from tests.agents_env.qwen_code import QWEN_CODE

# What every test of agents runs, and what only tests of their own adapters run.
AGENTS: dict[str, Agent] = {agent.name: agent for agent in (CLAUDE_CODE, CODEX)}
OTHERS: dict[str, Agent] = {
    agent.name: agent for agent in (CLINE, COPILOT, GEMINI_CLI, KILO, OPENCODE)
}
ALL = AGENTS | OTHERS
# Large, and read from files that seldom change: only `scripts/agents --latest` installs them.
RARE: dict[str, Agent] = {agent.name: agent for agent in (AIDER, MINI, PI, QWEN_CODE)}

__all__ = ["AGENTS", "ALL", "OTHERS", "RARE", "Agent", "require"]
