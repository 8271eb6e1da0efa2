"""Which directory a snapshot is taken of, which are refused, and where its store is.

On the start path of `record`: imports are light here.
"""

from __future__ import annotations

import os

from agentrec.config import NoHomeError, data_home, home_of, read_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

STORES_FOLDER = "snapshots"  # in the data directory
_TEMPORARY = ("/tmp", "/var/tmp", "/usr/tmp")  # noqa: S108
_MAX_LINK_BYTES = 4096


def workspace_of(cwd: str, env: Mapping[str, str]) -> str:
    """The directory that a snapshot taken in ``cwd`` is of: its repository's root, else ``cwd``.

    Raises RefusedDirectoryError for directories that hold far more than one project.
    """
    from agentrec.snapshots.model import RefusedDirectoryError

    here = os.path.realpath(cwd)
    if not os.path.isdir(here):
        raise RefusedDirectoryError(f"{cwd} is not a directory")
    found = find_workspace(here, env)
    if not found:
        why = why_refused(here, env)
        raise RefusedDirectoryError(
            f"no snapshots of {here}: {why}", "work in a directory below it"
        )
    return found


def find_workspace(cwd: str, env: Mapping[str, str]) -> str:
    """As ``workspace_of``, but empty where no snapshots are taken."""
    here = os.path.realpath(cwd)
    root = repository_root(here)
    if root and why_refused(root, env) is None:
        return root
    return here if os.path.isdir(here) and why_refused(here, env) is None else ""


def repository_root(folder: str) -> str:
    """The nearest directory from ``folder`` up that has a ``.git``, or empty."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return ""
        folder = above
    return folder


def why_refused(folder: str, env: Mapping[str, str]) -> str | None:
    """Why no snapshots of ``folder`` (a real path) are taken; None if they are."""
    if folder == "/":
        return "it is the root of the file system"
    home = home_of(env)
    if os.path.isabs(home) and _holds(folder, os.path.realpath(home)):
        return "it is your home directory, or contains it"
    temporary = (*_TEMPORARY, *(env.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")))
    if folder in {os.path.realpath(path) for path in temporary if path}:
        return "it is the shared directory for temporary files"
    try:
        if _holds(folder, os.path.realpath(data_home(env))):
            return "it contains the snapshots themselves"
    except NoHomeError:
        return "there is no home directory to keep them in"
    return _why_bare(folder)


def _why_bare(folder: str) -> str | None:
    """Why not, if a git repository's own files are in it: a restore would take back its history."""
    own = _separate_git_directory(folder)
    if own and _holds(folder, own):
        return f"it contains its git repository, {own}"
    while not os.path.lexists(os.path.join(folder, ".git")):
        if _is_git_directory(folder):
            return f"{folder} is a bare git repository"
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return None


def _separate_git_directory(folder: str) -> str:
    """Where the file ``.git`` of a directory leads to; empty if it is not such a file."""
    try:
        line = read_plain(os.path.join(folder, ".git"), _MAX_LINK_BYTES).decode(errors="replace")
    except OSError:
        return ""
    word, _, path = line.strip().partition("gitdir: ")
    return os.path.realpath(os.path.join(folder, path)) if path and not word else ""


def _is_git_directory(folder: str) -> bool:
    parts = [os.path.join(folder, name) for name in ("objects", "refs")]
    return all(map(os.path.isdir, parts)) and os.path.isfile(os.path.join(folder, "HEAD"))


def _holds(folder: str, path: str) -> bool:
    return os.path.commonpath((folder, path)) == folder


def stores_folder(env: Mapping[str, str]) -> str:
    """The folder of all stores. Raises NoHomeError."""
    return os.path.join(data_home(env), STORES_FOLDER)


def store_name(workspace: str) -> str:
    """The name of the store of ``workspace``: readable, and different for each directory."""
    import hashlib
    import re

    status = os.stat(workspace)
    identity = os.fsencode(workspace) + b"\0%d" % status.st_ino
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", os.path.basename(workspace)).strip("-")[:40]
    return f"{plain or 'workspace'}-{hashlib.sha256(identity).hexdigest()[:12]}"
