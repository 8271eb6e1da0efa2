"""Whose a record is, for forks copy records of other files; and whose a file is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Owners:
    """Remembers who read a record first. All agents in one recording share it.

    A record may be in several files that are followed, or in one file that two agents write one after
    the other: it counts where it was read first.
    """

    def __init__(self) -> None:
        self._owners: dict[str, object] = {}
        # How far those were read that nobody follows any more.
        self._left: dict[str, int] = {}
        self._shared: dict[str, object] = {}

    def claim(self, key: str, owner: object) -> bool:
        """Return whether the record called ``key`` is ``owner``'s: it was first, or is again."""
        return self._owners.setdefault(key, owner) == owner

    def shared(self, key: str, make: Callable[[], object]) -> object:
        """Return what agents share under ``key``; the first one makes it."""
        if key not in self._shared:
            self._shared[key] = make()
        return self._shared[key]

    def is_free(self, key: str) -> bool:
        """Return whether nobody has claimed ``key``."""
        return key not in self._owners

    def leave(self, key: str, position: int) -> None:
        """Its owner has ended and read ``key`` up to ``position``: whoever makes it grow owns it next."""
        self._owners.pop(key, None)
        self._left[key] = max(position, self._left.get(key, 0))

    def left_at(self, key: str) -> int:
        """Return how far ``key`` was read by owners before; 0 if there was none."""
        return self._left.get(key, 0)
