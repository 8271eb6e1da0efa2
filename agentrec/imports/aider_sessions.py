"""aider's sessions: it keeps no list of them, but a chat history in each directory that it worked in.

A file holds many sessions, one after the other; each begins with the line of when it was started.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.aider.chat_times import LINE_LIMIT_BYTES, ChatTimes, prompts_in, seconds_of
from agentrec.agents.aider.companion import HISTORY_FILE
from agentrec.agents.aider.history import STARTED, History
from agentrec.config import home_of, open_plain
from agentrec.snapshots.scan.workspace import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agentrec.agents.follow.event_builder import AgentEvent, EventBuilder

CHAT_HISTORY = ".aider.chat.history.md"
# How far below the home directory repositories are looked for, and in how many folders.
_MAX_DEPTH, _MAX_FOLDERS = 4, 5000
_NEVER = 1e12  # seconds since 1970
_DIGEST_CHARS = 8


class ChatSection(NamedTuple):
    """A session in a chat history: when it ``started``, as aider wrote it, and where it is (bytes).

    In seconds since 1970: ``since`` and ``until`` are when it began, and the next one, ``modified`` is
    when the user said something last. ``id`` is its own on this machine.
    """

    id: str
    started: str
    start: int
    stop: int
    since: float
    until: float
    modified: float


def chat_histories(env: Mapping[str, str], cwd: str) -> list[str]:
    """The chat histories that can be found: of the directory ``cwd`` and its repository, and below the home.

    Only visible folders are looked into, and no folders of repositories, which have theirs at the top.
    """
    found = [os.path.join(folder, CHAT_HISTORY) for folder in (cwd, repository_root(cwd))]
    if named := env.get(HISTORY_FILE):
        found.append(os.path.join(cwd, named))
    found += [os.path.join(folder, CHAT_HISTORY) for folder in _folders(home_of(env))]
    return [path for path in dict.fromkeys(map(os.path.realpath, found)) if os.path.isfile(path)]


def _folders(top: str) -> Iterator[str]:
    """Folders below ``top``, those that are near first."""
    level = [top] if os.path.isabs(top) else []
    left = _MAX_FOLDERS
    for _ in range(_MAX_DEPTH + 1):
        below: list[str] = []
        for folder in level[:left]:
            yield folder
            if folder == top or not os.path.lexists(os.path.join(folder, ".git")):
                below += _visible_folders(folder)
        left -= len(level)
        level = below


def _visible_folders(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            found = [
                entry.path
                for entry in entries
                if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
            ]
    except OSError:
        return []
    return sorted(found)


def sections(path: str) -> list[ChatSection]:
    """The sessions in a chat history, the first one first. Raises OSError."""
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:_DIGEST_CHARS]
    begun = _starts(path)
    since = [seconds_of(text) or 0.0 for _, _, text in begun]
    said = [one.at for one in prompts_in(os.path.dirname(path))]
    found: list[ChatSection] = []
    names: dict[str, int] = {}
    for (start, stop, started), begins, until in zip(
        begun, since, [*since, _NEVER][1:], strict=True
    ):
        name = f"{re.sub('[^0-9]', '', started)}-{digest}"
        names[name] = names.get(name, 0) + 1
        name += f"-{names[name]}" if names[name] > 1 else ""  # started within the same second
        modified = max((at for at in said if begins <= at < until), default=begins)
        found.append(ChatSection(name, started, start, stop, begins, until, modified))
    return found


def _starts(path: str) -> list[tuple[int, int, str]]:
    """Where sessions begin and end, and when they were started. A blank line before the next is in none."""
    found: list[tuple[int, int, str]] = []
    wanted = STARTED.encode()
    with open_plain(path) as file:
        position = 0
        while line := file.readline(LINE_LIMIT_BYTES):
            start, position = position, position + len(line)
            if line.lstrip(b"\0").startswith(wanted):
                text = line.lstrip(b"\0")[len(wanted) :].decode(errors="replace").strip()
                if seconds_of(text) is not None:
                    found.append((start, position, text))
            if found and line.strip() and line.endswith(b"\n"):
                found[-1] = (found[-1][0], position, found[-1][2])
    return found


def section_events(builder: EventBuilder, path: str, start: int, size: int) -> Iterator[AgentEvent]:
    """The events of the session that begins at ``start``, as it was when it had ``size`` bytes."""
    section = next((one for one in sections(path) if one.start == start), None)
    if section is None:  # the file was written anew just now
        return
    folder = os.path.dirname(path)
    times = ChatTimes(folder, section.since, section.until)
    history = History(builder, path, folder, start=start, stop=start + size, times=times)
    yield from history.read_all()
