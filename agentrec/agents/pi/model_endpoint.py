"""Where pi's model calls go: its own list and its `models.json` say so, and an extension of ours moves them.

On the path of `record --model-calls`.
"""

from __future__ import annotations

import json
import os
import re
import tomllib

from agentrec.agents.pi.companion import COMMANDS
from agentrec.config import read_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.model_server import ModelEndpoints

_HERE = os.path.dirname(__file__)
_EXTENSION = os.path.join(_HERE, "model_endpoint.js")
_VARIABLE = "AGENTREC_PI_PROVIDERS"
_FILE_LIMIT_BYTES = 16 << 20
# A text, which stays; or a comment, or a comma before an end. pi reads its file so.
_TEXT_OR_MORE = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|,(?=\s*[}\]])')


def point(endpoints: ModelEndpoints) -> None:
    """Give each provider an address of ours."""
    home = endpoints.env.get("PI_CODING_AGENT_DIR") or os.path.join(
        endpoints.env.get("HOME", ""), ".pi", "agent"
    )
    with open(os.path.join(_HERE, "model_servers.toml"), "rb") as file:
        servers: dict[str, str | None] = tomllib.load(file)
    servers |= _configured(os.path.join(os.path.expanduser(home), "models.json"))
    addresses = {name: endpoints.route(name, url) for name, url in servers.items() if url}
    endpoints.env[_VARIABLE] = json.dumps(addresses)
    if endpoints.argv[1:2] and endpoints.argv[1] in COMMANDS:
        return
    endpoints.argv[1:1] = ["-e", _EXTENSION]


def _configured(path: str) -> dict[str, str | None]:
    """The addresses in the file; None for a provider whose models have addresses of their own."""
    try:
        text = read_plain(path, _FILE_LIMIT_BYTES).decode()
        config = json.loads(_TEXT_OR_MORE.sub(lambda found: found[1] or "", text))
    except (OSError, ValueError, RecursionError):
        return {}
    providers = config.get("providers") if isinstance(config, dict) else None
    found: dict[str, str | None] = {}
    for name, provider in providers.items() if isinstance(providers, dict) else ():
        if not isinstance(provider, dict):
            continue
        url, models = provider.get("baseUrl"), provider.get("models")
        own = [it for it in models if isinstance(it, dict)] if isinstance(models, list) else []
        if any(it.get("baseUrl") for it in own):
            found[name] = None
        elif isinstance(url, str):
            found[name] = url
    return found
