"""The limits of a run."""

from __future__ import annotations


class RunLimits:
    """What the user allows; None or empty: no limit. ``forbidden`` are patterns as in .gitignore."""

    def __init__(
        self,
        *,
        dollars: float | None = None,
        tokens: int | None = None,
        seconds: float | None = None,
        forbidden: list[str] | None = None,
    ) -> None:
        self.dollars, self.tokens, self.seconds = dollars, tokens, seconds
        self.forbidden = forbidden or []

    def __bool__(self) -> bool:
        return bool(self.forbidden) or not self.dollars is self.tokens is self.seconds is None
