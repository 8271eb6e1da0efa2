"""The end of a recorded command in words."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def exit_text(status: Mapping[str, object]) -> str:
    """``exit 3``, ``killed by SIGTERM``: the data of a ``term/exit`` event in words."""
    number = status.get("signal")
    if not number:
        code = status.get("code")
        return "no exit status" if code is None else f"exit {code}"
    return f"killed by {signal_name(number)}"


def signal_name(number: object) -> str:
    """``SIGTERM`` for 15; ``signal 99`` for one this system has no name for."""
    try:
        return signal.Signals(number).name  # type: ignore[arg-type]
    except ValueError:
        return f"signal {number}"
