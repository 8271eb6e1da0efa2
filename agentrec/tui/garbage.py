"""Garbage collection, kept out of the way of keys."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App


def keep_all(app: App[None]) -> None:
    """What there is now stays: looking through it for garbage would hold up keys for 40 ms, again and again.

    Only where the process ends with the player.
    """
    if not app.is_headless:
        gc.freeze()
