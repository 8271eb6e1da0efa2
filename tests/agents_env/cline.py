"""Cline: a provider that its settings name, and no daemon."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agents_env.agent import Agent, native
from tests.agents_env.drive import Send

PROVIDER = "openai-compatible"


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    settings = {
        "provider": PROVIDER,
        "apiKey": "sk-dummy",
        "model": "gpt-5.5",
        "baseUrl": f"{url}/v1",
    }
    entry = {"settings": settings, "tokenSource": "manual", "updatedAt": "2026-11-28T00:00:00.000Z"}
    providers = {
        "version": 1,
        "lastUsedProvider": PROVIDER,
        "modes": {},
        "providers": {PROVIDER: entry},
    }
    folder = home / ".cline" / "data" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "providers.json").write_text(json.dumps(providers))
    return {
        # Else it leaves a server running, and talks to that of another home.
        "CLINE_SESSION_BACKEND_MODE": "local",
        "CLINE_NO_AUTO_UPDATE": "1",
        "CLINE_DISABLE_CLINE_PASS_NOTICE": "1",
    }


CLINE = Agent(
    name="cline",
    package=native("@cline/cli"),
    version="3.0.65",
    programs=(f"{native('@cline/cli')}/bin/cline",),
    seed=_seed,
    headless=("--json",),
    again=(),
    tui=("-i",),
    ready=r"Auto-approve all enabled",
    leave=(Send(b"\x03"), Send(b"\x03")),
)
