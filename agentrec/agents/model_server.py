"""What an agent's ``model_endpoint`` module works on: where its model calls are to go."""

from __future__ import annotations

from typing import Protocol


class ModelEndpoints(Protocol):
    """How the agent starts, which may be changed; ``route`` gives an address for a base URL of its own."""

    argv: list[str]
    env: dict[str, str]
    cwd: str

    def route(self, name: str, url: str) -> str:
        """Return the address that stands for ``url``."""
        ...
