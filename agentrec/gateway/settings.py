"""What the gateway's process is told by the recorder that starts it, in a variable of its environment.

On the start path of `record --model-calls`: imports are light here.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VARIABLE = "AGENTREC_GATEWAY"
ORIGIN_HEADER = "X-Agentrec-Origin"


class GatewaySettings:
    """``routes``: the beginning of a path, and the base URL that it stands for.

    ``origins``: of the servers whose place another one takes, by route; that one is told in a header.
    ``copies``: the arguments of ``PrivateCopies``, to be put back at the end, or none.
    """

    def __init__(
        self,
        routes: dict[str, str],
        origins: dict[str, str],
        agent: str,
        *,
        mask_secrets: bool,
        copies: dict[str, Any] | None = None,
    ) -> None:
        self.routes, self.origins, self.copies = routes, origins, copies
        self.agent, self.mask_secrets = agent, mask_secrets

    def encode(self) -> str:
        """As the variable has it."""
        return json.dumps(vars(self))


def decode(text: str) -> GatewaySettings:
    """The settings in the variable."""
    return GatewaySettings(**json.loads(text))
