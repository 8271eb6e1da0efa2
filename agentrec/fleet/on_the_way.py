"""What is done with recordings on their way to a remote: masked, encrypted, both, or nothing."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from agentrec.fleet.bucket.object_names import SEALED, SEALED_MASKED, identity_of
from agentrec.fleet.local_recording import copied, source_of
from agentrec.recording.reader import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.fleet.bucket.object_names import VersionName
    from agentrec.fleet.local_recording import LocalRecording

_SOURCE_CHARS = 32


class OnTheWay(NamedTuple):
    """``redact``: masked copies are pushed; ``recipients``: copies that only they can read.

    Neither copy has snapshots and conversations. What is encrypted here stays as it is.
    """

    redact: bool = False
    recipients: tuple[str, ...] = ()

    def seal(self, *, encrypted: bool) -> str:
        """What the name of a version says of how it was encrypted on the way."""
        if encrypted or not self.recipients:
            return ""
        return SEALED_MASKED if self.redact else SEALED

    def source(self, sha256: str, *, encrypted: bool) -> str:
        """What the name of a copy says about the recording with this hash; empty if it is pushed as it is."""
        if self.seal(encrypted=encrypted):
            body = json.dumps([sha256, sorted(self.recipients)])
            return hashlib.sha256(body.encode()).hexdigest()[:_SOURCE_CHARS]
        return source_of(sha256) if self.redact else ""

    def is_copy(self, version: VersionName, state: CopyState) -> bool:
        """Whether a version is what a push of a recording would make, or this recording is such a copy."""
        if not state.source:
            return version.identity == state.identity
        if not version.source:
            return False
        same = (version.seal, version.source) == (state.seal, state.source)
        is_it = version.identity == state.plain_identity
        return same or (is_it and version.is_masked >= self.redact)

    def state(self, local: LocalRecording) -> CopyState:
        encrypted = local.encrypted
        return CopyState(
            local.name.identity,
            identity_of(local.file.sha256, {}),
            self.source(local.file.sha256, encrypted=encrypted),
            self.seal(encrypted=encrypted),
        )

    @contextmanager
    def prepared(self, local: LocalRecording, path: str, spool: str) -> Iterator[LocalRecording]:
        """What is pushed of the recording at ``path``; copies are made in the folder ``spool``.

        Raises AgentrecError, OSError.
        """
        state = self.state(local)
        if self.redact:
            path = _masked(path, spool)
        if state.seal:
            path = _sealed(path, spool, list(self.recipients))
        if not state.source:
            yield local
            return
        with copied(path, masked=self.redact) as copy:
            name = copy.name._replace(source=state.source, seal=state.seal)
            yield replace(copy, name=name)


class CopyState(NamedTuple):
    """What says which versions are of a recording: its identity, that without snapshots, and what the name of
    its copy has; the last two are empty if it is pushed as it is."""

    identity: str
    plain_identity: str
    source: str = ""
    seal: str = ""


def _masked(path: str, spool: str) -> str:
    from agentrec.export.masked_copy import write_masked

    copy = os.path.join(spool, "masked")
    write_masked(path, copy)
    return copy


def _sealed(path: str, spool: str, recipients: list[str]) -> str:
    from agentrec.recording.encryption.sealed_copy import write_sealed

    copy = os.path.join(spool, "sealed")
    with Recording.outside(path) as recording:
        write_sealed(recording.file, recording.file_size, recording.first_header, recipients, copy)
    return copy
