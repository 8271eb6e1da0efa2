"""What an agent tells its terminal about itself: OSC 7501, as Codex prints it.

    ESC ] 7501 ; state=blocked:app=codex:kind=permission ESC \\

Its transcript does not say that it asks for a permission; this does, and also clears it again.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_CARRY = 256  # bytes of an unfinished sequence that are waited for
_SAID = re.compile(rb"\x1b\]7501;([ -~]{1,200}?)(?:\x07|\x1b\\)")
_PARTIAL = re.compile(rb"\x1b(?:\](?:7(?:5(?:0(?:1(?:;[ -~]*\x1b?)?)?)?)?)?)?\Z")
BLOCKED = "blocked"
SOURCE = "terminal"  # of the event that says so


class AgentWait(NamedTuple):
    """The agent ``app`` waits for its user since ``t`` (ns): for a permission, or for something else."""

    t: int
    app: str
    kind: str

    @property
    def state(self) -> str:
        """As an agent's own events call it."""
        return "waiting_permission" if self.kind == "permission" else "waiting_user"

    def as_data(self, **more: Any) -> dict[str, Any]:
        """The data of its agent/lifecycle event."""
        return {"state": self.state, **more, "source": SOURCE, "at_ns": self.t}


class AgentStateParser:
    """Feed output with its times (ns), get where the agent began to wait."""

    def __init__(self) -> None:
        self._carry = b""
        self._state = ""

    def feed(self, t: int, data: bytes) -> list[AgentWait]:
        """Take output written at ``t``."""
        if self._carry:
            data, self._carry = self._carry + data, b""
        partial = _PARTIAL.search(data, max(0, len(data) - _CARRY))
        if partial:
            self._carry, data = data[partial.start() :], data[: partial.start()]
        found = []
        for match in _SAID.finditer(data) if b"\x1b]7501;" in data else ():
            fields = dict(part.partition("=")[::2] for part in match[1].decode().split(":"))
            before, self._state = self._state, fields.get("state", "")
            if self._state == BLOCKED != before:
                found.append(AgentWait(t, fields.get("app", ""), fields.get("kind", "")))
        return found
