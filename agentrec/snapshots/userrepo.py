"""What the user's own repository says about a workspace. It is only read."""

from __future__ import annotations

import os

from agentrec.snapshots.git import ask

_LIMIT = 1 << 20  # bytes of an ignore file


class UserRepository:
    """The repository at ``root``, or none.

    ``tracked``   paths in its index, as they were at the last ``look``
    ``excludes``  ignore patterns that are in no file of the tree: the user's own, the repository's own
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self.tracked: frozenset[str] = frozenset()
        self.excludes = b""
        self._index = ""
        self._seen: object = None
        if os.path.lexists(os.path.join(root, ".git")):
            self._find()

    def _find(self) -> None:
        said = ask(self._root, "rev-parse", "--git-path", "index", "--git-path", "info/exclude")
        if said is None or said.count(b"\n") != 2:
            return
        index, exclude = (os.path.join(self._root, os.fsdecode(p)) for p in said.split(b"\n")[:2])
        self._index = index
        named = ask(self._root, "config", "--type=path", "--get", "core.excludesFile")
        config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        own = os.fsdecode(named.rstrip(b"\n")) if named else os.path.join(config, "git", "ignore")
        self.excludes = b"\n".join(filter(None, (_read(own), _read(exclude))))

    def look(self) -> frozenset[str]:
        """See what is tracked now; returns what was not tracked before."""
        try:
            status = os.stat(self._index) if self._index else None
        except OSError:
            status = None
        seen = status and (status.st_mtime_ns, status.st_size, status.st_ino)
        if seen == self._seen:
            return frozenset()
        self._seen = seen
        before = self.tracked
        listed = ask(self._root, "ls-files", "-z") if seen else b""
        if listed is None:
            return frozenset()
        self.tracked = frozenset(os.fsdecode(listed).split("\0")) - {""}
        return self.tracked - before


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_LIMIT)
    except OSError:
        return b""
