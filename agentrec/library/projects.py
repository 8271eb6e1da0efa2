"""Which project a directory belongs to."""

from __future__ import annotations

import os
from functools import cache


@cache
def project_of(folder: str) -> str:
    """The git repository around ``folder`` (for a worktree: the one it was made from), or ``folder``."""
    if not os.path.isabs(folder):
        return folder
    above = folder
    while True:
        place = os.path.join(above, ".git")
        if os.path.isdir(place):
            return above
        if os.path.isfile(place):
            return _main_of(place) or above
        above, last = os.path.dirname(above), above
        if above == last:
            return folder


def _main_of(file: str) -> str | None:
    """The repository that the ``.git`` file of a worktree points to."""
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            said = opened.read(4096)
    except OSError:
        return None
    target = os.path.join(os.path.dirname(file), said.removeprefix("gitdir:").strip())
    repository, _, rest = os.path.normpath(target).partition("/.git/worktrees/")
    return repository if rest else None
