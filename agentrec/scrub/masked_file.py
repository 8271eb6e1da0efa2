"""The recording itself: terminal, pipes, input, events, header, as an export masks them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from agentrec.atomic import PART, create_part
from agentrec.errors import InputError, OutputError
from agentrec.export.conversion import size_of
from agentrec.recording.format.header import BOOKKEEPING, dump_json, load_json, origin_ids
from agentrec.recording.format.work_limit import WorkLimit
from agentrec.recording.reader import Recording
from agentrec.recording.rewrite import recipients_for_copy, save
from agentrec.redact.json_redaction import redact_object
from agentrec.redact.two_pass import TwoPassRedaction, redact_header

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.scrub.findings import Findings

_COMMIT = re.compile(rb"\b[0-9a-f]{40}\b")
_SNAPSHOT = ("fs", "snapshot")
# Smaller files may take as much work as one of this size: searching takes longer than reading.
_MIN_WORK_BYTES = 64 << 20


class MaskedFile:
    """A finished recording, and what would be masked in it. Raises InputError for any other.

    ``header`` is masked already; ``ids`` are its own and those of the recordings that it was cut from, which
    its snapshots and conversations have; ``stores`` has the names of the stores with its snapshots.
    """

    def __init__(self, path: str, findings: Findings, advance: Callable[[int], object]) -> None:
        self.path = path
        self.findings, self._advance = findings, advance
        with Recording.open(path) as recording:
            check(recording)
            self.size = recording.file_size
            self._recipients = recipients_for_copy(recording)
            before = {k: v for k, v in recording.header.items() if k not in BOOKKEEPING}
        self.id = str(before.get("id", ""))
        self.ids = origin_ids(before)
        self.header = redact_header(before)
        _, counts = redact_object(before)
        if self.header != before:
            findings.add("header", counts or {"name": 1})
        self.stores: dict[str, None] = {}
        self._redaction = TwoPassRedaction(self._read, size_of(before))
        for where, rules in self._survey().items():
            findings.add(where, rules)

    def save(self, target: str, header: JsonObject, commits: Mapping[str, str]) -> None:
        """Write the masked recording, with ``commits`` of snapshots replaced. Raises OutputError."""
        events = self._redaction.events(self._read(), report=True)
        save(
            target,
            renamed(header, commits),
            _with_commits(events, commits),
            overwrite=True,
            recipients=self._recipients,
        )

    def _survey(self) -> dict[str, dict[str, int]]:
        """What is masked, by place and rule."""
        last = -1
        for event in self._read():
            last = event.seq
            if event.name == _SNAPSHOT and isinstance(event.data, dict):
                self.stores[str(event.data.get("store", ""))] = None
        found: dict[str, dict[str, int]] = {}
        for event in self._redaction.events(self._read(), report=True):
            if event.seq > last and isinstance(event.data, dict):
                rules = found.setdefault(str(event.data["where"]), {})
                rule = str(event.data["rule"])
                rules[rule] = rules.get(rule, 0) + int(str(event.data["count"]))
        return found

    def _read(self) -> Iterator[Event]:
        yield from events_of(self.path, self._advance)


def check(recording: Recording) -> None:
    """Raise InputError for a recording that cannot be rewritten as a whole."""
    if recording.live:
        raise InputError(f"{recording.path} is being recorded", "wait until it ends")
    recording.work = _work(recording)
    for _ in recording.batches():
        continue
    if recording.damage:
        raise InputError(f"{recording.path} is damaged", "save a copy with `agentrec repair`")


def events_of(path: str, advance: Callable[[int], object] = int) -> Iterator[Event]:
    """Every event. Raises InputError instead of leaving some out: what is written takes the file's place."""
    with Recording.open(path) as recording:
        recording.work = _work(recording)
        for event in recording.events():
            yield event
            advance(recording.file.tell())
        if recording.unread:
            raise InputError(f"{path} unpacks to too much", "it is left as it is")


def _work(recording: Recording) -> WorkLimit:
    return WorkLimit(max(recording.file_size, _MIN_WORK_BYTES), copies=True)


def rename_commits(path: str, commits: Mapping[str, str]) -> str:
    """A copy of the recording beside it, with other names for commits; returns its path, or empty if
    nothing would change. Raises AgentrecError."""
    with Recording.open(path) as recording:
        check(recording)
        header = {k: v for k, v in recording.header.items() if k not in BOOKKEEPING}
        recipients = recipients_for_copy(recording)
    if not any(renamed(_data(event), commits) != _data(event) for event in events_of(path)):
        return ""
    part = new_part(path)
    save(
        part,
        renamed(header, commits),
        _with_commits(events_of(path), commits),
        overwrite=True,
        recipients=recipients,
    )
    return part


def new_part(path: str) -> str:
    """An empty file beside ``path`` that can be renamed to it; those of killed processes are removed.

    Raises OutputError.
    """
    try:
        _remove_leftovers(os.path.realpath(path))
        part, fd = create_part(os.path.realpath(path))
    except OSError as error:
        raise OutputError(f"cannot write beside {path}: {error.strerror}") from None
    os.close(fd)
    return part


def _remove_leftovers(path: str) -> None:
    folder, name = os.path.split(path)
    for entry in os.listdir(folder):
        if entry.startswith(f"{name}.") and entry.endswith(PART):
            pid = entry.removeprefix(f"{name}.").split(".")[0]
            if pid.isdecimal() and _is_gone(int(pid)):
                os.unlink(os.path.join(folder, entry))


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:  # somebody else's
        return False
    return pid == 0


def renamed(data: JsonObject, commits: Mapping[str, str]) -> JsonObject:
    """``data`` with other names for commits, wherever they are mentioned."""
    if not commits:
        return data
    raw = dump_json(data)
    new = _COMMIT.sub(lambda m: commits.get(m[0].decode(), m[0].decode()).encode(), raw)
    return data if new == raw else load_json(new)


def _data(event: Event) -> JsonObject:
    return event.data if isinstance(event.data, dict) else {}


def _with_commits(events: Iterator[Event], commits: Mapping[str, str]) -> Iterator[Event]:
    for event in events:
        is_named = commits and isinstance(event.data, dict)
        yield event._replace(data=renamed(_data(event), commits)) if is_named else event
