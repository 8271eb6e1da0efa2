"""Ends an app on SIGTERM and SIGHUP, with the terminal as it was."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

END_SECONDS = 3.0  # for an ending by a signal


def end_on_signals(app: App[None]) -> None:
    """From now on, end ``app`` on SIGTERM and SIGHUP; what ``nohup`` ignores stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        return  # only there can signals be handled
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, _end, app, number)


def _end(app: App[None], number: int) -> None:
    app.exit(return_code=128 + number)
    # Textual waits for a terminal that is gone to take what it has to show.
    last = threading.Timer(END_SECONDS, os._exit, [128 + number])
    last.daemon = True
    last.start()
