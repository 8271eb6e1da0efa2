"""Adds and removes worktree entries and branches of a user's repository.

No hook runs, nothing is packed or collected, and neither HEAD nor index nor any other branch is touched.
"""

from __future__ import annotations

import os
import subprocess
import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from agentrec.errors import OutputError
from agentrec.snapshots.gitstore.git import query_repository, scrubbed

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "gc.auto=0", "maintenance.auto=false"),
    *("worktree.guessRemote=false", "branch.autoSetupMerge=false", "core.logAllRefUpdates=false"),
)
_ENV = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # for git before 2.44, which ignores GIT_NO_LAZY_FETCH
    "LC_ALL": "C",
}
# A lock so old that nobody has released is of a git that was killed.
_STALE_SECONDS = 3.0
_POLL_SECONDS = 0.1

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})


class GitError(OutputError):
    """Git failed; the message is what it said of that."""


def add(repository: str, path: str, branch: str, commit: str, keep: int) -> None:
    """A worktree at ``path`` (an empty directory) on a new ``branch`` at ``commit``, without any file.

    The descriptor ``keep`` stays open in git, also when we are killed. Raises GitError.
    """
    clear_half_made(common_folder(repository))
    words = ["worktree", "add", "--quiet", "--no-checkout", "--no-track", "-b", branch]
    _git(repository, [*words, "--", path, commit], keep)
    # Fills the index, which the files are compared with; the snapshot's files are written separately.
    _git(path, ["read-tree", "HEAD"], keep)


def check_out(path: str, keep: int) -> None:
    """Write the files of the worktree's commit. Raises GitError."""
    _git(path, ["checkout-index", "--all", "--quiet"], keep)
    _git(path, ["update-index", "-q", "--refresh"], keep)


def export_commit(repository: str, commit: str, folder: str, index: str) -> None:
    """Write the files of a commit into an empty ``folder``; the repository stays as it is. Raises GitError.

    ``index`` is the path of a temporary file.
    """
    env = {"GIT_INDEX_FILE": index}
    _git(repository, ["read-tree", commit], env=env)
    prefix = os.path.join(folder, "")
    _git(repository, ["checkout-index", "--all", "--quiet", f"--prefix={prefix}"], env=env)


def leave_sparse(repository: str, path: str, present: Container[str]) -> None:
    """Mark what a sparse checkout of ``repository`` leaves out as left out of the worktree at ``path``, too.

    ``present`` are the files that the worktree has. Raises GitError.
    """
    listing = query_repository(repository, "ls-files", "-t", "-z") or b""
    hidden = {os.fsdecode(line[2:]) for line in listing.split(b"\0") if line.startswith(b"S ")}
    if hidden:
        known = os.fsdecode(query_repository(path, "ls-files", "-z") or b"").split("\0")
        names = [name for name in known if name in hidden and name not in present]
        listed = b"".join(os.fsencode(name) + b"\0" for name in names)
        _git(path, ["update-index", "-z", "--skip-worktree", "--stdin"], data=listed)


def remove(repository: str, path: str, branch: str) -> list[str]:
    """Remove the worktree entry and the branch, if they exist; the directory at ``path`` is gone already.

    Returns what could not be done, in words.
    """
    troubles = []
    if path in worktrees(repository):
        try:
            _git(repository, ["worktree", "remove", "--force", "--force", "--", path])
        except GitError as error:
            troubles.append(str(error))
    common = common_folder(repository)
    for folder in _incomplete_entries(common, path):
        _remove_entry(folder)
    remove_stale([branch_lock(common, branch)])
    if branch_exists(repository, branch):
        failed = _remove_branch(repository, branch)
        lock = os.path.join(common, "packed-refs.lock")
        if failed and os.path.exists(lock):
            remove_stale([lock])  # of a git that was killed while it deleted another branch
            failed = _remove_branch(repository, branch)
        troubles += failed
    return troubles


def _remove_branch(repository: str, branch: str) -> list[str]:
    """Not by ``git branch -D``, which also writes the file of packed refs."""
    listing = query_repository(repository, "worktree", "list", "--porcelain", "-z") or b""
    if b"branch refs/heads/" + os.fsencode(branch) in listing.split(b"\0"):
        return [f"{branch} was kept: it is checked out elsewhere"]
    try:
        _git(repository, ["update-ref", "-d", f"refs/heads/{branch}"])
        if query_repository(
            repository, "config", "--local", "--get-regexp", f"^branch\\.{branch}\\."
        ):
            _git(repository, ["config", "--local", "--remove-section", f"branch.{branch}"])
    except GitError as error:
        return [str(error)]
    return []


def worktrees(repository: str) -> list[str]:
    """The directories of a repository's worktrees."""
    listing = query_repository(repository, "worktree", "list", "--porcelain", "-z") or b""
    lines = os.fsdecode(listing).split("\0")
    return [line.removeprefix("worktree ") for line in lines if line.startswith("worktree ")]


def unmerged(repository: str, branch: str, commit: str) -> int:
    """How many commits of ``branch`` since ``commit`` are on no other branch, remote or tag."""
    others = [f"--exclude={branch}", "--branches", "--remotes", "--tags"]
    words = ["rev-list", "--count", f"refs/heads/{branch}", "--not", commit, *others]
    count = query_repository(repository, *words)
    return int(count) if count else 0


