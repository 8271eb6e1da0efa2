"""What the agent has not heard of yet, and how it is told. On the start path of `record --guard`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

MAX_TEXT_CHARS = 300
MAX_TOLD = 10  # at once; the others are next
# An agent that keeps making findings is not held back for ever.
MAX_ROUNDS = 5


class UntoldFindings:
    """Findings, each until it is taken."""

    def __init__(self) -> None:
        self._findings: list[JsonObject] = []
        self._told: set[str] = set()
        self._rounds = 0

    def add(self, findings: list[JsonObject]) -> None:
        """Findings of a check."""
        for finding in findings:
            key = str(finding.get("fingerprint"))
            if key not in self._told:
                self._told.add(key)
                self._findings.append(finding)

    def take(self) -> list[JsonObject]:
        """What the agent is told now."""
        if self._rounds >= MAX_ROUNDS:
            return []
        now, self._findings = self._findings[:MAX_TOLD], self._findings[MAX_TOLD:]
        self._rounds += bool(now)
        return [_short(finding) for finding in now]


def _short(finding: JsonObject) -> JsonObject:
    """What the agent needs of a finding; names of files and functions may be long."""
    path, text = (str(finding.get(key))[:MAX_TEXT_CHARS] for key in ("path", "text"))
    short: JsonObject = {"path": path, "text": text}
    return short | {key: finding[key] for key in ("line", "reuse") if key in finding}
