"""Which paths of a working directory are left out: caches, the insides of tools, and .gitignore."""

from __future__ import annotations

import os

from agentrec.companions.files.directory_entries import ALWAYS_IGNORED
from agentrec.config import read_plain
from agentrec.gitignore import IgnoreLevel, parse_patterns

_MAX_FILE_BYTES = 256 << 10  # of one .gitignore


class IgnoredPaths:
    """Says which paths below ``root`` are ignored; reads .gitignore files as it meets directories.

    Those of the directories above count too, up to the repository's root, as does its own exclude file.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._prefix, self._above = _from_above(os.path.abspath(root))
        self._levels: dict[str, IgnoreLevel] = {}

    def forget(self) -> None:
        """A .gitignore has changed."""
        self._levels.clear()

    def __call__(self, path: str, *, directory: bool = False) -> bool:
        """Whether ``path`` is ignored: relative to the root, in a directory that is not ignored."""
        folder, _, name = path.rpartition("/")
        if name in ALWAYS_IGNORED:
            return True
        full = self._prefix + os.fsencode(path)
        return bool(self._level(folder).verdict(full, is_folder=directory))

    def _level(self, folder: str) -> IgnoreLevel:
        level = self._levels.get(folder)
        if level is None:
            above = self._level(folder.rpartition("/")[0]) if folder else self._above
            base = self._prefix + (os.fsencode(folder) + b"/" if folder else b"")
            level = _add(above, base, os.path.join(self._root, folder, ".gitignore"))
            self._levels[folder] = level
        return level


def _from_above(root: str) -> tuple[bytes, IgnoreLevel]:
    """The path from the repository's root to ``root``, and the patterns from above that hold there."""
    folders = [root]
    while not os.path.lexists(os.path.join(folders[-1], ".git")):
        parent = os.path.dirname(folders[-1])
        if parent == folders[-1]:
            return b"", IgnoreLevel(None, b"", [])  # in no repository
        folders.append(parent)
    top = os.fsencode(folders[-1])
    level = _add(
        IgnoreLevel(None, b"", []), b"", os.path.join(folders[-1], ".git", "info", "exclude")
    )
    for folder in reversed(folders[1:]):
        level = _add(level, _base(top, folder), os.path.join(folder, ".gitignore"))
    return _base(top, root), level


def _base(top: bytes, folder: str) -> bytes:
    relative = os.path.relpath(os.fsencode(folder), top)
    return b"" if relative == b"." else relative + b"/"


def _add(above: IgnoreLevel, base: bytes, file: str) -> IgnoreLevel:
    try:
        patterns = parse_patterns(read_plain(file, _MAX_FILE_BYTES))
    except OSError:
        return above
    return IgnoreLevel(above, base, patterns) if patterns else above
