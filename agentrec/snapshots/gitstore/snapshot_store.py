"""The store of a workspace: a private git directory with objects, and a ref for each recording.

Layout of a store's directory (0700)::

    store.json   {"version", "provider", "workspace"}
    lock         held while something is taken, restored or removed
    git/         a bare repository; refs/recordings/NAME is the last snapshot of a recording
    seen.json    the result of the last scan, so that the next one reads only what changed
    journal/     what restores did, so that they can be undone
    conversations/   copies of agents' transcripts, see :mod:`agentrec.snapshots.conversations`
    epoch        a text that changes when objects are removed

A snapshot is a commit whose tree has two entries: ``files``, the tree of the workspace, and
``manifest``, what a git tree cannot say. Its message ends with a JSON object. Its parent is the snapshot
before in the same recording.
"""

from __future__ import annotations

import json
import os
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.atomic import PART, write_atomic
from agentrec.errors import why_of
from agentrec.locks import try_lock
from agentrec.snapshots.gitstore import git
from agentrec.snapshots.gitstore.objects import ObjectReader, tree_entries
from agentrec.snapshots.gitstore.pack import UNFINISHED_PREFIX
from agentrec.snapshots.manifest import read_contents
from agentrec.snapshots.model import FOLDER, Snapshot, SnapshotError, SnapshotReadError
from agentrec.snapshots.scan.workspace import store_name, stores_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from agentrec.snapshots.gitstore.pack import ObjectSink
    from agentrec.snapshots.manifest import Contents

VERSION = 1
REFS = "refs/recordings"
MANUAL = "manual"  # the chain of snapshots that belong to no recording
SAFETY = "safety"  # the chain of those that restores take first
TRANSACTION_PREFIX = "tx-"  # of the names of chains of savepoints
LOCK_WAIT_SECONDS = 60.0
_LOCK_POLL_SECONDS = 0.01
_MAX_SMALL_FILE_BYTES = 1 << 16
_MAX_COUNT = (1 << 63) - 1
MAX_MANIFEST_BYTES = 16 << 20
# The ending of unfinished files of earlier versions, which killed writers left behind.
_OLD_PART = ".new"
_TEXTS = ("id", "label", "reason", "recording", "workspace", "cwd")
_COUNTS = ("created", "files", "bytes", "changed", "left")
_COMMIT_FIELDS = (*_TEXTS[:4], "created", *_TEXTS[4:], *_COUNTS[1:])


