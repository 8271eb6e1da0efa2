"""What the last scan found, kept in a file: the next one, in another process, reads only what changed."""

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
    """Keep what a scan found. Failing to is no harm."""
    told = {"version": VERSION, "epoch": store.epoch, "root": _dump(root)}
    try:
        write_atomic(_path(store), json.dumps(told, separators=(",", ":")).encode())
    except OSError:
        return


def load_scan(store: SnapshotStore) -> DirectoryNode | None:
    """What was kept, if all of it still is in the store."""
    try:
        with open(_path(store), "rb") as file:
            told = json.loads(file.read(_MAX_BYTES))
        if told["version"] != VERSION or told["epoch"] != store.epoch:
            return None
        root = _load(told["root"])
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
    names = {seen.name.hex() for _, node in root.walk() for seen in node.files.values()}
    names |= {node.tree.hex() for _, node in root.walk() if node.tree}
    return None if store.objects.missing(names) else root


def _path(store: SnapshotStore) -> str:
    return os.path.join(store.folder, "seen.json")


def _dump(node: DirectoryNode) -> list[Any]:
    files = {name: [*seen.key, seen.name.hex()] for name, seen in node.files.items()}
    folders = {name: _dump(inner) for name, inner in node.folders.items()}
    return [node.mode, node.tree.hex(), files, folders]


def _load(told: list[Any]) -> DirectoryNode:
    mode, tree, files, folders = told
    node = DirectoryNode(int(mode))
    node.tree = bytes.fromhex(tree)
    for name, (mtime, ctime, size, inode, bits, sha) in files.items():
        node.files[name] = SeenFile((mtime, ctime, size, inode, bits), bytes.fromhex(sha))
    node.folders = {name: _load(inner) for name, inner in folders.items()}
    return node
