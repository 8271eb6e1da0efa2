"""A user's repository for transactions, and a git that kills its caller."""

import os
import signal
import time
from pathlib import Path

import psutil

from agentrec.transactions.transaction import Transaction
from tests.snapshots.helpers import environment, fill, git, picture

# Runs git; the call with that number kills the process group, before or after it has run.
_KILLER = """#!/bin/sh
n=$(($(cat "$TX_COUNT" 2>/dev/null || echo 0) + 1))
echo $n > "$TX_COUNT"
[ $n = "$TX_KILL_AT" ] && [ "$TX_KILL" = before ] && kill -9 0
PATH=$TX_PATH git "$@"
status=$?
[ $n = "$TX_KILL_AT" ] && kill -9 0
exit $status
"""


def _is_at_work(group):
    """Whether a process of this group has its files open still: zombies have none."""
    for one in psutil.process_iter():
        try:
            if os.getpgid(one.pid) == group and one.status() != psutil.STATUS_ZOMBIE:
                return True
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return False


class Shop:
    """A repository on the branch trunk with ignored and uncommitted files, and the user's environment."""

    def __init__(self, place: Path):
        self.place, self.folder = place, place / "shop"
        self.env = environment(place)
        self.folder.mkdir()
        self.git("init", "-q", "-b", "trunk")
        fill(
            self.folder, {"a": "one\n", "b": "one\n", "d/x": "x\n", ".gitignore": "build/\n.env\n"}
        )
        self.commit("start")
        fill(self.folder, {"build/out": b"\0mine", ".env": "KEY=1\n", "notes": "mine\n"})

    def git(self, *words, folder=None):
        return git(folder or self.folder, *words)

    def commit(self, message="x", folder=None):
        self.git("add", "--all", folder=folder)
        self.git("commit", "-qm", message, folder=folder)

    def begin(self, name="", state=None):
        transaction = Transaction.begin(str(self.folder), self.env, name, state)
        return transaction, Path(transaction.worktree)

    def files(self):
        return picture(self.folder)

    def in_child(self, act, **variables):
        """Run ``act`` in a process in a group of its own; returns how it ended, as of `waitpid`."""
        pid = os.fork()
        if not pid:
            try:
                os.setpgid(0, 0)
                os.environ.update(variables)
                act()
            except BaseException:
                os._exit(1)
            os._exit(0)
        status = os.waitpid(pid, 0)[1]
        # What it had started was killed, too, but may still have its files open.
        while _is_at_work(pid):
            time.sleep(0.005)
        return status

    def killed_at(self, call, act, when="before"):
        """Run ``act`` in a child that is killed at the git call of that number; whether it was."""
        folder = self.place / "killer"
        folder.mkdir(exist_ok=True)
        (folder / "git").write_text(_KILLER)
        (folder / "git").chmod(0o755)
        (folder / "count").write_text("0")
        status = self.in_child(
            act,
            PATH=f"{folder}:{os.environ['PATH']}",
            TX_PATH=os.environ["PATH"],
            TX_COUNT=str(folder / "count"),
            TX_KILL_AT=str(call),
            TX_KILL=when,
        )
        assert status in (0, signal.SIGKILL), status
        return status == signal.SIGKILL