def committed_files(path: str, commit: str) -> set[str]:
    """Files of the worktree at ``path`` that are as in ``commit``; none if that is not checked out."""
    head = query_repository(path, "rev-parse", "HEAD") or b""
    tracked = query_repository(path, "ls-files", "-z")
    changed = query_repository(path, "diff", "--name-only", "--no-ext-diff", "-z", "HEAD")
    if head.decode().strip() != commit or tracked is None or changed is None:
        return set()
    return set(os.fsdecode(tracked).split("\0")) - set(os.fsdecode(changed).split("\0"))


def branch_exists(repository: str, branch: str) -> bool:
    """Whether a repository has a branch of that name."""
    name = f"refs/heads/{branch}"
    return query_repository(repository, "show-ref", "--verify", "--quiet", name) is not None


def common_folder(repository: str) -> str:
    """The git directory; one that does not exist if git cannot use the repository."""
    answer = query_repository(repository, "rev-parse", "--path-format=absolute", "--git-common-dir")
    return os.fsdecode(answer.rstrip(b"\n")) if answer else os.path.join(repository, ".git")


def _incomplete_entries(common: str, path: str) -> Iterator[str]:
    """Entries that a killed git left for ``path`` and does not list itself."""
    folder = os.path.join(common, "worktrees")
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if name.rstrip("0123456789") != os.path.basename(path).rstrip("0123456789"):
            continue
        entry = os.path.join(folder, name)
        try:
            with open(os.path.join(entry, "gitdir"), "rb") as file:
                target = os.fsdecode(file.read(1 << 16).rstrip(b"\n"))
        except FileNotFoundError:
            target = ""
        except OSError:
            continue
        if target in ("", os.path.join(path, ".git")):
            yield entry


def clear_half_made(common: str) -> None:
    """Remove worktree entries whose git was killed while it made them: no git can list worktrees then.

    ``common`` is the git directory. Waits for those that are being made.
    """
    left = _half_made(common)
    deadline = time.monotonic() + _STALE_SECONDS
    while time.monotonic() < deadline and left:
        time.sleep(_POLL_SECONDS)
        left &= _half_made(common)
    for folder in left:
        _remove_entry(folder)


def _half_made(common: str) -> set[str]:
    """Entries without the file that git writes last, and with the mark that it makes first."""
    folder = os.path.join(common, "worktrees")
    try:
        entries = [os.path.join(folder, name) for name in os.listdir(folder)]
    except OSError:
        return set()
    return {
        entry
        for entry in entries
        if not _beginning(os.path.join(entry, "commondir"))
        and _beginning(os.path.join(entry, "locked")) == b"initializing"
    }


def _beginning(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(20).strip()
    except OSError:
        return b""


def _remove_entry(folder: str) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    try:
        os.rmdir(os.path.dirname(folder))  # git removes the folder with its last entry, too
    except OSError:
        return


def _git(
    folder: str,
    words: Sequence[str],
    keep: int | None = None,
    data: bytes = b"",
    env: Mapping[str, str] = _NO_VARIABLES,
) -> None:
    run_git(folder, words, keep, data, env)


def run_git(
    folder: str,
    words: Sequence[str],
    keep: int | None = None,
    data: bytes = b"",
    env: Mapping[str, str] = _NO_VARIABLES,
    ok: tuple[int, ...] = (0,),
) -> tuple[int, bytes]:
    """The exit status and output of git that may write; the descriptor ``keep`` stays open in it.

    No hook runs. Raises GitError for an exit status that is not in ``ok``.
    """
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    try:
        done = subprocess.run(
            ["git", "-C", folder, *settings, *words],
            env={**scrubbed(os.environ), **_ENV, **env},
            input=data,
            capture_output=True,
            check=False,
            pass_fds=() if keep is None else (keep,),
        )
    except OSError as error:
        raise GitError(f"cannot run git: {error.strerror}") from None
    if done.returncode not in ok:
        said = _complaint(done.stderr.decode(errors="replace")) or str(done.returncode)
        raise GitError(f"git {words[0]} failed: {said}")
    return done.returncode, done.stdout


def _complaint(text: str) -> str:
    """What git says is wrong: advice may follow it."""
    lines = text.strip().splitlines()
    told = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    return told[0].partition(": ")[2] if told else lines[-1] if lines else ""


def branch_lock(common: str, branch: str) -> str:
    """The lock file of a branch of the repository with the git directory ``common``."""
    return os.path.join(common, f"refs/heads/{branch}.lock")


def remove_stale(paths: Iterable[str], content: str | None = None) -> None:
    """Remove those of the lock files that nobody holds: they are empty, or have ``content`` (None: anything).

    A lock of a git that runs now is gone within a moment.
    """
    deadline = time.monotonic() + _STALE_SECONDS
    while left := [path for path in paths if os.path.exists(path)]:
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    for path in left:
        _remove_if_stale(path, content)


def _remove_if_stale(path: str, content: str | None) -> None:
    try:
        with open(path, "rb") as file:
            found = file.read(1000).decode(errors="replace").strip()
            age = time.time() - os.fstat(file.fileno()).st_mtime
        if age >= _STALE_SECONDS and (content is None or found in ("", content)):
            os.unlink(path)
    except FileNotFoundError:
        return
