"""What an agent's ``model_endpoint`` module works on: where its model calls are to go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class ModelEndpoints(Protocol):
    """How the agent starts, which may be changed; ``route`` gives an address for a base URL of its own."""

    argv: list[str]
    env: dict[str, str]
    cwd: str

    def route(self, name: str, url: str) -> str:
        """Return the address that stands for ``url``."""
        ...

    def copy(self, changed: Mapping[str, bytes | None]) -> str:
        """Copy files, with other content or (None) as they are; return where the copies are, or nothing.

        What the agent changes in them is put back at the end.
        """
        ...
