"""The records of several recordings, one after the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agentrec.cuts.event_edit import Names
from agentrec.cuts.stretches import Stretches
from agentrec.cuts.time_map import Piece, TimeMap
from agentrec.json_values import text, words
from agentrec.recording.events import MOMENT, Event
from agentrec.recording.format.codec import to_record
from agentrec.recording.markers import SNAPSHOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agentrec.recording.format.batch import Record
    from agentrec.recording.format.moved_chunk import MovedChunk
    from agentrec.recording.reader import Recording
    from agentrec.terminal.seek.timeline import Timeline

_NUMBERED = re.compile(r"s(\d{1,9})")
_MAX_LABEL_CHARS = 200


def joined_records(
    parts: Sequence[tuple[Recording, Timeline | None]],
) -> Iterator[Record | MovedChunk]:
    """All records. Each but the first begins with a mark, and with a terminal that was just reset."""
    seq = at = 0
    size: tuple[int, int] | None = None
    taken = _TakenNames()
    for number, (recording, timeline) in enumerate(parts):
        duration = recording.duration
        names = taken.names_for(recording, number)
        if number:
            yield to_record(_mark(seq, at, recording))
            seq += 1
        stretches = Stretches(
            recording,
            timeline,
            TimeMap([Piece(0, duration, at, duration, seam=number > 0)]),
            first_seq=seq,
            size=size,
            names=names,
            goes_on=number + 1 < len(parts),
        )
        yield from stretches.records()
        taken.add(stretches.names_there)
        seq, size, at = stretches.seq, stretches.size or stretches.start_size, at + duration


def _mark(seq: int, t: int, recording: Recording) -> Event:
    """The mark where a recording begins."""
    header = recording.header
    name = text(header.get("title")) or " ".join(words(header.get("command"))) or recording.path
    return Event(seq, t, *MOMENT, {"label": name[:_MAX_LABEL_CHARS], "source": "cut"})


class _TakenNames:
    """The names that recordings before have used."""

    def __init__(self) -> None:
        self._spans: set[str] = set()
        self._snapshots: set[str] = set()

    def add(self, names: tuple[set[str], set[str]]) -> None:
        """These spans and snapshots are there now."""
        self._spans |= names[0]
        self._snapshots |= names[1]

    def names_for(self, recording: Recording, number: int) -> Names:
        """What to call the spans and snapshots of a recording, so that no two are the same."""
        if not self._spans and not self._snapshots:  # to look for its names, all of it is read
            return Names()
        spans, snapshots = set[str](), list[str]()
        for event in recording.events(binary=False):
            spans |= {name for name in (event.span, event.parent) if name}
            if event.name == SNAPSHOT and isinstance(event.data, dict):
                snapshots.append(text(event.data.get("id")))
        prefix = ""
        while not self._spans.isdisjoint(prefix + name for name in spans):
            number += 1
            prefix = f"{number}~"
        new = {name: self._free(name) for name in snapshots if name}
        return Names(prefix, {name: free for name, free in new.items() if name != free})

    def _free(self, name: str) -> str:
        """``name``, or the next number if it is taken."""
        if name in self._snapshots:
            numbers = [
                int(found[1]) for one in self._snapshots if (found := _NUMBERED.fullmatch(one))
            ]
            name = f"s{max(numbers, default=0) + 1}"
        self._snapshots.add(name)
        return name
