"""Limits of a run: dollars, tokens, time, files that must stay as they are.

- ``limit_values``: what the user allows.
- ``measures``: what a run has used, and which limit it has reached.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import time
from collections import deque

from agentrec.capture.companion_host import Companion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.capture.companion_host import Emit
    from agentrec.companions.limits.limit_values import RunLimits
    from agentrec.companions.limits.measures import Measures
    from agentrec.json_values import JsonObject

POLL_SECONDS = 0.2
_WATCHED = frozenset({("llm", "call"), ("sys", "file"), ("tool", "call")})


class LimitsCompanion(Companion):
    """Interrupts the command when it reaches one of the ``limits``, each of them once."""

    name = "limits"
    interrupts = True
    # A limit also counts what happens while recording is paused.
    sees_unrecorded = True

    def __init__(self, limits: RunLimits) -> None:
        self._limits = limits
        self._events: deque[tuple[str, JsonObject]] = deque()
        self._measures: Measures | None = None
        self._emit: Emit | None = None
        self._cwd = ""

    def prepare(
        self, argv: list[str], env: dict[str, str], cwd: str
    ) -> tuple[list[str], dict[str, str]]:
        """Nothing to change; remembers where the command runs."""
        self._cwd = cwd
        return argv, env

    def on_event(self, seq: int, track: str, kind: str, data: JsonObject) -> None:  # noqa: ARG002
        """Keep what counts for ``tick``."""
        if (track, kind) in _WATCHED:
            self._events.append((f"{track}/{kind}", data))

    def start(self, emit: Emit, pid: int) -> None:  # noqa: ARG002
        from agentrec.companions.limits.measures import Measures

        self._emit = emit
        self._measures = Measures(self._limits, self._cwd, time.monotonic())

    def tick(self) -> float | None:
        """Compare what was used with the limits."""
        if self._measures is None:
            return None
        while self._events:
            self._measures.feed(*self._events.popleft())
        for reached in self._measures.reached(time.monotonic()):
            if self._emit:
                self._emit("guard", "limit", reached.data)
                label = f"limit reached: {reached.text}"
                self._emit("mark", "moment", {"label": label, "source": "auto", "status": "failed"})
            if self.interruption:
                self.interruption.request(reached.text)
        return POLL_SECONDS

    def decided(self, reason: str, *, ended: bool) -> None:
        """The command is ended for that ``reason``, or the user has let it continue."""
        if self._emit:
            action = "ended" if ended else "continued"
            self._emit("guard", "decision", {"text": reason, "action": action})
