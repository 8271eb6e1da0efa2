"""A progress bar on standard error, for work that takes more than a second in a terminal."""

from __future__ import annotations

import math
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, TaskID

    Advance = Callable[[int], None]

_QUIET_SECONDS = 1.0  # before the bar appears
_MIN_INTERVAL_SECONDS = 0.05  # between two updates


@contextmanager
def progress(what: str, total: int, unit: str = "") -> Iterator[Advance]:
    """A function to call with what is done of ``total``: bytes, or things called ``unit``.

    The bar has a rate and the time that is left. It is only for terminals, and gone at the end.
    """
    bar = ProgressBar(what, total, unit)
    try:
        yield bar.advance
    finally:
        bar.stop()


class ProgressBar:
    """A bar that appears after a second; it does nothing if standard error is not a terminal."""

    def __init__(self, what: str, total: int, unit: str = "") -> None:
        self._what, self._total, self._unit = what, total, unit
        is_shown = sys.stderr.isatty() and total > 0
        self._next = time.monotonic() + _QUIET_SECONDS if is_shown else math.inf
        self._shown: tuple[Progress, TaskID] | None = None

    def advance(self, done: int) -> None:
        """``done`` of the total is done, now."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _MIN_INTERVAL_SECONDS
        if self._shown is None:
            self._shown = _start(self._what, self._total, self._unit)
        bar, task = self._shown
        bar.update(task, completed=min(done, self._total))

    def stop(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._shown[0].stop()


def _start(what: str, total: int, unit: str) -> tuple[Progress, TaskID]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.table import Column

    # On a narrow screen only the bar becomes shorter.
    whole = Column(no_wrap=True)
    amount: tuple[ProgressColumn, ...] = (
        DownloadColumn(table_column=whole.copy()),
        TransferSpeedColumn(table_column=whole.copy()),
    )
    if unit:
        amount = (
            MofNCompleteColumn(table_column=whole.copy()),
            TextColumn(unit, table_column=whole.copy()),
        )
    bar = Progress(
        TextColumn("{task.description}", table_column=whole.copy()),
        BarColumn(),
        *amount,
        TimeRemainingColumn(table_column=whole.copy()),
        console=Console(stderr=True),
        transient=True,
    )
    bar.start()
    return bar, bar.add_task(what, total=total)
