"""Qwen Code: settings that skip its questions, and a dummy key."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agents_env.agent import Agent


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    folder = home / ".qwen"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "security": {"auth": {"selectedType": "openai"}, "folderTrust": {"enabled": False}},
        "general": {"enableAutoUpdate": False},
        "privacy": {"usageStatisticsEnabled": False},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    return {
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "sk-dummy",
        "OPENAI_MODEL": "gpt-5.5",
    }


QWEN_CODE = Agent(
    name="qwen",
    package="@qwen-code/qwen-code",
    version="0.24.4",
    programs=(".bin/qwen",),
    seed=_seed,
    headless=("--auth-type", "openai", "--yolo", "-p"),
    again=("--auth-type", "openai", "--yolo", "--continue", "-p"),
    tui=(),
    ready="",
    leave=(),
)
