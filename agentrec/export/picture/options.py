"""What is shown of a recording, and how."""

from __future__ import annotations

from dataclasses import dataclass

from agentrec.times import NS_PER_SECOND

# A pause is shown for at most this long.
IDLE_LIMIT_SECONDS = 2.0
# How long the last picture of an animation is shown.
LAST_SECONDS = 3.0
SPEEDS = (0.1, 100.0)
# Marks that become captions: those that somebody set, or those of the recorder, too.
CAPTIONS = ("own", "all")


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """``start`` and ``stop`` in ns, ``stop`` None for the end; ``idle_limit`` in seconds, 0 for none.

    With ``window`` the picture has a frame with a title bar; ``captions`` is one of CAPTIONS, or empty.
    """

    theme: str = "dark"
    start: int = 0
    stop: int | None = None
    speed: float = 1.0
    idle_limit: float = IDLE_LIMIT_SECONDS
    window: bool = True
    cursor: bool = True
    captions: str = ""

    def shown_seconds(self, ns: int) -> float:
        """How long a picture is shown that stood for so long."""
        seconds = ns / NS_PER_SECOND
        if self.idle_limit:
            seconds = min(seconds, self.idle_limit)
        return seconds / self.speed
