"""Kilo Code: a configured provider, every tool allowed, nothing fetched."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agents_env.agent import Agent, native
from tests.agents_env.drive import Send, Settle, Type


def config(url: str) -> dict[str, object]:
    """What opencode and Kilo read."""
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "scripted",
        "options": {"baseURL": f"{url}/v1", "apiKey": "sk-dummy"},
        "models": {"gpt-5.5": {"name": "gpt-5.5"}},
    }
    return {
        "model": "scripted/gpt-5.5",
        "small_model": "scripted/gpt-5.5",
        "autoupdate": False,
        "share": "disabled",
        "permission": {"*": "allow"},
        "provider": {"scripted": provider},
    }


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    folder = home / ".config" / "kilo"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kilo.json").write_text(json.dumps(config(url)))
    names = ("AUTOUPDATE", "CODEBASE_INDEXING", "DEFAULT_PLUGINS", "MODELS_FETCH", "SESSION_INGEST")
    switched_off = {f"KILO_DISABLE_{name}": "1" for name in names}
    return switched_off | {"KILO_TELEMETRY_LEVEL": "off", "KILO_NO_DAEMON": "1"}


KILO = Agent(
    name="kilo",
    package=native("@kilocode/cli"),
    version="7.7.9",
    programs=(f"{native('@kilocode/cli')}/bin/kilo",),
    seed=_seed,
    headless=("run",),
    again=(),  # read as opencode is, and slow to start
    tui=(),
    ready=r"(?i)ask anything",
    leave=(Type("/exit"), Settle(), Send(b"\r")),
)
