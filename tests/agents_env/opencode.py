"""opencode: a configured provider, every tool allowed, nothing fetched."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agents_env.agent import Agent, native
from tests.agents_env.drive import Send, Settle, Type
from tests.agents_env.kilo import config


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    folder = home / ".config" / "opencode"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "opencode.json").write_text(json.dumps(config(url)))
    names = ("AUTOUPDATE", "DEFAULT_PLUGINS", "MODELS_FETCH", "LSP_DOWNLOAD")
    return {f"OPENCODE_DISABLE_{name}": "1" for name in names}


OPENCODE = Agent(
    name="opencode",
    package=native("opencode"),
    version="1.18.33",
    programs=(f"{native('opencode')}/bin/opencode",),
    seed=_seed,
    headless=("run",),
    again=("run", "--continue"),
    tui=(),
    ready=r"(?i)ask anything",
    leave=(Type("/exit"), Settle(), Send(b"\r")),
)
