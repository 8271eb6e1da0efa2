"""Writes recordings of stored sessions into the library, each again only when its file has changed."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec import __version__
from agentrec.agents import program_of
from agentrec.config import data_home, make_folders
from agentrec.errors import AgentrecError
from agentrec.imports.added_by_user import added_by_user
from agentrec.imports.session_events import SessionEvents
from agentrec.json_values import table
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import save_records
from agentrec.recording_registry import IMPORTED, RECORDINGS
from agentrec.redact import mask_text
from agentrec.text import shorten
from agentrec.times import format_rfc3339_exact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.imports.stored_sessions import StoredSession
    from agentrec.json_values import JsonObject

TITLE_CHARS = 120
_ID_CHARS = 100
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
# Sessions with fewer events hold no conversation: an agent that was started and closed.
_MIN_EVENTS = 3

NEW, UPDATED, UNCHANGED, EMPTY = "new", "updated", "unchanged", "empty"


class ImportedSession(NamedTuple):
    """What became of a session: NEW, UPDATED, UNCHANGED or EMPTY, and where its recording is."""

    state: str
    path: str


def import_session(session: StoredSession, env: Mapping[str, str]) -> ImportedSession:
    """Make or renew the recording of ``session``. Raises OSError, AgentrecError."""
    path = path_of(session, env)
    before = _source_of(path)
    source = _as_source(session)
    if before == source:
        return ImportedSession(UNCHANGED, path)
    reader = SessionEvents(session)
    records = list(reader.records())
    if len(records) < _MIN_EVENTS:
        return ImportedSession(EMPTY, path)
    if before:
        records += added_by_user(path, records)
    make_folders(os.path.dirname(path))
    header = _header(session, reader, source)
    save_records(path, header, enumerate(records), overwrite=True, quality=9)
    # The session's own time, so that the import does not count as a new recording.
    os.utime(path, ns=(session.modified, session.modified))
    return ImportedSession(UPDATED if before else NEW, path)


def path_of(session: StoredSession, env: Mapping[str, str]) -> str:
    """Where the recording of a session is, or will be."""
    name = f"{_safe_id(session)}.ahr"
    return os.path.join(data_home(env), RECORDINGS, IMPORTED, session.agent, name)


def _safe_id(session: StoredSession) -> str:
    """The session's id; one with other characters, or a long one, with a digest, so that it stays its own."""
    safe = _UNSAFE.sub("-", session.id)[:_ID_CHARS]
    if safe == session.id:
        return safe
    digest = hashlib.sha256(session.id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{safe}-{digest[:12]}"


def _header(session: StoredSession, reader: SessionEvents, source: JsonObject) -> JsonObject:
    header: JsonObject = {
        "id": f"{IMPORTED}-{session.agent}-{_safe_id(session)}",
        "title": shorten(mask_text(reader.prompt), TITLE_CHARS),
        "command": [program_of(session.agent)],
        "cwd": reader.cwd,
        "producer": f"agentrec {__version__}",
        "headless": True,
        "imported": source,
    }
    if created := format_rfc3339_exact(reader.began or session.modified):
        header["created"] = created
    return header


def _as_source(session: StoredSession) -> JsonObject:
    return {
        "format": session.agent,
        "path": session.path,
        "size": session.size,
        "modified": session.modified,
    }


def _source_of(path: str) -> JsonObject:
    """Which state of which file a recording was made from; empty if there is none."""
    try:
        with Recording.open(path) as recording:
            return table(recording.header.get("imported"))
    except AgentrecError:
        return {}
