"""Transactions: work in a worktree of its own, with savepoints, that is merged as a whole or not at all.

``transaction``      an open transaction: savepoints, rollback, commit, abort
``transaction_mark`` what a recording says about a transaction
``transaction_log``  what was begun and how far it got, so that the next command can finish or undo it
``begin``            makes the worktree and the git branch
``savepoint``        what a savepoint remembers besides its snapshot
``rollback``         back to a savepoint, in a way that can be undone
``set_aside``        files that no snapshot has, moved away and back
``merge``            the transaction's work as a commit, merged without touching any file; conflicts
``commit``           moves the base branch and finishes what a killed commit began
``recovery``         what killed commands left, completed or taken back
``base_tree``        the files of the worktree that has the base branch checked out
``base_index``       the index of that worktree, with a lock that says whose it is

Importing this package costs nothing.
"""
