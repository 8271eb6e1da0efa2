"""The project that a directory belongs to."""

from __future__ import annotations

import os
from functools import cache


@cache
def project_of(folder: str) -> str:
    """The git repository around ``folder`` (of a worktree, its main repository), else ``folder`` itself."""
    if not os.path.isabs(folder):
        return folder
    above = folder
    while True:
        git = os.path.join(above, ".git")
        if os.path.isdir(git):
            return above
        if os.path.isfile(git):
            return _main_repository(git) or above
        above, last = os.path.dirname(above), above
        if above == last:
            return folder


def _main_repository(file: str) -> str | None:
    """The repository that the ``.git`` file of a worktree points to."""
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            text = opened.read(4096)
    except OSError:
        return None
    target = os.path.join(os.path.dirname(file), text.removeprefix("gitdir:").strip())
    repository, _, rest = os.path.normpath(target).partition("/.git/worktrees/")
    return repository if rest else None
