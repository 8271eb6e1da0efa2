"""The point that somebody means: a snapshot, the conversation that belongs to it, and what ran before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.agents.follow.detect import RUNNERS
from agentrec.agents.resume.point import TRACKS, point_at
from agentrec.branches import conversation_match
from agentrec.errors import InputError
from agentrec.snapshots.lookup import find_snapshot, named_time, recorded_snapshots, snapshot_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.lookup import RecordedSnapshot

_MAX_PROGRAMS = 1000
_MAX_TOOL_RUN_NS = (
    600_000_000_000  # ns before a snapshot in which a tool may have been called that still ran
)
_TELLING = (("tool", "call"), ("tool", "result"), ("agent", "conversation"))


class BranchPoint(NamedTuple):
    """Where a branch begins: the files of ``kept`` and the ``conversation`` (see ``agents.points``),
    which is None where no agent was talking.

    ``t`` is the time that was asked for, ns. ``words`` say how it is not quite what was asked for.
    ``programs`` ran until then: each as it was called, and the directory it ran in.
    """

    kept: RecordedSnapshot
    t: int
    conversation: dict[str, Any] | None
    words: list[str]
    programs: list[tuple[str, str]]

    @property
    def seq(self) -> int:
        """The last event of the recording that the branch goes on from."""
        return max(self.kept.seq, int((self.conversation or {}).get("seq", 0)))


def find_point(recording: Recording, at: str | int | None) -> BranchPoint:
    """The point at ``at``: the name of a snapshot or moment, a time in words (``1:30``) or in ns, or
    None for the end. Raises InputError."""
    known = recorded_snapshots(recording)
    kept, t, word = _where(recording, at, known)
    following = next((one for one in known if one.seq > kept.seq), None)
    last, more = _conversation(recording, kept, following, t)
    programs: dict[tuple[str, str], None] = {}
    told = None
    if last is None:  # nobody was talking; what ran is still of interest
        for _ in _read(recording, max(kept.t, t), programs):
            pass
    else:
        told = point_at(_read(recording, None, programs), last)
    words = [text for text in (word, more) if text]
    return BranchPoint(kept, t, told, words, list(programs))


def _where(
    recording: Recording, at: str | int | None, known: Sequence[RecordedSnapshot]
) -> tuple[RecordedSnapshot, int, str]:
    """Snapshot, time and a word about them."""
    if at is None or not known:
        kept, word = find_snapshot(recording, "last", known)
        return kept, max(kept.t, recording.duration), word
    if isinstance(at, int):
        kept, word = snapshot_before(known, at, f"{at / 1e9:.1f} s")
        return kept, max(kept.t, at), word
    kept, word = find_snapshot(recording, at, known)
    return kept, max(kept.t, _asked(recording, at, kept)), word


def _asked(recording: Recording, at: str, kept: RecordedSnapshot) -> int:
    """The time that the name ``at`` of ``kept`` stands for."""
    if at in (kept.id, "first", "last") or at == str(kept.data.get("commit", ""))[: len(at)]:
        return kept.t
    t = named_time(recording, at)
    if t is None:
        raise InputError(f"{recording.path} has no point {at}")
    return t


def _conversation(
    recording: Recording, kept: RecordedSnapshot, following: RecordedSnapshot | None, t: int
) -> tuple[int | None, str]:
    """The conversation (seq) that goes with the files of ``kept`` until ``t``, and a word about it."""
    since = max(0, kept.t - _MAX_TOOL_RUN_NS)
    last = max(t, kept.t, following.t if following else 0) + conversation_match.MAX_DELAY_NS
    events = list(_lean(recording.events(since, last, TRACKS)))
    found = conversation_match.at_snapshot(events, kept)
    if t > kept.t:
        return conversation_match.until(events, found.seq, following, t), ""
    names = ", ".join(dict.fromkeys(found.running))
    return found.seq, f"{names} had been called and had not returned" if names else ""


def _lean(events: Iterable[Event]) -> Iterator[Event]:
    """What is needed of them, without what was said and returned."""
    for event in events:
        if event.name in _TELLING and isinstance(event.data, dict):
            names = ("at_ns", "name")
            yield event._replace(data={it: event.data[it] for it in names if it in event.data})


def _read(
    recording: Recording, until: int | None, programs: dict[tuple[str, str], None]
) -> Iterator[Event]:
    """Events of the agent; notes the programs that ran."""
    for event in recording.events(until=until, tracks=(*TRACKS, "sys")):
        if event.track != "sys":
            yield event
        elif event.kind == "process" and isinstance(event.data, dict):
            cwd = str(event.data.get("cwd", ""))
            for name in _ran(event.data.get("argv")):
                if len(programs) < _MAX_PROGRAMS:
                    programs[name, cwd] = None


def _ran(argv: Any) -> list[str]:
    """The program of a command line, and the script that it runs, if it does."""
    words = [str(word) for word in argv[:2]] if isinstance(argv, list) else []
    scripted = len(words) > 1 and os.path.basename(words[0]) in RUNNERS and "/" in words[1]
    return words if scripted else words[:1]
