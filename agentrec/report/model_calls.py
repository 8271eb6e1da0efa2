"""Which model calls count: an agent may report one again, with the tokens it really took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from agentrec.recording.events.llm import LlmCall

# Calls that can still be replaced; later ones all count.
MAX_CALLS = 100_000
Place = TypeVar("Place")


class LatestCalls(Generic[Place]):
    """Of several calls with one id, the last one counts. ``Place`` is where a caller added a call up."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[LlmCall, Place]] = {}

    def replace(self, call: LlmCall, place: Place) -> tuple[LlmCall, Place] | None:
        """Remember a call; return the one that it replaces and where that was added, if any."""
        if not call.id:
            return None
        before = self._calls.get(call.id)
        if before or len(self._calls) < MAX_CALLS:
            self._calls[call.id] = (call, place)
        return before
