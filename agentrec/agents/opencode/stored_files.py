"""What opencode kept before it had a database: a JSON file for each session, message and part of a message.

=======  ==================================  ================================
         versions 0.6 to 1.1, in ``storage``  older, in ``project/NAME/storage/session``
session  ``session/PROJECT/SESSION.json``    ``info/SESSION.json``
message  ``message/SESSION/MESSAGE.json``    ``message/SESSION/MESSAGE.json``
part     ``part/MESSAGE/PART.json``          ``part/SESSION/MESSAGE/PART.json``
=======  ==================================  ================================

Version 1.2 copied the sessions that it found into its database, later ones leave them where they are.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING

from agentrec.agents.follow.tail import names
from agentrec.agents.opencode.conversation import Session, Source, begin, in_order_of_time
from agentrec.agents.opencode.session_parts import Part, SessionParts
from agentrec.config import read_plain
from agentrec.errors import FormatError
from agentrec.json_values import JsonObject, table, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder

SUFFIX = ".json"
_FILE_LIMIT_BYTES = 32 << 20
_OLD = "info"  # the folder of sessions of the oldest versions
_UNREADABLE = "files that are not JSON objects"
# What is used of a message, which may also hold whole files.
_OF_MESSAGE = ("agent", "error", "modelID", "path", "role", "time")


def is_session_file(path: str) -> bool:
    """Whether it is a session's own file, and no database."""
    try:
        return read_plain(path, 1) == b"{"
    except OSError:
        return False


def session_paths(folder: str) -> Iterator[str]:
    """The files of all sessions in opencode's data directory but those of sub-agents."""
    top, projects = os.path.join(folder, "storage", "session"), os.path.join(folder, "project")
    folders = [os.path.join(top, project) for project in names(top)]
    folders += [
        os.path.join(projects, name, "storage", "session", _OLD) for name in names(projects)
    ]
    for sessions in folders:
        children = {path for paths in _children(sessions).values() for path in paths}
        yield from (path for path in _files(sessions) if path not in children)


def _files(folder: str) -> list[str]:
    return [os.path.join(folder, name) for name in names(folder) if name.endswith(SUFFIX)]


def _children(sessions: str) -> dict[str, list[str]]:
    """The files of the sessions of sub-agents in a folder, by the session that started them."""
    try:
        return _children_in(sessions, os.stat(sessions).st_mtime_ns)
    except OSError:
        return {}


@lru_cache(maxsize=64)
def _children_in(sessions: str, _mtime_ns: int) -> dict[str, list[str]]:
    """What a session is never changes, so that they are only read again when there are others."""
    found: dict[str, list[str]] = {}
    for path in _files(sessions):
        try:
            parent = text(_read(path).get("parentID"))
        except (OSError, FormatError):
            continue
        if parent:
            found.setdefault(parent, []).append(path)
    return found


def _read(path: str) -> JsonObject:
    """The object in a file. Raises FormatError, OSError."""
    data = read_plain(path, _FILE_LIMIT_BYTES + 1)
    try:
        found = json.loads(data) if len(data) <= _FILE_LIMIT_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise FormatError(f"{path} is not a JSON object")
    return found


def _id(path: str) -> str:
    return os.path.basename(path).removesuffix(SUFFIX)


class StoredFiles:
    """The files of the session whose own one is ``path``, its messages and parts in order of their ids."""

    def __init__(self, path: str) -> None:
        self.path, self.id = path, _id(path)
        folder = os.path.dirname(path)
        top = os.path.dirname(folder)
        is_old = os.path.basename(folder) == _OLD
        top = top if is_old else os.path.dirname(top)
        self._messages = os.path.join(top, "message", self.id)
        self._parts = os.path.join(top, "part", *([self.id] if is_old else []))

    def messages(self) -> list[str]:
        """The files of its messages."""
        return _files(self._messages)

    def parts(self, message: str) -> list[str]:
        """The files of the parts of a message."""
        return _files(os.path.join(self._parts, _id(message)))

    def size_and_time(self) -> tuple[int, int]:
        """How many bytes it has, and when one was written last (ns)."""
        size = modified = 0
        for path in self.all():
            try:
                status = os.stat(path)
            except OSError:
                continue
            size, modified = size + status.st_size, max(modified, status.st_mtime_ns)
        return size, modified

    def all(self) -> Iterator[str]:
        """All of its files."""
        yield self.path
        for message in self.messages():
            yield message
            yield from self.parts(message)

    def sub_agents(self) -> list[StoredFiles]:
        """The sessions of its sub-agents, in the order in which they were started."""
        children = [
            StoredFiles(path) for path in _children(os.path.dirname(self.path)).get(self.id, ())
        ]
        return sorted(children, key=lambda child: [_id(path) for path in child.messages()[:1]])


class FileReader:
    """Reads the session whose own file is ``path``, and those of its sub-agents."""

    def __init__(self, builder: EventBuilder, path: str, *, program: str) -> None:
        self._builder, self._program = builder, program
        self._files = StoredFiles(path)

    def read_stored(self) -> Iterator[AgentEvent]:
        """Yield all events of what is there, in order of their times. Raises OSError, FormatError."""
        session = _read(self._files.path)
        main = self._session(self._files, session, is_main=True)
        sub_agents = [
            self._session(files, self._object(files.path), is_main=False)
            for files in self._files.sub_agents()
        ]
        yield from in_order_of_time([main, *sub_agents])

    def _session(
        self, files: StoredFiles, session: JsonObject, *, is_main: bool
    ) -> list[AgentEvent]:
        messages = [(_id(path), self._message(path)) for path in files.messages()]
        known = Session(
            files.id,
            None if is_main else self._files.id,
            text(session.get("version")),
            next((agent for _, one in messages if (agent := text(one.get("agent")))), None),
            text(session.get("directory")) or _folder_of(messages),
        )
        source = Source(files.path, "", 0, stored=True)
        conversation = begin(self._builder, self._program, known, source)
        failed = [(name, message) for name, message in messages if message.get("error")]
        SessionParts(conversation).feed(self._parts(files, dict(messages)), failed)
        conversation.reverted(table(session.get("revert")))
        return self._builder.drain()

    def _parts(
        self, files: StoredFiles, messages: dict[str, JsonObject]
    ) -> Iterator[tuple[Part, int]]:
        found = [
            (_id(path), _id(message), path)
            for message in files.messages()
            for path in files.parts(message)
        ]
        for part_id, message_id, path in sorted(found):
            if data := self._object(path):
                yield Part(part_id, message_id, data, messages.get(message_id, {})), 0

    def _message(self, path: str) -> JsonObject:
        message = self._object(path)
        return {name: message[name] for name in _OF_MESSAGE if name in message}

    def _object(self, path: str) -> JsonObject:
        """What is in a file; nothing, which is counted, if it cannot be read."""
        try:
            return _read(path)
        except (OSError, FormatError):
            self._builder.misreads.broken(1, _UNREADABLE)
            return {}


def _folder_of(messages: list[tuple[str, JsonObject]]) -> str:
    """Where the agent worked; the oldest versions note that only with its answers."""
    folders = (text(table(message.get("path")).get("cwd")) for _, message in messages)
    return next(filter(None, folders), "")
