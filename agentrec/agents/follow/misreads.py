"""What could not be understood of an agent's own records, counted by what it was. Sans-IO."""

from __future__ import annotations

# Kinds that are named; the others are counted together.
MAX_KINDS = 20
KIND_LIMIT_CHARS = 60
# Of an agent whose records give no event for that long, something is wrong.
SILENCE_SECONDS = 10.0


class Misreads:
    """Collects what was not understood of the agent called ``agent``."""

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._counts: dict[str, int] = {}
        self._is_understood = False
        # When a record was there for the first time that should become an event.
        self._waiting_since: float | None = None
        self._has_records = False

    def unreadable(self) -> None:
        """A record made its parser raise."""
        self._add("records that could not be understood")

    def unknown(self, kind: str) -> None:
        """A record is of a kind that its parser does not know."""
        self._add(f"unknown record kind {kind[:KIND_LIMIT_CHARS]!r}")

    def broken(self, count: int, what: str = "lines that are not JSON objects") -> None:
        """So many pieces of a file are not records."""
        if count:
            self._add(what, count)

    def expected(self, *, is_history: bool = False) -> None:
        """A record was read that should become an event, unless it is history."""
        self._has_records |= not is_history

    def understood(self) -> None:
        """An event was made."""
        self._is_understood = True

    def check(self, now: float) -> str:
        """Return in words, once, that nothing was understood for SILENCE_SECONDS; else nothing."""
        if self._is_understood or not self._has_records:
            return ""
        if self._waiting_since is None:
            self._waiting_since = now
        if now - self._waiting_since < SILENCE_SECONDS:
            return ""
        self._is_understood = True  # enough said
        return f"{self._agent}: nothing was understood of its session for {SILENCE_SECONDS:.0f} s"

    def drain(self) -> dict[str, int]:
        """Return how often each thing was not understood since the last call."""
        counts, self._counts = self._counts, {}
        return counts

    def _add(self, text: str, count: int = 1) -> None:
        self._has_records = True
        key = f"{self._agent}: {text}"
        if key not in self._counts and len(self._counts) >= MAX_KINDS:
            key = f"{self._agent}: other things that could not be understood"
        self._counts[key] = self._counts.get(key, 0) + count
