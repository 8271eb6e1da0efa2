"""The point that somebody means: a snapshot, the conversation that belongs to it, and what ran before."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from agentrec.agents.late import RUNNERS
from agentrec.agents.points import TRACKS, point_at
from agentrec.errors import InputError
from agentrec.snapshots.recorded import before, find, kept_in, time_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.recording.events import Event
    from agentrec.recording.reader import Recording
    from agentrec.snapshots.recorded import Kept

_MOST_PROGRAMS = 1000
_OVERLAP = 60_000_000_000  # ns before a snapshot in which what was told of it began


class Point(NamedTuple):
    """Where a branch begins: the files of ``kept`` and the ``conversation`` (see ``agents.points``),
    which is None where no agent was talking.

    ``t`` is the time that was asked for, ns. ``word`` says how it is not quite what was asked for.
    ``programs`` ran until then: each as it was called, and the directory it ran in.
    """

    kept: Kept
    t: int
    conversation: dict[str, Any] | None
    word: str
    programs: list[tuple[str, str]]

    @property
    def seq(self) -> int:
        """The last event of the recording that the branch goes on from."""
        return max(self.kept.seq, int((self.conversation or {}).get("seq", 0)))


def find_point(recording: Recording, at: str | int | None) -> Point:
    """The point at ``at``: the name of a snapshot or moment, a time in words (``1:30``) or in ns, or
    None for the end. Raises InputError."""
    known = kept_in(recording)
    kept, t, word = _where(recording, at, known)
    following = next((one for one in known if one.seq > kept.seq), None)
    last = _conversation_of(recording, kept, following)
    if t > kept.t:
        last = _conversation_until(recording, kept, following, last, t)
    programs: dict[tuple[str, str], None] = {}
    told = None
    if last is None:  # nobody was talking; what ran is still of interest
        for _ in _read(recording, kept.t, programs):
            pass
    else:
        told = point_at(_read(recording, None, programs), last)
    return Point(kept, t, told, word, list(programs))


def _where(
    recording: Recording, at: str | int | None, known: Sequence[Kept]
) -> tuple[Kept, int, str]:
    """Snapshot, time and a word about them."""
    if at is None or not known:
        kept, word = find(recording, "last", known)
        return kept, max(kept.t, recording.duration), word
    if isinstance(at, int):
        kept, word = before(known, at, f"{at / 1e9:.1f} s")
        return kept, max(kept.t, at), word
    kept, word = find(recording, at, known)
    return kept, max(kept.t, _asked(recording, at, kept)), word


def _asked(recording: Recording, at: str, kept: Kept) -> int:
    """The time that the name ``at`` of ``kept`` stands for."""
    if at in (kept.id, "first", "last") or at == str(kept.data.get("commit", ""))[: len(at)]:
        return kept.t
    t = time_of(recording, at)
    if t is None:
        raise InputError(f"{recording.path} has no point {at}")
    return t


def _conversation_of(recording: Recording, kept: Kept, following: Kept | None) -> int | None:
    """The conversation (seq) that the files of ``kept`` belong to.

    The snapshot after a tool may have been asked for before the conversation was told in which that tool
    has returned.
    """
    known, cause = _number(kept, "conversation"), _number(kept, "at_seq")
    if kept.data.get("reason") != "tool" or cause is None or (known or 0) > cause:
        return known
    stop = following and _number(following, "at_seq")
    since = next((event.t for event in recording.at([cause])), kept.t)
    for event in recording.events(since=since, tracks=TRACKS):
        if event.seq <= cause:
            continue
        if event.name == ("tool", "call") or (stop is not None and event.seq >= stop):
            break
        if event.name == ("agent", "conversation"):
            return event.seq
    return known


def _conversation_until(
    recording: Recording, kept: Kept, following: Kept | None, known: int | None, t: int
) -> int | None:
    """The last conversation until ``t`` (ns) for which the files of ``kept`` are the right ones.

    Snapshots are taken where files have changed, while the conversation goes on from ``known``. What the
    next snapshot shows was done by the tools that were called last before it; a conversation in which
    those have returned already belongs to that one, which may have been taken some moments after ``t``.
    """
    found, waiting = known, None
    since = max(0, kept.t - _OVERLAP)
    for event in recording.events(since, following.t if following else t, TRACKS):
        if event.seq <= (known or -1):
            continue
        if following and event.seq > following.seq:
            break
        if event.name == ("tool", "call") and waiting is not None:
            found, waiting = waiting, None
        elif event.name == ("agent", "conversation") and event.t <= t:
            waiting = event.seq
    return waiting if following is None and waiting is not None else found


def _number(kept: Kept, name: str) -> int | None:
    value = kept.data.get(name)
    return value if type(value) is int else None


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
                if len(programs) < _MOST_PROGRAMS:
                    programs[name, cwd] = None


def _ran(argv: Any) -> list[str]:
    """The program of a command line, and the script that it runs, if it does."""
    words = [str(word) for word in argv[:2]] if isinstance(argv, list) else []
    scripted = len(words) > 1 and os.path.basename(words[0]) in RUNNERS and "/" in words[1]
    return words if scripted else words[:1]
