"""GitHub Copilot CLI: a model provider of one's own, so that it needs no account."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agents_env.agent import FOLDER, Agent, native
from tests.agents_env.drive import Send, Settle, Type


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    folder = home / ".copilot"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"trustedFolders": [str(cwd)]}))
    return {
        "COPILOT_OFFLINE": "true",
        "COPILOT_PROVIDER_BASE_URL": f"{url}/v1",
        "COPILOT_PROVIDER_TYPE": "openai",
        "COPILOT_PROVIDER_API_KEY": "sk-dummy",
        "COPILOT_MODEL": "gpt-5.5",
        # It unpacks itself at its first start: once for all homes.
        "COPILOT_PKG_CACHE_HOME": str(FOLDER / "copilot"),
    }


COPILOT = Agent(
    name="copilot",
    package=native("@github/copilot"),
    version="1.0.102",
    programs=(f"{native('@github/copilot')}/copilot",),
    seed=_seed,
    headless=("--allow-all", "-p"),
    again=("--allow-all", "--continue", "-p"),
    tui=("--allow-all",),
    ready=r"tab next tab",
    leave=(Type("/exit"), Settle(), Send(b"\r")),
)
