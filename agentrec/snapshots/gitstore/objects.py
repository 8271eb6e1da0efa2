"""Reads the objects of a store, through one ``git cat-file`` that stays open."""

from __future__ import annotations

import subprocess
import threading
import weakref
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.gitstore import git
from agentrec.snapshots.model import SnapshotError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class _Answer(NamedTuple):
    kind: str
    name: str
    data: bytes


class ObjectReader:
    """Reads the objects of the store ``git_dir``. Any thread may read."""

    def __init__(self, git_dir: str) -> None:
        self._git_dir = git_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[..., ObjectReader] | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """End git; the next read starts it again. It also ends when this object is collected."""
        if self._end is not None:
            self._end()
        self._process = self._end = None

    def read(self, name: str, kind: str) -> bytes:
        """The object ``name``. Raises SnapshotError if it is missing, or not of that ``kind``."""
        answer = self._request(name)
        if answer is None or answer.kind != kind:
            missing = SnapshotError(f"the snapshot's {kind} {name[:12]} is no longer in the store")
            raise git.damage(self._git_dir) or missing
        return answer.data

    def find(self, tree: str, path: bytes) -> str | None:
        """The name of the blob at ``path`` below ``tree``."""
        if not path or b"\n" in path:  # requests are lines
            return self._descend(tree, path)
        answer = self._request(tree.encode() + b":" + path)
        return answer.name if answer and answer.kind == "blob" else None

    def missing(self, names: Iterable[str]) -> bool:
        """Whether any of these objects is missing."""
        request = "\n".join(names)
        if not request:
            return False
        args = ("cat-file", "--batch-check=%(objecttype)", "--buffer")
        return b" missing" in git.run(self._git_dir, *args, input=request.encode() + b"\n")

    def _descend(self, tree: str, path: bytes) -> str | None:
        name, kind = tree, "tree"
        for part in path.split(b"/"):
            if kind != "tree":
                return None
            entries = dict(tree_entries(self.read(name, "tree")))
            if part not in entries:
                return None
            kind, name = entries[part]
        return name if kind == "blob" else None

    def _request(self, name: str | bytes) -> _Answer | None:
        """An object by its name; None if it is missing. Raises SnapshotError."""
        request = name.encode() if isinstance(name, str) else name
        with self._lock:
            process = self._started()
            assert process.stdin
            assert process.stdout
            try:
                process.stdin.write(request + b"\n")
                process.stdin.flush()
                head = process.stdout.readline().split()
                if len(head) != 3 or not head[2].isdigit():
                    return None
                size = int(head[2])
                data = process.stdout.read(size + 1)
            except (OSError, ValueError):
                head, data, size = [], b"", 0
        if len(data) != size + 1:
            self.close()
            raise git.damage(self._git_dir) or SnapshotError("git stopped reading the store")
        return _Answer(head[1].decode(), head[0].decode(), data[:-1])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            try:
                self._process = subprocess.Popen(
                    git.command(self._git_dir, "cat-file", "--batch"),
                    env=git.environment(),
                    cwd=self._git_dir,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            except OSError:
                raise git.missing(self._git_dir) from None
            self._end = weakref.finalize(self, end_process, self._process)
        return self._process


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Close both pipes of a git that reads names and writes objects, and wait for it."""
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.close()
    except OSError:
        pass  # it has ended already
    process.stdout.close()
    process.wait()


def tree_entries(tree: bytes) -> Iterator[tuple[bytes, tuple[str, str]]]:
    """Name, kind and object of each entry of a git tree."""
    start = 0
    while start < len(tree):
        end = tree.index(b"\0", start)
        mode, _, name = tree[start:end].partition(b" ")
        kind = "tree" if mode == b"40000" else "blob"
        yield name, (kind, tree[end + 1 : end + 21].hex())
        start = end + 21
