"""What the user chose in the player and wants again next time: theme and idle limit."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from agentrec.atomic import write_atomic
from agentrec.config import NoHomeError, read_plain, state_home
from agentrec.tui.theme import THEME_DESCRIPTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = "player.json"
_LIMIT_BYTES = 64 << 10
_UNCHANGED = -1


class Preferences:
    """``theme`` is a name or empty, ``idle_limit`` ns or None; kept in the file ``path``, if any.

    A file that cannot be read or written, or holds something else, costs nothing but the memory.
    """

    def __init__(self, path: str = "", theme: str = "", idle_limit: int | None = None) -> None:
        self.path, self.theme, self.idle_limit = path, theme, idle_limit

    @classmethod
    def load(cls, env: Mapping[str, str]) -> Preferences:
        """What was chosen last."""
        try:
            path = os.path.join(state_home(env), _FILE)
            saved = json.loads(read_plain(path, _LIMIT_BYTES))
        except NoHomeError:
            return cls()
        except (OSError, ValueError, RecursionError):
            return cls(path)
        if not isinstance(saved, dict):
            return cls(path)
        theme, limit = saved.get("theme"), saved.get("idle_limit_ns")
        return cls(
            path,
            theme if isinstance(theme, str) and theme in THEME_DESCRIPTIONS else "",
            limit if type(limit) is int and limit > 0 else None,
        )

    def remember(self, *, theme: str = "", idle_limit: int | None = _UNCHANGED) -> None:
        """Keep what was chosen now."""
        self.theme = theme or self.theme
        if idle_limit != _UNCHANGED:
            self.idle_limit = idle_limit
        if not self.path:
            return
        saved = {"theme": self.theme, "idle_limit_ns": self.idle_limit}
        try:
            os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
            write_atomic(self.path, json.dumps(saved).encode() + b"\n")
        except OSError:
            return
