"""What the user's own repository says about a workspace. It is only read."""

from __future__ import annotations

import os

from agentrec.config import read_plain
from agentrec.snapshots.gitstore.git import query_repository

_MAX_IGNORE_FILE_BYTES = 1 << 20  # bytes of an ignore file


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
        self._head = ""
        self._head_files = ("", "")
        self._head_seen: object = None
        if os.path.lexists(os.path.join(root, ".git")):
            self._find()

    def _find(self) -> None:
        names = ("index", "info/exclude", "HEAD", "logs/HEAD")
        said = query_repository(
            self._root, "rev-parse", *(word for it in names for word in ("--git-path", it))
        )
        if said is None or said.count(b"\n") != len(names):
            return
        paths = [os.path.join(self._root, os.fsdecode(p)) for p in said.split(b"\n")[:-1]]
        self._index, exclude = paths[:2]
        self._head_files = (paths[2], paths[3])
        named = query_repository(self._root, "config", "--type=path", "--get", "core.excludesFile")
        config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        own = os.fsdecode(named.rstrip(b"\n")) if named else os.path.join(config, "git", "ignore")
        self.excludes = b"\n".join(filter(None, (_read(own), _read(exclude))))

    def head(self) -> str:
        """The commit that HEAD names now, or empty. Asks git only when its log has changed, if it has one."""
        if not self._index:
            return ""
        seen = tuple(map(_state, self._head_files))
        if seen != self._head_seen or None in seen:
            self._head_seen = seen
            said = query_repository(self._root, "rev-parse", "--quiet", "--verify", "HEAD^{commit}")
            self._head = said.decode().strip() if said else ""
        return self._head

    def look(self) -> frozenset[str]:
        """See what is tracked now; returns what was not tracked before."""
        seen = _state(self._index) if self._index else None
        if seen == self._seen:
            return frozenset()
        self._seen = seen
        before = self.tracked
        listed = query_repository(self._root, "ls-files", "-z") if seen else b""
        if listed is None:
            return frozenset()
        self.tracked = frozenset(os.fsdecode(listed).split("\0")) - {""}
        return self.tracked - before


def _state(path: str) -> tuple[int, int, int] | None:
    """What changes when a file does; None when it is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _read(path: str) -> bytes:
    try:
        return read_plain(path, _MAX_IGNORE_FILE_BYTES)
    except OSError:
        return b""
