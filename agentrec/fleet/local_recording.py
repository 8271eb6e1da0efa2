"""A recording on this machine, as it is pushed: its file, what a list shows of it, and what belongs to it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError, ExitCode
from agentrec.fleet.attachments import LocalSnapshots, is_reserved, local_snapshots
from agentrec.fleet.bucket.file_parts import measure
from agentrec.fleet.bucket.object_names import RECORDING, VersionName, folder, identity_of
from agentrec.json_values import text, words
from agentrec.library.created import created_at
from agentrec.library.filters import ENCRYPTED
from agentrec.recording import packing_queue
from agentrec.recording.info import recording_state
from agentrec.recording.reader import Recording
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.fleet.bucket.stored_version import StoredFile
    from agentrec.json_values import JsonObject

SOURCE_CHARS = 32


class LiveError(AgentrecError):
    """A recording that is still being made."""

    code = ExitCode.NO


@dataclass(frozen=True, slots=True)
class LocalRecording:
    """The open recording at ``path``: ``file`` are the bytes of ``fd`` that are pushed, whatever is written
    behind them.

    ``missing`` is the number of stores with snapshots of it that are not on this machine.
    """

    name: VersionName
    path: str
    fd: int
    file: StoredFile
    about: JsonObject = field(repr=False)
    snapshots: list[LocalSnapshots]
    missing: int


@contextmanager
def local_recording(path: str, env: Mapping[str, str]) -> Iterator[LocalRecording]:
    """Open the recording at ``path``; an encrypted one stays so. Raises LiveError, InputError, FormatError,
    OSError.
    """
    with Recording.outside(path) as recording:
        if recording.live:
            raise LiveError("it is still being recorded")
        file = measure(recording.file.fileno(), recording.file_size, RECORDING)
        snapshots, missing = local_snapshots(recording, env)
        heads = {one.store.name: one.heads for one in snapshots}
        name = _name(recording, identity_of(file.sha256, heads))
        about = _about(recording, masked=False)
        fd = recording.file.fileno()
        yield LocalRecording(name, path, fd, file, about, snapshots, missing)


@contextmanager
def masked_recording(source: LocalRecording, path: str, spool: str) -> Iterator[LocalRecording]:
    """A copy of ``source``, which is at ``path``, without secrets; nothing that is not searched goes along.

    It is made in the folder ``spool``. Raises AgentrecError, OSError.
    """
    from agentrec.export.masked_copy import write_masked

    copy = os.path.join(spool, "masked")
    write_masked(path, copy)
    with Recording.open(copy) as recording:
        fd = recording.file.fileno()
        file = measure(fd, recording.file_size, RECORDING)
        name = _name(recording, identity_of(file.sha256, {}))
        name = name._replace(source=source_of(source))
        yield LocalRecording(name, copy, fd, file, _about(recording, masked=True), [], 0)


def source_of(recording: LocalRecording) -> str:
    """What a masked copy has in its name about the recording that it is of."""
    return recording.file.sha256[:SOURCE_CHARS]


def pack_first(path: str, env: Mapping[str, str]) -> None:
    """Make a recording that waits to be packed what it will be: its bytes would change soon otherwise."""
    real = os.path.realpath(path)
    if real not in packing_queue.waiting(env):
        return
    from agentrec.terminal.seek.packing import pack

    try:
        if pack(real):
            packing_queue.remove(real, env)
    except (AgentrecError, OSError):
        return  # it is pushed as it is


def _name(recording: Recording, identity: str) -> VersionName:
    """Raises InputError for an id that cannot be a name."""
    name = text(recording.header.get("id"))
    folder("" if is_reserved(name) else name)
    created = created_at(recording.header) or 0
    created -= created % NS_PER_SECOND
    # How many events an encrypted one has does not show; it only grows, too.
    events = recording.disk_size if recording.encrypted else sum(recording.index.counts.values())
    return VersionName(name, created, events, identity)


def _about(recording: Recording, *, masked: bool) -> JsonObject:
    header = recording.header
    return {
        "title": text(header.get("title")),
        "command": words(header.get("command")),
        "cwd": text(header.get("cwd")),
        "duration": None if recording.encrypted else recording.duration / NS_PER_SECOND,
        "state": ENCRYPTED if recording.encrypted else recording_state(recording),
        "masked": masked,
        "producer": text(header.get("producer")),
    }
