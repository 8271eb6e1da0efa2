"""The records of a new recording, from the stretches of another that a time map keeps."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from agentrec.cuts.carried import Carried
from agentrec.cuts.event_edit import EventEdit
from agentrec.cuts.opening import RESET, has_screen, lines_needed, opening
from agentrec.cuts.state_chains import Requests, States
from agentrec.recording.events import EXIT, MOMENT
from agentrec.recording.exit_text import exit_text
from agentrec.recording.format import batch
from agentrec.recording.format.codec import to_event, to_record
from agentrec.recording.format.moved_chunk import MovedChunk
from agentrec.recording.markers import happened
from agentrec.signatures.signed import SIGNATURE, SIGNER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agentrec.cuts.event_edit import Names
    from agentrec.cuts.opening import Opening
    from agentrec.cuts.time_map import Piece, TimeMap
    from agentrec.recording.events import Event
    from agentrec.recording.format.batch import Record
    from agentrec.recording.format.segment_decoder import Columns
    from agentrec.recording.reader import Recording
    from agentrec.terminal.seek.timeline import Timeline


# In an event that may have happened long before it was recorded.
_LATE = b'"at_ns"'
# Tracks of events that matter only when they happened.
_ONLY_THEN = tuple(b'{"track":"%b"' % name for name in (b"sys", b"tool", b"mark", b"guard"))


class Stretches:
    """What ``time_map`` keeps of ``recording``.

    ``timeline`` (of the same recording, opened separately) has its screens; None if it has no terminal.
    ``first_seq`` and ``size`` are what the new recording has reached, ``size`` None at its start. With
    ``goes_on``, more follows: the end of the command becomes a mark.
    """

    def __init__(
        self,
        recording: Recording,
        timeline: Timeline | None,
        time_map: TimeMap,
        *,
        first_seq: int = 0,
        size: tuple[int, int] | None = None,
        names: Names | None = None,
        goes_on: bool = False,
    ) -> None:
        self._recording, self._timeline, self._map = recording, timeline, time_map
        self._edit = EventEdit(time_map, names)
        self._states, self._requests, self._carried = States(), Requests(), Carried()
        self._goes_on = goes_on
        self._waiting = list(time_map.pieces)  # those that have not begun
        self._earliest = 0  # where the current stretch begins, new ns
        self._t = 0
        self._has_screen = has_screen(recording)
        self.seq = first_seq
        self.size = size
        self._first = self._opening(time_map.pieces[0])
        self.start_size = self._first.size if self._first else recording.size

    @property
    def lost_requests(self) -> int:
        """Model requests that lack messages from before the stretch, because they had no room."""
        return self._requests.lost

    @property
    def names_there(self) -> tuple[set[str], set[str]]:
        """The spans and snapshots in the new recording so far."""
        return self._edit.spans, self._edit.snapshots

    def records(self) -> Iterator[Record | MovedChunk]:
        """All records, in order, also as chunks."""
        for chunk in self._recording.chunks():
            if chunk.times:
                yield from self._chunk(chunk)
        yield from self._begin(self._map.last + 1)
        end = self._map.length
        if self._has_screen and self._t < end:  # the screen stays as it is until then
            yield self._put((end, batch.OUTPUT, b""))

    def _chunk(self, chunk: Columns) -> Iterator[Record | MovedChunk]:
        times, has_json = chunk.times, batch.JSON in chunk.kinds
        outside = times[-1] < self._map.pieces[0].start or times[0] > self._map.last
        if has_json or batch.RESIZE in chunk.kinds:
            yield from self._mixed(chunk, outside=outside)
        elif not outside:
            shift = self._map.shift(times[0], times[-1])
            yield from self._mixed(chunk) if shift is None else self._shifted(chunk, shift)

    def _shifted(self, chunk: Columns, shift: int) -> Iterator[Record | MovedChunk]:
        """Bytes that are all kept: most of a recording, so that is fast."""
        yield from self._begin(chunk.times[0])
        self.seq += len(chunk)
        self._t = chunk.times[-1] + shift
        yield MovedChunk(chunk, shift)

    def _mixed(self, chunk: Columns, *, outside: bool = False) -> Iterator[Record]:
        for seq, record in enumerate(chunk.records(), chunk.seq):
            if record[1] == batch.JSON:
                if not self._is_useless(record):
                    yield from self._event(to_event(seq, record))
            elif not outside and self._map.keeps(record[0]):
                yield from self._begin(record[0])
                yield self._put((self._map.place(record[0]), record[1], record[2]))

    def _is_useless(self, record: Record) -> bool:
        """Whether an event is left out and no stretch needs it, as far as that is seen without reading it."""
        t, _, payload = record
        if t > self._map.last:
            return _LATE not in payload
        return t < self._map.pieces[0].start and payload.startswith(_ONLY_THEN)

    def _event(self, event: Event) -> Iterator[Record]:
        if event.name in (SIGNER, SIGNATURE):  # they are of the original as a whole
            return
        kept = self._map.keeps(happened(event))
        data = self._requests.take(event, self._states.take(event, kept=kept), kept=kept)
        if kept:
            yield from self._begin(event.t)
            if event.name == EXIT and self._goes_on:
                event = event._replace(track=MOMENT[0], kind=MOMENT[1])
                data = {"label": exit_text(data), "source": "cut"}
            yield self._put_event(event._replace(data=data), 0)
        elif self._carried.add(event) and self._begun(event):
            yield from self._carry()

    def _begun(self, event: Event) -> bool:
        """Whether it comes late: what it is about is before the stretch that it was recorded in."""
        return self._map.keeps(event.t) and not any(p.start <= event.t for p in self._waiting)

    def _begin(self, t: int) -> Iterator[Record]:
        """Begin the stretches that start at ``t`` or before."""
        while self._waiting and self._waiting[0].start <= t:
            piece = self._waiting.pop(0)
            if piece.seam:
                self._earliest = self._t = max(self._t, piece.at)
                yield from self._show(piece)
                yield from self._carry()

    def _show(self, piece: Piece) -> Iterator[Record]:
        """The screen at the start of a stretch."""
        at_start = self.size is None and piece is self._map.pieces[0]
        shown = self._first if at_start else self._opening(piece)
        if shown is None:
            return
        if not at_start:
            if shown.size != self.size:
                yield self._put((piece.at, batch.RESIZE, batch.SIZE.pack(*shown.size)))
            yield self._put((piece.at, batch.OUTPUT, RESET))
        self.size = shown.size
        for output in shown.outputs:
            yield self._put((piece.at, batch.OUTPUT, output))

    def _opening(self, piece: Piece) -> Opening | None:
        if not self._timeline:
            return None
        return opening(self._timeline, piece.start, lambda: self._lines(piece))

    @cached_property
    def _sizes(self) -> list[tuple[int, tuple[int, int]]]:
        """When the terminal was resized, and to what: all of the recording is read for that."""
        return list(_resizes(self._recording))

    def _carry(self) -> Iterator[Record]:
        for event in self._carried.take():
            yield self._put_event(event, self._earliest)

    def _lines(self, piece: Piece) -> int:
        """How many lines above the screen a stretch needs: resizes bring them back."""
        before = [size for t, size in self._sizes if t < piece.start][-1:]
        later = [size for t, size in self._sizes if piece.start <= t <= piece.stop]
        return lines_needed([*(before or [self._recording.size]), *later])

    def _put_event(self, event: Event, earliest: int) -> Record:
        t, kind, payload = to_record(self._edit.edited(event, self.seq, earliest))
        return self._put((max(t, self._t), kind, payload))

    def _put(self, record: Record) -> Record:
        self.seq += 1
        self._t = max(self._t, record[0])
        if record[1] == batch.RESIZE and len(record[2]) == batch.SIZE.size:
            cols, rows = batch.SIZE.unpack(record[2])
            self.size = (cols, rows)
        return record


def _resizes(recording: Recording) -> Iterator[tuple[int, tuple[int, int]]]:
    """When the terminal was resized, and to what."""
    if not recording.index.counts.get("term/resize"):
        return
    for chunk in recording.chunks():
        number = chunk.kinds.find(batch.RESIZE)
        while number >= 0:
            if len(chunk.payload(number)) == batch.SIZE.size:
                cols, rows = batch.SIZE.unpack(chunk.payload(number))
                yield chunk.times[number], (cols, rows)
            number = chunk.kinds.find(batch.RESIZE, number + 1)
