"""``Workspace``: transactions for programs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from agentrec.errors import UsageError
from agentrec.sdk.current import current_recorder
from agentrec.transactions.merge import ConflictError
from agentrec.transactions.transaction import Transaction
from agentrec.transactions.transaction_mark import (
    ABORTED,
    BEGUN,
    COMMITTED,
    CONFLICT,
    ROLLED_BACK,
    SAVEPOINT,
    mark_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from agentrec.transactions.savepoint import Savepoint
    from agentrec.transactions.transaction import TransactionEnd

__all__ = ["ConflictError", "Workspace"]


class Workspace:
    """A directory in a git repository, for one transaction at a time.

    ``begin`` makes a worktree, ``path``, to work in; ``commit`` merges it into the branch that was checked
    out when it began, ``abort`` leaves that as it was. As a context manager it begins, commits, and aborts
    on an exception. The current recorder, if any, gets a mark for each.
    """

    def __init__(
        self, directory: str | os.PathLike[str] = ".", env: Mapping[str, str] | None = None
    ) -> None:
        self.directory = os.fspath(directory)
        self._env = dict(os.environ if env is None else env)
        self._transaction: Transaction | None = None

    def begin(self, name: str = "", state: object = None) -> str:
        """Begin a transaction; returns the directory to work in. Raises AgentrecError."""
        if self._transaction is not None:
            raise UsageError("a transaction is open", "commit or abort it first")
        self._transaction = Transaction.begin(self.directory, self._env, name, state)
        _mark(self._transaction, BEGUN)
        return self.path

    @property
    def path(self) -> str:
        """The directory to work in. Raises UsageError if no transaction is open."""
        return self._open().worktree

    @property
    def id(self) -> str:
        """The transaction's id. Raises UsageError if none is open."""
        return self._open().id

    @property
    def savepoints(self) -> list[Savepoint]:
        """The first one first; number 0 is the beginning."""
        return self._open().savepoints

    def savepoint(self, name: str = "", state: object = None) -> Savepoint:
        """Keep the files as they are now, and ``state``, any JSON value. Raises AgentrecError."""
        made = self._open().savepoint(name, state)
        _mark(self._open(), SAVEPOINT, made)
        return made

    def rollback(self, to: Savepoint | str | int = 0) -> Savepoint:
        """Go back to a savepoint (default: the beginning); returns it, with its ``state``.

        Files that were made since are removed. Raises AgentrecError.
        """
        point = to if isinstance(to, str | int) else to.number
        target = self._open().rollback(point)
        _mark(self._open(), ROLLED_BACK, target)
        return target

    def undo_rollback(self) -> Savepoint:
        """Undo the last rollback; returns the savepoint that it took first. Raises AgentrecError."""
        target = self._open().undo_rollback()
        _mark(self._open(), ROLLED_BACK, target)
        return target

    def commit(self, message: str = "") -> TransactionEnd:
        """Merge everything into the base branch and end. Raises ConflictError; then it is still open."""
        transaction = self._open()
        try:
            ended = transaction.commit(message)
        except ConflictError:
            _mark(transaction, CONFLICT)
            raise
        self._transaction = None
        _mark(transaction, COMMITTED)
        return ended

    def abort(self) -> TransactionEnd:
        """End without merging. Raises AgentrecError."""
        transaction = self._open()
        ended = transaction.abort()
        self._transaction = None
        _mark(transaction, ABORTED)
        return ended

    def __enter__(self) -> Self:
        if self._transaction is None:
            self.begin()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._transaction is None:
            return
        if error is None:
            self.commit()
        else:
            self.abort()

    def _open(self) -> Transaction:
        if self._transaction is None:
            raise UsageError("no transaction is open", "call begin() first")
        return self._transaction


def _mark(transaction: Transaction, action: str, savepoint: Savepoint | None = None) -> None:
    recorder = current_recorder()
    if recorder is not None and not recorder.closed:
        mark = mark_of(transaction, action, savepoint)
        recorder.mark(mark.label, details=mark.details)
