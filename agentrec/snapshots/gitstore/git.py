"""Runs git: on our own stores, and only for reading on the user's repository.

On our stores neither the environment nor any configuration affects git, and no hook runs. A user's
repository is never written: not even its index is refreshed.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from agentrec.snapshots.gitstore.damage import damaged_pack
from agentrec.snapshots.model import SnapshotError, SnapshotReadError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

_QUERY_TIMEOUT_SECONDS = 60
_QUERY_TRIES = 2
# Objects that are deltas of each other, or claim to be enormous, make git take all memory there is.
MEMORY_BYTES = 256 << 20
_BYTES_BY_OBJECT = 400  # of every object, for what looks at all of them: git takes about 300
_INDEX_ENTRY_BYTES = 28
# Of what git prints. A few small trees can say that they have billions of files.
MAX_OUTPUT_BYTES = 64 << 20
_STORE_ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
_STORE_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsync=none", "core.quotePath=false", "gc.auto=0"),
    *("core.attributesFile=/dev/null", "maintenance.auto=false", "safe.directory=*"),
    *("core.bigFileThreshold=8m", "pack.threads=1", "pack.windowMemory=64m"),
    *("core.commitGraph=false", "diff.noprefix=false", "diff.mnemonicPrefix=false"),
)


def scrubbed(env: Mapping[str, str]) -> dict[str, str]:
    """``env`` without any variable that tells git what to do."""
    return {name: value for name, value in env.items() if not name.startswith("GIT_")}


def command(git_dir: str, *args: str) -> list[str]:
    """The command line of git on one of our stores."""
    settings = [word for setting in _STORE_SETTINGS for word in ("-c", setting)]
    return ["git", f"--git-dir={git_dir}", *settings, *args]


def environment() -> dict[str, str]:
    """The environment of git on one of our stores."""
    return scrubbed(os.environ) | _STORE_ENV


def limit(process: subprocess.Popen[bytes], objects: int) -> None:
    """Limit the memory of a git that has just been started and sees ``objects``, where the system can."""
    if sys.platform == "linux":
        memory = MEMORY_BYTES + _BYTES_BY_OBJECT * objects
        try:
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (memory, memory))
        except (OSError, ValueError):
            return  # it has ended, or has a lower limit


def objects_in(git_dir: str) -> int:
    """About how many objects one of our stores has, by the sizes of its indexes."""
    try:
        with os.scandir(os.path.join(git_dir, "objects", "pack")) as entries:
            sizes = [entry.stat().st_size for entry in entries if entry.name.endswith(".idx")]
    except OSError:
        return 0
    return sum(sizes) // _INDEX_ENTRY_BYTES


def run(git_dir: str, *args: str, input: bytes = b"", ok: tuple[int, ...] = (0,)) -> bytes:  # noqa: A002
    """What git printed, run on our store ``git_dir``. Raises SnapshotError."""
    with TemporaryFile() as given, TemporaryFile() as errors:
        given.write(input)
        given.seek(0)
        try:
            process = subprocess.Popen(
                command(git_dir, *args),
                env=environment(),
                cwd=git_dir,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except FileNotFoundError:
            raise missing(git_dir) from None
        limit(process, objects_in(git_dir))
        with process:
            assert process.stdout
            printed = process.stdout.read(MAX_OUTPUT_BYTES + 1)
            if len(printed) > MAX_OUTPUT_BYTES:
                process.kill()
                raise SnapshotReadError(
                    f"git {args[0]} prints more than {MAX_OUTPUT_BYTES >> 20} MiB",
                    "the snapshot has too many files, or paths that are too long",
                )
        if process.returncode not in ok:
            raise damage(git_dir) or _failure(args[0], process.returncode, errors)
    return printed


def _failure(name: str, code: int, errors: BinaryIO) -> SnapshotError:
    """The error for a git that ended with ``code``."""
    errors.seek(0)
    lines = errors.read(MAX_OUTPUT_BYTES).decode(errors="replace").splitlines()
    lines = [line for line in lines if not line.startswith("notice:")]
    why = lines[-1] if lines else f"exit status {code}"
    return SnapshotError(f"git {name} failed: {why}")


def damage(git_dir: str) -> SnapshotError | None:
    """The error for a store with a damaged pack; None if all are whole."""
    path = damaged_pack(git_dir)
    if not path:
        return None
    return SnapshotReadError(
        f"the snapshot store is damaged: {path}",
        "restore that file from a backup; other snapshots of the store may still be readable",
    )


def missing(git_dir: str) -> SnapshotError:
    """The error for a missing git, or a missing store."""
    if not os.path.isdir(git_dir):
        return SnapshotReadError(f"the snapshots in {git_dir} no longer exist")
    return SnapshotError("git is not installed; it is needed to read snapshots")


def query_repository(folder: str, *args: str) -> bytes | None:
    """What git prints about the user's repository around ``folder``; None if it fails."""
    for _ in range(_QUERY_TRIES):
        try:
            done = subprocess.run(
                _query(folder, *args),
                env=_query_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=_QUERY_TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            continue  # perhaps it was not git that took so long: we may have been stopped meanwhile
        except OSError:
            return None
        return done.stdout if done.returncode == 0 else None
    return None


def repository_reader(folder: str, *args: str) -> subprocess.Popen[bytes]:
    """A git that answers questions about the user's repository around ``folder``. Raises OSError."""
    return subprocess.Popen(
        _query(folder, *args),
        env=_query_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _query(folder: str, *args: str) -> list[str]:
    # The repository's configuration can name any program as a file system monitor.
    return ["git", "-C", folder, "-c", "core.fsmonitor=false", *args]


def _query_environment() -> dict[str, str]:
    return scrubbed(os.environ) | {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",  # for git before 2.44, which ignores GIT_NO_LAZY_FETCH
    }
