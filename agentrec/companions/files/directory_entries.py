"""What a directory holds, and when it was changed. Everything may vanish while it is read."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class IsIgnored(Protocol):
        """Says which paths, relative to the root, are left out; see agentrec.companions.files.ignored."""

        def __call__(self, path: str, *, directory: bool = False) -> bool: ...
        def forget(self) -> None: ...


MAX_FILES = 50_000  # that are known by name
ALWAYS_IGNORED = frozenset(
    {
        *(".git", ".hg", ".svn", ".jj", "node_modules", ".venv", "venv", "__pycache__", ".tox"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".nox", ".cache", ".direnv", ".DS_Store"),
    }
)


def entries(root: str, folder: str, ignored: IsIgnored) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What is in ``folder`` and not ignored, with its path below ``root``."""
    try:
        with os.scandir(os.path.join(root, folder)) as scan:
            for entry in scan:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if not ignored(path, directory=entry.is_dir(follow_symlinks=False)):
                    yield path, entry
    except OSError:  # it has gone, or may not be read
        return


def changed_at(entry: os.DirEntry[str]) -> int:
    """When a file was changed or put there, in ns since the epoch."""
    try:
        return entry.stat(follow_symlinks=False).st_ctime_ns
    except OSError:
        return 0


def size_of(entry: os.DirEntry[str]) -> int:
    """The file's size in bytes."""
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0
