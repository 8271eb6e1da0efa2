"""What the objects of a remote are called.

Layout::

    recordings/ID/20260131T142233Z-0000000412-IDENTITY.json   a version, see ``stored_version``
    recordings/ID/20260131T142233Z-0000000412-IDENTITY-of-SOURCE.json          a masked copy
    recordings/ID/20260131T142233Z-0000000412-IDENTITY-sealed-of-SOURCE.json   an encrypted copy
    recordings/ID/SHA256.ahr                                  a file that a version names, of one part
    recordings/ID/SHA256.ahr.part                             one part of a larger file

The name of a version says when the recording began, how many events it has, and what it consists of: a list
of names is enough to sort recordings and to know which version is the newest. Versions are written last.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import InputError
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = "recordings"
IDENTITY_CHARS = 32
RECORDING, PACK, CONVERSATION = ".ahr", ".pack", ".akc"
PART = ".part"
SEALED, SEALED_MASKED = "sealed", "sealed-masked"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+=-]{0,199}")
_VERSION = re.compile(
    rf"{ROOT}/([^/]+)/(\d{{8}}T\d{{6}}Z)-(\d{{10}})-([0-9a-f]{{{IDENTITY_CHARS}}})"
    r"(?:(?:-(sealed|sealed-masked))?-of-([0-9a-f]{32}))?\.json"
)
_DATA = re.compile(r"[0-9a-f]{64}\.(?:ahr|pack|akc)(?:\.part)?")


class VersionName(NamedTuple):
    """The name of a version. ``created`` is in ns of Unix time, in whole seconds.

    ``source`` says what this is a copy of that was made on the way, else it is empty: of a masked copy, the
    beginning of the recording's SHA-256. ``seal`` is SEALED or SEALED_MASKED of a copy that was encrypted.
    """

    id: str
    created: int
    events: int
    identity: str
    source: str = ""
    seal: str = ""

    @property
    def is_masked(self) -> bool:
        return bool(self.source) and self.seal != SEALED

    @property
    def key(self) -> str:
        began = datetime.fromtimestamp(self.created // NS_PER_SECOND, UTC)
        seal = f"-{self.seal}" if self.seal else ""
        of = f"{seal}-of-{self.source}" if self.source else ""
        name = f"{began:%Y%m%dT%H%M%SZ}-{self.events:010d}-{self.identity}{of}.json"
        return f"{folder(self.id)}/{name}"


def folder(recording: str) -> str:
    """Where everything of a recording is. Raises InputError for an id that cannot be part of a name."""
    if not _ID.fullmatch(recording):
        what = f"its id {recording[:80]!r} cannot be the name of an object" if recording else ""
        raise InputError(what or "it has no id")
    return f"{ROOT}/{recording}"


def parse_version(key: str) -> VersionName | None:
    """The version that an object is; None for any other object."""
    match = _VERSION.fullmatch(key)
    if not match or not _ID.fullmatch(match[1]):
        return None
    try:
        began = datetime.strptime(match[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    created = int(began.timestamp()) * NS_PER_SECOND
    more = (match[6] or "", match[5] or "")
    name = VersionName(match[1], created, int(match[3]), match[4], *more)
    return name if name.key == key else None  # it is read by that name


def is_data_name(name: str) -> bool:
    """Whether a version may name this object of its folder."""
    return bool(_DATA.fullmatch(name))


def identity_of(sha256: str, heads: Mapping[str, Mapping[str, str]]) -> str:
    """What a version consists of, as a short hash: the recording, the heads of its snapshots by store."""
    body = json.dumps([sha256, {store: dict(heads[store]) for store in heads}], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()[:IDENTITY_CHARS]
