"""What a branch comes from: a snapshot, the conversation that belongs to it, and the programs run before."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.follow.agent_detector import RUNNERS
from agentrec.agents.resume.point import TRACKS, point_at
from agentrec.branches import conversation_match
from agentrec.branches.conversation_match import began
from agentrec.errors import InputError
from agentrec.recording.events.agent import AgentConversation, AgentMessage
from agentrec.recording.events.decode import decode
from agentrec.recording.events.sys import SysProcess
from agentrec.recording.format.header import origin_ids
from agentrec.redact import mask_text
from agentrec.signatures.origin import signed_origin
from agentrec.snapshots.conversations.kept_file import open_kept
from agentrec.snapshots.conversations.shelf import Shelf
from agentrec.snapshots.lookup import (
    find_snapshot,
    labeled_time,
    named_time,
    recorded_snapshots,
    snapshot_before,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from agentrec.json_values import JsonObject
    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.gitstore.snapshot_store import SnapshotStore
    from agentrec.snapshots.lookup import RecordedSnapshot
    from agentrec.snapshots.manifest import Contents
    from agentrec.snapshots.model import Snapshot

_MAX_PROGRAMS = 1000
# How long before a snapshot a tool may have been called that was still running.
_MAX_TOOL_RUN_NS = 600_000_000_000
_MATCHED_EVENTS = (("tool", "call"), ("tool", "result"), ("agent", "conversation"))
_MATCHED_FIELDS = ("at_ns", "name", "role")


class BranchPoint(NamedTuple):
    """Where a branch begins: the files of ``recorded``, a snapshot, and the ``conversation``
    (see :mod:`agentrec.agents.resume.point`), which is None if no agent was talking.

    ``t`` is the requested time, ns. ``notes`` say how the point differs from the request.
    ``programs`` ran until then: each as it was called, and the directory it ran in. ``messages`` were
    exchanged until then, if there is no conversation.
    """

    recorded: RecordedSnapshot
    t: int
    conversation: JsonObject | None
    notes: list[str]
    programs: list[tuple[str, str]]
    messages: int = 0

    @property
    def seq(self) -> int:
        """The last event of the recording that the branch includes."""
        seq = (self.conversation or {}).get("seq")
        return max(self.recorded.seq, seq if isinstance(seq, int) else 0)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a branch comes from: a point of a recording, and the files of the snapshot there.

    ``recording`` is the parent's file, ``header`` its header; ``signed``: its signer and newest signature.
    The store stays open until it is closed.
    """

    recording: str
    header: Mapping[str, object]
    point: BranchPoint
    snapshot: Snapshot
    contents: Contents = field(repr=False)
    store: SnapshotStore = field(repr=False)
    signed: JsonObject | None = None

    def kept_transcripts(self, path: str) -> list[Callable[[], BinaryIO]]:
        """What opens the copies that were kept of an agent's transcript, the newest first."""
        shelf = Shelf(self.store)
        kept = [file for name in origin_ids(dict(self.header)) for file in shelf.kept(name, path)]
        return [partial(open_kept, file) for file in kept]

    @property
    def workspace(self) -> str:
        """The directory that the snapshot was taken of."""
        return self.snapshot.workspace


def open_origin(recording: Recording, at: str | int | None, env: Mapping[str, str]) -> Origin:
    """The point at ``at``, see :func:`find_point`, and its snapshot. Raises InputError, SnapshotError."""
    point = find_point(recording, at)
    store, snapshot = point.recorded.open(env)
    try:
        contents = store.contents(snapshot)
    except BaseException:
        store.close()
        raise
    path = os.path.abspath(recording.path)
    signed = signed_origin(recording)
    return Origin(path, recording.header, point, snapshot, contents, store, signed)


def find_point(recording: Recording, at: str | int | None) -> BranchPoint:
    """The point at ``at``: the name of a snapshot or mark, a time as text (``1:30``) or in ns.

    None and ``last`` are the end: the last snapshot's files, and all that was said. Raises InputError.
    """
    snapshots = recorded_snapshots(recording)
    recorded, t, note = _snapshot_at(recording, at, snapshots)
    following = next((snapshot for snapshot in snapshots if snapshot.seq > recorded.seq), None)
    point = point_of_files(recording, recorded, following, t)
    return point._replace(notes=[note, *point.notes] if note else point.notes)


