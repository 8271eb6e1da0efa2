"""The branches made on this machine, one file for each in the data directory.

``ID.begun`` is locked by the process that makes the branch. If it is not locked, that process was killed, and
everything it made is removed. ``ID.json`` takes its place when the branch is complete: what to run, and what
`agentrec branches --remove` may remove. What a recording says about directories is never trusted for that.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agentrec.atomic import write_atomic
from agentrec.config import data_home
from agentrec.errors import InputError, OutputError
from agentrec.locks import try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.json_values import JsonObject

FOLDER = "branches"  # in the data directory
BEGUN, MADE = ".begun", ".json"  # how file names end
_MAX_ENTRY_BYTES = 1 << 20


class TakenError(OutputError):
    """Somebody else has the id, the directory or the git branch."""


class BranchJournal:
    """The branches in the data directory that ``env`` names; other worktrees if in another ``folder``."""

    def __init__(self, env: Mapping[str, str], folder: str = FOLDER) -> None:
        self.folder = os.path.join(data_home(env), folder)

    def path(self, name: str) -> str:
        """The file of a branch that is complete."""
        return os.path.join(self.folder, name + MADE)

    def all(self) -> list[JsonObject]:
        """The entries of all complete branches, by id. Unreadable ones are left out."""
        entries = (read_entry(os.path.join(self.folder, name)) for name in self._names(MADE))
        return [entry for entry in entries if entry]

    def get(self, name: str) -> JsonObject | None:
        """The entry of a branch, if it was made here."""
        return read_entry(self.path(name)) if _is_id(name) else None

    def has(self, name: str) -> bool:
        """Whether a branch of that id exists or is being made."""
        return any(os.path.exists(os.path.join(self.folder, name + end)) for end in (BEGUN, MADE))

    def put(self, entry: JsonObject) -> None:
        """Write the entry of a complete branch. Raises OutputError."""
        path = self.path(str(entry["id"]))
        try:
            write_atomic(path, json.dumps(entry, indent=1).encode() + b"\n")
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}") from None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lets one process at a time claim ids, clean up or change a repository. Raises OutputError."""
        fd = self._open("lock", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    def claim(self, entry: JsonObject) -> Claim:
        """Reserve the id of ``entry`` and begin to make it. Only under the lock.

        Raises TakenError, OutputError.
        """
        name = str(entry["id"])
        if os.path.exists(self.path(name)):
            raise TakenError(f"branch {name} already exists", "try again")
        fd = self._open(name + BEGUN, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        claim = Claim(self, name, entry, fd)
        fcntl.flock(fd, fcntl.LOCK_EX)
        claim.note({})
        return claim

    def has_begun(self) -> bool:
        """Whether branches are being made, or were when a process was killed."""
        return bool(self._names(BEGUN))

    def killed(self) -> Iterator[Claim]:
        """Unfinished branches whose process is gone. Only under the lock."""
        for file in self._names(BEGUN):
            try:
                fd = os.open(os.path.join(self.folder, file), os.O_RDWR | os.O_CLOEXEC)
            except OSError:
                continue
            if not try_lock(fd):
                os.close(fd)
                continue
            yield Claim(self, file.removesuffix(BEGUN), _read(fd), fd)

    def forget(self, name: str) -> None:
        """Remove the files of a branch."""
        for ending in (MADE, BEGUN):
            try:
                os.unlink(os.path.join(self.folder, name + ending))
            except FileNotFoundError:
                continue

    def _names(self, ending: str) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self.folder) if name.endswith(ending))
        except OSError:
            return []

    def _open(self, name: str, flags: int) -> int:
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            return os.open(os.path.join(self.folder, name), flags | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            raise TakenError(f"{name} exists: another process is creating that branch") from None
        except OSError as error:
            raise OutputError(f"cannot write {self.folder}: {error.strerror}") from None


class Claim:
    """A branch that is being made. ``entry`` is empty if its process was killed before it made anything."""

    def __init__(self, journal: BranchJournal, name: str, entry: JsonObject, fd: int) -> None:
        self._journal, self.name, self.entry, self.fd = journal, name, entry, fd
        self._path = os.path.join(journal.folder, name + BEGUN)

    def note(self, more: JsonObject) -> None:
        """Add to the entry what is known now. Raises OutputError."""
        self.entry |= more
        raw = json.dumps(self.entry).encode() + b"\n"
        try:
            # Appended: the last complete line counts.
            os.lseek(self.fd, 0, os.SEEK_END)
            if os.write(self.fd, raw) != len(raw):
                raise OSError(0, "the disk is full")
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror}") from None

    def finish(self) -> str:
        """The branch is complete; returns the file of its entry. Raises OutputError."""
        self._journal.put(self.entry)
        self.drop()
        return self._journal.path(self.name)

    def drop(self) -> None:
        """The branch is no longer being made."""
        try:
            os.unlink(self._path)
        except FileNotFoundError:
            pass
        os.close(self.fd)


def read_entry(path: str) -> JsonObject | None:
    """The entry in a file, if it is a valid one."""
    try:
        with open(path, "rb") as file:
            entry = json.loads(file.read(_MAX_ENTRY_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("parent"), dict):
        return None
    return entry if _is_id(str(entry.get("id", ""))) else None


def parents_in_use(env: Mapping[str, str]) -> set[str]:
    """The ids of recordings with a branch whose directory still exists."""
    return {
        str(parent_of(entry).get("id"))
        for entry in BranchJournal(env).all()
        if os.path.isdir(str(entry.get("worktree")))
    }


def parent_of(entry: JsonObject) -> JsonObject:
    """What an entry says of the parent recording: the ``parent`` of the child's header."""
    parent = entry.get("parent")
    return dict(parent) if isinstance(parent, dict) else {}


def child_parent(path: str) -> tuple[str, JsonObject]:
    """Id and ``parent`` for the header of the child, from the entry in ``path``. Raises InputError."""
    entry = read_entry(path)
    if entry is None:
        raise InputError(f"{path} is not a branch entry", "`agentrec branch` creates one")
    return str(entry["id"]), parent_of(entry)


def child_replay(path: str) -> JsonObject:
    """Which calls the child replays, from the entry in ``path``; empty if it replays none."""
    replay = (read_entry(path) or {}).get("replay")
    return replay if isinstance(replay, dict) else {}


def _read(fd: int) -> JsonObject:
    """The last complete line of a file of an unfinished branch."""
    lines = os.pread(fd, _MAX_ENTRY_BYTES, 0).split(b"\n")[:-1]
    try:
        entry = json.loads(lines[-1]) if lines else {}
    except (ValueError, RecursionError):
        entry = {}
    return entry if isinstance(entry, dict) else {}


def _is_id(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}", name) is not None
