"""What restores did to a workspace, one small file each, written before anything is changed."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.atomic import write_atomic
from agentrec.snapshots.model import SnapshotError

if TYPE_CHECKING:
    from agentrec.snapshots.model import Snapshot

BEGUN, DONE, UNDONE = "begun", "done", "undone"


class UndoRecord(NamedTuple):
    """A restore of the commit ``target``; ``safety`` is the commit with the files before it.

    ``paths`` are those it changes; ``undoes`` is the number of the record that it undoes, or 0.
    ``created`` is in ns since the epoch. ``name`` says which snapshot the target is.
    """

    number: int
    state: str
    created: int
    target: str
    name: str
    safety: str
    paths: list[str]
    undoes: int


class UndoLog:
    """The restores of the store in ``folder``. Only under its lock."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, "journal")

    def records(self) -> list[UndoRecord]:
        """All of them, the first one first. Unreadable ones are left out."""
        records = []
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            names = []
        for name in names:
            try:
                with open(os.path.join(self._folder, name), "rb") as file:
                    records.append(UndoRecord(**json.loads(file.read())))
            except (OSError, ValueError, TypeError, RecursionError):
                continue
        return sorted(records)

    def last(self) -> UndoRecord | None:
        """The restore that `undo` would undo."""
        records = [r for r in self.records() if r.state != UNDONE and not r.undoes]
        return records[-1] if records else None

    def begin(
        self, target: Snapshot, safety: Snapshot, paths: list[str], undoes: int
    ) -> UndoRecord:
        """Note that a restore begins. Raises SnapshotError: then nothing may be changed."""
        number = max((record.number for record in self.records()), default=0) + 1
        name = f"{target.id} of {target.recording}"
        now = time.time_ns()
        record = UndoRecord(number, BEGUN, now, target.commit, name, safety.commit, paths, undoes)
        self.write(record)
        return record

    def write(self, record: UndoRecord, state: str = "") -> None:
        """Write a record, with a new state if one is given. Raises SnapshotError."""
        record = record._replace(state=state or record.state)
        path = os.path.join(self._folder, f"{record.number:06d}.json")
        try:
            write_atomic(path, json.dumps(record._asdict()).encode())
        except OSError as error:
            raise SnapshotError(f"cannot write {path}: {error.strerror}") from None
