"""Replies to the child's terminal queries where the user has no terminal that would.

Loads while the child starts.
"""

from __future__ import annotations

from agentrec.errors import AgentrecError
from agentrec.terminal.query_responder import QueryResponder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.capture.recording_plan import RecordingPlan
    from agentrec.terminal.query_responder import CursorScreen


def responder_for(plan: RecordingPlan) -> QueryResponder:
    """A responder for the terminal that ``plan`` starts with."""
    cols, rows = plan.size.initial[:2]
    return QueryResponder(cols, rows, engine=_screen, term=plan.program.env.get("TERM", ""))


def _screen(cols: int, rows: int) -> CursorScreen:
    try:
        from agentrec.terminal.engine.screen import Screen

        return Screen(cols, rows)
    except (AgentrecError, ImportError, OSError):  # no engine for this platform
        return _HomeCursor()


class _HomeCursor:
    """A screen that always reports the cursor in the top left corner."""

    cursor = (0, 0, True, "block")

    def feed(self, _data: bytes) -> None:
        return

    def resize(self, _cols: int, _rows: int) -> None:
        return
