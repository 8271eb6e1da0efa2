"""The files of a directory or a snapshot, to be read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, Protocol

from agentrec.config import open_plain
from agentrec.errors import InputError
from agentrec.snapshots.scan.path_selection import OUT, PathSelection
from agentrec.snapshots.scan.snapshot_rules import load_rules
from agentrec.snapshots.scan.user_repository import UserRepository

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.manifest import Contents
    from agentrec.snapshots.scan.path_selection import Context

_MAX_FILES = 200_000
_MAX_IGNORE_BYTES = 1 << 20
MAX_READ_BYTES = 2 << 20  # what is larger is read up to here


class FileState(NamedTuple):
    """What a file holds: the beginning of its content, and its size in bytes."""

    data: bytes
    size: int


class SourceTree(Protocol):
    """Files by their paths. ``key`` changes with the content of a file."""

    def keys(self) -> Mapping[str, str]:
        """The paths of all files, with their keys."""

    def read(self, path: str) -> FileState:
        """A file that is in it. Raises OSError or AgentrecError."""


class SnapshotTree:
    """The files of a tree in a store, without its symlinks."""

    def __init__(self, store: SnapshotStore, contents: Contents) -> None:
        self._store, self._contents = store, contents
        self._keys = {p: entry.sha for p, entry in contents.files.items() if not entry.is_link}

    def keys(self) -> Mapping[str, str]:
        return self._keys

    def read(self, path: str) -> FileState:
        return FileState(*self._store.objects.begin(self._keys[path], "blob", MAX_READ_BYTES))


class DirectoryTree:
    """The files in a directory now, but for what git ignores and what snapshots leave out.

    Raises InputError if it cannot be read.
    """

    def __init__(self, folder: str, env: Mapping[str, str]) -> None:
        self._folder = folder
        if not os.path.isdir(folder):
            raise InputError(f"{folder} is not a directory")
        rules, repository = load_rules(env, folder), UserRepository(folder)
        self._selection = PathSelection(rules.out, (), repository.excludes)
        start = self._selection.start(repository.refresh(), frozenset(), fresh=True)
        self._keys = dict(self._walk(start))

    def keys(self) -> Mapping[str, str]:
        return self._keys

    def read(self, path: str) -> FileState:
        with open_plain(os.path.join(self._folder, path)) as file:
            return FileState(file.read(MAX_READ_BYTES), os.fstat(file.fileno()).st_size)

    def _walk(self, start: Context) -> Iterator[tuple[str, str]]:
        folders = [("", start)]
        count = 0
        while folders:
            path, above = folders.pop()
            context = self._inside(above, path)
            for entry in _entries(os.path.join(self._folder, path)):
                inner = path + entry.name
                if entry.is_dir(follow_symlinks=False):
                    found = None if entry.name == ".git" else self._selection.folder(context, inner)
                    if found is not None:
                        folders.append((inner + "/", found))
                elif self._is_in(entry, context, inner) and count < _MAX_FILES:
                    count += 1
                    yield inner, _state(entry)

    def _is_in(self, entry: os.DirEntry[str], context: Context, path: str) -> bool:
        is_file = entry.is_file(follow_symlinks=False)
        return is_file and self._selection.file(context, path) is not OUT

    def _inside(self, above: Context, path: str) -> Context:
        try:
            with open_plain(os.path.join(self._folder, path, ".gitignore")) as file:
                return self._selection.inside(above, path, file.read(_MAX_IGNORE_BYTES))
        except OSError:
            return above


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []  # it is gone, or nobody may read it


def _state(entry: os.DirEntry[str]) -> str:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return ""
    return f"{status.st_dev}-{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"
