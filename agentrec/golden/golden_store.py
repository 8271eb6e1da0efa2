"""Names of good runs, each a file in the data directory that says which recording it means."""

from __future__ import annotations

import json
import os
import re
import shlex
import time
from typing import TYPE_CHECKING, NamedTuple

from agentrec.atomic import write_atomic
from agentrec.config import data_home, read_plain
from agentrec.errors import AgentrecError, FormatError, InputError, OutputError, UsageError
from agentrec.json_values import text, words
from agentrec.library.pins import Pins
from agentrec.library.resolve import resolve
from agentrec.recording.events.agent import USER, AgentMessage, AgentSession
from agentrec.recording.events.decode import decode
from agentrec.recording.format.header import load_json
from agentrec.recording.reader import Recording
from agentrec.times import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject

FOLDER = "golden"  # in the data directory
PREFIX = "golden:"  # of a golden run's name where a recording can be named, too
_SUFFIX = ".json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MAX_TASK_CHARS = 1000
_MAX_FILE_BYTES = 1 << 20
_MAX_TIME_NS = 1 << 62


class GoldenRun(NamedTuple):
    """A run with a name. ``pinned`` says that saving it pinned its recording."""

    name: str
    id: str
    file: str
    task: str
    agent: str
    version: str
    command: list[str]
    saved: int
    pinned: bool

    @classmethod
    def from_data(cls, name: str, data: JsonObject) -> GoldenRun:
        """What a file says; what is missing is empty."""
        command = data.get("command")
        return cls(
            name,
            text(data.get("id")),
            text(data.get("file")),
            text(data.get("task")),
            text(data.get("agent")),
            text(data.get("version")),
            words(command),
            saved if type(saved := data.get("saved")) is int and 0 <= saved < _MAX_TIME_NS else 0,
            data.get("pinned") is True,
        )

    def as_json(self) -> JsonObject:
        """As a JSON object; ``saved`` in seconds since the epoch."""
        return {**self._asdict(), "saved": self.saved / NS_PER_SECOND}


def golden_of(name: str, recording: Recording, task: str = "") -> GoldenRun:
    """Describe a recording as a golden run; its task is its title, first prompt or command line.

    Raises InputError for a recording without an id.
    """
    header = recording.header
    if not (identity := text(header.get("id"))):
        raise InputError(f"{recording.name} has no id, so nothing can keep it")
    command = header.get("command")
    argv = words(command)
    session, prompt = _session_and_prompt(recording)
    program = os.path.basename(argv[0]) if argv else ""
    return GoldenRun(
        name,
        identity,
        os.path.abspath(recording.path),
        (task or text(header.get("title")) or prompt or shlex.join(argv))[:_MAX_TASK_CHARS],
        session.agent if session else program,
        session.version if session else "",
        argv,
        time.time_ns(),
        pinned=False,
    )


def _session_and_prompt(recording: Recording) -> tuple[AgentSession | None, str]:
    session, prompt = None, ""
    for event in recording.events(tracks=("agent",)):
        match decode(event):
            case AgentSession() as started:
                session = session or started
            case AgentMessage(role="user") as message if event.actor in (None, USER):
                prompt = prompt or message.text
        if session and prompt:
            break
    return session, prompt


class GoldenStore:
    """All golden runs of the user."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._folder = os.path.join(data_home(env), FOLDER)
        self._pins = Pins(data_home(env))

    def save(self, golden: GoldenRun, *, overwrite: bool = False) -> GoldenRun:
        """Give a run its name, and pin its recording. Raises UsageError, OutputError."""
        _check(golden.name)
        before = self._read(golden.name)
        if before and not overwrite:
            raise UsageError(
                f"the golden run {golden.name} already exists", "use --overwrite to replace it"
            )
        if before and before.id != golden.id:
            self._unpin(before)
        changed = self._pins.change(golden.id, pinned=True)
        same = before is not None and before.id == golden.id and before.pinned
        golden = golden._replace(pinned=changed or same or self._is_ours(golden.id))
        data = {"format": 1, **golden._asdict()}
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            write_atomic(self._path(golden.name), json.dumps(data, indent=1).encode())
        except OSError as error:
            raise OutputError(f"cannot write {self._folder}: {error.strerror}") from None
        return golden

    def remove(self, name: str) -> GoldenRun:
        """Forget a name, and unpin its recording unless something else pinned it. Raises AgentrecError."""
        golden = self.get(name)
        try:
            os.unlink(self._path(name))
        except OSError as error:
            raise OutputError(f"cannot remove {self._path(name)}: {error.strerror}") from None
        self._unpin(golden)
        return golden

    def get(self, name: str) -> GoldenRun:
        """Return a golden run. Raises InputError if there is none of that name."""
        golden = self._read(name) if _NAME.fullmatch(name) else None
        if golden is None:
            raise InputError(f"no golden run is named {name}", "`agentrec golden list` lists them")
        return golden

    def every(self, task: str = "") -> list[GoldenRun]:
        """Return all golden runs by name; with ``task``, those whose task that is."""
        try:
            names = sorted(os.listdir(self._folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise OutputError(f"cannot read {self._folder}: {error.strerror}") from None
        found = (self._read(it.removesuffix(_SUFFIX)) for it in names if it.endswith(_SUFFIX))
        return [it for it in found if it and (not task or same_task(it.task, task))]

    def of_task(self, task: str) -> GoldenRun:
        """Return the one golden run of a task. Raises InputError if there is none or several."""
        found = self.every(task)
        if len(found) != 1:
            names = ", ".join(it.name for it in found)
            raise InputError(
                f"{'several golden runs have' if found else 'no golden run has'} the task {task!r}",
                f"name one of {names}" if found else "`agentrec golden list` lists them",
            )
        return found[0]

    def file_of(self, golden: GoldenRun) -> str:
        """Return the path of its recording, also if that was moved within the library. Raises InputError."""
        # A file may have been replaced by another recording, and a masked copy has an id that begins so.
        for path in (golden.file, *_named(golden.id, self._env)):
            if _id_of(path) == golden.id:
                return path
        raise InputError(
            f"the recording of the golden run {golden.name} is gone: {golden.file}",
            f"`agentrec golden remove {golden.name}` forgets it",
        )

    def _unpin(self, golden: GoldenRun) -> None:
        others = [it for it in self.every() if it.id == golden.id and it.name != golden.name]
        if golden.pinned and not others:
            self._pins.change(golden.id, pinned=False)

    def _is_ours(self, identity: str) -> bool:
        """Whether another golden run pinned this recording."""
        return any(it.pinned for it in self.every() if it.id == identity)

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name + _SUFFIX)

    def _read(self, name: str) -> GoldenRun | None:
        try:
            data = load_json(read_plain(self._path(name), _MAX_FILE_BYTES))
        except (OSError, FormatError):
            return None
        return GoldenRun.from_data(name, data) if text(data.get("id")) else None


def _named(identity: str, env: Mapping[str, str]) -> list[str]:
    try:
        return [resolve(identity, env)]
    except InputError:
        return []


def _id_of(path: str) -> str:
    """The id of the recording in a file; empty if there is none."""
    try:
        with Recording.open(path) as recording:
            return text(recording.header.get("id"))
    except AgentrecError:
        return ""


def same_task(one: str, other: str) -> bool:
    """Whether two texts name one task: spaces do not count."""
    return one.split() == other.split()


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"invalid name {name!r}", "use letters, digits, dots, dashes and underscores"
        )
