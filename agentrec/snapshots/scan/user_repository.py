"""What the user's own repository says about a workspace. It is only read."""

from __future__ import annotations

import hashlib
import os

from agentrec.config import read_plain
from agentrec.snapshots.gitstore.git import query_repository

_MAX_IGNORE_FILE_BYTES = 1 << 20


class UserRepository:
    """The repository at ``root``, or none.

    ``tracked``   paths in its index, as of the last ``refresh``
    ``excludes``  ignore patterns that are in no file of the tree: the user's own, the repository's own
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self.tracked: frozenset[str] = frozenset()
        self.excludes = b""
        self._index = ""
        self._index_state: object = None
        self._digest = b""
        self._head = ""
        self._head_files = ("", "")
        self._head_state: object = None
        if os.path.lexists(os.path.join(root, ".git")):
            self._find()

    def _find(self) -> None:
        names = ("index", "info/exclude", "HEAD", "logs/HEAD")
        words = [word for name in names for word in ("--git-path", name)]
        answer = query_repository(self._root, "rev-parse", *words)
        if answer is None or answer.count(b"\n") != len(names):
            return
        paths = [os.path.join(self._root, os.fsdecode(p)) for p in answer.split(b"\n")[:-1]]
        self._index, exclude = paths[:2]
        self._head_files = (paths[2], paths[3])
        self.excludes = b"\n".join(filter(None, (_read(self._user_excludes()), _read(exclude))))

    def _user_excludes(self) -> str:
        """The file with the user's own ignore patterns."""
        path = query_repository(self._root, "config", "--type=path", "--get", "core.excludesFile")
        if path:
            return os.fsdecode(path.rstrip(b"\n"))
        config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        return os.path.join(config, "git", "ignore")

    def head(self) -> str:
        """The commit that HEAD names now, or empty. Runs git only if HEAD or its log has changed."""
        if not self._index:
            return ""
        state = tuple(map(_state, self._head_files))
        if state != self._head_state or None in state:
            self._head_state = state
            commit = query_repository(
                self._root, "rev-parse", "--quiet", "--verify", "HEAD^{commit}"
            )
            self._head = commit.decode().strip() if commit else ""
        return self._head

    def refresh(self) -> frozenset[str]:
        """The paths that are tracked now: the same set as long as they are the same paths."""
        state = _state(self._index) if self._index else None
        if state != self._index_state:
            self._index_state = state
            listed = query_repository(self._root, "ls-files", "-z") if state else b""
            digest = hashlib.sha256(listed or b"").digest()
            if listed is not None and digest != self._digest:
                self._digest = digest
                self.tracked = frozenset(os.fsdecode(listed).split("\0")) - {""}
        return self.tracked


def _state(path: str) -> tuple[int, int, int] | None:
    """What changes when a file does; None if there is no file."""
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
