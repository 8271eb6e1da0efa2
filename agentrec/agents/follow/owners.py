"""Whose a record is, for forks copy records of other files; and whose a file is."""

from __future__ import annotations


class Owners:
    """Remembers who read a record first. All agents in one recording share it.

    A record may be in several files that are followed, or in one file that two agents write one after
    the other: it counts where it was read first.
    """

    def __init__(self) -> None:
        self._owners: dict[str, object] = {}

    def claim(self, key: str, owner: object) -> bool:
        """Return whether the record called ``key`` is ``owner``'s: it was first, or is again."""
        return self._owners.setdefault(key, owner) == owner

    def is_free(self, key: str) -> bool:
        """Return whether nobody has claimed ``key``."""
        return key not in self._owners
