"""Makes a directory what a snapshot says, changing only what differs."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NamedTuple

from agentrec.snapshots.diff.compare import DELETED, Change
from agentrec.snapshots.model import SnapshotError
from agentrec.snapshots.restore.confined_writer import ConfinedWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agentrec.snapshots.gitstore.objects import ObjectReader

_MAX_LINK_BYTES = 1 << 16


class Steps(NamedTuple):
    """What has to be done, as changes from what is there (``old``) to what is wanted (``new``).

    In ``folders`` only ``what`` counts; ``modes`` has their permissions.
    """

    files: list[Change]
    folders: list[Change]
    modes: dict[str, int]

    @property
    def touched(self) -> list[str]:
        return [change.path for change in (*self.files, *self.folders)]


def apply(root: str, steps: Steps, objects: ObjectReader) -> list[tuple[str, str]]:
    """Do it; returns the paths that failed, and why. Raises SnapshotError if ``root`` cannot be opened.

    Files are removed first, then directories; then what is new is made, from the outside in.
    """
    troubles: list[tuple[str, str]] = []
    try:
        writer = ConfinedWriter(root)
    except OSError as error:
        raise SnapshotError(f"cannot open {root}: {error.strerror}") from None
    with writer:
        gone = [change for change in steps.files if change.new is None]
        _each(gone, lambda change: writer.remove(change.path), troubles)
        old = [change for change in reversed(steps.folders) if change.what == DELETED]
        _each(old, lambda change: writer.remove_folder(change.path), troubles)
        new = [change for change in steps.folders if change.what != DELETED]
        _each(new, lambda c: writer.make_folder(c.path, steps.modes[c.path]), troubles)
        written = (change for change in steps.files if change.new is not None)
        _each(written, lambda change: _write(writer, change, objects), troubles)
    return troubles


def _write(writer: ConfinedWriter, change: Change, objects: ObjectReader) -> None:
    assert change.new is not None
    if change.new.is_link:
        writer.link(change.path, objects.read(change.new.sha, "blob", _MAX_LINK_BYTES))
    else:
        writer.write(change.path, change.new.mode, objects.pieces(change.new.sha))


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
