"""Where Codex's model calls go: its configuration decides, and an option of ours says otherwise.

On the path of `record --model-calls`.
"""

from __future__ import annotations

import json
import os
import tomllib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.model_server import ModelEndpoints
    from agentrec.json_values import JsonObject

BUILT_IN = "openai"
DEFAULT = "https://api.openai.com/v1"
# With a login instead of a key.
LOGIN_DEFAULT = "https://chatgpt.com/backend-api/codex"


def point(endpoints: ModelEndpoints) -> None:
    """Add the option that moves the base URL of the provider that this command line uses."""
    home = endpoints.env.get("CODEX_HOME") or os.path.join(endpoints.env.get("HOME", ""), ".codex")
    config = _config(home, endpoints.argv)
    provider = _text(config.get("model_provider")) or BUILT_IN
    if provider == BUILT_IN:
        name, url = "openai_base_url", _text(config.get("openai_base_url"))
        url = url or (LOGIN_DEFAULT if _has_login(home, endpoints.env) else DEFAULT)
    else:
        providers = config.get("model_providers")
        entry = providers.get(provider) if isinstance(providers, dict) else None
        url = _text(entry.get("base_url")) if isinstance(entry, dict) else ""
        name = f"model_providers.{provider}.base_url"
    if url:
        address = endpoints.route(provider, url)
        endpoints.argv[1:1] = ["-c", f"{name}={json.dumps(address)}"]


def _config(home: str, argv: list[str]) -> JsonObject:
    """The file, the profile that is chosen, and the options, later ones winning."""
    config: JsonObject = _read_toml(os.path.join(home, "config.toml"))
    options: JsonObject = {}
    profile = _text(config.get("profile"))
    for index, word in enumerate(argv[:-1]):
        if word in ("-p", "--profile"):
            profile = argv[index + 1]
        elif word in ("-c", "--config"):
            name, _, value = argv[index + 1].partition("=")
            _set(options, name.strip().split("."), value.strip())
    profiles = config.get("profiles")
    chosen = profiles.get(profile) if isinstance(profiles, dict) else None
    return _merged(config, chosen if isinstance(chosen, dict) else {}, options)


def _merged(*layers: JsonObject) -> JsonObject:
    merged: JsonObject = {}
    for layer in layers:
        for name, value in layer.items():
            before = merged.get(name)
            both = isinstance(before, dict) and isinstance(value, dict)
            merged[name] = _merged(before, value) if both else value  # type: ignore[arg-type]
    return merged


def _set(options: JsonObject, path: list[str], value: str) -> None:
    for name in path[:-1]:
        inner = options.setdefault(name, {})
        options = inner if isinstance(inner, dict) else {}
    try:
        options[path[-1]] = tomllib.loads(f"value = {value}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        options[path[-1]] = value


def _has_login(home: str, env: dict[str, str]) -> bool:
    """Whether Codex is logged in with an account; a key in its file or the environment is not that."""
    try:
        with open(os.path.join(home, "auth.json"), encoding="utf-8") as file:
            auth = json.load(file)
    except (OSError, ValueError, RecursionError):
        return False
    has_tokens = isinstance(auth, dict) and bool(auth.get("tokens"))
    return has_tokens and not auth.get("OPENAI_API_KEY") and not env.get("CODEX_API_KEY")


def _read_toml(path: str) -> JsonObject:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError, RecursionError):
        return {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
