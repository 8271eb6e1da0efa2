"""The types that the modules of this package share: files, snapshots, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import AgentrecError, ExitCode

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

# As in ``st_mode``.
FILE = 0o100000
LINK = 0o120000
FOLDER = 0o040000
KIND = 0o170000
PERMISSIONS = 0o7777
# Of folders in folders: what is deeper is not in a snapshot.
MAX_DEPTH = 200


class SnapshotError(AgentrecError):
    """Files could not be saved, read or restored."""

    code = ExitCode.OUTPUT


class SnapshotReadError(SnapshotError):
    """A snapshot, or the store that it is in, is not here or cannot be read."""

    code = ExitCode.INPUT


class RefusedDirectoryError(SnapshotError):
    """A directory that no snapshots are taken of, on purpose."""

    code = ExitCode.USAGE


class FileEntry(NamedTuple):
    """A file or symlink: ``mode`` as in ``st_mode``, ``sha`` (hex) of the blob that holds it.

    The blob of a symlink is its target.
    """

    mode: int
    sha: str

    @property
    def is_link(self) -> bool:
        return self.mode & KIND == LINK


class Snapshot(NamedTuple):
    """One snapshot, as its commit in the store describes it.

    ``id`` is unique within its ``recording`` (``s1``, ``s2`` ...), ``commit`` in the store. ``tree``
    is the git tree of the files, ``parent`` the commit of the snapshot before in the same recording.
    ``created`` is in ns since the epoch; ``files`` and ``bytes`` count what is in it, ``changed`` what
    differs from the parent, ``left`` what was seen but is not in it. ``more`` has any other fields.
    """

    id: str
    commit: str
    tree: str
    manifest: str
    parent: str
    label: str
    reason: str
    recording: str
    created: int
    workspace: str
    cwd: str
    files: int
    bytes: int
    changed: int
    left: int
    more: JsonObject
