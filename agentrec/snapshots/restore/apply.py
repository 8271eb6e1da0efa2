"""Making a directory what a snapshot says, touching only what differs."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.diff.compare import DELETED, Change
from agentrec.snapshots.model import SnapshotError
from agentrec.snapshots.restore.confined_writer import ConfinedWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agentrec.snapshots.gitstore.objects import ObjectReader


class Steps(NamedTuple):
    """What has to be done: changes from what is there to what shall be.

    Of a change ``new`` is what shall be; in ``folders`` ``what`` decides, and ``modes`` has their modes.
    """

    files: list[Change]
    folders: list[Change]
    modes: dict[str, int]

    @property
    def touched(self) -> list[str]:
        return [change.path for change in (*self.files, *self.folders)]


def apply(root: str, steps: Steps, objects: ObjectReader) -> list[tuple[str, str]]:
    """Do it; returns the paths that could not be done, and why. Raises SnapshotError for the root.

    Files that are in the way go first, then directories, then what is new comes, from the outside in.
    """
    troubles: list[tuple[str, str]] = []
    try:
        hand = ConfinedWriter(root)
    except OSError as error:
        raise SnapshotError(f"cannot work in {root}: {error.strerror}") from None
    with hand:
        gone = [change for change in steps.files if change.new is None]
        _each(gone, lambda change: hand.remove(change.path), troubles)
        old = [change for change in reversed(steps.folders) if change.what == DELETED]
        _each(old, lambda change: hand.remove_folder(change.path), troubles)
        new = [change for change in steps.folders if change.what != DELETED]
        _each(new, lambda c: hand.make_folder(c.path, steps.modes[c.path]), troubles)
        written = (change for change in steps.files if change.new is not None)
        _each(written, lambda change: _write(hand, change, objects), troubles)
    return troubles


def _write(hand: ConfinedWriter, change: Change, objects: ObjectReader) -> None:
    assert change.new is not None
    hand.write(change.path, change.new, objects.read(change.new.sha, "blob"))


def _each(
    changes: Iterable[Change], act: Callable[[Change], None], troubles: list[tuple[str, str]]
) -> None:
    for change in changes:
        try:
            act(change)
        except OSError as error:
            if error.errno == errno.ENOTEMPTY:
                continue  # a directory that holds what snapshots leave alone
            troubles.append((change.path, error.strerror or str(error)))
        except SnapshotError as error:
            troubles.append((change.path, str(error)))
