"""Which directory a snapshot is of, which are refused, and where its store is."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from typing import TYPE_CHECKING

from agentrec.config import NoHomeError, data_home, home_of
from agentrec.snapshots.model import RefusedDirectoryError

if TYPE_CHECKING:
    from collections.abc import Mapping

STORES_FOLDER = "snapshots"


def workspace_of(cwd: str, env: Mapping[str, str]) -> str:
    """The directory that a snapshot taken in ``cwd`` is of: its repository's root, else itself.

    Raises RefusedError for directories that hold far more than one piece of work.
    """
    here = os.path.realpath(cwd)
    if not os.path.isdir(here):
        raise RefusedDirectoryError(f"{cwd} is not a directory")
    root = here
    while not os.path.lexists(os.path.join(root, ".git")):
        above = os.path.dirname(root)
        if above == root:
            root = ""
            break
        root = above
    if root and why_refused(root, env) is None:
        return root
    if why := why_refused(here, env):
        raise RefusedDirectoryError(
            f"no snapshots of {here}: {why}", "work in a directory of its own to have them"
        )
    return here


def why_refused(folder: str, env: Mapping[str, str]) -> str | None:
    """Why there are no snapshots of ``folder`` (a real path); None when there may be."""
    if folder == "/":
        return "it is the whole system"
    home = home_of(env)
    if os.path.isabs(home) and _holds(folder, os.path.realpath(home)):
        return "it is your home directory, or holds it"
    if folder in {os.path.realpath(path) for path in ("/tmp", "/var/tmp", tempfile.gettempdir())}:  # noqa: S108
        return "it is everybody's directory for temporary files"
    try:
        if _holds(folder, os.path.realpath(data_home(env))):
            return "it holds the snapshots themselves"
    except NoHomeError:
        return "there is no home directory to keep them in"
    return None


def _holds(folder: str, path: str) -> bool:
    return os.path.commonpath((folder, path)) == folder


def stores_folder(env: Mapping[str, str]) -> str:
    """Where all stores are. Raises NoHomeError."""
    return os.path.join(data_home(env), STORES_FOLDER)


def store_name(workspace: str) -> str:
    """The name of the store of ``workspace``: readable, and its own for each directory."""
    status = os.stat(workspace)
    identity = os.fsencode(workspace) + b"\0%d" % status.st_ino
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", os.path.basename(workspace)).strip("-")[:40]
    return f"{plain or 'workspace'}-{hashlib.sha256(identity).hexdigest()[:12]}"
