"""Where Claude Code's model calls go, if its settings say so. On the path of `record --model-calls`."""

from __future__ import annotations

import json
import os

from agentrec.config import read_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.model_server import ModelEndpoints

VARIABLE = "ANTHROPIC_BASE_URL"
DEFAULT = "https://api.anthropic.com"
OPTION = "--settings"
# From weakest to strongest; the last one that names an address counts.
_FILE_LIMIT_BYTES = 16 << 20
_PROJECT_FILES = (".claude/settings.json", ".claude/settings.local.json")


def point(endpoints: ModelEndpoints) -> None:
    """Settings beat the environment; so an address in the user's is replaced by settings of ours.

    These are merged with the user's own ``--settings`` when hooks are added.
    """
    home = endpoints.env.get("CLAUDE_CONFIG_DIR") or os.path.join(
        endpoints.env.get("HOME", ""), ".claude"
    )
    files = [os.path.join(home, "settings.json")]
    files += [os.path.join(endpoints.cwd, name) for name in _PROJECT_FILES]
    named = [url for file in files if (url := _address_in(file))]
    if not named:
        return
    endpoints.env[VARIABLE] = named[-1]
    if OPTION in endpoints.argv or any(it.startswith(OPTION + "=") for it in endpoints.argv):
        return  # the user's own settings are the strongest, and may name another address
    address = endpoints.route("anthropic", named[-1])
    settings = json.dumps({"env": {VARIABLE: address}})
    endpoints.argv[1:1] = [OPTION, settings]


def _address_in(path: str) -> str:
    try:
        settings = json.loads(read_plain(path, _FILE_LIMIT_BYTES))
    except (OSError, ValueError, RecursionError):
        return ""
    env = settings.get("env") if isinstance(settings, dict) else None
    value = env.get(VARIABLE) if isinstance(env, dict) else None
    return value if isinstance(value, str) else ""
