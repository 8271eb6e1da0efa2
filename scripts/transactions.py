"""Do transactions leave a repository right, wherever they are killed? See ``--help``.

In each round eight processes work in one repository at the same time: each begins a transaction, writes
files, rolls back and commits. Half of them are killed at a random moment, together with every git that they
started. Then the next command is run, as a user would, and everything is checked. The moments are within the
time that the others took in the rounds before, so that few kills come too late.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import mmap
import os
import random
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError
from agentrec.transactions.transaction import Transaction, open_transactions
from agentrec.transactions.transaction_log import TransactionLog

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUNDS = 1_000
AT_ONCE = 8
KILLED = 4
# The kills of the first round are within so many seconds.
FIRST_WINDOW_SECONDS = 3.0
ROUNDS_REMEMBERED = 5  # whose times give the window of the next one
FILES = 5
# What the user has in the directory and git does not know, or knows otherwise.
MINE = {
    "build/out.bin": b"\0\1built" * 500,
    ".env": b"TOKEN=mine\n",
    "notes.txt": b"not added\n",
    "dirty.txt": b"changed, not committed\n",
}
_TIME = struct.Struct("d")
_GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


class Round(NamedTuple):
    """What came of the eight: ``ends`` counts how they ended, ``faults`` says what is wrong, if anything.

    ``seconds``: how long the last of those that were not killed took.
    """

    ends: Counter[str]
    faults: list[str]
    seconds: float


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    env = os.environ | _GIT
    done = subprocess.run(
        ["git", *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"git {' '.join(words)}: {done.stderr}")
    return done.stdout


def make_repository(folder: Path) -> None:
    """A repository with a commit, ignored files, an untracked one and an uncommitted change."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "trunk")
    git(folder, "config", "user.name", "user")
    git(folder, "config", "user.email", "user@localhost")
    for number in range(AT_ONCE):
        for name in range(FILES):
            _write(folder / f"part{number}/file{name}.txt", b"before\n" * 50)
        _write(folder / f"part{number}/old.txt", b"to be removed\n")
    _write(folder / "dirty.txt", b"committed\n")
    _write(folder / ".gitignore", b"build/\n.env\n")
    git(folder, "add", "--all")
    git(folder, "commit", "-qm", "start")
    for name, data in MINE.items():
        _write(folder / name, data)


def work(folder: Path, number: int, env: Mapping[str, str]) -> None:
    """One transaction, from its beginning to its commit."""
    transaction = Transaction.begin(str(folder), env, f"w{number}")
    tree = Path(transaction.worktree)
    part = tree / f"part{number}"
    _write(part / "file0.txt", b"first try\n")
    _write(part / "wrong.txt", b"to be rolled back\n")
    transaction.savepoint("wrong")
    _write(tree / "build/x", b"ignored\n")
    transaction.rollback(0)
    for name in range(FILES):
        _write(part / f"file{name}.txt", _after(number, name))
    _write(part / "deep/new.txt", _after(number, FILES))
    (part / "old.txt").unlink()
    transaction.savepoint("done")
    transaction.commit(f"work of {number}")


def run_round(place: Path, chance: random.Random, window: float) -> Round:
    """One round in the empty directory ``place``."""
    folder, env = place / "shop", {**os.environ, **_GIT, "XDG_DATA_HOME": str(place / "data")}
    os.environ.update(_GIT)
    make_repository(folder)
    clock = mmap.mmap(-1, AT_ONCE * _TIME.size)  # when each has ended
    began = time.monotonic()
    pids = [_start(folder, number, env, clock) for number in range(AT_ONCE)]
    moments = sorted((chance.uniform(0, window), number) for number in range(KILLED))
    for moment, number in moments:
        _kill_at(began + moment, pids[number])
    statuses = [os.waitpid(pid, 0)[1] for pid in pids]
    seconds = max(time for (time,) in _TIME.iter_unpack(clock[:])) - began
    faults: list[str] = []
    faults += [f"{n} failed by itself" for n, status in enumerate(statuses) if status >> 8]
    try:
        left = open_transactions(env)
        faults += _checked(folder, env, statuses, {str(one.entry["name"]) for one in left})
        for one in left:
            if one.savepoints:
                one.rollback(0)
            one.abort()
        faults += _checked_at_the_end(place, folder)
    except (AgentrecError, RuntimeError) as error:
        faults.append(f"the next command failed: {error}")
    ended = TransactionLog(env).all()
    ends = Counter(str(entry.get("state")) for entry in ended)
    ends["killed"] = sum(status == signal.SIGKILL for status in statuses)
    ends["nothing"] = AT_ONCE - len(ended)
    return Round(ends, faults, max(seconds, 0.0))


