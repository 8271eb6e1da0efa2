"""Downloads recordings, and puts them where they are found: in the data directory, with their snapshots."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from agentrec.atomic import PART, publish
from agentrec.config import data_home, make_folders
from agentrec.errors import InputError, OutputError
from agentrec.fleet.attachments import (
    check_chains,
    has_attachments,
    new_conversations,
    put_conversation,
    put_snapshots,
)
from agentrec.fleet.bucket.file_parts import measure
from agentrec.fleet.bucket.object_names import folder
from agentrec.fleet.seen_ids import FOLDER
from agentrec.library.locations import recordings_folder
from agentrec.library.resolve import known_recordings
from agentrec.locks import try_lock
from agentrec.recording.reader import Recording
from agentrec.snapshots.model import SnapshotError
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.fleet.bucket.file_parts import Transfers
    from agentrec.fleet.bucket.stored_version import StoredFile, StoredVersion

PULLED, HERE = "pulled", "already here"
_MAX_PARTIAL_AGE_SECONDS = 7 * 86_400


class PullResult(NamedTuple):
    """What was done: PULLED or HERE, the recording's file, and the bytes of all files of the version."""

    state: str
    id: str
    path: str
    size: int
    snapshots: bool


class Puller:
    """Pulls recordings through ``transfers`` into the data directory that ``env`` names.

    With ``overwrite`` a recording that is here with other content is replaced. Raises NoHomeError.
    """

    def __init__(
        self, transfers: Transfers, env: Mapping[str, str], *, overwrite: bool = False
    ) -> None:
        self._transfers, self._remote = transfers, transfers.remote
        self._env, self._overwrite = env, overwrite
        self._partial = os.path.join(data_home(env), FOLDER)  # of downloads on their way
        self._here = {name: path for path, name in known_recordings(env).items()}

    def pull(self, version: StoredVersion) -> PullResult:
        """Pull a version of a recording. Raises AgentrecError, OSError."""
        path = self._here.get(version.name.id) or self._path(version)
        is_here = os.path.exists(path)
        if is_here and not self._is_same(path, version.recording):
            if not self._overwrite:
                raise OutputError(
                    f"{path} is here with other content", "use --overwrite to replace it"
                )
            is_here = False
        state = HERE if is_here and has_attachments(version, self._env) else PULLED
        if state == HERE:
            self._transfers.count(version.size)
        else:
            self._fetch(version, path, is_here=is_here)
        return PullResult(state, version.name.id, path, version.size, bool(version.snapshots))

    def _fetch(self, version: StoredVersion, path: str, *, is_here: bool) -> None:
        """The recording gets its name last, so that it never lacks what belongs to it."""
        make_folders(self._partial)
        with self._downloaded(version.recording, version, source=path if is_here else "") as file:
            check_chains(version, _header(file, version))
            for snapshots in version.snapshots:
                with self._downloaded(snapshots.pack, version) as pack:
                    put_snapshots(snapshots, pack, self._env)
            for conversation in new_conversations(version, self._env):
                with self._downloaded(conversation.file, version) as transcript:
                    put_conversation(conversation, transcript, self._env)
            if not is_here:
                self._publish(file, path)

    @contextmanager
    def _downloaded(
        self, file: StoredFile, version: StoredVersion, source: str = ""
    ) -> Iterator[str]:
        """A file of a version, downloaded, or ``source`` if it is here; what a kill left of it is used."""
        if source:
            self._transfers.count(file.size)
            yield source
            return
        # Recordings share transcripts: each has its own copy on the way.
        name = hashlib.sha256(f"{version.name.id}/{file.sha256}".encode()).hexdigest()
        path = os.path.join(self._partial, name + PART)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            if not try_lock(fd):
                raise OutputError("another process is pulling it")
            self._transfers.download(file, fd, folder(version.name.id))
            try:
                yield path
            except (InputError, SnapshotError):
                _remove(path)  # it would be refused again
                raise
        finally:
            os.close(fd)
        _remove(path)

    def _publish(self, part: str, path: str) -> None:
        make_folders(os.path.dirname(path))
        try:
            publish(part, path, overwrite=self._overwrite)
        except FileExistsError:
            raise OutputError(f"{path} already exists") from None
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}") from None

    def _path(self, version: StoredVersion) -> str:
        """Where a recording goes: by the month in which it began."""
        began = time.localtime(version.name.created // NS_PER_SECOND)
        month = time.strftime("%Y/%m", began)
        return os.path.join(recordings_folder(self._env), month, f"{version.name.id}.ahr")

    def _is_same(self, path: str, file: StoredFile) -> bool:
        with open(path, "rb") as here:
            size = os.fstat(here.fileno()).st_size
            return size == file.size and measure(here.fileno(), size, "").sha256 == file.sha256

    def sweep(self) -> None:
        """Remove what pulls left that were killed long ago, and never went on."""
        try:
            names = [name for name in os.listdir(self._partial) if PART in name]
        except OSError:
            return
        for name in names:
            path = os.path.join(self._partial, name)
            try:
                if time.time() - os.stat(path).st_mtime > _MAX_PARTIAL_AGE_SECONDS:
                    os.unlink(path)
            except OSError:
                continue


def _header(path: str, version: StoredVersion) -> Mapping[str, object]:
    """The header of what was downloaded. Raises InputError if it is another recording, FormatError."""
    with Recording.outside(path) as recording:
        header = recording.header
    if header.get("id") != version.name.id:
        raise InputError(f"{version.name.key} names a recording with another id")
    return header


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # it has its name now
