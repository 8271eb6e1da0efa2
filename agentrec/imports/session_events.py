"""A stored session as events, read by the same parsers that follow an agent while it runs."""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING

from agentrec.agents.follow.event_builder import EventBuilder
from agentrec.agents.follow.owners import Owners
from agentrec.agents.follow.tail import Tail
from agentrec.agents.gemini.companion import project_of_chat
from agentrec.agents.resume import zstd
from agentrec.config import read_plain
from agentrec.errors import FormatError
from agentrec.imports.aider_sessions import section_events
from agentrec.imports.stored_sessions import DATABASES
from agentrec.json_values import table, tables, text
from agentrec.recording.events import Event
from agentrec.recording.format.codec import to_record
from agentrec.redact.json_redaction import redact_event
from agentrec.times import parse_rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.follow.event_builder import AgentEvent
    from agentrec.agents.follow.folder import RecordParser
    from agentrec.imports.stored_sessions import StoredSession
    from agentrec.recording.format.batch import Record

_MAX_UNPACKED_BYTES = 4 << 30
_MAX_DOCUMENT_BYTES = 64 << 20
_LATEST_NS = 1 << 62  # in the year 2116


class SessionEvents:
    """The events of a session; ``began`` (ns since 1970) and ``cwd`` are known after the first one."""

    def __init__(self, session: StoredSession) -> None:
        self._session = session
        self.began = 0
        self.cwd = self.prompt = ""
        self._now = 0

    def records(self) -> Iterator[Record]:
        """All of them, secrets masked, at the times that the agent wrote. Raises OSError, AgentrecError."""
        return (record for _, record in self._readable())

    def events(self) -> Iterator[Event]:
        """The same as events."""
        return (event for event, _ in self._readable())

    def _readable(self) -> Iterator[tuple[Event, Record]]:
        builder = EventBuilder(self._session.agent)
        for found in self._all(builder):
            event = self._event(found)
            try:
                yield event, to_record(event)
            except FormatError:  # far too long, or with a number that JSON does not know
                builder.misreads.unreadable()

    def _all(self, builder: EventBuilder) -> Iterator[AgentEvent]:
        yield from self._read(builder)
        builder.finished()
        yield from builder.drain()
        builder.troubles()
        yield from builder.drain()

    def _read(self, builder: EventBuilder) -> Iterator[AgentEvent]:
        if self._session.agent == "claude-code":
            yield from _claude_events(builder, self._session.path)
        elif self._session.agent == "cline":
            yield from _cline_events(builder, self._session)
        elif self._session.agent == "aider":
            one = self._session
            yield from section_events(builder, one.path, one.offset, one.size)
        elif self._session.agent in DATABASES:
            yield from _opencode_events(builder, self._session)
        else:
            with tempfile.TemporaryDirectory(prefix="agentrec-") as folder:
                parser = _parser(builder, self._session)
                path = _unpacked(self._session.path, folder)
                path = _as_lines(path, folder) if self._session.agent == "gemini-cli" else path
                yield from _line_events(builder, path, parser)

    def _event(self, found: AgentEvent) -> Event:
        at = parse_rfc3339(text(found.data.get("at")))
        if at is not None and not 0 <= at < _LATEST_NS:
            at = None  # no agent ran then
        if at is not None:
            self.began = self.began or at
            self._now = max(self._now, at - self.began)
        data = {**found.data, "at_ns": self._now} if at is not None else found.data
        self.cwd = self.cwd or text(data.get("cwd"))
        if not self.prompt and data.get("role") == "user":
            self.prompt = text(data.get("text"))
        links = {"span": found.span, "parent": found.parent, "actor": found.actor}
        named = {name: link for name, link in links.items() if link is not None}
        data, named, _ = redact_event(data, named)
        return Event(0, self._now, found.track, found.kind, data, **named)


def _claude_events(builder: EventBuilder, path: str) -> Iterator[AgentEvent]:
    from agentrec.agents.claude.session_files import SessionFiles

    files = SessionFiles(builder, path, Owners(), since=0.0, size_before=0, stored=True)
    while files.read():
        yield from builder.drain()
    files.transcript.finish()
    yield from builder.drain()


def _cline_events(builder: EventBuilder, session: StoredSession) -> Iterator[AgentEvent]:
    from agentrec.agents.cline.session import Session

    folder = os.path.dirname(os.path.dirname(session.path))
    Session(builder, folder, session.id, since=0.0).read()
    yield from builder.drain()


def _opencode_events(builder: EventBuilder, session: StoredSession) -> Iterator[AgentEvent]:
    from agentrec.agents.opencode.database import Database
    from agentrec.agents.opencode.stored_files import FileReader, is_session_file

    path, program = session.path, session.agent
    if is_session_file(path):
        yield from FileReader(builder, path, program=program).read_stored()
        return
    yield from Database(
        builder, path, "", since=0.0, program=program, only=session.id
    ).read_stored()


def _parser(builder: EventBuilder, session: StoredSession) -> RecordParser:
    """What reads the lines of an agent's file."""
    path = session.path
    if session.agent == "codex":
        from agentrec.agents.codex.rollout import Rollout

        return Rollout(builder, path)
    if session.agent == "copilot":
        from agentrec.agents.copilot.session_events import SessionEvents as CopilotEvents

        return CopilotEvents(builder, path)
    if session.agent == "gemini-cli":
        from agentrec.agents.gemini.chat import Chat as GeminiChat

        return GeminiChat(builder, path, cwd=project_of_chat(path))
    if session.agent == "pi":
        from agentrec.agents.pi.session import SessionFile

        return SessionFile(builder, path)
    from agentrec.agents.qwen.chat import Chat as QwenChat

    return QwenChat(builder, path)


def _line_events(builder: EventBuilder, path: str, parser: RecordParser) -> Iterator[AgentEvent]:
    tail = Tail(path, 0)
    while records := tail.records():
        for record, offset in records:
            builder.feed_safely(parser.feed, record, offset)
        builder.misreads.broken(tail.take_broken())
        yield from builder.drain()


def _as_lines(path: str, folder: str) -> str:
    """The file, or lines of what is in it: older versions of Gemini CLI wrote one object."""
    if os.path.getsize(path) > _MAX_DOCUMENT_BYTES:
        return path
    try:
        chat = table(json.loads(read_plain(path, _MAX_DOCUMENT_BYTES)))
    except (ValueError, RecursionError):  # lines
        return path
    messages = tables(chat.pop("messages", None))
    plain = os.path.join(folder, "lines.jsonl")
    with open(plain, "w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(record)}\n" for record in (chat, *messages))
    return plain


def _unpacked(path: str, folder: str) -> str:
    """The file, or what is in it if the agent has compressed it."""
    if not path.endswith(zstd.SUFFIX):
        return path
    plain = os.path.join(folder, "session.jsonl")
    with open(plain, "wb") as file:
        zstd.unpack(path, file, _MAX_UNPACKED_BYTES)
    return plain
