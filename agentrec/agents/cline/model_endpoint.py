"""Where Cline's model calls go: its settings name the servers, and it reads a copy of them with others.

On the path of `record --model-calls`.
"""

from __future__ import annotations

import json
import os

from agentrec.agents.cline.companion import Cline, companion
from agentrec.agents.follow.agent import option_value
from agentrec.config import read_plain
from agentrec.json_values import table, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.model_server import ModelEndpoints
    from agentrec.json_values import JsonObject

_VARIABLE = "CLINE_PROVIDER_SETTINGS_PATH"
_BACKEND = "CLINE_SESSION_BACKEND_MODE"
_FILE_LIMIT_BYTES = 16 << 20
# Providers whose settings need no address.
_BUILT_IN = {
    "anthropic": "https://api.anthropic.com/v1",
    "deepseek": "https://api.deepseek.com/v1",
    "openai-native": "https://api.openai.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
}


def point(endpoints: ModelEndpoints) -> None:
    """Give each provider in the settings an address of ours.

    Not where the process that asks the model lives on, or would read other settings. Nor if somebody is
    signed in: Cline renews that in its settings, and another Cline would miss it in the user's own.
    """
    agent = companion(endpoints.argv)
    if not isinstance(agent, Cline) or _is_elsewhere(endpoints):
        return
    agent.prepare(endpoints.argv, endpoints.env, endpoints.cwd)
    path = endpoints.env.get(_VARIABLE) or os.path.join(
        agent.data_folder(), "settings", "providers.json"
    )
    settings = _read(path)
    entries = {name: table(it) for name, it in table(settings.get("providers")).items()}
    own = {name: table(entry.get("settings")) for name, entry in entries.items()}
    if any(table(it.get("auth")).get("refreshToken") for it in own.values()):
        return
    urls = {name: text(it.get("baseUrl")) or _BUILT_IN.get(name, "") for name, it in own.items()}
    moved = {name: endpoints.route(name, url) for name, url in urls.items() if url}
    for name, address in moved.items():
        entries[name]["settings"] = {**own[name], "baseUrl": address}
    copied = {
        path: json.dumps({**settings, "providers": entries}, indent=2).encode(),
        os.path.join(os.path.dirname(path), "models.json"): None,
    }
    if moved and (folder := endpoints.copy(copied)):
        endpoints.env[_VARIABLE] = os.path.join(folder, os.path.basename(path))
        endpoints.env[_BACKEND] = "local"


def _is_elsewhere(endpoints: ModelEndpoints) -> bool:
    argv, env = endpoints.argv, endpoints.env
    has_sandbox = env.get("CLINE_SANDBOX") == "1" or option_value(argv, ("--data-dir",))
    is_beside = {"-z", "--zen"} & set(argv) or (env.get(_BACKEND) or "local") != "local"
    return bool(has_sandbox or is_beside)


def _read(path: str) -> JsonObject:
    try:
        return table(json.loads(read_plain(path, _FILE_LIMIT_BYTES)))
    except (OSError, ValueError, RecursionError):
        return {}
