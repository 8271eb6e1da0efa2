"""aider: no repository, no questions. It looks for prices and goes on without them."""

from __future__ import annotations

from pathlib import Path

from tests.agents_env.agent import PYPI, Agent


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    return {"OPENAI_API_BASE": f"{url}/v1", "OPENAI_API_KEY": "sk-dummy"}


_OPTIONS = (
    *("--no-check-update", "--analytics-disable", "--no-gitignore", "--no-git", "--yes-always"),
    # Of answers that stream aider counts the tokens itself.
    *("--no-show-model-warnings", "--no-stream", "--model", "openai/gpt-4o"),
)
AIDER = Agent(
    name="aider",
    package="aider-chat",
    version="0.86.2",
    programs=("aider",),
    seed=_seed,
    headless=(*_OPTIONS, "--message"),
    again=(*_OPTIONS, "--restore-chat-history", "--message"),
    tui=(),
    ready="",
    leave=(),
    index=PYPI,
)
