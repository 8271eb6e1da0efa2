"""What the gateway's process is told by the recorder that starts it, in a variable of its environment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "AGENTREC_GATEWAY"


def encode(routes: Mapping[str, str], agent: str, *, mask_secrets: bool) -> str:
    """``routes``: the beginning of a path, and the base URL that it stands for."""
    return json.dumps({"routes": dict(routes), "agent": agent, "mask_secrets": mask_secrets})


def decode(text: str) -> tuple[dict[str, str], str, bool]:
    """Routes, the name of the agent, and whether secrets are masked."""
    value = json.loads(text)
    return value["routes"], value["agent"], value["mask_secrets"]
