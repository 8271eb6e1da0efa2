"""pi: a model of our own, and nothing fetched."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agents_env.agent import Agent

_MODEL = {"id": "gpt-5.5", "contextWindow": 200_000, "maxTokens": 8000}


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    folder = home / ".pi" / "agent"
    folder.mkdir(parents=True, exist_ok=True)
    provider = {
        "baseUrl": f"{url}/v1",
        "apiKey": "sk-dummy",
        "api": "openai-completions",
        "models": [_MODEL],
    }
    (folder / "models.json").write_text(json.dumps({"providers": {"scripted": provider}}))
    return {"PI_OFFLINE": "1"}


_MODEL_OPTIONS = ("--provider", "scripted", "--model", "gpt-5.5")
PI = Agent(
    name="pi",
    package="@mariozechner/pi-coding-agent",
    version="0.73.1",
    programs=(".bin/pi",),
    seed=_seed,
    headless=(*_MODEL_OPTIONS, "-p"),
    again=(*_MODEL_OPTIONS, "--continue", "-p"),
    tui=(),
    ready="",
    leave=(),
)
