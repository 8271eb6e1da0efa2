"""Claude Code: settings that skip its onboarding, and a dummy key it has approved."""

from __future__ import annotations

import json
from pathlib import Path

from tests.agents_env.agent import Agent
from tests.agents_env.drive import Send, Settle, Type

VERSION = "2.1.197"
KEY = "sk-ant-dummy"


def _seed(home: Path, cwd: Path, url: str) -> dict[str, str]:
    settings = {
        "hasCompletedOnboarding": True,
        "lastOnboardingVersion": VERSION,
        "theme": "dark",
        "bypassPermissionsModeAccepted": True,
        "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
        "projects": {
            str(cwd): {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
        },
    }
    (home / ".claude.json").write_text(json.dumps(settings))
    return {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": KEY,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "IS_SANDBOX": "1",  # else root may not skip permissions
    }


CLAUDE_CODE = Agent(
    name="claude",
    package="@anthropic-ai/claude-code",
    version=VERSION,
    programs=("@anthropic-ai/claude-code-*/claude",),
    seed=_seed,
    headless=("-p", "--dangerously-skip-permissions"),
    again=("-p", "--continue", "--dangerously-skip-permissions"),
    tui=("--dangerously-skip-permissions",),
    ready=r"bypass permissions on",
    leave=(Type("/exit"), Settle(), Send(b"\r")),
    # A word by chance, and how long it took.
    changing=(r"[A-Z]\w+ for (\x1b\[[\d;]*m)*(\d+m )?\d+s",),
)
