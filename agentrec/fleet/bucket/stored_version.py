"""One state of a recording in a remote: a JSON object that names the files it consists of.

It is written after all of them, so what a killed upload leaves is not part of any version. What is read may
have been written by anybody: every value is checked.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from agentrec.errors import FormatError
from agentrec.fleet.bucket.object_names import VersionName, identity_of, is_data_name
from agentrec.json_values import amount, count, table, tables, text, words
from agentrec.times import format_rfc3339

if TYPE_CHECKING:
    from agentrec.json_values import JsonObject

FORMAT = "agentrec.fleet/v1"
MAX_VERSION_BYTES = 8 << 20
PART_BYTES = 8 << 20
_MAX_PARTS = 100_000
_MAX_CHAINS = 1000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_STORE = re.compile(r"[A-Za-z0-9_-]{1,200}")


class FilePart(NamedTuple):
    """One object: its name in the recording's folder, its size in bytes, and its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file: the SHA-256 of all of it, and its parts in order."""

    sha256: str
    size: int
    parts: tuple[FilePart, ...]

    def as_data(self) -> JsonObject:
        parts = [part._asdict() for part in self.parts]
        return {"sha256": self.sha256, "size": self.size, "parts": parts}


@dataclass(frozen=True, slots=True)
class StoredSnapshots:
    """Snapshots of a recording in one store: a git pack, and the head of each chain that is in it.

    ``workspace`` is the directory that they are of.
    """

    store: str
    workspace: str
    heads: dict[str, str]
    pack: StoredFile

    def as_data(self) -> JsonObject:
        return {
            "store": self.store,
            "workspace": self.workspace,
            "heads": self.heads,
            "pack": self.pack.as_data(),
        }


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A kept transcript: the ``recording`` that needs it, its ``path`` on the machine of the agent."""

    store: str
    recording: str
    path: str
    file: StoredFile

    def as_data(self) -> JsonObject:
        return {
            "store": self.store,
            "recording": self.recording,
            "path": self.path,
            "file": self.file.as_data(),
        }


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version. ``about`` is what a list shows: title, command, cwd, duration, state, producer.

    ``index`` is the object with its rows of the index, or empty.
    """

    name: VersionName
    recording: StoredFile
    snapshots: tuple[StoredSnapshots, ...] = ()
    conversations: tuple[StoredConversation, ...] = ()
    about: JsonObject = field(default_factory=dict)
    index: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        files = [self.recording, *(one.pack for one in self.snapshots)]
        return sum(file.size for file in [*files, *(one.file for one in self.conversations)])

    def to_json(self) -> bytes:
        """The same version has the same bytes, whoever writes it."""
        data: JsonObject = {
            "format": FORMAT,
            "id": self.name.id,
            "created": format_rfc3339(self.name.created),
            "events": self.name.events,
            **self.about,
            "recording": self.recording.as_data(),
            "snapshots": [one.as_data() for one in self.snapshots],
            "conversations": [one.as_data() for one in self.conversations],
            "index": self.index,
        }
        try:
            return json.dumps(data, indent=1, ensure_ascii=False).encode() + b"\n"
        except UnicodeEncodeError:  # lone surrogates, as in file names that are not UTF-8
            return json.dumps(data, indent=1).encode() + b"\n"


def parse_version_json(raw: bytes, name: VersionName) -> StoredVersion:
    """The version called ``name``. Raises FormatError."""
    try:
        data = table(json.loads(raw))
    except (ValueError, RecursionError):
        raise FormatError(f"{name.key} is not JSON") from None
    if data.get("format") != FORMAT:
        raise FormatError(f"{name.key} has an unknown format", "a newer agentrec may read it")
    if data.get("id") != name.id:
        raise FormatError(f"{name.key} is of another recording")
    recording = _file(data.get("recording"), name)
    snapshots = tuple(_snapshots(one, name) for one in tables(data.get("snapshots"))[:_MAX_CHAINS])
    heads = {one.store: one.heads for one in snapshots}
    if identity_of(recording.sha256, heads) != name.identity:
        raise FormatError(f"{name.key} is not the version that its name says")
    return StoredVersion(
        name,
        recording,
        snapshots,
        tuple(_conversation(one, name) for one in tables(data.get("conversations"))[:_MAX_CHAINS]),
        _about(data),
        text(data.get("index")),
    )


def _about(data: JsonObject) -> JsonObject:
    duration = amount(data.get("duration"))  # of an encrypted one it does not show
    return {
        "title": text(data.get("title")),
        "command": words(data.get("command")),
        "cwd": text(data.get("cwd")),
        "duration": None if duration is None else max(0, duration),
        "state": text(data.get("state")),
        "masked": data.get("masked") is True,
        "producer": text(data.get("producer")),
    }


def _file(value: object, name: VersionName) -> StoredFile:
    data = table(value)
    parts = tuple(
        FilePart(text(one.get("name")), count(one.get("size")), text(one.get("sha256")))
        for one in tables(data.get("parts"))
    )
    file = StoredFile(text(data.get("sha256")), count(data.get("size")), parts)
    is_valid = (
        _SHA256.fullmatch(file.sha256)
        and 0 < len(parts) <= _MAX_PARTS
        and sum(part.size for part in parts) == file.size
        and all(
            is_data_name(part.name) and part.name.startswith(part.sha256 + ".") for part in parts
        )
        and all(0 <= part.size <= PART_BYTES and part.sha256 for part in parts)
    )
    if not is_valid:
        raise FormatError(f"{name.key} names an invalid file")
    return file


def _snapshots(data: JsonObject, name: VersionName) -> StoredSnapshots:
    heads = {chain: text(head) for chain, head in table(data.get("heads")).items()}
    store = text(data.get("store"))
    if not _STORE.fullmatch(store) or not all(map(_COMMIT.fullmatch, heads.values())):
        raise FormatError(f"{name.key} names invalid snapshots")
    return StoredSnapshots(store, text(data.get("workspace")), heads, _file(data.get("pack"), name))


def _conversation(data: JsonObject, name: VersionName) -> StoredConversation:
    store, of, path = (text(data.get(key)) for key in ("store", "recording", "path"))
    if not _STORE.fullmatch(store) or not of or not path or "\0" in path:
        raise FormatError(f"{name.key} names an invalid conversation")
    return StoredConversation(store, of, path, _file(data.get("file"), name))
