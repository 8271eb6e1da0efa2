"""What was made on this machine, one file for each branch in the data directory.

``ID.begun`` is locked by whoever makes the branch; without a lock, that one was killed, and all of it is
removed again. ``ID.json`` takes its place when everything is there: what to run, and what `agentrec
branches --remove` may remove. Nothing a recording says is believed about directories to remove.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agentrec.atomic import write_atomic
from agentrec.config import data_home
from agentrec.errors import InputError, OutputError
from agentrec.locks import try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = "branches"
BEGUN, MADE = ".begun", ".json"
_MAX_ENTRY_BYTES = 1 << 20


class TakenError(OutputError):
    """Somebody else has that name."""


class BranchJournal:
    """The branches of the data directory that ``env`` names."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.folder = os.path.join(data_home(env), FOLDER)

    def path(self, name: str) -> str:
        """Of a branch that was made."""
        return os.path.join(self.folder, name + MADE)

    def all(self) -> list[dict[str, Any]]:
        """Everything that was made, in order of ids. What cannot be read is left out."""
        found = (read_entry(os.path.join(self.folder, name)) for name in self._names(MADE))
        return [entry for entry in found if entry]

    def get(self, name: str) -> dict[str, Any] | None:
        """The entry of a branch, if it was made here."""
        return read_entry(self.path(name)) if _plain(name) else None

    def put(self, entry: dict[str, Any]) -> None:
        """Write the entry of a branch that is there. Raises OutputError."""
        path = self.path(str(entry["id"]))
        try:
            write_atomic(path, json.dumps(entry, indent=1).encode() + b"\n")
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}") from None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One process at a time claims, cleans up, or changes a repository. Raises OutputError."""
        fd = self._open("lock", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    def claim(self, entry: dict[str, Any]) -> Claim:
        """Begin to make ``entry``. Only under the lock. Raises TakenError, OutputError."""
        name = str(entry["id"])
        if os.path.exists(self.path(name)):
            raise TakenError(f"there is a branch {name} already")
        fd = self._open(name + BEGUN, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        claim = Claim(self, name, entry, fd)
        fcntl.flock(fd, fcntl.LOCK_EX)
        claim.note({})
        return claim

    def killed(self) -> Iterator[Claim]:
        """What was begun by somebody who is gone. Only under the lock."""
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
        """A branch that was removed."""
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
            raise TakenError(f"{name} is being made by somebody else") from None
        except OSError as error:
            raise OutputError(f"cannot write {self.folder}: {error.strerror}") from None


class Claim:
    """A branch that is being made. ``entry`` is empty when nothing had been made yet."""

    def __init__(self, journal: BranchJournal, name: str, entry: dict[str, Any], fd: int) -> None:
        self._journal, self.name, self.entry, self.fd = journal, name, entry, fd
        self._path = os.path.join(journal.folder, name + BEGUN)

    def note(self, more: dict[str, Any]) -> None:
        """Write down what is known now. Raises OutputError."""
        self.entry |= more
        raw = json.dumps(self.entry).encode() + b"\n"
        try:
            # Behind what is there: the last whole line counts.
            os.lseek(self.fd, 0, os.SEEK_END)
            if os.write(self.fd, raw) != len(raw):
                raise OSError(0, "the disk is full")
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror}") from None

    def finish(self) -> str:
        """All is made; returns the entry's file. Raises OutputError."""
        self._journal.put(self.entry)
        self.drop()
        return self._journal.path(self.name)

    def drop(self) -> None:
        """It is no longer being made."""
        try:
            os.unlink(self._path)
        except FileNotFoundError:
            pass
        os.close(self.fd)


def read_entry(path: str) -> dict[str, Any] | None:
    """The entry in a file, if it is one."""
    try:
        with open(path, "rb") as file:
            entry = json.loads(file.read(_MAX_ENTRY_BYTES))
    except (OSError, ValueError):
        return None
    named = isinstance(entry, dict) and isinstance(entry.get("parent"), dict)
    return entry if named and _plain(str(entry.get("id", ""))) else None


def parents_in_use(env: Mapping[str, str]) -> set[str]:
    """The recordings from which directories were made that are still there."""
    every = BranchJournal(env).all()
    return {str(it["parent"].get("id")) for it in every if os.path.isdir(str(it.get("worktree")))}


def child_parent(path: str) -> tuple[str, dict[str, Any]]:
    """Id and ``parent`` for the header of the child that the entry in ``path`` is of. Raises InputError."""
    entry = read_entry(path)
    if entry is None:
        raise InputError(f"{path} is no branch that was made", "`agentrec branch` makes one")
    return str(entry["id"]), dict(entry["parent"])


def _read(fd: int) -> dict[str, Any]:
    """The last whole line of a file that was begun."""
    lines = os.pread(fd, _MAX_ENTRY_BYTES, 0).split(b"\n")[:-1]
    try:
        entry = json.loads(lines[-1]) if lines else {}
    except ValueError:
        entry = {}
    return entry if isinstance(entry, dict) else {}


def _plain(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}", name) is not None