def point_of_files(
    recording: Recording, recorded: RecordedSnapshot, following: RecordedSnapshot | None, t: int
) -> BranchPoint:
    """The point at ``t`` ns with the files of ``recorded``, which they had until ``following``."""
    last_seq, tool_note = _conversation_seq(recording, recorded, following, t)
    if last_seq is None:
        last_seq = _resumed_seq(recording)
    programs: dict[tuple[str, str], None] = {}
    conversation: JsonObject | None = None
    messages = 0
    if last_seq is None:
        messages = _messages_until(recording, t if t > recorded.t else began(recorded))
        for _ in _agent_events(recording, max(recorded.t, t), programs):
            pass  # only the programs matter
    else:
        conversation = point_at(_agent_events(recording, None, programs), last_seq)
    notes = [note for note in (recorded.missed_text, tool_note) if note]
    return BranchPoint(recorded, t, conversation, notes, list(programs), messages)


def _snapshot_at(
    recording: Recording, at: str | int | None, snapshots: Sequence[RecordedSnapshot]
) -> tuple[RecordedSnapshot, int, str]:
    """Snapshot, time, and a note if the snapshot is not exactly at that time."""
    if at in (None, "last") or not snapshots:
        recorded, note = find_snapshot(recording, "last", snapshots)
        return recorded, max(recorded.t, recording.duration), note
    if isinstance(at, int):
        recorded, note = snapshot_before(snapshots, at, f"{at / 1e9:.1f} s")
        return recorded, max(recorded.t, at), note
    recorded, note = find_snapshot(recording, at, snapshots)
    return recorded, max(recorded.t, _time_of_name(recording, at, recorded)), note


def _time_of_name(recording: Recording, at: str, recorded: RecordedSnapshot) -> int:
    """The time that the name ``at`` of ``recorded`` stands for."""
    if at in (recorded.id, "first") or at == recorded.commit[: len(at)]:
        return recorded.t
    t = named_time(recording, at)
    if t is None:
        t = recorded.t if recorded.label == mask_text(at) else labeled_time(recording, at)
    if t is None:
        raise InputError(f"{recording.name} has no point {at}")
    return t


def _conversation_seq(
    recording: Recording, recorded: RecordedSnapshot, following: RecordedSnapshot | None, t: int
) -> tuple[int | None, str]:
    """The conversation (seq) that belongs to the files of ``recorded`` until ``t``, and a note about it."""
    since = max(0, recorded.t - _MAX_TOOL_RUN_NS)
    latest = max(t, recorded.t, following.t if following else 0)
    until = latest + conversation_match.MAX_DELAY_NS
    events = list(_matched_events(recording.events(since, until, TRACKS)))
    match = conversation_match.at_snapshot(events, recorded)
    if t > recorded.t:
        idle_at = None if match.running else began(recorded)
        return conversation_match.until(events, match.seq, following, t, idle_at=idle_at), ""
    names = ", ".join(dict.fromkeys(match.running))
    return match.seq, f"{names} had been called and had not returned" if names else ""


def _resumed_seq(recording: Recording) -> int | None:
    """The conversation (seq) that the recorded agent continued, if it began before the recording."""
    for event in recording.events(tracks=("agent",)):
        match decode(event):
            case AgentConversation(at_ns=at):
                return event.seq if at == 0 else None
    return None


def _matched_events(events: Iterable[Event]) -> Iterator[Event]:
    """The events that decide which conversation it is, without what was said and returned."""
    for event in events:
        if event.name in _MATCHED_EVENTS and isinstance(event.data, dict):
            data = {name: event.data[name] for name in _MATCHED_FIELDS if name in event.data}
            yield event._replace(data=data)


def _messages_until(recording: Recording, t: int) -> int:
    """How many messages of user and agent there were until ``t`` (ns), by the agent's own times."""
    events = recording.events(until=t + conversation_match.MAX_DELAY_NS, tracks=("agent",))
    return sum(_is_message(event, t) for event in events)


def _is_message(event: Event, t: int) -> bool:
    match decode(event):
        case AgentMessage(role="user" | "assistant", at_ns=at):
            return (event.t if at is None else at) <= t
    return False


def _agent_events(
    recording: Recording, until: int | None, programs: dict[tuple[str, str], None]
) -> Iterator[Event]:
    """Events of agents and tools; the programs that ran are added to ``programs``."""
    for event in recording.events(until=until, tracks=(*TRACKS, "sys")):
        if event.track != "sys":
            yield event
            continue
        match decode(event):
            case SysProcess(argv=argv, cwd=cwd):
                for name in _programs(argv):
                    if len(programs) < _MAX_PROGRAMS:
                        programs[name, cwd] = None


def _programs(argv: Sequence[str]) -> list[str]:
    """The program of a command line, and the script that it runs, if it does."""
    words = list(argv[:2])
    is_script = len(words) > 1 and os.path.basename(words[0]) in RUNNERS and "/" in words[1]
    return words if is_script else words[:1]
