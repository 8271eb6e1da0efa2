"""One file of an agent's, where the agent has it, or sent by somebody: that is copied to a folder."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO

from agentrec.agents.cline.session import SUFFIX as CLINE
from agentrec.agents.opencode.stored_files import StoredFiles, is_session_file
from agentrec.agents.resume.zstd import SUFFIX as ZSTD
from agentrec.errors import FormatError
from agentrec.imports.aider_sessions import CHAT_HISTORY, sections
from agentrec.imports.session_events import SessionEvents
from agentrec.imports.stored_sessions import DATABASES, StoredSession, sessions_in_database
from agentrec.json_values import table, words
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event

_UNSAFE = re.compile(r"[^\w.-]")
_NAME_CHARS = 100
# As deep as in a home directory: beside it, and above, agents keep what belongs to a session.
_FOLDERS = ("home", "agent", "project", "chats")
_LOG_HINT = "a database alone lacks what is only in its log (-wal): `agentrec import` reads both"
_FILES_HINT = "its messages are in other files: pass it where the agent has it"
_ENDINGS = {"cline": CLINE, "kilo": ".db", "opencode": ".db"}


class SessionFile:
    """A session of ``agent``: what is in ``stream``, which is copied, unless it is the file at ``path``.

    Of a file that holds several it is the newest one; ``notes`` say so. Raises FormatError if there is none,
    OSError.
    """

    def __init__(self, agent: str, name: str, stream: BinaryIO, path: str = "") -> None:
        self._name, self._closing = name, ExitStack()
        self.notes: list[str] = []
        try:
            self._is_copy = not path
            self._path = path or self._copied(agent, stream)
            self.reader = SessionEvents(self._newest(self._sessions(agent)))
        except BaseException:
            self._closing.close()
            raise

    def events(self) -> Iterator[Event]:
        """All of them, in order. Raises OSError, AgentrecError."""
        with self._closing:
            for event in self.reader.events():
                is_session = event.name == ("agent", "session") and self._is_copy
                yield event._replace(data=self._named(table(event.data))) if is_session else event

    def _named(self, data: JsonObject) -> JsonObject:
        """What an event says of the session, with the file's own name for that of the copy."""
        resume = table(data.get("resume"))
        argv = [self._name if word == self._path else word for word in words(resume.get("argv"))]
        return {**data, "transcript": self._name, "resume": {**resume, "argv": argv}}

    def _copied(self, agent: str, stream: BinaryIO) -> str:
        """A file with what is in ``stream``, named as the agent would."""
        top = self._closing.enter_context(tempfile.TemporaryDirectory(prefix="agentrec-"))
        name = _file_name(agent, self._name)
        folder = os.path.join(top, *_FOLDERS)
        if agent == "cline":  # whose folder has the session's name
            folder = os.path.join(folder, name.removesuffix(CLINE))
        os.makedirs(folder)
        path = os.path.join(folder, name)
        with open(path, "xb") as copy:
            shutil.copyfileobj(stream, copy)
        return path

    def _sessions(self, agent: str) -> list[StoredSession]:
        status = os.stat(self._path)
        stem = os.path.basename(self._path).partition(".")[0]
        one = StoredSession(agent, stem, self._path, status.st_size, status.st_mtime_ns)
        if agent == "aider":
            return [
                one._replace(id=part.id, size=part.stop - part.start, offset=part.start)
                for part in sections(self._path)
            ]
        if agent in DATABASES and is_session_file(self._path):
            return [one] if StoredFiles(self._path).messages() else []
        if agent in DATABASES:
            found = sessions_in_database(one)
            return sorted(found, key=lambda session: session.modified)
        return [one]

    def _newest(self, sessions: list[StoredSession]) -> StoredSession:
        if not sessions:
            raise FormatError(
                f"{self._name} has no session of an agent that can be read", self._hint()
            )
        if older := len(sessions) - 1:
            self.notes.append(
                f"{plural(older, 'older session')} left out: "
                "`agentrec import` takes all of an agent from where it keeps them"
            )
        return sessions[-1]

    def _hint(self) -> str:
        if is_session_file(self._path):
            return _FILES_HINT
        return _LOG_HINT if self._is_copy and self._path.endswith(_ENDINGS["opencode"]) else ""


def _file_name(agent: str, name: str) -> str:
    """A name like those that the agent gives to its files."""
    if agent == "aider":
        return CHAT_HISTORY
    ending = _ENDINGS.get(agent, ".jsonl")
    name = _UNSAFE.sub("-", os.path.basename(name))[-_NAME_CHARS:].lstrip(".")
    if name.endswith((ending, ending + ZSTD)):
        return name
    return (name.partition(".")[0] or "session") + ending
