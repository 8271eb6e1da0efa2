"""What the gateway's process is told by the recorder that starts it, in a variable of its environment."""

from __future__ import annotations

import json
from typing import NamedTuple

VARIABLE = "AGENTREC_GATEWAY"
ORIGIN_HEADER = "X-Agentrec-Origin"


class GatewaySettings(NamedTuple):
    """``routes``: the beginning of a path, and the base URL that it stands for.

    ``origins``: of the servers whose place another one takes, by route; that one is told in a header.
    """

    routes: dict[str, str]
    origins: dict[str, str]
    agent: str
    mask_secrets: bool

    def encode(self) -> str:
        return json.dumps(self._asdict())


def decode(text: str) -> GatewaySettings:
    """The settings in the variable."""
    return GatewaySettings(**json.loads(text))
