"""The result of the last scan, in a file: the next scan, in another process, reads only what changed.

Lines of JSON: the version, the store's epoch and the number of directories; then one line for each directory,
after that of the one it is in. So neither writing nor reading needs all of the text at once.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from agentrec.atomic import replacing
from agentrec.snapshots.scan.directory_tree import DirectoryNode, SeenFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, BinaryIO

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore

VERSION = 2
_MAX_LINE_BYTES = 1 << 30


def save_scan(store: SnapshotStore, root: DirectoryNode) -> None:
    """Save the result of a scan. Best effort."""
    count = sum(root.totals.folders.values()) + 1
    about = {"version": VERSION, "epoch": store.epoch, "directories": count}
    try:
        with replacing(_path(store)) as fd, os.fdopen(fd, "wb", closefd=False) as file:
            _put(file, about)
            for path, node in root.walk():
                _put(file, _dump(path, node))
    except OSError:
        return


def load_scan(store: SnapshotStore) -> DirectoryNode | None:
    """The saved result, if all of it still is in the store."""
    try:
        with open(_path(store), "rb") as file:
            about = json.loads(file.readline(_MAX_LINE_BYTES))
            if about["version"] != VERSION or about["epoch"] != store.epoch:
                return None
            nodes = _load(file, about["directories"])
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    return None if store.objects.missing(_names(nodes)) else nodes[""]


def _path(store: SnapshotStore) -> str:
    return os.path.join(store.folder, "seen.json")


def _put(file: BinaryIO, value: object) -> None:
    file.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")


def _dump(path: str, node: DirectoryNode) -> list[object]:
    files = {name: [*seen.key, seen.name.hex()] for name, seen in node.files.items()}
    return [path, node.mode, node.tree.hex(), files]


def _load(file: BinaryIO, count: int) -> dict[str, DirectoryNode]:
    """The directories by path. Raises ValueError, TypeError or the like for what `_dump` did not write."""
    nodes: dict[str, DirectoryNode] = {}
    while line := file.readline(_MAX_LINE_BYTES):
        path, node = _load_one(json.loads(line))
        nodes[path] = node
        if path:
            above, _, name = path[:-1].rpartition("/")
            nodes[above + "/" if above else ""].folders[name] = node
    if len(nodes) != count:
        raise ValueError("not all directories are there")
    return nodes


def _load_one(dumped: Any) -> tuple[str, DirectoryNode]:
    path, mode, tree, files = dumped
    node = DirectoryNode(int(mode))
    node.tree = bytes.fromhex(tree)
    for name, (mtime, ctime, size, inode, bits, sha) in files.items():
        node.files[name] = SeenFile((mtime, ctime, size, inode, bits), bytes.fromhex(sha))
    return path, node


def _names(nodes: dict[str, DirectoryNode]) -> Iterator[str]:
    """The objects that are in the store, in git's words."""
    for node in nodes.values():
        if node.tree:
            yield node.tree.hex()
        for seen in node.files.values():
            yield seen.name.hex()