class SnapshotStore:
    """An open store. ``workspace`` is the directory whose files it keeps."""

    def __init__(self, folder: str, workspace: str) -> None:
        self.folder, self.workspace = folder, workspace
        self.name = os.path.basename(folder)
        self.git_dir = os.path.join(folder, "git")
        self._objects: ObjectReader | None = None

    @classmethod
    def of(cls, workspace: str, env: Mapping[str, str]) -> SnapshotStore:
        """The store of ``workspace`` (a real path), created if there is none. Raises SnapshotError."""
        try:
            folder = os.path.join(stores_folder(env), store_name(workspace))
            store = cls(folder, workspace)
            store._make()
        except OSError as error:
            raise SnapshotError(f"cannot create a store: {why_of(error)}") from None
        return store

    @classmethod
    def named(cls, name: str, env: Mapping[str, str]) -> SnapshotStore:
        """The store that a recording names. Raises SnapshotError."""
        folder = os.path.join(stores_folder(env), name)
        if not name:
            raise SnapshotReadError("another tool took this snapshot: its files are not here")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise SnapshotReadError(f"invalid store name {name!r}")
        try:
            with open(os.path.join(folder, "store.json"), "rb") as file:
                about = json.loads(file.read(_MAX_SMALL_FILE_BYTES))
            return cls(folder, str(about["workspace"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            raise SnapshotReadError(
                f"the files of this snapshot are not on this machine: there is no store {name}",
                "snapshots stay where they were taken, until `agentrec prune`",
            ) from None

    @classmethod
    def adopted(cls, name: str, workspace: str, env: Mapping[str, str]) -> SnapshotStore:
        """The store ``name`` that another machine made of ``workspace``, created if there is none here.

        Raises SnapshotError.
        """
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", name) or not os.path.isabs(workspace):
            raise SnapshotReadError(f"invalid store {name!r} of {workspace!r}")
        folder = os.path.join(stores_folder(env), name)
        if os.path.exists(os.path.join(folder, "store.json")):
            return cls.named(name, env)
        store = cls(folder, workspace)
        try:
            store._make()
        except OSError as error:
            raise SnapshotError(f"cannot create a store: {why_of(error)}") from None
        return store

    @property
    def objects_folder(self) -> str:
        return os.path.join(self.git_dir, "objects")

    @property
    def epoch(self) -> str:
        """Changes when objects are removed: then saved scans are no longer valid."""
        return _text(os.path.join(self.folder, "epoch"))

    @contextmanager
    def lock(self, wait: float = LOCK_WAIT_SECONDS) -> Iterator[None]:
        """Keep others from taking, restoring and pruning. Raises SnapshotError after ``wait`` seconds."""
        try:
            fd = os.open(
                os.path.join(self.folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise SnapshotError(f"cannot lock the store: {error.strerror}") from None
        try:
            deadline = time.monotonic() + wait
            while not try_lock(fd):
                if time.monotonic() > deadline:
                    raise SnapshotError("timed out waiting for another snapshot of this directory")
                time.sleep(_LOCK_POLL_SECONDS)
            yield
        finally:
            os.close(fd)

    def sweep(self) -> None:
        """Remove what killed processes left. Only under the lock. Raises SnapshotError."""
        try:
            self._sweep()
        except OSError as error:
            raise SnapshotError(f"cannot write the snapshot: {error.strerror}") from None

    def _sweep(self) -> None:
        folder = os.path.join(self.objects_folder, "pack")
        for name in os.listdir(folder):
            if name.startswith(UNFINISHED_PREFIX):
                os.unlink(os.path.join(folder, name))
        for folder in (self.folder, os.path.join(self.folder, "journal")):
            for name in os.listdir(folder):
                if name.endswith((PART, _OLD_PART)):
                    os.unlink(os.path.join(folder, name))

    def git(self, *args: str, data: bytes = b"") -> bytes:
        """What git printed, run on this store. Raises SnapshotError."""
        return git.run(self.git_dir, *args, input=data)

    @property
    def objects(self) -> ObjectReader:
        """Reads its objects."""
        if self._objects is None:
            self._objects = ObjectReader(self.git_dir)
        return self._objects

    def close(self) -> None:
        if self._objects is not None:
            self._objects.close()
            self._objects = None

    def commit(self, sink: ObjectSink, snapshot: Snapshot, manifest: bytes | None) -> Snapshot:
        """Add ``snapshot`` to ``sink``; returns it with its commit and manifest.

        Without ``manifest`` it is the one that it names, which is in the store.
        """
        name = bytes.fromhex(snapshot.manifest) if manifest is None else sink.add("blob", manifest)
        tree = b"%o files\0" % FOLDER + bytes.fromhex(snapshot.tree) + b"100644 manifest\0" + name
        about = {key: getattr(snapshot, key) for key in _COMMIT_FIELDS} | {"more": snapshot.more}
        who = f"agentrec <agentrec@localhost> {snapshot.created // 10**9} +0000"
        lines = [
            f"tree {sink.add('tree', tree).hex()}",
            *([f"parent {snapshot.parent}"] if snapshot.parent else []),
            f"author {who}",
            f"committer {who}",
            "",
            " ".join(snapshot.label.split()) or snapshot.id,
            "",
            json.dumps(about),
        ]
        text = "\n".join(lines).encode(errors="surrogateescape") + b"\n"
        return snapshot._replace(commit=sink.add("commit", text).hex(), manifest=name.hex())

    def head(self, recording: str) -> str:
        """The commit of the last snapshot of a recording, or empty."""
        text = _text(self._ref(recording)).strip()
        return text if re.fullmatch(r"[0-9a-f]{40}", text) else ""

    def set_head(self, recording: str, commit: str) -> None:
        """Only under the lock. Raises SnapshotError."""
        path = self._ref(recording)
        try:
            # Not written beside it: git reads everything below refs.
            write_atomic(path, commit.encode() + b"\n", self.folder)
        except OSError as error:
            raise SnapshotError(f"cannot save the snapshot: {error.strerror}") from None

    def remove_head(self, recording: str) -> None:
        """Remove a recording's snapshots; garbage collection frees the space."""
        try:
            os.unlink(self._ref(recording))
        except FileNotFoundError:
            return

    def chains(self) -> list[str]:
        """The recordings that have snapshots here."""
        try:
            return sorted(os.listdir(os.path.join(self.git_dir, REFS)))
        except FileNotFoundError:
            return []

    def chain(self, recording: str) -> list[Snapshot]:
        """A recording's snapshots, the first one first."""
        snapshots = []
        commit = self.head(recording)
        while commit:
            snapshot = self.snapshot(commit)
            snapshots.append(snapshot)
            commit = snapshot.parent
        return snapshots[::-1]

    def snapshot(self, name: str) -> Snapshot:
        """The snapshot of a commit, by its full name. Raises SnapshotError."""
        # The name may come from anybody's recording, and git would also accept refs and abbreviations.
        if not re.fullmatch(r"[0-9a-f]{40}", name):
            raise SnapshotReadError(f"invalid snapshot name {name!r}")
        text = self.objects.read(name, "commit").decode(errors="surrogateescape")
        head, _, message = text.partition("\n\n")
        fields = [line.split(" ", 1) for line in head.split("\n")]
        parent = next((value for key, value in fields if key == "parent"), "")
        try:
            about = json.loads(message.rsplit("\n\n", 1)[1])
            wrapper = self.objects.read(dict(fields)["tree"], "tree")
            values = _values(about)
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            raise SnapshotReadError(f"{name} is not a snapshot") from None
        trees = {entry: sha for entry, (_, sha) in tree_entries(wrapper)}
        return Snapshot(
            commit=name,
            tree=trees.get(b"files", ""),
            manifest=trees.get(b"manifest", ""),
            parent=parent,
            **values,
        )

    def contents(self, snapshot: Snapshot) -> Contents:
        """What is in a snapshot. Raises SnapshotError."""
        listing = self.git("ls-tree", "-r", "-t", "-z", "--full-tree", snapshot.tree)
        manifest = self.objects.read(snapshot.manifest, "blob", MAX_MANIFEST_BYTES)
        return read_contents(listing, manifest)

    def read(self, snapshot: Snapshot, path: str) -> bytes:
        """The content of a file, or the target of a symlink, in a snapshot. Raises SnapshotError."""
        return self.objects.read(self._blob(snapshot, path), "blob")

    def pieces(self, snapshot: Snapshot, path: str) -> Iterator[bytes]:
        """The same as ``read``, never all of it at once. Raises SnapshotError."""
        return self.objects.pieces(self._blob(snapshot, path))

    def begin(self, snapshot: Snapshot, path: str, most: int) -> tuple[bytes, int]:
        """The first ``most`` bytes of a file in a snapshot, and its size. Raises SnapshotError."""
        return self.objects.begin(self._blob(snapshot, path), "blob", most)

    def _blob(self, snapshot: Snapshot, path: str) -> str:
        name = self.objects.find(snapshot.tree, os.fsencode(path))
        if name is None:
            raise SnapshotReadError(f"there is no file {path} in {snapshot.id}")
        return name

    def _ref(self, recording: str) -> str:
        return os.path.join(self.git_dir, REFS, ref_name(recording))

    def _make(self) -> None:
        known = os.path.exists(os.path.join(self.folder, "store.json"))
        if known and os.path.isdir(os.path.join(self.objects_folder, "pack")):
            return
        before = os.umask(0o077)
        try:
            for inner in (
                "git/objects/pack",
                "git/objects/info",
                f"git/{REFS}",
                "git/info",
                "journal",
            ):
                os.makedirs(os.path.join(self.folder, inner), exist_ok=True)
            settings = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
            here = self.folder
            write_atomic(os.path.join(self.git_dir, "HEAD"), b"ref: refs/heads/none\n", here)
            write_atomic(os.path.join(self.git_dir, "config"), settings.encode(), here)
            about = {"version": VERSION, "provider": "git", "workspace": self.workspace}
            write_atomic(os.path.join(self.folder, "store.json"), json.dumps(about).encode())
        finally:
            os.umask(before)


def ref_name(recording: str) -> str:
    """The id of a recording as the name of a file."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", recording).strip("-")[:120] or "recording"


def _values(about: dict[str, Any]) -> dict[str, Any]:
    """The fields of a snapshot. Raises ValueError, KeyError, TypeError."""
    for names, type_ in ((_TEXTS, str), (_COUNTS, int)):
        if any(type(about[name]) is not type_ for name in names):
            raise TypeError
    if not all(0 <= about[name] <= _MAX_COUNT for name in _COUNTS):
        raise ValueError
    return {name: about[name] for name in _COMMIT_FIELDS} | {"more": dict(about["more"])}


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_MAX_SMALL_FILE_BYTES).decode(errors="replace")
    except OSError:
        return ""
