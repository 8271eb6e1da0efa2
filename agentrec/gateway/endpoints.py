"""Points an agent at the gateway: variables of its environment, and what its own package knows.

On the path of `record --model-calls` before the program starts: imports are light here.
"""

from __future__ import annotations

import os

from agentrec.errors import UsageError
from agentrec.json_values import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.gateway.private_copies import PrivateCopies

_FILE = os.path.join(os.path.dirname(__file__), "endpoints.toml")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
LOOPBACK = "127.0.0.1"


class Endpoints:
    """The addresses that a program gets, and what they stand for. ``origin`` is the gateway's own.

    ``routes`` are the first parts of paths and the base URLs behind them. With ``key`` in
    them, only this program knows the addresses. ``stand_in`` is the origin of a server that takes
    the place of all others, whose ``origins`` are kept. ``copies`` are of the user's files, to be put back.
    """

    def __init__(
        self,
        origin: str,
        key: str,
        argv: list[str],
        env: Mapping[str, str],
        cwd: str,
        *,
        stand_in: str = "",
    ) -> None:
        self.argv, self.env, self.cwd = list(argv), dict(env), cwd
        self.routes: dict[str, str] = {}
        self.origins: dict[str, str] = {}
        self.copies: PrivateCopies | None = None
        self._urls: dict[str, str] = {}
        self._origin, self._key, self._stand_in = origin, key, stand_in

    def route(self, name: str, url: str) -> str:
        """Return the address that stands for the base URL ``url``. Any text is a ``name``."""
        plain = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
        prefix = f"/{self._key}/{name if plain else f'provider-{len(self.routes)}'}"
        self._urls[self._origin + prefix] = url
        if "://" not in url:
            url = f"http://{url}"
        if self._stand_in:
            scheme, _, rest = url.partition("://")
            host, _, path = rest.partition("/")
            self.origins[prefix] = f"{scheme}://{host}"
            url = f"{self._stand_in}/{path}".rstrip("/")
        self.routes[prefix] = url
        return self._origin + prefix

    def copy(self, changed: Mapping[str, bytes | None]) -> str:
        """Make copies of files, see ``private_copies``: the directory they are in, empty if there is none."""
        from agentrec.gateway import private_copies

        self.copies = private_copies.make(changed, self._urls, self.env)
        return self.copies.folder if self.copies else ""

    def set_variables(self, names: list[str] | None) -> None:
        """Set the variables of these servers; of all common ones if none are named."""
        for name, server in _servers().items():
            if name in names if names is not None else server.get("common"):
                self._set(name, words(server.get("variables")), str(server.get("default", "")))

    def _set(self, name: str, variables: list[str], default: str) -> None:
        given = [variable for variable in variables if self.env.get(variable)]
        url = self.env[given[0]] if given else default
        if not url:
            return
        address = self.route(name, url)
        for variable in variables if default else given:
            self.env[variable] = address

    def bypass_proxy(self) -> None:
        """The gateway is reached directly; it uses the proxy itself."""
        if not any(self.env.get(name) or self.env.get(name.upper()) for name in _PROXIES):
            return
        for name in ("no_proxy", "NO_PROXY"):
            before = self.env.get(name, "")
            if LOOPBACK not in before:
                self.env[name] = f"{before},{LOOPBACK}" if before else LOOPBACK


def point(endpoints: Endpoints) -> None:
    """Point the program of ``endpoints`` at its gateway: argv and env are what to really use."""
    import tomllib
    from importlib import import_module, util

    from agentrec.agents import AGENTS

    agent = AGENTS.get(os.path.basename(endpoints.argv[0]))
    servers: list[str] | None = None
    if agent is not None:
        package = f"agentrec.agents.{agent.package}"
        folder = os.path.dirname(import_module(package).__file__ or "")
        with open(os.path.join(folder, "launch.toml"), "rb") as file:
            servers = tomllib.load(file).get("model_servers")
        if util.find_spec(f"{package}.model_endpoint"):
            import_module(f"{package}.model_endpoint").point(endpoints)
    endpoints.set_variables(servers)
    endpoints.bypass_proxy()
    if not endpoints.routes:
        raise UsageError("no model server is known for this program")


def stand_in_variables(origin: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return what points any program at a server at ``origin`` that takes the place of all common ones."""
    found: dict[str, str] = {}
    for server in _servers().values():
        variables, default = words(server.get("variables")), str(server.get("default", ""))
        given = [name for name in variables if env.get(name)]
        url = env[given[0]] if given else default
        if server.get("common") and url:
            path = url.partition("://")[2].partition("/")[2].rstrip("/")
            address = f"{origin}/{path}" if path else origin
            found |= dict.fromkeys(variables if default else given, address)
    made = Endpoints(origin, "", [], env, "")
    made.bypass_proxy()
    return found | {name: made.env[name] for name in ("no_proxy", "NO_PROXY") if name in made.env}


def _servers() -> dict[str, dict[str, object]]:
    import tomllib

    with open(_FILE, "rb") as file:
        return tomllib.load(file)
