"""The end of a recorded command, and of a run inside a program, in words."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from agentrec.json_values import table, text

if TYPE_CHECKING:
    from collections.abc import Mapping


def exit_text(status: Mapping[str, object]) -> str:
    """``exit 3``, ``killed by SIGTERM``: the data of a ``term/exit`` event in words."""
    number = status.get("signal")
    if not number:
        code = status.get("code")
        return "no exit status" if code is None else f"exit {code}"
    return f"killed by {signal_name(number)}"


def ending_row(
    status: Mapping[str, object] | None, run: Mapping[str, object] | None
) -> tuple[str, str]:
    """What ended and how: ``exit``, a command, or ``run``, of the Python library. How: empty if unknown."""
    if status is None and run is not None:
        return "run", _run_text(run)
    return "exit", exit_text(status).removeprefix("exit ") if status is not None else ""


def _run_text(run: Mapping[str, object]) -> str:
    """``failed: ValueError: no such file``."""
    error = table(run.get("error"))
    said = ": ".join(filter(None, (text(error.get("type")), text(error.get("message")))))
    return f"failed: {said}" if error else "ended"


def signal_name(number: object) -> str:
    """``SIGTERM`` for 15; ``signal 99`` for one this system has no name for."""
    try:
        return signal.Signals(number).name  # type: ignore[arg-type]
    except ValueError:
        return f"signal {number}"
