"""Codex: a model provider of our own, no approvals, a trusted directory."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agents_env.agent import Agent
from tests.agents_env.drive import Send, Settle, Type

CONFIG = """
model = "gpt-5.5"
model_provider = "scripted"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[model_providers.scripted]
name = "scripted"
base_url = {url}
env_key = "OPENAI_API_KEY"
wire_api = "responses"
supports_websockets = false

[features]
# Else the first TUI copies the whole program into this home and leaves a server running there.
daemon_auto_start = false

[notice.model_migrations]
"gpt-5.5" = "gpt-6-sol"

[projects.{cwd}]
trust_level = "trusted"
"""


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    folder = home / ".codex"
    folder.mkdir(exist_ok=True)
    # A JSON string is a TOML string.
    text = CONFIG.format(url=json.dumps(f"{url}/v1"), cwd=json.dumps(str(cwd)))
    (folder / "config.toml").write_text(text)
    # It warns when its folder is inside the system's temporary one, where tests live.
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    return {"OPENAI_API_KEY": "sk-dummy", "TMPDIR": str(temporary)}


CODEX = Agent(
    name="codex",
    package="@openai/codex",
    version="0.169.0",
    programs=("@openai/codex-*/vendor/*/bin/codex",),
    seed=_seed,
    headless=("exec", "--json", "--skip-git-repo-check"),
    again=("exec", "resume", "--last", "--json", "--skip-git-repo-check"),
    tui=(),
    ready=r"for shortcuts",
    leave=(Type("/exit"), Settle(), Send(b"\r")),
    changing=(r"Worked for <?(\d+m )?\d+s • \d\d:\d\d", r"\d+(\.\d+)?m?s\b"),
)
