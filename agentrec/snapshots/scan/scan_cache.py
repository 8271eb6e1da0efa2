"""The result of the last scan, in a file: the next scan, in another process, reads only what changed."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from agentrec.atomic import write_atomic
from agentrec.snapshots.scan.directory_tree import DirectoryNode, SeenFile

if TYPE_CHECKING:
    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore

VERSION = 1
_MAX_BYTES = 1 << 30


def save_scan(store: SnapshotStore, root: DirectoryNode) -> None:
    """Save the result of a scan. Best effort."""
    saved = {"version": VERSION, "epoch": store.epoch, "root": _dump(root)}
    try:
        write_atomic(_path(store), json.dumps(saved, separators=(",", ":")).encode())
    except OSError:
        return


def load_scan(store: SnapshotStore) -> DirectoryNode | None:
    """The saved result, if all of it still is in the store."""
    try:
        with open(_path(store), "rb") as file:
            saved = json.loads(file.read(_MAX_BYTES))
        if saved["version"] != VERSION or saved["epoch"] != store.epoch:
            return None
        root = _load(saved["root"])
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    names = {seen.name.hex() for _, node in root.walk() for seen in node.files.values()}
    names |= {node.tree.hex() for _, node in root.walk() if node.tree}
    return None if store.objects.missing(names) else root


def _path(store: SnapshotStore) -> str:
    return os.path.join(store.folder, "seen.json")


def _dump(node: DirectoryNode) -> list[object]:
    files = {name: [*seen.key, seen.name.hex()] for name, seen in node.files.items()}
    folders = {name: _dump(inner) for name, inner in node.folders.items()}
    return [node.mode, node.tree.hex(), files, folders]


def _load(dumped: Any) -> DirectoryNode:
    """Raises ValueError, TypeError or the like for what `_dump` did not write."""
    mode, tree, files, folders = dumped
    node = DirectoryNode(int(mode))
    node.tree = bytes.fromhex(tree)
    for name, (mtime, ctime, size, inode, bits, sha) in files.items():
        node.files[name] = SeenFile((mtime, ctime, size, inode, bits), bytes.fromhex(sha))
    node.folders = {name: _load(inner) for name, inner in folders.items()}
    return node
