"""Reads the objects of a store, through one ``git cat-file`` that stays open."""

from __future__ import annotations

import subprocess
import threading
import weakref
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.gitstore import git
from agentrec.snapshots.model import SnapshotError, SnapshotReadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


# The most that is read of an object, whatever it says of itself: anybody may have made it.
MAX_OBJECT_BYTES = {"commit": 1 << 20, "tree": 64 << 20, "blob": 2 << 30}
# More than this is not read to be skipped: git is started again.
_MAX_SKIPPED_BYTES = 8 << 20
# Git checks the size of smaller objects before it prints them.
_LARGE_BYTES = 1 << 20
_PIECE_BYTES = 1 << 20


class _Answer(NamedTuple):
    """An object, or its beginning: ``size`` is that of the whole."""

    kind: str
    name: str
    data: bytes
    size: int


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

    def read(self, name: str, kind: str, most: int | None = None) -> bytes:
        """The object ``name``, of at most ``most`` bytes.

        Raises SnapshotError if it is missing, larger, or not of that ``kind``.
        """
        data, size = self.begin(name, kind, most)
        if size > len(data):
            raise _too_large(name, kind, size)
        return data

    def begin(self, name: str, kind: str, most: int | None = None) -> tuple[bytes, int]:
        """The first ``most`` bytes of the object ``name``, and the size of the whole. Raises as ``read``."""
        most = MAX_OBJECT_BYTES[kind] if most is None else most
        answer = self._request(name, most)
        if answer is None or answer.kind != kind:
            missing = SnapshotReadError(
                f"the snapshot's {kind} {name[:12]} is no longer in the store"
            )
            raise git.damage(self._git_dir) or missing
        return answer.data, answer.size

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of the blob ``name``, never all of it at once. Raises as ``read``."""
        data, size = self.begin(name, "blob", _LARGE_BYTES)
        if size == len(data):
            yield data
        elif size > MAX_OBJECT_BYTES["blob"]:
            raise _too_large(name, "blob", size)
        else:
            yield from self._streamed(name, size)

    def _streamed(self, name: str, size: int) -> Iterator[bytes]:
        process = self._start("cat-file", "blob", name)
        assert process.stdout
        left = size
        try:
            while piece := process.stdout.read(_PIECE_BYTES):
                left -= len(piece)
                yield piece
        finally:
            process.kill()
            end_process(process)
        if left:
            raise self._stopped()

    def find(self, tree: str, path: bytes) -> str | None:
        """The name of the blob at ``path`` below ``tree``."""
        if not path or b"\n" in path:  # requests are lines
            return self._descend(tree, path)
        answer = self._request(tree.encode() + b":" + path, 0)
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

    def _request(self, name: str | bytes, most: int) -> _Answer | None:
        """An object by its name, its first ``most`` bytes; None if it is missing. Raises SnapshotError."""
        request = name.encode() if isinstance(name, str) else name
        with self._lock:
            process = self._started()
            assert process.stdin
            assert process.stdout
            try:
                process.stdin.write(request + b"\n")
                process.stdin.flush()
                line = process.stdout.readline()
                head = line.split()
                if line and (len(head) != 3 or not head[2].isdigit()):
                    return None
                size = int(head[2]) if line else 0
                if size > _LARGE_BYTES:
                    process.stdin.close()  # then git ends also if the object is shorter than it says
                data = process.stdout.read(min(size, most))
                rest = size + 1 - len(data)
                is_whole = rest > _MAX_SKIPPED_BYTES or len(process.stdout.read(rest)) == rest
            except (OSError, ValueError):
                line, rest, is_whole = b"", 0, False
            if process.stdin.closed or not line or not is_whole or rest > _MAX_SKIPPED_BYTES:
                self.close()
        if not line or not is_whole or len(data) < min(size, most):
            raise self._stopped()
        return _Answer(head[1].decode(), head[0].decode(), data, size)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = self._start("cat-file", "--batch")
            self._end = weakref.finalize(self, end_process, self._process)
        return self._process

    def _start(self, *args: str) -> subprocess.Popen[bytes]:
        try:
            process = subprocess.Popen(
                git.command(self._git_dir, *args),
                env=git.environment(),
                cwd=self._git_dir,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            raise git.missing(self._git_dir) from None
        git.limit(process, 0)
        return process

    def _stopped(self) -> SnapshotError:
        return git.damage(self._git_dir) or SnapshotReadError("git stopped reading the store")


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


def _too_large(name: str, kind: str, size: int) -> SnapshotError:
    return SnapshotReadError(f"the snapshot's {kind} {name[:12]} is too large: {size:,} bytes")


def tree_entries(tree: bytes) -> Iterator[tuple[bytes, tuple[str, str]]]:
    """Name, kind and object of each entry of a git tree. Raises SnapshotError."""
    start = 0
    while start < len(tree):
        end = tree.find(b"\0", start)
        if not start < end <= len(tree) - 21:
            raise SnapshotReadError("a folder of the snapshot is damaged")
        mode, _, name = tree[start:end].partition(b" ")
        kind = "tree" if mode == b"40000" else "blob"
        yield name, (kind, tree[end + 1 : end + 21].hex())
        start = end + 21
