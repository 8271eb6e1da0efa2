"""States of the terminal one can go on from: keyframes in the file, and ones taken while passing."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING

import brotli

from agentrec.errors import AgentrecError, FormatError
from agentrec.recording.format.decode import inflate_whole
from agentrec.terminal.engine.screen import ENGINE, Screen
from agentrec.terminal.seek.keyframe_seal import is_sealed

if TYPE_CHECKING:
    from typing import Any

    from agentrec.recording.layout import Keyframe, Layout

# Lines of scrollback that keyframes in files keep. What has scrolled further is in the transcript.
SCROLLBACK = 500
BUDGET = 48 << 20  # bytes of compressed states kept in memory


def producer(scrollback: int = SCROLLBACK) -> dict[str, Any]:
    """What a keyframe says of its maker: only the same maker can go on from it exactly."""
    return {"engine": ENGINE[0], "version": ENGINE[1], "scrollback": scrollback}


class States:
    """Keyframes by seq, for one scrollback length. ``layout`` names those in the file."""

    def __init__(self, layout: Layout, scrollback: int, budget: int = BUDGET) -> None:
        self.layout = layout
        self.scrollback = scrollback
        self._producer = producer(scrollback)
        self._budget = budget
        self._taken: dict[int, bytes] = {}
        self._seqs: list[int] = []  # keys of _taken, in order
        self._bytes = 0

    def in_file(self, after: int, seq: int) -> bool:
        """Whether the file has a keyframe in ``after < its seq <= seq``; it may prove unusable."""
        places = self.layout.keyframes
        number = bisect_right(places, seq, key=lambda place: place.seq)
        return number > 0 and places[number - 1].seq > after

    def taken(self, after: int, seq: int) -> bool:
        """Whether a state was taken in ``after < its seq <= seq``."""
        number = bisect_right(self._seqs, seq)
        return number > 0 and self._seqs[number - 1] > after

    def add(self, seq: int, screen: Screen) -> None:
        """Keep the state after the first ``seq`` events, if there can be one here."""
        if seq in self._taken:
            return
        snapshot = screen.snapshot()
        if snapshot is None:
            return
        packed = brotli.compress(snapshot, quality=1)
        self._taken[seq] = packed
        self._bytes += len(packed)
        insort(self._seqs, seq)
        if self._bytes > self._budget:
            self._thin()

    def restore(self, after: int, seq: int) -> tuple[int, Screen] | None:
        """A screen in the latest state with ``after < its seq <= seq``, and that seq."""
        while self.in_file(after, seq) or self.taken(after, seq):
            found = self._latest(seq)
            try:
                return found[0], Screen.restore(found[1], self.scrollback)
            except AgentrecError:
                self._forget(found[0])
        return None

    def _latest(self, seq: int) -> tuple[int, bytes]:
        """The latest state, ``b""`` when it is one that cannot be used."""
        places = self.layout.keyframes
        number = bisect_right(places, seq, key=lambda place: place.seq)
        taken = bisect_right(self._seqs, seq)
        if not number or (taken and self._seqs[taken - 1] >= places[number - 1].seq):
            at = self._seqs[taken - 1]
            return at, inflate_whole(self._taken[at])
        place = places[number - 1]
        try:
            keyframe = self.layout.read_keyframe(place)
            return place.seq, self._ours(keyframe)
        except FormatError:
            return place.seq, b""

    def _ours(self, keyframe: Keyframe) -> bytes:
        """Its state, when the same engine made it here; the engine must not see any other."""
        said = {name: value for name, value in keyframe.producer.items() if name != "seal"}
        if said != self._producer:
            return b""
        state = keyframe.state()
        return state if is_sealed(keyframe.producer, keyframe.seq, state) else b""

    def _forget(self, seq: int) -> None:
        places = self.layout.keyframes
        places[:] = [place for place in places if place.seq != seq]
        if seq in self._taken:
            self._bytes -= len(self._taken.pop(seq))
            self._seqs.remove(seq)

    def _thin(self) -> None:
        """Forget every second of those taken."""
        for seq in self._seqs[::2]:
            self._bytes -= len(self._taken.pop(seq))
        del self._seqs[::2]
