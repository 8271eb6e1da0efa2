"""Terminal states to restore: keyframes in the file, and states kept in memory while playing."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING

import brotli

from agentrec.errors import AgentrecError, FormatError
from agentrec.recording.format.segment_decoder import inflate_whole
from agentrec.terminal.engine.screen import ENGINE, Screen
from agentrec.terminal.seek.keyframe_seal import SEAL, is_sealed

if TYPE_CHECKING:
    from agentrec.recording.layout import Keyframe, Layout

# What keyframes in files keep. Lines that scrolled off earlier are in the transcript.
SCROLLBACK_LINES = 500
BUDGET_BYTES = 48 << 20  # of compressed states in memory


def producer(scrollback: int = SCROLLBACK_LINES) -> dict[str, object]:
    """Who made a keyframe: only the same producer can restore it exactly."""
    return {"engine": ENGINE[0], "version": ENGINE[1], "scrollback": scrollback}


class StateCache:
    """States by seq, for one scrollback length. ``layout`` knows the keyframes in the file."""

    def __init__(self, layout: Layout, scrollback: int, budget: int = BUDGET_BYTES) -> None:
        self.layout = layout
        self.scrollback = scrollback
        self._producer = producer(scrollback)
        self._budget = budget
        self._kept: dict[int, bytes] = {}
        self._kept_seqs: list[int] = []  # the keys, in order
        self._kept_bytes = 0

    def has_keyframe(self, after: int, seq: int) -> bool:
        """Whether the file has a keyframe in ``after < its seq <= seq``; it may prove unusable."""
        keyframes = self.layout.keyframes
        number = bisect_right(keyframes, seq, key=lambda keyframe: keyframe.seq)
        return number > 0 and keyframes[number - 1].seq > after

    def has_kept(self, after: int, seq: int) -> bool:
        """Whether a state in ``after < its seq <= seq`` is in memory."""
        number = bisect_right(self._kept_seqs, seq)
        return number > 0 and self._kept_seqs[number - 1] > after

    def add(self, seq: int, screen: Screen) -> None:
        """Keep the state after the first ``seq`` events, where the screen can give one."""
        if seq in self._kept:
            return
        snapshot = screen.snapshot()
        if snapshot is None:
            return
        packed = brotli.compress(snapshot, quality=1)
        self._kept[seq] = packed
        self._kept_bytes += len(packed)
        insort(self._kept_seqs, seq)
        if self._kept_bytes > self._budget:
            self._thin()

    def restore(self, after: int, seq: int) -> tuple[int, Screen] | None:
        """The latest state with ``after < its seq <= seq``: its seq, and a screen in that state."""
        while self.has_keyframe(after, seq) or self.has_kept(after, seq):
            state_seq, state = self._latest(seq)
            try:
                return state_seq, Screen.restore(state, self.scrollback)
            except AgentrecError:
                self._forget(state_seq)
        return None

    def _latest(self, seq: int) -> tuple[int, bytes]:
        """The latest state up to ``seq``; ``b""`` when it is not usable."""
        keyframes = self.layout.keyframes
        number = bisect_right(keyframes, seq, key=lambda keyframe: keyframe.seq)
        kept = bisect_right(self._kept_seqs, seq)
        if not number or (kept and self._kept_seqs[kept - 1] >= keyframes[number - 1].seq):
            kept_seq = self._kept_seqs[kept - 1]
            return kept_seq, inflate_whole(self._kept[kept_seq])
        place = keyframes[number - 1]
        try:
            return place.seq, self._trusted_state(self.layout.read_keyframe(place))
        except FormatError:
            return place.seq, b""

    def _trusted_state(self, keyframe: Keyframe) -> bytes:
        """Its state if this engine made it under our seal, else ``b""``: the engine trusts its input."""
        claimed = {name: value for name, value in keyframe.producer.items() if name != SEAL}
        if claimed != self._producer:
            return b""
        state = keyframe.state()
        return state if is_sealed(keyframe.producer, keyframe.seq, state) else b""

    def _forget(self, seq: int) -> None:
        keyframes = self.layout.keyframes
        keyframes[:] = [keyframe for keyframe in keyframes if keyframe.seq != seq]
        if seq in self._kept:
            self._kept_bytes -= len(self._kept.pop(seq))
            self._kept_seqs.remove(seq)

    def _thin(self) -> None:
        """Drop every second state in memory."""
        for seq in self._kept_seqs[::2]:
            self._kept_bytes -= len(self._kept.pop(seq))
        del self._kept_seqs[::2]
