"""Snapshots of files."""

from __future__ import annotations

from typing import Any

from agentrec.recording.events.fields import (
    COUNT,
    FLAG,
    NUMBER,
    TABLE,
    TEXT,
    TEXTS,
    TIME_NS,
    Field,
)
from agentrec.recording.events.record import EventRecord
from agentrec.text import plural

_MAX_NAMED = 5  # paths


class FsSnapshot(EventRecord, kind="fs/snapshot", source="[snapshots.md](snapshots.md)"):
    """A snapshot of the workspace's files."""

    id = Field(TEXT, "its name in this recording: `s1`, `s2` ...")
    label = Field(TEXT, "shown in lists")
    reason = Field(
        TEXT, "why: `start`, `turn`, `tool`, `command`, `files`, `moment`, `manual`, `end`"
    )
    commit = Field(TEXT, "the commit that holds the files")
    tree = Field(TEXT, "its tree")
    store = Field(TEXT, "the store that the commit is in")
    workspace = Field(TEXT, "the directory it is of")
    cwd = Field(TEXT, "where the command ran")
    files = Field(COUNT, "files")
    bytes = Field(COUNT, "bytes of these files")
    changed = Field(COUNT, "files that differ from the snapshot before")
    left = Field(COUNT, "files that were left out")
    parent = Field(TEXT, "id of the snapshot before")
    at_seq = Field(COUNT, "seq of the event that triggered it")
    conversation = Field(COUNT, "seq of the last agent/conversation before it")
    took_ms = Field(NUMBER, "milliseconds it took")
    at_ns = Field(
        TIME_NS, "the time of the files, if the snapshot was taken later: 0 for the start"
    )
    missed = Field(
        COUNT, "files that changed before they were read: their content at `at_ns` is not known"
    )
    missed_paths = Field(TEXTS, "the first of them")
    late = Field(FLAG, "not every file was seen before the command started")
    scanned = Field(
        TEXT, "why every file was looked at in a large directory that is usually watched"
    )
    head = Field(TEXT, "the commit of the user's own repository")
    origin = Field(TABLE, "imported: what the other format had")

    @property
    def missed_text(self) -> str:
        """How its files may differ from those at its time, in words; empty if they do not."""
        return missed_text(self.data)

    def known_data(self) -> dict[str, Any]:
        """Its data without fields of another type."""
        fields = self.fields()
        return {
            name: value
            for name, value in self.data.items()
            if name not in fields
            or fields[name].type.read(value) is not None
            or (name == "parent" and value is None)  # the first one
        }


def scanned_text(data: dict[str, Any]) -> str:
    """Why it took longer than snapshots of a large directory usually take, in words, or empty."""
    why = FsSnapshot(data).scanned
    return f"every file was looked at: {why}" if why else ""


def missed_text(data: dict[str, Any]) -> str:
    """The same from the data of a snapshot's event, or what the store has of it."""
    snapshot = FsSnapshot(data)
    count = snapshot.missed or 0
    named = ", ".join(snapshot.missed_paths[:_MAX_NAMED])
    more = f" and {count - _MAX_NAMED:,} more" if count > _MAX_NAMED else ""
    names = f": {named}{more}" if named else ""
    if snapshot.late:
        changed = f"{plural(count, 'file')} changed after the start{names}" if count else ""
        return f"late{', ' + changed if changed else ': the command had already started'}"
    they = "it was" if count == 1 else "they were"
    return f"{plural(count, 'file')} changed before {they} read{names}" if count else ""
