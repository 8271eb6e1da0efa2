"""Savepoints: a snapshot of the files, the commit that was checked out, and a state of the program's."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.atomic import write_atomic
from agentrec.errors import InputError, OutputError
from agentrec.times import format_rfc3339

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject
    from agentrec.snapshots.model import Snapshot

_SUFFIX = ".savepoint"
_MAX_BYTES = 256 << 20


class Savepoint(NamedTuple):
    """A point to go back to. ``number`` 0 is the beginning.

    ``snapshot`` is the commit in the store ``store``, ``head`` the commit of the worktree, ``others`` the
    untracked files and directories that were there. ``state`` is any JSON value, None if there is none.
    ``before`` is the number of the savepoint that a rollback went to, if one took this first, else -1.
    """

    number: int
    name: str
    created: int
    store: str
    snapshot: str
    head: str
    files: int
    others: list[str]
    state: object
    before: int

    def as_json(self) -> JsonObject:
        """As a JSON object, without what only a rollback needs."""
        about: JsonObject = {
            "number": self.number,
            "name": self.name,
            "created": format_rfc3339(self.created),
            "files": self.files,
            "snapshot": f"@{self.snapshot}",
            "head": self.head,
            "has_state": self.state is not None,
        }
        return {**about, "before_rollback_to": self.before} if self.before >= 0 else about


def new_savepoint(
    number: int,
    name: str,
    taken: tuple[str, Snapshot],
    head: str,
    others: list[str],
    state: object,
    before: int,
) -> Savepoint:
    """A savepoint of now; ``taken`` is the name of the store and the snapshot."""
    store, snapshot = taken
    return Savepoint(
        *(number, name, time.time_ns(), store, snapshot.commit),
        *(head, snapshot.files, others, state, before),
    )


def write_savepoint(folder: str, savepoint: Savepoint) -> None:
    """Keep it in the directory of its transaction. Raises OutputError."""
    path = os.path.join(folder, f"{savepoint.number:06d}{_SUFFIX}")
    try:
        write_atomic(path, json.dumps(savepoint._asdict()).encode())
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from None


def read_savepoints(folder: str) -> list[Savepoint]:
    """Those in the directory of a transaction, the first one first. Unreadable ones are left out."""
    found = []
    try:
        names = os.listdir(folder)
    except OSError:
        names = []
    for name in names:
        if not name.endswith(_SUFFIX):
            continue
        try:
            with open(os.path.join(folder, name), "rb") as file:
                found.append(Savepoint(**json.loads(file.read(_MAX_BYTES))))
        except (OSError, ValueError, TypeError, RecursionError):
            continue
    return sorted(found, key=lambda one: one.number)


def find_savepoint(savepoints: list[Savepoint], name: str | int) -> Savepoint:
    """The one with that number, else the last one of that name. Raises InputError."""
    for one in savepoints:
        if str(name) == str(one.number):
            return one
    for one in reversed(savepoints):
        if name == one.name:
            return one
    raise InputError(f"no savepoint {name!r}", "`agentrec tx status` lists them")
