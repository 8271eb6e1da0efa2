"""Where Kilo's model calls go: as opencode's. On the path of `record --model-calls`."""

from __future__ import annotations

from agentrec.agents.opencode.model_endpoint import point_configured

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.agents.model_server import ModelEndpoints


def point(endpoints: ModelEndpoints) -> None:
    """Give each provider that is configured an address of ours."""
    point_configured(endpoints, "kilo")
