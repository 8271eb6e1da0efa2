"""What killed commands left: completed or taken back, where there is something, and not before it matters."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from agentrec.branches.create import remove_killed
from agentrec.errors import AgentrecError
from agentrec.json_values import text
from agentrec.transactions.commit import finish_ending, finish_killed
from agentrec.transactions.transaction_log import is_left_over

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agentrec.json_values import JsonObject
    from agentrec.transactions.transaction_log import TransactionLog


def recover(log: TransactionLog, common: str) -> list[str]:
    """Finish what is left in the repository of that git directory; returns the transactions that are done.

    No lock is taken if nothing is left. Waits for a command that is about to finish it. Raises AgentrecError.
    """
    remove_begun(log)
    if not any(map(is_left_over, log.unfinished(common))):
        return []
    with log.hold_repository(common) as keep:
        return finish_left_over(log, common, keep)


def finish_left_over(log: TransactionLog, common: str, keep: int) -> list[str]:
    """The same under the repository's lock: also what was left since this command began."""
    finished = finish_killed(log, common, keep)
    ending = [entry for entry in log.unfinished(common) if finish_ending(log, entry)]
    return finished + [text(entry["id"]) for entry in ending]


def recover_each(log: TransactionLog, entries: Iterable[JsonObject]) -> list[AgentrecError]:
    """The same for each repository of ``entries``; returns why some could not be mended."""
    remove_begun(log)
    errors = []
    for common in sorted({text(entry["common"]) for entry in entries}):
        try:
            recover(log, common)
        except AgentrecError as error:
            errors.append(error)
    return errors


def remove_begun(log: TransactionLog) -> None:
    """Remove what killed beginnings left: git cannot list worktrees while one is half made."""
    if os.path.isdir(log.folder) and log.has_begun():
        with log.lock():
            remove_killed(log)
