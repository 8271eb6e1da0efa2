"""Snapshots on their way to another machine: everything that some chains need, as one git pack.

A pack from elsewhere may have been made by anybody. Its objects are named by their content, so it can only
add; what can be reached from the heads has to be complete, to be snapshots, and to have file names that stay
inside a directory.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from agentrec.snapshots.gitstore import git
from agentrec.snapshots.gitstore.objects import tree_entries
from agentrec.snapshots.model import SnapshotError, SnapshotReadError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore

# Equal objects give an equal pack, in whatever packs the store has them now.
_DETERMINISTIC = ("--no-reuse-delta", "--no-reuse-object", "--delta-base-offset")
_PACK_NAME = re.compile(r"[0-9a-f]{40}")
_INDEX = ".idx"
# For other pulls into the same store.
_LOCK_WAIT_SECONDS = 600.0
_ONLY_TREES = ("--filter=object:type=tree", "--filter-provided-objects", "--no-object-names")
_PACK_HEADER_BYTES = 12
_MIN_OBJECT_BYTES = 9  # a head, and nothing compressed
_NOT_NAMES = (b"", b".", b"..")


def write_chain_pack(store: SnapshotStore, heads: Mapping[str, str], path: str) -> None:
    """Write a pack with all that the snapshots up to ``heads``, commits by chain, need.

    Raises SnapshotError.
    """
    args = ("pack-objects", "--revs", "--stdout", "-q", *_DETERMINISTIC)
    names = "".join(f"{head}\n" for head in sorted(set(heads.values())))
    try:
        with open(path, "wb") as out:
            process = subprocess.Popen(
                git.command(store.git_dir, *args),
                env=git.environment(),
                cwd=store.git_dir,
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.PIPE,
            )
            git.limit(process, git.objects_in(store.git_dir))
            with process:
                _, errors = process.communicate(names.encode())
    except FileNotFoundError:
        raise git.missing(store.git_dir) from None
    except OSError as error:
        raise SnapshotError(f"cannot write {path}: {error.strerror}") from None
    if process.returncode:
        why = errors.decode(errors="replace").strip().splitlines()[-1:]
        raise git.damage(store.git_dir) or SnapshotError(f"cannot pack snapshots: {''.join(why)}")


def take_chain_pack(store: SnapshotStore, heads: Mapping[str, str], path: str) -> None:
    """Move the pack at ``path`` into ``store``, and let its chains end at ``heads``.

    A chain that has other snapshots already stays as it is, unless it goes on with these. Raises
    SnapshotError, then no chain is changed.
    """
    name = _index(store, path)  # not under the lock: it takes long, and snapshots wait for that
    with store.lock(_LOCK_WAIT_SECONDS):
        _move(store, path, name)
        store.close()  # its reader does not know the new pack
        for name, head in heads.items():
            _check(store, head, name)
        for name, head in heads.items():
            before = store.head(name)
            if before != head and (not before or _continues(store, before, head)):
                store.set_head(name, head)


def has_chains(store: SnapshotStore, heads: Mapping[str, str]) -> bool:
    """Whether the store's chains have these snapshots already."""
    for name, head in heads.items():
        last = store.head(name)
        if not last or (last != head and not _continues(store, head, last)):
            return False
    return True


def _index(store: SnapshotStore, path: str) -> str:
    """Check every object of a pack, and write an index beside it; what git calls the pack."""
    try:
        objects = _objects_in(path)
        process = subprocess.Popen(
            git.command(store.git_dir, "index-pack", "-o", path + _INDEX, path),
            env=git.environment(),
            cwd=store.git_dir,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        git.limit(process, objects)
        printed, _ = process.communicate()
    except OSError:
        raise git.missing(store.git_dir) from None
    name = printed.decode(errors="replace").strip()
    if process.returncode or not _PACK_NAME.fullmatch(name):
        raise SnapshotReadError("the pack of its snapshots is damaged")
    return f"pack-{name}"


def _objects_in(path: str) -> int:
    """How many objects a pack says that it has; no more than it has room for."""
    with open(path, "rb") as file:
        count = int.from_bytes(file.read(_PACK_HEADER_BYTES)[-4:], "big")
    return min(count, os.path.getsize(path) // _MIN_OBJECT_BYTES)


def _move(store: SnapshotStore, path: str, name: str) -> None:
    """A pack may be without its index for a moment, never the other way around."""
    target = os.path.join(store.objects_folder, "pack", name)
    try:
        os.replace(path, target + ".pack")
        os.replace(path + _INDEX, target + _INDEX)
    except OSError as error:
        raise SnapshotError(f"cannot write {target}: {error.strerror}") from None


def _check(store: SnapshotStore, head: str, name: str) -> None:
    """Raises SnapshotError unless ``head`` and all before it are complete snapshots of ``name``."""
    store.git("rev-list", "--objects", "--quiet", head)  # complete
    commit = head
    while commit:
        snapshot = store.snapshot(commit)
        if snapshot.recording != name:
            raise SnapshotReadError(f"{commit[:12]} is a snapshot of another recording")
        store.objects.read(snapshot.manifest, "blob")
        commit = snapshot.parent
    trees = store.git("rev-list", "--objects", *_ONLY_TREES, head)
    for tree in trees.decode().split():
        for entry, _ in tree_entries(store.objects.read(tree, "tree")):
            if entry in _NOT_NAMES or b"/" in entry or entry.lower() == b".git":
                name = os.fsdecode(entry)
                raise SnapshotReadError(f"a snapshot has the invalid file name {name!r}")


def _continues(store: SnapshotStore, before: str, head: str) -> bool:
    """Whether ``before`` is one of the snapshots that lead to ``head``."""
    try:
        store.git("merge-base", "--is-ancestor", before, head)
    except SnapshotError:
        return False
    return True