def _start(folder: Path, number: int, env: Mapping[str, str], clock: mmap.mmap) -> int:
    """A process in a group of its own that does the work of ``number``, then writes the time."""
    pid = os.fork()
    if pid:
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        return pid
    try:
        os.setpgid(0, 0)
        work(folder, number, env)
        _TIME.pack_into(clock, number * _TIME.size, time.monotonic())
    except BaseException as error:  # noqa: BLE001 - a child of fork must not return
        print(f"worker {number}: {error!r}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def _kill_at(moment: float, pid: int) -> None:
    """Kill a child and its group, each git too, at ``moment``; if it ends before that, go on."""
    fd = os.pidfd_open(pid)
    try:
        ended, _, _ = select.select([fd], [], [], max(0.0, moment - time.monotonic()))
    finally:
        os.close(fd)
    if not ended:
        os.killpg(pid, signal.SIGKILL)


def _checked(
    folder: Path, env: Mapping[str, str], statuses: list[int], still_open: set[str]
) -> list[str]:
    """What is wrong after the next command has run."""
    faults, blobs = [], _blobs(folder)
    for number, status in enumerate(statuses):
        state = _merged(blobs, number)
        names = [e for e in TransactionLog(env).all() if e.get("name") == f"w{number}"]
        committed = any(entry.get("state") == "committed" for entry in names)
        if state == "mixed":
            faults.append(f"{number} is merged in part")
        if (status == 0 or committed) != (state == "all"):
            faults.append(f"{number} is {state} merged, but ended with {status} ({committed})")
        if f"w{number}" in still_open and state != "none":
            faults.append(f"{number} is open, but {state} merged")
    status = git(folder, "status", "--porcelain", "--untracked-files=all")
    if sorted(status.splitlines()) != [" M dirty.txt", "?? notes.txt"]:
        faults.append(f"the user's files are not as they were: {status!r}")
    for name, data in MINE.items():
        if not (folder / name).exists() or (folder / name).read_bytes() != data:
            faults.append(f"{name} was changed")
    return faults


def _checked_at_the_end(place: Path, folder: Path) -> list[str]:
    """What is wrong after the unfinished ones were rolled back and aborted."""
    faults = []
    fsck = subprocess.run(
        ["git", "fsck", "--full", "--strict", "--no-dangling"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if fsck.returncode or fsck.stdout.strip():
        faults.append(f"git fsck: {fsck.stdout} {fsck.stderr}")
    faults += [f"{path} is left" for path in (folder / ".git").rglob("*.lock")]
    faults += [f"{path} is left" for path in (folder / ".git").glob("*agentrec*")]
    faults += [f"{path} is left" for path in folder.rglob(".agentrec-*")]
    others = sorted(path.name for path in place.iterdir())
    if others != ["data", "shop"]:
        faults.append(f"directories are left: {others}")
    if len(git(folder, "worktree", "list").splitlines()) != 1:
        faults.append("a worktree is left")
    if git(folder, "branch", "--format=%(refname:short)").split() != ["trunk"]:
        faults.append("a branch is left")
    if git(folder, "rev-list", "--count", "trunk") == "0\n":
        faults.append("trunk is empty")
    git(folder, "commit", "-qm", "the user goes on", "--allow-empty")
    return faults


def _merged(blobs: Mapping[str, str], number: int) -> str:
    """How much of the work of ``number`` is on the base branch: all, none, mixed."""
    wanted = {f"file{name}.txt": _after(number, name) for name in range(FILES)}
    wanted["deep/new.txt"] = _after(number, FILES)
    part = f"part{number}"
    hits = [blobs.get(f"{part}/{name}") == _blob_name(data) for name, data in wanted.items()]
    hits.append(f"{part}/old.txt" not in blobs)
    if f"{part}/wrong.txt" in blobs or any(hits) != all(hits):
        return "mixed"
    return "all" if all(hits) else "none"


def _blobs(folder: Path) -> dict[str, str]:
    """The files on the base branch, and their objects."""
    lines = git(folder, "ls-tree", "-r", "trunk").splitlines()
    return {line.split("\t")[1]: line.split()[2] for line in lines}


def _blob_name(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _after(number: int, name: int) -> bytes:
    return f"work of {number} in {name}\n".encode() * 50


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def main() -> int:
    """Run the rounds and print what came of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="(default: by the clock)")
    parser.add_argument(
        "--window",
        type=float,
        metavar="SECONDS",
        help="kill within so long (default: as long as the rounds before took)",
    )
    args = parser.parse_args()
    seed = args.seed or time.time_ns() % 1_000_000
    total: Counter[str] = Counter()
    rounds = faulty = 0
    windows: list[float] = []
    lately: deque[float] = deque(maxlen=ROUNDS_REMEMBERED)
    window, began = args.window or FIRST_WINDOW_SECONDS, time.monotonic()
    try:
        for number in range(seed, seed + args.rounds):
            done = _shown_round(number, window)
            total, rounds, faulty = total + done.ends, rounds + 1, faulty + bool(done.faults)
            windows.append(window)
            lately.append(done.seconds)
            window = args.window or statistics.median(lately) or window
    except KeyboardInterrupt:
        print("stopped; so far:")
    took = time.monotonic() - began
    print(
        f"seed {seed}, {rounds} rounds of {AT_ONCE} in {took:.0f} s, load average {os.getloadavg()[0]:.1f}"
    )
    shortest, longest = min(windows, default=0.0), max(windows, default=0.0)
    print(
        f"killed {total['killed']} of {rounds * KILLED},"
        f" within the first {shortest:.1f} to {longest:.1f} s of a round"
    )
    print(
        f"committed {total['committed']}, taken back {total['aborted']}, not begun {total['nothing']}"
    )
    print(f"rounds with a fault: {faulty}")
    return int(faulty > 0)


def _shown_round(seed: int, window: float) -> Round:
    """A round; with a fault it is shown, and its directory stays."""
    place = Path(tempfile.mkdtemp(prefix="agentrec-tx-", dir="/var/tmp"))
    done = run_round(place, random.Random(seed), window)
    for fault in done.faults:
        print(f"seed {seed}: {fault}\n  see {place}", flush=True)
    if not done.faults:
        shutil.rmtree(place)
    return done


if __name__ == "__main__":
    sys.exit(main())
