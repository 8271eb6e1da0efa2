"""mini-swe-agent: configured by variables, without a sum to stay below."""

from __future__ import annotations

from pathlib import Path

from tests.agents_env.agent import PYPI, Agent


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    return {
        "MSWEA_CONFIGURED": "true",
        "MSWEA_COST_TRACKING": "ignore_errors",
        "OPENAI_API_BASE": f"{url}/v1",
        "OPENAI_API_KEY": "sk-dummy",
    }


MINI = Agent(
    name="mini",
    package="mini-swe-agent",
    version="2.4.6",
    programs=("mini",),
    seed=_seed,
    headless=("-m", "openai/gpt-4o", "-y", "--exit-immediately", "-t"),
    again=(),
    tui=(),
    ready="",
    leave=(),
    index=PYPI,
)
