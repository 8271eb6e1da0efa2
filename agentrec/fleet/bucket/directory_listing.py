"""What is in a remote that is a directory.

Not by the library: it lists nothing if one name has a control character, or one symbolic link leads to
itself.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# Objects are files of a folder, and folders of a recording are in the root: see ``object_names``.
_LEVELS = 2
# What the library is still writing.
_STAGED = re.compile(r"#\d+$")


class DirectoryFile(NamedTuple):
    """A file below the directory. ``modified`` is in seconds of Unix time."""

    key: str
    size: int
    modified: float


def directory_files(directory: str, prefix: str) -> Iterator[DirectoryFile]:
    """The files in the folder ``prefix`` and in its folders, by name; none without it. Raises OSError."""
    yield from _files(os.path.join(directory, prefix), prefix, _LEVELS)


def _files(folder: str, prefix: str, levels: int) -> Iterator[DirectoryFile]:
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return
    for name in names:
        if not name.isprintable() or _STAGED.search(name):
            continue  # no name of ours
        path, key = os.path.join(folder, name), f"{prefix}/{name}"
        try:
            found = os.stat(path)
        except OSError:
            continue  # removed meanwhile, or a link that leads nowhere
        if stat.S_ISREG(found.st_mode):
            yield DirectoryFile(key, found.st_size, found.st_mtime)
        elif stat.S_ISDIR(found.st_mode) and levels > 1:
            yield from _files(path, key, levels - 1)
