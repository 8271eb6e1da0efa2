"""Where opencode's model calls go: its configuration names the servers, and more of it comes by a variable.

On the path of `record --model-calls`.
"""

from __future__ import annotations

import json
import os

from agentrec.config import read_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.model_server import ModelEndpoints
    from agentrec.json_values import JsonObject

PROGRAM = "opencode"
_FILE_LIMIT_BYTES = 16 << 20
_NAMES = ("opencode.json", "opencode.jsonc")
# Providers that need no address: the variable of their key, and where they are.
_BUILT_IN = {
    "anthropic": ("ANTHROPIC_API_KEY", "https://api.anthropic.com/v1"),
    "openai": ("OPENAI_API_KEY", "https://api.openai.com/v1"),
}


def point(endpoints: ModelEndpoints) -> None:
    """Give each provider that is configured here an address of ours."""
    point_configured(endpoints, PROGRAM)


def point_configured(endpoints: ModelEndpoints, program: str) -> None:
    """Do so for ``program``, which is opencode or a fork: its names are made of its own."""
    # Configuration that counts more than files.
    content = f"{program.upper()}_CONFIG_CONTENT"
    urls = {name: url for name, (key, url) in _BUILT_IN.items() if endpoints.env.get(key)}
    for config in (
        *map(_read, _files(endpoints, program)),
        given := _parsed(endpoints.env.get(content)),
    ):
        urls |= _addresses(config)
    providers = given.get("provider")
    changed: JsonObject = dict(providers) if isinstance(providers, dict) else {}
    for name, url in urls.items():
        provider = changed.get(name)
        entry: JsonObject = dict(provider) if isinstance(provider, dict) else {}
        options = entry.get("options")
        entry["options"] = {
            **(options if isinstance(options, dict) else {}),
            "baseURL": endpoints.route(name, url),
        }
        changed[name] = entry
    if urls:
        endpoints.env[content] = json.dumps({**given, "provider": changed})


def _files(endpoints: ModelEndpoints, program: str) -> list[str]:
    """Where configuration may be, the strongest last: of the user, then of the directories around."""
    env = endpoints.env
    home = env.get("XDG_CONFIG_HOME") or os.path.join(env.get("HOME", ""), ".config")
    folders = [os.path.join(home, program)]
    around = []
    folder = endpoints.cwd
    while folder and folder != os.path.dirname(folder):
        around.append(folder)
        folder = os.path.dirname(folder)
    folders += reversed(around)
    names = (*_NAMES, f"{program}.json", f"{program}.jsonc")
    files = [os.path.join(folder, name) for folder in folders for name in names]
    return [*files, env.get(f"{program.upper()}_CONFIG", "")]


def _read(path: str) -> JsonObject:
    try:
        return _parsed(read_plain(path, _FILE_LIMIT_BYTES).decode())
    except (OSError, ValueError):
        return {}


def _parsed(text: str | None) -> JsonObject:
    """JSON; lines that are comments are left out, as far as that is simple."""
    lines = [line for line in (text or "").splitlines() if not line.lstrip().startswith("//")]
    try:
        value = json.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _addresses(config: JsonObject) -> dict[str, str]:
    providers = config.get("provider")
    found: dict[str, str] = {}
    for name, provider in providers.items() if isinstance(providers, dict) else ():
        options = provider.get("options") if isinstance(provider, dict) else None
        url = options.get("baseURL") if isinstance(options, dict) else None
        if isinstance(url, str) and "://" in url:
            found[name] = url
    return found
