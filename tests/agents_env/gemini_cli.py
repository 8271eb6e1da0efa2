"""Gemini CLI: settings that skip its questions, and a dummy key."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agents_env.agent import Agent
from tests.agents_env.drive import Send, Settle, Type


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    folder = home / ".gemini"
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"disableAutoUpdate": True, "disableUpdateNag": True},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    return {
        "GOOGLE_GEMINI_BASE_URL": url,
        "GEMINI_API_KEY": "AIza-dummy-of-the-tests",
        "GEMINI_CLI_NO_RELAUNCH": "true",
    }


GEMINI_CLI = Agent(
    name="gemini",
    package="@google/gemini-cli",
    version="0.61.0",
    programs=(".bin/gemini",),
    seed=_seed,
    headless=("--yolo", "-p"),
    again=("--yolo", "--resume", "latest", "-p"),
    tui=("--yolo",),
    ready=r"Type your message",
    leave=(Type("/quit"), Settle(), Send(b"\r")),
)
