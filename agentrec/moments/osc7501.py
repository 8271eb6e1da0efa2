"""The state of an agent as it reports it to its terminal: OSC 7501, as Codex prints it.

    ESC ] 7501 ; state=blocked:app=codex:kind=permission ESC \\

Its transcript does not say that it asks for permission; this sequence does, and also when it no longer
does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

# Of an unfinished sequence.
_MAX_CARRY_BYTES = 256
_STATE = re.compile(rb"\x1b\]7501;([ -~]{1,200}?)(?:\x07|\x1b\\)")
_PARTIAL = re.compile(rb"\x1b(?:\](?:7(?:5(?:0(?:1(?:;[ -~]*\x1b?)?)?)?)?)?)?\Z")
BLOCKED = "blocked"
SOURCE = "terminal"  # of the lifecycle event


class AgentWait(NamedTuple):
    """The agent ``app`` waits for its user since ``t`` (ns): for permission, or for something else."""

    t: int
    app: str
    kind: str

    @property
    def state(self) -> str:
        """The state in the agent's own events."""
        return "waiting_permission" if self.kind == "permission" else "waiting_user"

    def as_data(self, **more: object) -> JsonObject:
        """The data of its agent/lifecycle event."""
        return {"state": self.state, **more, "source": SOURCE, "at_ns": self.t}


class AgentStateParser:
    """Feed output with its times (ns), get where the agent began to wait."""

    def __init__(self) -> None:
        self._carry = b""
        self._state = ""

    @property
    def is_within_sequence(self) -> bool:
        """Whether the output so far ends within a sequence that may become a report."""
        return bool(self._carry)

    def feed(self, t: int, data: bytes) -> list[AgentWait]:
        """Take output written at ``t``."""
        if self._carry:
            data, self._carry = self._carry + data, b""
        partial = _PARTIAL.search(data, max(0, len(data) - _MAX_CARRY_BYTES))
        if partial:
            self._carry, data = data[partial.start() :], data[: partial.start()]
        waits = []
        for match in _STATE.finditer(data) if b"\x1b]7501;" in data else ():
            fields = dict(part.partition("=")[::2] for part in match[1].decode().split(":"))
            before, self._state = self._state, fields.get("state", "")
            if self._state == BLOCKED != before:
                waits.append(AgentWait(t, fields.get("app", ""), fields.get("kind", "")))
        return waits
